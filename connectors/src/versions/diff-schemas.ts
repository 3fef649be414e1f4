/**
 * Compares two schemas by direction. What goes *in* may be widened (old inputs still fit), what comes *out* may be
 * narrowed or extended (old readers still find what they read). What cannot be decided counts as breaking.
 */
import { canonicalize } from '../hash-document.ts';
import type { Json } from '../json.ts';
import { pointer } from '../problem.ts';
import { resolveReference } from '../schemas/resolve-reference.ts';
import type { JsonSchema } from '../types.ts';
import type { Change } from './change.ts';

export type Direction = 'in' | 'out';

const wording = [
  'title',
  'description',
  'examples',
  '$comment',
  'deprecated',
  'x-label',
  'x-help',
  'x-placeholder',
  'x-order',
  'x-group',
  'x-hidden',
  'x-advanced',
  'x-multiline',
  'x-optionsFrom',
  'x-fieldsFrom',
  'x-showWhen',
  'x-secret',
  'x-arrayStyle',
  'x-objectStyle',
];
/** A larger number lets more through; for the others a smaller one does. */
const uppers = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems', 'maxProperties'];
const lowers = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems', 'minProperties'];
const handled = new Set([
  ...wording,
  ...uppers,
  ...lowers,
  'type',
  'enum',
  'const',
  'anyOf',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'default',
  '$defs',
  '$ref',
  '$schema',
]);

/** What was typed is sent in another form: a service that is content with the one may refuse the other, whichever way it goes. */
const sentForms = new Set(['x-encode', 'x-dateFormat']);

/** @param older @param newer schemas that stand alone @param path where the newer one stands */
export function diffSchemas(
  older: JsonSchema,
  newer: JsonSchema,
  path: string,
  direction: Direction,
): Change[] {
  const found: Change[] = [];
  compare(older, newer, path, { older, newer, direction, found, pairs: new Set() });
  return found;
}

type State = {
  older: JsonSchema;
  newer: JsonSchema;
  direction: Direction;
  found: Change[];
  pairs: Set<string>;
};

function compare(before: Json | undefined, after: Json | undefined, path: string, state: State): void {
  const from = follow(before, state.older);
  const to = follow(after, state.newer);
  const pair = `${canonicalize(before ?? true)} ${canonicalize(after ?? true)}`;
  // Schemas may be recursive; the same pair says the same again.
  if (state.pairs.has(pair) || state.found.length > 200) return;
  state.pairs.add(pair);
  if (
    canonicalize(from) === canonicalize(to) &&
    canonicalize(state.older['$defs'] ?? null) === canonicalize(state.newer['$defs'] ?? null)
  )
    return;
  if (from === to) return;
  if (!isObject(from) || !isObject(to))
    return void change(
      state,
      path,
      from === true ? 'narrower' : to === true ? 'wider' : 'other',
      'the whole schema',
    );
  compareTypes(from, to, path, state);
  compareLimits(from, to, path, state);
  compareMembers(from, to, path, state);
  compare(from['items'], to['items'], `${path}/items`, state);
  if (canonicalize(from['default'] ?? null) !== canonicalize(to['default'] ?? null)) {
    state.found.push({
      path: `${path}/default`,
      bump: state.direction === 'in' ? 'major' : 'patch',
      message: `The default at ${path} changed.`,
    });
  }
  for (const keyword of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (handled.has(keyword) || canonicalize(from[keyword] ?? null) === canonicalize(to[keyword] ?? null))
      continue;
    const kind = sentForms.has(keyword)
      ? 'other'
      : from[keyword] === undefined
        ? 'narrower'
        : to[keyword] === undefined
          ? 'wider'
          : 'other';
    change(state, pointer(path, keyword), kind, `"${keyword}"`);
  }
  if (wording.some((keyword) => canonicalize(from[keyword] ?? null) !== canonicalize(to[keyword] ?? null))) {
    state.found.push({ path, bump: 'patch', message: `Labels or help at ${path} changed.` });
  }
}

/** What a change lets through, judged by direction. */
function change(state: State, path: string, kind: 'wider' | 'narrower' | 'other', what: string): void {
  const harmless = state.direction === 'in' ? 'wider' : 'narrower';
  state.found.push(
    kind === harmless
      ? { path, bump: 'minor', message: `${what} at ${path} is ${kind}.` }
      : {
          path,
          bump: 'major',
          message: `${what} at ${path} ${kind === 'other' ? 'changed' : `is ${kind}`}, so ${state.direction === 'in' ? 'inputs that were right may be refused' : 'what workflows read may be missing or different'}.`,
        },
  );
}

