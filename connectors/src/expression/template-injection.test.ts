import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { checkText, checkValue } from './check-value.ts';
import type { CheckOptions } from './check-template.ts';
import { encodeMultipart } from './encode-multipart.ts';
import { encodeQuery } from './encode-query.ts';
import { evaluateTemplate } from './evaluate-template.ts';
import { evaluateValue } from './evaluate-value.ts';
import { ExpressionError } from './expression-error.ts';
import { fillEndpoint, fillTemplate, type Position } from './fill-template.ts';
import { parseTemplate } from './parse-template.ts';
import { checkHeaderName, encodeCsvCell } from './positions.ts';
import { workflowScope } from './workflow-scope.ts';

type Case = {
  id: string;
  class: string;
  template: string;
  position: string;
  data?: { v: Json };
  expect: string;
  must?: string[];
  note?: string;
  gen?: {
    kind: string;
    open?: string;
    close?: string;
    depth?: number;
    inner?: string;
    text?: string;
    times?: number;
  };
};
const corpusFile = join(import.meta.dirname, '../../fixtures/corpora/template-injection.json');
const corpus = JSON.parse(readFileSync(corpusFile, 'utf8')) as { count: number; cases: Case[] };

const secret = 'sk_live_a_canary_3f9c1d';
const canaries = globalThis as { weftlineCanary?: string };
canaries.weftlineCanary = secret;
process.env.ENCRYPTION_KEY = secret;

/** What a workflow may name; the connection, its credentials and other tenants' rows are not in the scope at all. */
const options: CheckOptions = { ...workflowScope, steps: ['s1'] };
const cyclic: { [name: string]: Json } = { a: 1 };
cyclic.self = cyclic;
const trigger = { a: 1, b: 2, s: `${'a'.repeat(5000)}!`, list: [1, 2], html: '<b>', cyclic };
const steps = { s1: { output: { ok: true } } };

const prototypes = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  String.prototype,
  Promise.prototype,
];
const prototypeNames = (): string =>
  JSON.stringify(prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String)));
const untouched = prototypeNames();

/** An outcome of one stage: refused (with the error's text), or a value. */
type Outcome = { refused: string } | { value: Json | undefined };
const attempt = (work: () => Json | undefined): Outcome => {
  try {
    return { value: work() };
  } catch (error) {
    // Anything but our own error would be a crash in the product.
    if (!(error instanceof ExpressionError)) throw error;
    return { refused: `${error.code} ${error.message}` };
  }
};
const isRefused = (outcome: Outcome): boolean => 'refused' in outcome;

function deepFreeze(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  Object.values(Object.freeze(value)).forEach((member) => deepFreeze(member, seen));
}

function sourceOf({ gen, template }: Case): string {
  if (gen?.kind === 'nest')
    return `{{${gen.open!.repeat(gen.depth!)}${gen.inner}${gen.close!.repeat(gen.depth!)}}}`;
  if (gen?.kind === 'dots') return `{{ trigger${'.a'.repeat(gen.depth!)} }}`;
  if (gen?.kind === 'repeat') return gen.text!.repeat(gen.times!);
  return template;
}

/** The three moments of the product: the check at save, a test of the action, and a run. */
function outcomesOf(
  source: string,
  scope: { [root: string]: Json },
): { save: Outcome; test: Outcome; run: Outcome } {
  const problems = checkText(source, options);
  const save: Outcome =
    problems.length > 0 ? { refused: problems.map((problem) => problem.message).join(' ') } : { value: null };
  const evaluate = (): Json | undefined =>
    evaluateTemplate(parseTemplate(source), scope, { missing: 'fail' });
  return {
    save,
    test: attempt(evaluate),
    run: attempt(() => evaluateValue({ field: source }, scope, { missing: 'fail' })),
  };
}

function bestTime(work: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
}

afterAll(() => {
  delete process.env.ENCRYPTION_KEY;
  delete canaries.weftlineCanary;
});

