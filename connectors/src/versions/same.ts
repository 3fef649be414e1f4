import { canonicalize } from '../hash-document.ts';
import type { Change } from './change.ts';

/** One change when two parts differ, none when they are equal; the order of members does not matter. */
export function same(a: unknown, b: unknown, path: string, bump: Change['bump'], message: string): Change[] {
  return canonicalize(a ?? null) === canonicalize(b ?? null) ? [] : [{ path, bump, message }];
}
