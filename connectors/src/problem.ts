/** Problems of documents: where (a JSON pointer), a stable code, and a sentence that says how to mend it. */
import type { Problem } from './expression/problem.ts';

export type { Problem } from './expression/problem.ts';

/** A list of problems longer than this helps nobody and could be made long on purpose. */
export const problemLimit = 100;

/** Makes one problem. */
export function problem(path: string, code: string, message: string): Problem {
  return { path, code, message };
}

/** Appends one key to a JSON pointer, escaped as RFC 6901 wants it. */
export function pointer(path: string, ...keys: (string | number)[]): string {
  return path + keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A value for use inside a sentence: short, and never more than one line. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
  return `"${line.length > 60 ? `${line.slice(0, 57)}…` : line}"`;
}
