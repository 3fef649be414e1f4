/** Schemas that look at the same value as each other: through references, through `allOf`, and through choices. */
import type { Json } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { findTarget, listOf, membersOf, type Source } from './source.ts';

/** A schema that a reference names. */
export type Target = { pointer: string; value: Json };

export type SameValue = {
  /**
   * True when a schema leads to the one of a pointer without going into a part of the value, or is that one itself.
   * @param byChoice only through `oneOf`, `anyOf` and conditions
   */
  reaches(from: Target, to: string, byChoice?: boolean): boolean;
};

type Edge = { target: Target; isChoice: boolean };

const choices = ['oneOf', 'anyOf'];
const conditions = ['not', 'if', 'then', 'else'];

export function makeSameValue(source: Source): SameValue {
  const edges = new Map<string, Edge[]>();
  const reached = new Map<string, Set<string>>();

  const collect = (schema: Json | undefined, isChoice: boolean, found: Edge[]): void => {
    if (!isJsonObject(schema)) return;
    const reference = schema['$ref'];
    if (typeof reference === 'string') {
      const target = findTarget(source, reference);
      if (target) found.push({ target, isChoice });
      if (source.version !== 3.1) return;
    }
    for (const entry of listOf(schema['allOf'])) collect(entry, isChoice, found);
    for (const keyword of choices) for (const entry of listOf(schema[keyword])) collect(entry, true, found);
    for (const keyword of conditions) collect(schema[keyword], true, found);
    for (const [, entry] of membersOf(schema['dependentSchemas'])) collect(entry, true, found);
  };

  const edgesOf = ({ pointer, value }: Target): Edge[] => {
    const known = edges.get(pointer);
    if (known) return known;
    const found: Edge[] = [];
    edges.set(pointer, found);
    collect(value, false, found);
    return found;
  };

  const reachedFrom = (from: Target, byChoice: boolean): Set<string> => {
    const key = `${byChoice} ${from.pointer}`;
    const known = reached.get(key);
    if (known) return known;
    const seen = new Set<string>([from.pointer]);
    const open = [from];
    while (open.length > 0)
      for (const { target, isChoice } of edgesOf(open.pop()!))
        if (!seen.has(target.pointer) && (isChoice || !byChoice)) {
          seen.add(target.pointer);
          open.push(target);
        }
    reached.set(key, seen);
    return seen;
  };

  return { reaches: (from, to, byChoice = false) => reachedFrom(from, byChoice).has(to) };
}