function compareTypes(from: JsonSchema, to: JsonSchema, path: string, state: State): void {
  compareSets(typesOf(from), typesOf(to), `${path}/type`, 'The type', state);
  compareSets(valuesOf(from), valuesOf(to), `${path}/enum`, 'The list of values', state);
  compareSets(branchesOf(from), branchesOf(to), `${path}/anyOf`, 'The list of forms', state);
}

/** Null stands for "anything". */
function compareSets(
  from: Set<string> | null,
  to: Set<string> | null,
  path: string,
  what: string,
  state: State,
): void {
  if (from === null && to === null) return;
  const lost = from === null || (to !== null && [...from].some((value) => !to.has(value)));
  const gained = to === null || (from !== null && [...to].some((value) => !from.has(value)));
  if (lost || gained) change(state, path, lost && gained ? 'other' : lost ? 'narrower' : 'wider', what);
}

function typesOf(schema: JsonSchema): Set<string> | null {
  const values = listedIn(schema);
  const type = schema['type'] ?? (values ? [...new Set(values.map(typeOf))] : undefined);
  if (type === undefined) return null;
  const types = new Set((Array.isArray(type) ? type : [type]) as string[]);
  if (types.has('number')) types.add('integer');
  return types;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** The values that `enum` or `const` allow. */
function listedIn(schema: JsonSchema): Json[] | null {
  if (schema['const'] !== undefined) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : null;
}

function valuesOf(schema: JsonSchema): Set<string> | null {
  const values = listedIn(schema);
  return values && new Set(values.map((value) => canonicalize(value)));
}

function branchesOf(schema: JsonSchema): Set<string> | null {
  const branches = schema['anyOf'];
  return Array.isArray(branches) ? new Set(branches.map((branch) => canonicalize(branch))) : null;
}

function compareLimits(from: JsonSchema, to: JsonSchema, path: string, state: State): void {
  for (const keyword of [...uppers, ...lowers]) {
    const edge = uppers.includes(keyword) ? Infinity : -Infinity;
    const before = (from[keyword] as number | undefined) ?? edge;
    const after = (to[keyword] as number | undefined) ?? edge;
    if (before === after) continue;
    change(state, `${path}/${keyword}`, after > before === edge > 0 ? 'wider' : 'narrower', `"${keyword}"`);
  }
}

function compareMembers(from: JsonSchema, to: JsonSchema, path: string, state: State): void {
  const [before, after] = [membersOf(from), membersOf(to)];
  const [neededBefore, neededAfter] = [requiredOf(from), requiredOf(to)];
  for (const [name, schema] of Object.entries(before)) {
    const here = pointer(path, 'properties', name);
    if (!Object.hasOwn(after, name))
      state.found.push({ path: here, bump: 'major', message: `"${name}" at ${path} is gone.` });
    else compare(schema, after[name], here, state);
  }
  for (const name of Object.keys(after)) {
    if (Object.hasOwn(before, name)) continue;
    const needed = state.direction === 'in' && neededAfter.includes(name);
    state.found.push({
      path: pointer(path, 'properties', name),
      bump: needed ? 'major' : 'minor',
      message: `"${name}" at ${path} is new${needed ? ' and required' : ''}.`,
    });
  }
  for (const name of neededAfter) {
    if (!neededBefore.includes(name) && Object.hasOwn(before, name))
      change(state, `${path}/required`, 'narrower', `"${name}" is now required; it`);
  }
  for (const name of neededBefore) {
    if (!neededAfter.includes(name) && Object.hasOwn(after, name))
      change(state, `${path}/required`, 'wider', `"${name}" is no longer required; it`);
  }
  compareRest(from, to, path, state);
}

function compareRest(from: JsonSchema, to: JsonSchema, path: string, state: State): void {
  const [before, after] = [from['additionalProperties'], to['additionalProperties']];
  if (before === undefined && after === undefined) return;
  if (before === false || after === false) {
    if (before !== after)
      change(
        state,
        `${path}/additionalProperties`,
        before === false ? 'wider' : 'narrower',
        'Further members',
      );
  } else compare(before ?? true, after ?? true, `${path}/additionalProperties`, state);
}

function membersOf(schema: JsonSchema): { [name: string]: Json } {
  return isObject(schema['properties']) ? schema['properties'] : {};
}

function requiredOf(schema: JsonSchema): string[] {
  return Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
}

function follow(schema: Json | undefined, root: JsonSchema): Json {
  let at: Json = schema ?? true;
  for (let hops = 0; hops < 20 && isObject(at) && typeof at['$ref'] === 'string'; hops += 1) {
    at = resolveReference(at['$ref'], { schema: root, defs: {} }) ?? true;
  }
  return at;
}

function isObject(value: Json | undefined): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
