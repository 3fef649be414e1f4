// Values for a schema of a connector: the smallest, the fullest, and random ones by a seed. What comes out is checked
// by who asks for it, so that a schema that is too clever for this costs a try and nothing else.
type Schema = boolean | { [keyword: string]: unknown };
type Tree = { [name: string]: unknown };
export type Style = 'smallest' | 'fullest' | 'random';
/** Makes a text for a pattern. */
export type MakeText = (pattern: string, seed: number) => string;

type State = {
  style: Style;
  random: () => number;
  definitions: { [name: string]: Schema };
  makeText: MakeText;
};

/** A small generator with a seed (Mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function generateValue(schema: Schema, style: Style, seed: number, makeText: MakeText): unknown {
  const definitions = (typeof schema === 'object' ? (schema['$defs'] ?? {}) : {}) as State['definitions'];
  return make(schema, { style, random: makeRandom(seed), definitions, makeText }, 0);
}

const isObject = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** One flat schema: references followed, `allOf` taken together, one choice of `oneOf` and `anyOf` taken. */
function flatten(schema: Schema, state: State, depth: number): Tree {
  if (!isObject(schema) || depth > 60) return {};
  let out: Tree = { ...schema };
  const add = (other: Schema) => {
    out = together(out, flatten(other, state, depth + 1));
  };
  const { $ref, allOf, oneOf, anyOf } = schema;
  for (const keyword of ['$ref', 'allOf', 'oneOf', 'anyOf', '$defs']) delete out[keyword];
  if (typeof $ref === 'string') add(state.definitions[/^#\/\$defs\/(.+)$/.exec($ref)?.[1] ?? ''] ?? {});
  for (const part of listOf(allOf)) add(part as Schema);
  for (const choices of [listOf(oneOf), listOf(anyOf)])
    if (choices.length > 0) {
      const at = state.style === 'random' ? Math.floor(state.random() * choices.length) : 0;
      add(choices[at] as Schema);
    }
  return out;
}

function together(a: Tree, b: Tree): Tree {
  const out: Tree = { ...a, ...b };
  if (isObject(a['properties']) && isObject(b['properties'])) {
    const both: Tree = { ...a['properties'] };
    for (const [name, member] of Object.entries(b['properties']))
      both[name] = Object.hasOwn(both, name) ? { allOf: [both[name], member] } : member;
    out['properties'] = both;
  }
  if (a['required'] || b['required'])
    out['required'] = [...new Set([...listOf(a['required']), ...listOf(b['required'])])];
  if (Array.isArray(a['enum']) && Array.isArray(b['enum']))
    out['enum'] = a['enum'].filter((entry) => listOf(b['enum']).includes(entry));
  if (a['type'] !== undefined && b['type'] !== undefined) {
    const shared = listOf([a['type']].flat()).filter((type) => [b['type']].flat().includes(type));
    if (shared.length > 0) out['type'] = shared;
  }
  for (const name of ['minLength', 'minItems', 'minimum', 'minProperties'])
    if (typeof a[name] === 'number' && typeof b[name] === 'number') out[name] = Math.max(a[name], b[name]);
  for (const name of ['maxLength', 'maxItems', 'maximum', 'maxProperties'])
    if (typeof a[name] === 'number' && typeof b[name] === 'number') out[name] = Math.min(a[name], b[name]);
  return out;
}

function make(given: Schema, state: State, depth: number): unknown {
  if (given === true) return 'any';
  const schema = flatten(given, state, 0);
  const pick = <Item>(items: Item[]): Item =>
    items[state.style === 'random' ? Math.floor(state.random() * items.length) : 0]!;
  if (schema['const'] !== undefined) return schema['const'];
  const choices = listOf(schema['enum']);
  if (choices.length > 0)
    return pick(choices.some((one) => one !== null) ? choices.filter((one) => one !== null) : choices);
  const types = [schema['type']].flat().filter((type) => typeof type === 'string');
  const real = types.filter((type) => type !== 'null');
  const type = real.length > 0 ? pick(real) : (types[0] ?? guess(schema));
  if (type === 'object') return makeObject(schema, state, depth);
  if (type === 'array') return makeArray(schema, state, depth);
  if (type === 'integer' || type === 'number') return makeNumber(schema, type === 'integer', state);
  if (type === 'boolean') return state.style === 'random' ? state.random() < 0.5 : true;
  if (type === 'null') return null;
  return makeString(schema, state);
}

function guess(schema: Tree): string {
  if (schema['properties'] || schema['additionalProperties'] || schema['required'] || schema['minProperties'])
    return 'object';
  if (schema['items'] || schema['minItems']) return 'array';
  if (schema['minimum'] !== undefined || schema['maximum'] !== undefined) return 'number';
  return 'string';
}

function makeObject(schema: Tree, state: State, depth: number): Tree {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(listOf(schema['required']) as string[]);
  const out: Tree = {};
  const least = typeof schema['minProperties'] === 'number' ? schema['minProperties'] : 0;
  const most = typeof schema['maxProperties'] === 'number' ? schema['maxProperties'] : 60;
  const isWanted = (): boolean => {
    if (depth > (state.style === 'fullest' ? 4 : 3)) return false;
    return state.style === 'fullest' || (state.style === 'random' && state.random() < 0.4);
  };
  for (const name of required)
    if (depth < 40) out[name] = make((properties[name] ?? true) as Schema, state, depth + 1);
  for (const [name, member] of Object.entries(properties)) {
    if (Object.hasOwn(out, name) || member === false || Object.keys(out).length >= most) continue;
    if (isWanted() || Object.keys(out).length < least) out[name] = make(member as Schema, state, depth + 1);
  }
  const more = schema['additionalProperties'];
  for (let at = 1; Object.keys(out).length < least && more !== false; at += 1)
    out[`key${at}`] = isObject(more) ? make(more, state, depth + 1) : 'any';
  return out;
}

function makeArray(schema: Tree, state: State, depth: number): unknown[] {
  const first = listOf(schema['prefixItems']) as Schema[];
  const least = Math.max(typeof schema['minItems'] === 'number' ? schema['minItems'] : 0, first.length);
  const most = typeof schema['maxItems'] === 'number' ? schema['maxItems'] : Infinity;
  const wanted =
    state.style === 'fullest' ? 2 : state.style === 'random' ? Math.floor(state.random() * 3) : 0;
  const count = Math.min(most, Math.max(least, depth > 4 ? 0 : wanted));
  const items = (schema['items'] ?? true) as Schema;
  const out: unknown[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < count * 8 && out.length < count; at += 1) {
    const later: State =
      at === 0 ? state : { ...state, style: state.style === 'smallest' ? 'random' : state.style };
    let value = make(first[out.length] ?? items, later, depth + 1);
    if (schema['uniqueItems'] === true && seen.has(JSON.stringify(value)))
      value = make(items, { ...state, style: 'random' }, depth + 1);
    const text = JSON.stringify(value);
    if (schema['uniqueItems'] === true && seen.has(text)) continue;
    seen.add(text);
    out.push(value);
  }
  return out;
}

function makeNumber(schema: Tree, isInteger: boolean, state: State): number {
  const bound = (inclusive: string, exclusive: string, step: number): number | undefined => {
    const own = typeof schema[inclusive] === 'number' ? schema[inclusive] : undefined;
    const beyond = typeof schema[exclusive] === 'number' ? schema[exclusive] + step : undefined;
    return own === undefined
      ? beyond
      : beyond === undefined
        ? own
        : step > 0
          ? Math.max(own, beyond)
          : Math.min(own, beyond);
  };
  const step = isInteger ? 1 : 0.5;
  const low = bound('minimum', 'exclusiveMinimum', step);
  const high = bound('maximum', 'exclusiveMaximum', -step);
  const from = low ?? Math.min(1, high ?? 1);
  const to = Math.min(high ?? from + 1000, from + 1000);
  const multiple = typeof schema['multipleOf'] === 'number' ? schema['multipleOf'] : undefined;
  let value = from + (state.style === 'random' ? state.random() * (to - from) : 0);
  if (isInteger) value = Math.ceil(value);
  else value = Math.round(value * 4) / 4;
  if (multiple !== undefined) value = Math.ceil(value / multiple) * multiple;
  return value > (high ?? Infinity) ? (high ?? value) : value < (low ?? -Infinity) ? (low ?? value) : value;
}

const formats: { [format: string]: string } = {
  date: '2024-02-29',
  time: '10:20:30Z',
  'date-time': '2024-02-29T10:20:30Z',
  duration: 'P1D',
  email: 'somebody@example.com',
  hostname: 'host.example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/path?x=1',
  'uri-reference': '/path',
  uuid: '0190f5a4-7e2b-7c3d-8a4f-1b2c3d4e5f60',
  'json-pointer': '/a/0',
  byte: 'AAEC',
};

const letters = ['a', 'B', '7', ' ', 'é', '/', '?', '&', '=', '%', ',', 'ß'];

function makeString(schema: Tree, state: State): string {
  const { pattern, format } = schema;
  if (typeof pattern === 'string') return state.makeText(pattern, Math.floor(state.random() * 1e6));
  const known = typeof format === 'string' ? formats[format] : undefined;
  if (known !== undefined) return known;
  const least = typeof schema['minLength'] === 'number' ? schema['minLength'] : 0;
  const most = typeof schema['maxLength'] === 'number' ? schema['maxLength'] : Infinity;
  if (state.style === 'smallest') return 'x'.repeat(Math.min(Math.max(least, 1), most));
  const wanted = Math.min(most, Math.max(least, 1 + Math.floor(state.random() * 8)));
  const isPlain = state.style === 'fullest' || schema['x-plain'] === true;
  let text = '';
  while (text.length < wanted)
    text += isPlain ? 'text'[text.length % 4]! : letters[Math.floor(state.random() * letters.length)]!;
  return text.trim().padEnd(Math.min(wanted, most), 'x');
}