describe(`the template injection corpus (${corpus.count} cases)`, () => {
  it('is complete', () => expect(corpus.cases).toHaveLength(116));

  const inBodies = corpus.cases.filter((entry) => entry.position === 'body');
  it.each(inBodies.map((entry) => [entry.id, entry.template, entry] as const))(
    '%s %s (X1)',
    (_id, _template, entry) => {
      const source = sourceOf(entry);
      const scope = { trigger, steps, vars: {}, run: { id: 'r1' } };
      deepFreeze(scope);
      const outcomes = outcomesOf(source, scope);
      const values = [outcomes.test, outcomes.run].flatMap((outcome) =>
        'value' in outcome ? [outcome.value] : [],
      );

      if (entry.expect === 'refused_or_empty') {
        // The check alone is not trusted: what it lets pass, and what it refuses, must both fail when evaluated.
        const isEmpty =
          'value' in outcomes.test && (outcomes.test.value === null || outcomes.test.value === '');
        expect(isRefused(outcomes.test) || isEmpty, JSON.stringify(outcomes)).toBe(true);
        expect(isRefused(outcomes.run)).toBe(isRefused(outcomes.test));
        if (isRefused(outcomes.save)) expect(isRefused(outcomes.test)).toBe(true);
      } else {
        expect(entry.expect).toBe('literal_or_refused');
        if (isRefused(outcomes.save)) expect(isRefused(outcomes.test)).toBe(true);
        else expect(outcomes.test).toEqual({ value: source });
        expect(isRefused(outcomes.run)).toBe(isRefused(outcomes.test));
      }
      judge(entry, source, scope, JSON.stringify(outcomes), values);
    },
  );

  const inPlaces = corpus.cases.filter((entry) => entry.position !== 'body');
  it.each(inPlaces.map((entry) => [entry.id, entry.position, JSON.stringify(entry.data), entry] as const))(
    '%s %s %s',
    async (_id, _position, _data, entry) => {
      const scope = { trigger: structuredClone(entry.data!) as Json };
      const before = JSON.stringify(scope);
      deepFreeze(scope);
      await judgePosition(entry, scope, entry.data!.v);
      expect(JSON.stringify(scope)).toBe(before);
      expect(prototypeNames()).toBe(untouched);
    },
  );
});

