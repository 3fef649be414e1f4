/** One text and one hash for one content, wherever it is computed. */
import type { Json } from './json.ts';
import { sha256, toHex } from './expression/digest.ts';

/** JSON with sorted member names and no blanks: equal content gives equal text. */
export function canonicalize(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalize(entry ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => `${JSON.stringify(key)}:${canonicalize(entry)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value as Json) ?? 'null';
}

/** SHA-256 of the canonical JSON, as 64 hexadecimal digits. Works in Node and in the browser, without waiting. */
export function hashDocument(document: unknown): string {
  return toHex(sha256(new TextEncoder().encode(canonicalize(document))));
}
