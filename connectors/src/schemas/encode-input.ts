/**
 * Inputs that go over the wire in another form than people type them: `x-encode` and `x-dateFormat`. They work at members that
 * are reached through `properties`, `items` and references, like defaults do; the validator refuses them elsewhere.
 */
import { encodeBase64 } from '../expression/base64.ts';
import { md5, sha256, toHex } from '../expression/digest.ts';
import { ExpressionError } from '../expression/expression-error.ts';
import { formatMoment } from '../expression/format-date.ts';
import { readDate } from '../expression/read-date.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { pointer, problem, type Problem } from '../problem.ts';
import type { JsonSchema } from '../types.ts';
import { resolveReference } from './resolve-reference.ts';

/** Levels of a value that are looked at, and references that may follow each other. */
const deepest = 32;
const longestChain = 8;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const plainOf = (text: string): Uint8Array => bytesOf(text.trim().toLowerCase());

/** What `x-encode` makes of a text (its bytes in UTF-8). */
export const encodings: { [name: string]: (text: string) => string } = {
  base64: (text) => encodeBase64(bytesOf(text)),
  base64url: (text) => encodeBase64(bytesOf(text), true),
  hex: (text) => toHex(bytesOf(text)),
  md5lower: (text) => toHex(md5(plainOf(text))),
  sha256lower: (text) => toHex(sha256(plainOf(text))),
};

/** What `x-dateFormat` makes of a moment in milliseconds; any other word is a pattern of `formatDate`, in UTC. */
export const dateForms: { [name: string]: (moment: number) => Json } = {
  epochSeconds: (moment) => Math.floor(moment / 1000),
  epochMilliseconds: (moment) => moment,
  date: (moment) => formatMoment(moment, 'yyyy-MM-dd', 'UTC', 'en'),
  'date-time': (moment) => new Date(moment).toISOString(),
};

function writeMoment(moment: number, form: string): Json {
  const write = Object.hasOwn(dateForms, form) ? dateForms[form] : undefined;
  return write ? write(moment) : formatMoment(moment, form, 'UTC', 'en');
}

/** True for a word of `dateForms` and for a pattern that `formatDate` takes. */
export function isDateForm(value: unknown): boolean {
  if (typeof value !== 'string' || value.length === 0 || value.length > 100) return false;
  try {
    writeMoment(0, value);
    return true;
  } catch {
    return false;
  }
}

/** `secrets`: the texts of members marked `x-secret` in the form they got. */
export type Encoded = { value: Json; problems: Problem[]; secrets: string[] };

type State = { root: JsonSchema; problems: Problem[]; secrets: string[] };

const marked = new WeakMap<JsonSchema, boolean>();

/** Most schemas hold neither keyword; that is found out once for each. */
function isMarked(schema: JsonSchema): boolean {
  let found = marked.get(schema);
  if (found === undefined) {
    const text = JSON.stringify(schema);
    found = text.includes('"x-encode"') || text.includes('"x-dateFormat"');
    marked.set(schema, found);
  }
  return found;
}

function follow(schema: Json | undefined, root: JsonSchema): { schema?: JsonObject; isSecret: boolean } {
  let at = schema;
  let isSecret = false;
  for (let step = 0; step < longestChain; step += 1) {
    if (!isJsonObject(at)) break;
    isSecret ||= at['x-secret'] === true;
    const reference = at['$ref'];
    if (typeof reference !== 'string') return { schema: at, isSecret };
    at = resolveReference(reference, { schema: root, defs: {} });
  }
  return { isSecret };
}

function encodeText(schema: JsonObject, text: string, path: string, state: State): Json {
  const { 'x-encode': encoding, 'x-dateFormat': form } = schema;
  if (typeof encoding === 'string' && Object.hasOwn(encodings, encoding)) return encodings[encoding]!(text);
  if (typeof form !== 'string') return text;
  try {
    return writeMoment(readDate(text), form);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    state.problems.push(
      problem(path, 'bad_value', 'is not a date: write it as 2026-11-20 or 2026-11-20T09:30:00Z.'),
    );
    return text;
  }
}

function encode(given: Json | undefined, value: Json, path: string, state: State, depth: number): Json {
  const { schema, isSecret } = follow(given, state.root);
  if (schema === undefined || depth > deepest) return value;
  if (typeof value === 'string') {
    const encoded = encodeText(schema, value, path, state);
    if (isSecret && encoded !== value) state.secrets.push(value, String(encoded));
    return encoded;
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    return value.map((item, index) => encode(items, item, pointer(path, index), state, depth + 1));
  }
  const { properties } = schema;
  if (!isJsonObject(value) || !isJsonObject(properties)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      Object.hasOwn(properties, name)
        ? encode(properties[name], member, pointer(path, name), state, depth + 1)
        : member,
    ]),
  );
}

/**
 * The input as the requests read it.
 * @param schema one that stands alone (see `compose-schema.ts`)
 * @param value one that fits it, defaults filled in
 * @returns a new value, texts that are no dates with their places, and secret texts that the value got
 */
export function encodeInput(schema: JsonSchema, value: Json): Encoded {
  const state: State = { root: schema, problems: [], secrets: [] };
  const encoded = isMarked(schema) ? encode(schema, value, '', state, 0) : value;
  return { value: encoded, problems: state.problems, secrets: state.secrets };
}
