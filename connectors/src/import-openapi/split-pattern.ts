/** Patterns that look ahead, which the linear-time engine cannot, as several patterns that do not. */
import { checkPattern } from '../schemas/check-pattern.ts';

export type SplitPattern = { all: string[]; none: string[] };

/**
 * Looking ahead at the very beginning is the same as a second pattern: `^(?!a)b` is `^b` and not `^a`, `^(?=a)b` is `^b`
 * and `^a`.
 * @returns patterns that must all be found and patterns that must not be; null when the engine cannot run them
 */
export function splitPattern(pattern: string): SplitPattern | null {
  if (isUsable(pattern)) return { all: [pattern], none: [] };
  // The engine writes code points another way.
  const written = pattern.replaceAll(/\\u([0-9a-fA-F]{4})/g, '\\x{$1}');
  if (isUsable(written)) return { all: [written], none: [] };
  const split: SplitPattern = { all: [], none: [] };
  let rest = written;
  for (let found = leadingLook(rest); found !== null; found = leadingLook(rest)) {
    (found.isNegative ? split.none : split.all).push(`^(?:${found.inside})`);
    rest = `^${found.rest}`;
  }
  if (rest === written) return null;
  split.all.push(rest);
  return [...split.all, ...split.none].every(isUsable) ? split : null;
}

function isUsable(pattern: string): boolean {
  return checkPattern(pattern, '').length === 0;
}

/** The first `(?!…)` or `(?=…)` right behind `^`, with its brackets balanced. */
function leadingLook(pattern: string): { inside: string; isNegative: boolean; rest: string } | null {
  if (!/^\^\(\?[!=]/.test(pattern)) return null;
  let depth = 0;
  let isClass = false;
  for (let at = 1; at < pattern.length; at += 1) {
    const char = pattern[at]!;
    if (char === '\\') at += 1;
    else if (isClass) isClass = char !== ']';
    else if (char === '[') isClass = true;
    else if (char === '(') depth += 1;
    else if (char === ')') {
      depth -= 1;
      // With an alternative behind it the look belongs to the first one alone.
      if (depth === 0 && hasAlternative(pattern.slice(at + 1))) return null;
      if (depth === 0)
        return { inside: pattern.slice(4, at), isNegative: pattern[3] === '!', rest: pattern.slice(at + 1) };
    }
  }
  return null;
}

/** True for a `|` outside of brackets. */
function hasAlternative(pattern: string): boolean {
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at]!;
    if (char === '\\') at += 1;
    else if (char === '(' || char === '[') depth += 1;
    else if (char === ')' || char === ']') depth -= 1;
    else if (char === '|' && depth === 0) return true;
  }
  return false;
}