function judge(
  entry: Case,
  source: string,
  scope: { [root: string]: Json },
  outcomes: string,
  values: unknown[],
): void {
  const judges: { [must: string]: () => void } = {
    no_host_object: () => values.forEach((value) => expect(value).toEqual(structuredClone(value))),
    no_code_execution: () => expect(canaries.weftlineCanary).toBe(secret),
    no_prototype_pollution: () => expect(({} as { polluted?: boolean }).polluted).toBeUndefined(),
    input_unchanged: () => expect((scope.trigger as typeof trigger).list).toEqual([1, 2]),
    no_file_read: () => expect(outcomes).not.toMatch(/root:|\/bin\//),
    no_secret: () => expect(outcomes).not.toContain(secret),
    no_foreign_scope: () => expect(values).toEqual([]),
    output_under_1_MiB: () => expect(outcomes.length).toBeLessThan(1_048_576),
    // The corpus itself sets these two; the best of five keeps a busy machine out of the judgement.
    evaluation_under_50_ms: () => expect(bestTime(() => outcomesOf(source, scope))).toBeLessThan(50),
    event_loop_lag_under_100_ms: () => expect(bestTime(() => outcomesOf(source, scope))).toBeLessThan(100),
  };
  for (const must of entry.must ?? []) judges[must]!();
  // The corpus' checks after every case.
  expect(prototypeNames()).toBe(untouched);
  expect(outcomes).not.toContain(secret);
}

const fillers: { [position: string]: Position } = {
  'header:X-Name': 'header',
  'header:Authorization': 'header',
  'header:Cookie': 'cookie',
  'body-form': 'form',
  email: 'mailHeader',
};

async function judgePosition(entry: Case, scope: { [root: string]: Json }, value: Json): Promise<void> {
  const { template, position, expect: expected } = entry;
  const fill = (how: Position): Outcome =>
    attempt(() => fillTemplate(parseTemplate(template), scope, { missing: 'fail', position: how }));
  const mayFail =
    expected.endsWith('or_fails') || expected === 'step_fails' || expected === 'step_fails_or_encoded';
  const settle = (outcome: Outcome, decode: (text: string) => unknown, given: unknown = value): void => {
    if (isRefused(outcome)) expect(mayFail, JSON.stringify(outcome)).toBe(true);
    else {
      expect(expected).not.toBe('step_fails');
      expect(decode((outcome as { value: string }).value)).toEqual(given);
    }
  };

  if (position === 'header-name') {
    // Names are never templates: refused at save, refused when built, and the value itself is reserved, too.
    expect(checkValue({ headers: { [template]: 'x' } }, options, '')).toMatchObject([
      { path: `/headers/${template}`, code: 'invalid_expression' },
    ]);
    expect(() => checkHeaderName(template)).toThrow(ExpressionError);
    expect(() => checkHeaderName(value as string)).toThrow(ExpressionError);
  } else if (position === 'query:q') {
    const outcome = attempt(() =>
      encodeQuery(evaluateValue({ q: template }, scope, { missing: 'fail' }) as { [name: string]: Json }),
    );
    settle(
      outcome,
      readQuery,
      Array.isArray(value) ? value : [typeof value === 'object' ? JSON.stringify(value) : value],
    );
  } else if (position === 'path:id') {
    settle(
      attempt(() => fillEndpoint(parseTemplate(template), scope, { missing: 'fail' })),
      readSegment,
    );
  } else if (position === 'body-json') {
    settleJson(entry, scope, value);
  } else if (position === 'body-xml') {
    const isAttribute = template.includes('="');
    settle(fill(isAttribute ? 'xmlAttribute' : 'xmlText'), (text) => readXml(text, template));
  } else if (position === 'body-multipart') {
    const content = evaluateTemplate(parseTemplate(template), scope, { missing: 'fail' }) as string;
    expect(await readMultipart(content)).toEqual([['v', value]]);
  } else if (position === 'graphql') {
    // GraphQL documents are fixed texts; the value goes into `variables`, which is JSON.
    expect(fill('fixed')).toMatchObject({ refused: expect.stringContaining('variable') as string });
    const body = evaluateValue(
      { query: 'query($id: ID!) { u(id: $id) }', variables: { id: '{{ trigger.v }}' } },
      scope,
      { missing: 'fail' },
    );
    expect(JSON.parse(JSON.stringify(body))).toEqual({
      query: 'query($id: ID!) { u(id: $id) }',
      variables: { id: value },
    });
  } else if (position === 'sql-like') {
    // The connector declares such a field; then a plain hole between quotes is refused and the escaper is asked for.
    const query = { roots: ['trigger'], escapeQuoted: true };
    expect(checkText(template, query)).toMatchObject([{ code: 'unescaped_quote' }]);
    const escaped = template.replace('trigger.v', 'escapeQuotes(trigger.v, "double")');
    expect(checkText(escaped, query)).toEqual([]);
    const text = fillTemplate(parseTemplate(escaped), scope, { missing: 'fail', position: 'text' })!;
    expect(/^SELECT \* WHERE id = '((?:[^']|'')*)'$/.exec(text)?.[1]?.replaceAll("''", "'")).toBe(value);
  } else if (position === 'csv') {
    const cell = encodeCsvCell(evaluateTemplate(parseTemplate(template), scope, { missing: 'fail' })!);
    const read = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    // A spreadsheet shows the apostrophe's text as text: the rest is exactly the value.
    expect(read).toBe(`'${value as string}`);
  } else if (position === 'editor-html') {
    // Here it is proved that the value stays plain data, evaluated once; that the screen renders it as text is a test of the web.
    expect(evaluateTemplate(parseTemplate(template), scope, { missing: 'fail' })).toBe(value);
    expect(evaluateValue({ a: [template] }, scope, { missing: 'fail' })).toEqual({ a: [value] });
  } else {
    const how = fillers[position];
    if (!how) throw new Error(`The corpus has a position this test does not know: ${position}`);
    const decode = { form: readForm, cookie: readCookie }[how as 'form'] ?? ((text: string): string => text);
    settle(fill(how), decode);
  }
}

