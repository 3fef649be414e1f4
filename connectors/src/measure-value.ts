/** Looks at an unknown value before anything recursive touches it: size, depth, and what JSON cannot hold. */
import { pointer, problem, type Problem } from './problem.ts';

export type Limits = { bytes: number; depth: number; nodes: number };
export type Measure = { bytes: number; depth: number; nodes: number; problem: Problem | null };

/** A connector may have 16 MiB of JSON, 64 levels and a million values: room for an imported API of 2,000 actions. */
export const documentLimits: Limits = { bytes: 16 * 1024 * 1024, depth: 64, nodes: 1_000_000 };

type Place = { value: unknown; depth: number; parent: Place | null; key: string | number };

/**
 * Counts without recursion and stops at the first limit that is passed, so that its own work is bounded.
 * @returns the counts so far and the problem that stopped it: `too_large`, `too_deep` or `not_json`
 */
export function measureValue(value: unknown, limits: Limits): Measure {
  const measure: Measure = { bytes: 0, depth: 0, nodes: 0, problem: null };
  const open: Place[] = [{ value, depth: 0, parent: null, key: '' }];
  while (open.length > 0) {
    const place = open.pop()!;
    measure.nodes += 1;
    measure.depth = Math.max(measure.depth, place.depth);
    const fault = look(place, measure, limits) ?? enter(place, open, measure, limits);
    if (fault) return { ...measure, problem: { ...fault, path: pathOf(place) } };
  }
  return measure;
}

function look({ value, depth }: Place, measure: Measure, limits: Limits): Problem | null {
  if (measure.nodes > limits.nodes)
    return problem('', 'too_large', `This has more than ${limits.nodes} values; make it smaller.`);
  if (depth > limits.depth)
    return problem('', 'too_deep', `This is nested more than ${limits.depth} levels deep; make it flatter.`);
  if (typeof value === 'string') {
    measure.bytes += value.length + 2;
    if (measure.bytes > limits.bytes) return tooLarge(limits);
    if (value.includes('\u0000'))
      return problem('', 'not_json', 'A text must not contain the character NUL; take it out.');
    if (!value.isWellFormed())
      return problem(
        '',
        'not_json',
        'A text contains half a character (a lone surrogate); write the whole character.',
      );
  } else if (typeof value === 'number') {
    measure.bytes += 8;
    if (!Number.isFinite(value))
      return problem('', 'not_json', 'This number is too large for JSON; write it as a text.');
  } else {
    measure.bytes += 4;
    if (value !== null && typeof value !== 'boolean' && typeof value !== 'object') {
      return problem(
        '',
        'not_json',
        `JSON cannot hold a ${typeof value}; use null, a text, a number, a list or an object.`,
      );
    }
  }
  return measure.bytes > limits.bytes ? tooLarge(limits) : null;
}

function tooLarge({ bytes }: Limits): Problem {
  return problem('', 'too_large', `This is larger than ${bytes} bytes; make it smaller.`);
}

function enter(place: Place, open: Place[], measure: Measure, limits: Limits): Problem | null {
  const { value, depth } = place;
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) {
    if (measure.nodes + open.length + value.length > limits.nodes) {
      return problem('', 'too_large', `This list makes more than ${limits.nodes} values; make it shorter.`);
    }
    for (let index = value.length - 1; index >= 0; index -= 1)
      open.push({ value: value[index], depth: depth + 1, parent: place, key: index });
    return null;
  }
  const keys = Object.keys(value);
  if (measure.nodes + open.length + keys.length > limits.nodes) {
    return problem('', 'too_large', `This object makes more than ${limits.nodes} values; make it smaller.`);
  }
  for (const key of keys.toReversed()) {
    measure.bytes += key.length + 3;
    if (key === '__proto__')
      return problem('', 'not_json', 'The name "__proto__" is not allowed; choose another.');
    if (key.includes('\u0000') || !key.isWellFormed())
      return problem('', 'not_json', 'A name contains a character that is not allowed; rename it.');
    open.push({ value: (value as { [key: string]: unknown })[key], depth: depth + 1, parent: place, key });
  }
  return null;
}

/** Long paths are cut: a fault 20,000 levels deep is named by its first levels. */
function pathOf(place: Place): string {
  const keys: (string | number)[] = [];
  for (let at: Place | null = place; at?.parent; at = at.parent) keys.push(at.key);
  return pointer('', ...keys.toReversed().slice(0, 70)).slice(0, 1000);
}
