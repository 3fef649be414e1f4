// JSON from strangers: a depth limit checked before parsing, and no member that could reach a prototype.
import type { Json } from '@weftline/connectors/json';
import { CodedError } from '@weftline/runner/platform/errors';
import { invalidInput } from '../fail.ts';

const deepest = 128;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

const notParseable = (message: string): CodedError => new CodedError({ code: 'not_parseable', message });

/** Nesting of a JSON text, counted without parsing it. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (quoted) {
      if (char === 92) index += 1;
      else if (char === 34) quoted = false;
    } else if (char === 34) quoted = true;
    else if (char === 91 || char === 123) most = Math.max(most, (depth += 1));
    else if (char === 93 || char === 125) depth -= 1;
  }
  return most;
}

/** JSON pointer of the first own member called `__proto__`, or null. */
function findPrototypeMember(value: Json, at: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const name of Object.keys(value)) {
    const path = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (name === '__proto__') return path;
    const found = findPrototypeMember((value as { [name: string]: Json })[name]!, path);
    if (found !== null) return found;
  }
  return null;
}

/**
 * The value of a JSON body. An empty body gives undefined.
 * @throws CodedError not_parseable (400) for no UTF-8, no JSON or too deep nesting; invalid_input (422) for `__proto__`
 */
export function parseJson(bytes: Uint8Array): Json | undefined {
  if (bytes.byteLength === 0) return undefined;
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw notParseable('The body is not UTF-8 text.');
  }
  if (depthOf(text) > deepest) throw notParseable(`The JSON is nested deeper than ${deepest} levels.`);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    const place = /position (\d+)/.exec((error as Error).message)?.[1];
    throw notParseable(`The body is not JSON${place ? `: look at character ${place}` : ''}.`);
  }
  if (/__proto__|\\u00[57]/i.test(text)) {
    const path = findPrototypeMember(value, '');
    if (path !== null)
      throw invalidInput([{ path, code: 'bad_name', message: 'A member may not be called __proto__.' }]);
  }
  return value;
}

/** Throws 400 unless a body of this content type may be JSON. */
export function assertJsonType(contentType: string | null): void {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json' && !/^application\/[\w.+-]+\+json$/.test(type))
    throw notParseable('Send the body with the header content-type: application/json.');
}