// The readers below stand for the receiver: they decode with the platform and fail when anything else changed.

function readQuery(text: string): string[] {
  const url = new URL(`https://a.example/x?${text}`);
  expect([...new Set(url.searchParams.keys())]).toEqual(['q']);
  expect(url.hash).toBe('');
  return url.searchParams.getAll('q');
}

function readSegment(text: string): string {
  const url = new URL(text, 'https://a.example');
  const segments = url.pathname.split('/');
  expect([url.origin, url.search, url.hash, segments.length, segments[1], segments[3]]).toEqual([
    'https://a.example',
    '',
    '',
    4,
    'v1',
    'x',
  ]);
  return decodeURIComponent(segments[2]!);
}

function readForm(text: string): string {
  const form = new URLSearchParams(text);
  expect([...form.keys()]).toEqual(['a']);
  return form.get('a')!;
}

function readCookie(text: string): string {
  expect(text.split(';')).toHaveLength(1);
  return decodeURIComponent(text.slice('a='.length));
}

function readXml(text: string, template: string): string {
  const [before = '', after = ''] = template.split(/\{\{.*\}\}/);
  expect(text.startsWith(before) && text.endsWith(after)).toBe(true);
  const inside = text.slice(before.length, text.length - after.length);
  expect(inside).not.toMatch(/[<>"']/);
  const entities: { [name: string]: string } = { lt: '<', gt: '>', quot: '"', amp: '&' };
  return inside.replace(/&(#?)(\w+);/g, (_, hash: string, name: string) =>
    hash ? String.fromCodePoint(Number(name)) : entities[name]!,
  );
}

async function readMultipart(content: string): Promise<[string, unknown][]> {
  const body = encodeMultipart([{ name: 'v', content }], 'boundary-of-weftline-1');
  const headers = { 'content-type': 'multipart/form-data; boundary=boundary-of-weftline-1' };
  return [...(await new Response(body as never, { headers }).formData())];
}

function settleJson(entry: Case, scope: { [root: string]: Json }, value: Json): void {
  // JSON bodies are documents, not texts: a bare hole of the corpus' text is a quoted lone hole in ours.
  const text = entry.template.replace(/:\{\{(.*)\}\}\}$/, ':"{{$1}}"}');
  const document = JSON.parse(text) as Json;
  const [name] = Object.keys(document as object);
  const isRawNumber = typeof value === 'object' && value !== null && '$number' in value;
  const given = isRawNumber
    ? { trigger: { v: JSON.parse((value as { $number: string }).$number) as Json } }
    : scope;
  const outcome = attempt(() => evaluateValue(document, given, { missing: 'fail' }));
  if (entry.expect === 'step_fails')
    expect(outcome).toMatchObject({ refused: expect.stringContaining('bad_value') as string });
  else expect(JSON.parse(JSON.stringify((outcome as { value: Json }).value))).toEqual({ [name!]: value });
}

describe('what the corpus asks with pipes, asked again with calls', () => {
  const scope = { trigger, steps } as { [root: string]: Json };
  const run = (expression: string): Outcome =>
    attempt(() => evaluateTemplate(parseTemplate(`{{${expression}}}`), scope, { missing: 'fail' }));
  it.each([
    'eval(steps.s1.output)',
    'repeat(trigger.s, 1000000000)',
    'range(0, 1e12)',
    'base64(auth.apiKey)',
    'sha256(connection.secret)',
    'json(trigger.cyclic)',
    'trigger.cyclic',
    'padStart(trigger.s, 1000000000)',
  ])('refuses %s', (expression) => expect(isRefused(run(expression))).toBe(true));
  it.each(['matches(trigger.s, "(a+)+$")', 'length(replacePattern(trigger.s, "(x*)*y", ""))'])(
    'answers %s at once',
    (expression) => {
      expect(isRefused(run(expression))).toBe(false);
      expect(bestTime(() => run(expression))).toBeLessThan(50);
    },
  );
});
