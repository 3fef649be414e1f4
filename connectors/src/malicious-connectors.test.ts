import { afterAll, expect, test } from 'vitest';
import { listWarnings } from './list-warnings.ts';
import { documentLimits, measureValue } from './measure-value.ts';
import { parseDocument } from './parse-document.ts';
import { compilePattern } from './schemas/check-pattern.ts';
import { baseConnector, buildCase, readCorpus, type CorpusCase } from './testing/malicious-connectors.ts';
import type { Connector, JsonSchema } from './types.ts';
import { validateConnector } from './validate-connector.ts';
import { validateValue } from './validate-value.ts';

/** Cases about other parts of the product, or about things the format does not have yet. */
const elsewhere: { [kind: string]: string } = {
  upstream: 'decided by runner/src/executor/hostile-services.test.ts',
  workflow: 'decided by runner/src/workflow/malicious-workflows.test.ts',
};
const elsewhereIds: { [id: string]: string } = {
  'mal-058': 'decided by runner/src/executor/hostile-services.test.ts',
  'mal-220': 'decided by connectors/src/import-openapi/malicious-documents.test.ts',
  'mal-221': 'decided by connectors/src/import-openapi/malicious-documents.test.ts',
  'mal-223': 'there is no upload of archives: a file that is put in is never unpacked',
  'mal-224': 'decided by api/src/malicious-connectors.test.ts',
  'mal-229': 'decided by api/src/hooks/call-cycle.test.ts',
  'mal-238': 'decided by api/src/malicious-connectors.test.ts',
};

const corpus = readCorpus();
const reasonOf = (entry: CorpusCase) => elsewhereIds[entry.id] ?? elsewhere[entry.class];
const here = corpus.filter((entry) => reasonOf(entry) === undefined);

afterAll(() => {
  const left = corpus.filter((entry) => reasonOf(entry) !== undefined);
  const byReason = Map.groupBy(left, (entry) => reasonOf(entry)!);
  console.log(`malicious-connectors: ${here.length} of ${corpus.length} cases decided here`);
  for (const [reason, entries] of byReason)
    console.log(
      `${reason.startsWith('decided') ? 'ELSEWHERE' : 'UNDECIDED'} (${reason}): ${entries.map(({ id }) => id).join(' ')}`,
    );
});

test('the connector that the cases start from has no problem', () => {
  expect(validateConnector(baseConnector(), 'save')).toEqual([]);
});

test.each(here.filter(({ raw_document: text }) => text !== undefined))(
  '$id $what: refused as text',
  ({ raw_document: text }) => {
    expect(parseDocument(text!)).toHaveProperty('problem.code', 'not_parseable');
  },
);

const documents = here.filter(({ raw_document: text }) => text === undefined);

test.each(documents)('$id $what: $expect', (entry) => {
  if (entry.expect === '400') {
    expect(parseDocument(entry.raw_merge_json!)).toHaveProperty('problem.code', 'not_parseable');
    return;
  }
  const { document, target } = buildCase(entry)!;
  const prototype = Object.getOwnPropertyNames(Object.prototype).join();
  const problems = validateConnector(document, 'save');

  // Bounded work: the walk stops at its limits and the answer is short.
  const measure = measureValue(document, documentLimits);
  expect(measure.nodes).toBeLessThanOrEqual(documentLimits.nodes + 1);
  expect(problems.length).toBeLessThanOrEqual(100);
  for (const problem of problems) expect(problem.message.length + problem.path.length).toBeLessThan(2000);
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(prototype);

  if (entry.expect === 'reject_at_save' || entry.expect === '413') {
    expect(problems).not.toEqual([]);
    // Refused for what the case is about, not for something else.
    const paths = problems.map(({ path }) => path);
    expect(
      paths.some((path) => path.startsWith(target) || target.startsWith(path)),
      paths.join(),
    ).toBe(true);
  } else if (entry.expect.startsWith('accept') || entry.expect === 'stops_bounded') {
    // What a service does with a sound connector is played in the runner (hostile-services.test.ts).
    expect(problems).toEqual([]);
    if (entry.expect === 'accept_with_warning') expect(listWarnings(document as Connector)).not.toEqual([]);
  }
  if (problems.length === 0) runCase(entry, document as Connector);
});

function runCase(entry: CorpusCase, connector: Connector): void {
  const schema = connector.actions[0]?.bodySchema;
  if (!schema) return;
  if (entry.class === 'regex' && typeof entry.runtime === 'object') {
    const { text, times, suffix } = entry.runtime.input;
    const pattern = (schema['properties'] as { email: JsonSchema }).email['pattern'] as string;
    // Linear time: work is at most the length of the program times the length of the text.
    expect(compilePattern(pattern).programSize()).toBeLessThanOrEqual(5000);
    expect(Array.isArray(validateValue(schema, { email: text.repeat(times) + suffix }))).toBe(true);
  }
  if (entry.id === 'mal-023') {
    let value: { child?: object } = {};
    for (let depth = 0; depth < 10_000; depth += 1) value = { child: value };
    expect(validateValue(schema, value as never)).toMatchObject([{ code: 'too_deep' }]);
  }
}

test('a valid connector still passes after all of them (X4)', () => {
  expect(validateConnector(baseConnector(), 'save')).toEqual([]);
});
