/**
 * Checks one embedded schema against the subset that may be compiled. It runs before any compiler sees the schema,
 * stops at its limits, and never follows a reference out of the document.
 */
import type { Json } from '../json.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import { checkPatternOnce, makePatternBudget, type PatternBudget } from './check-pattern.ts';
import { makeExpansionMeter } from './measure-expansion.ts';
import {
  dialect,
  formats,
  plainKeywords,
  schemaKeywords,
  schemaLimits,
  schemaListKeywords,
  schemaMapKeywords,
} from './keywords.ts';
import { resolveReference, type SchemaRoot } from './resolve-reference.ts';

type State = {
  root: SchemaRoot;
  isShared: boolean;
  nodes: number;
  problems: Problem[];
  patterns: PatternBudget;
};

const knownFormats = new Set<string>(formats);

/**
 * @param schema the schema as it stands in the document
 * @param path where it stands
 * @param defs the connector's own `$defs`
 * @param patterns what the patterns of the document have cost so far
 * @param isShared true for an entry of the connector's `$defs`, which can name its sisters only
 * @returns what is wrong with its keywords, values and references
 */
export function checkSchema(
  schema: Json,
  path: string,
  defs: { [name: string]: Json } = {},
  isShared = false,
  patterns = makePatternBudget(),
): Problem[] {
  const root = { schema: isShared ? {} : schema, defs };
  const state: State = { root, isShared, nodes: 0, problems: [], patterns };
  visit(schema, path, 0, state);
  return state.problems.slice(0, 20);
}

const expansionSentences = {
  endless:
    'A $ref leads back to itself without going into a part of the value; put the recursion below properties or items.',
  too_large: `With every $ref followed this schema looks at one value more than ${schemaLimits.expanded} times; simplify it.`,
  too_deep: `One value is looked at by more than ${schemaLimits.expandedDepth} schemas in a row; simplify the references.`,
};

/**
 * Checks what schemas become with every reference written out. Every schema of the document must have passed
 * `checkSchema` before, because references lead into others.
 */
export function checkExpansions(
  schemas: readonly { schema: Json; path: string }[],
  defs: { [name: string]: Json } = {},
): Problem[] {
  const measure = makeExpansionMeter({ parts: schemaLimits.expanded, depth: schemaLimits.expandedDepth });
  return schemas.flatMap(({ schema, path }) => {
    const expansion = measure(schema, { schema, defs });
    if (!('fault' in expansion)) return [];
    const code = expansion.fault === 'endless' ? 'schema_loop' : expansion.fault;
    return [problem(path, code, expansionSentences[expansion.fault])];
  });
}

function visit(schema: Json, path: string, depth: number, state: State): void {
  state.nodes += 1;
  if (state.nodes > schemaLimits.nodes) {
    if (state.nodes === schemaLimits.nodes + 1)
      state.problems.push(
        problem(path, 'too_large', `A schema may have ${schemaLimits.nodes} parts; make it smaller.`),
      );
    return;
  }
  if (typeof schema === 'boolean') return;
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    state.problems.push(problem(path, 'wrong_type', 'A schema must be an object, true or false.'));
    return;
  }
  if (depth > schemaLimits.depth) {
    state.problems.push(
      problem(
        path,
        'too_deep',
        `A schema may be nested ${schemaLimits.depth} levels deep; make it flatter, or use $defs.`,
      ),
    );
    return;
  }
  for (const [keyword, value] of Object.entries(schema)) {
    if (state.problems.length >= 20) return;
    checkKeyword(schema, keyword, value, path, depth, state);
  }
}

function checkKeyword(
  schema: { [keyword: string]: Json },
  keyword: string,
  value: Json,
  path: string,
  depth: number,
  state: State,
): void {
  const here = pointer(path, keyword.slice(0, 100));
  const fail = (code: string, message: string) => state.problems.push(problem(here, code, message));
  if (Object.hasOwn(schemaKeywords, keyword)) return visit(value, here, depth + 1, state);
  if (Object.hasOwn(schemaListKeywords, keyword)) {
    if (!Array.isArray(value) || value.length === 0)
      return void fail('wrong_type', 'Must be a list with at least one schema.');
    return value.forEach((entry, index) => visit(entry, pointer(here, index), depth + 1, state));
  }
  if (Object.hasOwn(schemaMapKeywords, keyword)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return void fail('wrong_type', 'Must be an object of schemas.');
    for (const [name, entry] of Object.entries(value)) {
      if (keyword === 'patternProperties')
        state.problems.push(...checkPatternOnce(name, pointer(here, name.slice(0, 100)), state.patterns));
      visit(entry, pointer(here, name.slice(0, 100)), depth + 1, state);
    }
    return;
  }
  if (keyword === '$id' && path === '' && depth > 0)
    return void fail('unknown_key', 'Only the root of a schema may have an $id.');
  if (keyword === '$id') {
    const isPlain = depth === 0 && typeof value === 'string' && /^[A-Za-z][\w-]{0,63}$/.test(value);
    if (!isPlain) fail('wrong_form', '$id names nothing here; take it out.');
    return;
  }
  const plain = Object.hasOwn(plainKeywords, keyword) ? plainKeywords[keyword] : undefined;
  if (!plain) return void fail('unknown_keyword', unknownKeyword(keyword));
  if (!plain[0](value))
    return void fail(keyword === '$schema' ? 'remote_reference' : 'wrong_type', `Must be ${plain[1]}.`);
  checkMore(schema, keyword, value, here, state);
}

function checkMore(
  schema: { [keyword: string]: Json },
  keyword: string,
  value: Json,
  here: string,
  state: State,
): void {
  if (keyword === 'enum' && Array.isArray(value) && value.length > schemaLimits.enumEntries) {
    state.problems.push(
      problem(here, 'too_large', `A list of allowed values may have ${schemaLimits.enumEntries} entries.`),
    );
  }
  if (keyword === 'pattern') state.problems.push(...checkPatternOnce(value as string, here, state.patterns));
  if (keyword === 'format' && !knownFormats.has(value as string)) {
    state.problems.push(
      problem(
        here,
        'unknown_format',
        `The format ${quote(value)} is not known; use one of ${formats.join(', ')}, or a pattern.`,
      ),
    );
  }
  if (keyword === '$ref') state.problems.push(...checkReference(value as string, here, state));
  if (
    keyword === 'required' &&
    schema['type'] !== undefined &&
    schema['type'] !== 'object' &&
    !(Array.isArray(schema['type']) && schema['type'].includes('object'))
  ) {
    state.problems.push(problem(here, 'wrong_value', '"required" needs the type "object".'));
  }
}

function checkReference(reference: string, here: string, { root, isShared }: State): Problem[] {
  if (isShared && !reference.startsWith('#/$defs/') && reference.startsWith('#')) {
    return [
      problem(
        here,
        'dangling_reference',
        `Inside the $defs of the connector a reference names another of them, as "#/$defs/address" does; ${quote(reference)} names something else.`,
      ),
    ];
  }
  if (reference !== '#' && !reference.startsWith('#/')) {
    return [
      problem(
        here,
        'remote_reference',
        `${quote(reference)} points out of this document; only references such as "#/$defs/address" are followed.`,
      ),
    ];
  }
  if (resolveReference(reference, root) === undefined) {
    return [
      problem(
        here,
        'dangling_reference',
        `${quote(reference)} points nowhere; add it to $defs or correct it.`,
      ),
    ];
  }
  return [];
}

function unknownKeyword(keyword: string): string {
  if (keyword === 'definitions') return '"definitions" is called "$defs" in this draft of JSON Schema.';
  if (keyword === 'nullable') return '"nullable" is written as a type here: "type": ["string", "null"].';
  if (keyword.startsWith('$'))
    return `${quote(keyword)} is not allowed; only $ref, $defs, $comment and $schema "${dialect}" are.`;
  return `${quote(keyword)} is not a keyword that is known here; take it out or correct its spelling.`;
}
