/**
 * Finds recursion that multiplies: a schema that checks one part of a value several times by itself needs twice, thrice …
 * the work for every further level. A tree (`left` and `right` name the schema) is fine; `oneOf` of ten kinds that all
 * have `children` is not, and is why such values may be nested only so deep.
 */
import type { Json } from '../json.ts';
import type { SchemaRoot } from './resolve-reference.ts';
import { edgesOf } from './schema-graph.ts';

const countLimit = 1_000_000;

/** @returns how many times the work grows with one more level; 1: it does not. The schema must have passed check-schema.ts. */
export function measureRecursion(root: SchemaRoot): number {
  const groups = groupByCycle(root);
  const memo = new Map<object, Map<string, number>>();
  let most = 1;

  /** How often each part of a value is looked at again by the same group, starting from this schema. */
  const looks = (schema: object): Map<string, number> => {
    const known = memo.get(schema);
    if (known) return known;
    const counts = new Map<string, number>();
    memo.set(schema, counts);
    const add = (key: string, count: number) =>
      counts.set(key, Math.min(countLimit, (counts.get(key) ?? 0) + count));
    for (const edge of edgesOf(schema, root)) {
      if (typeof edge.schema !== 'object' || edge.schema === null) continue;
      const group = groups.get(edge.schema);
      if (edge.place !== null) {
        if (group !== undefined) add(`${group} ${edge.place}`, 1);
      } else for (const [key, count] of looks(edge.schema)) add(key, count);
    }
    return counts;
  };

  for (const [schema, group] of groups) {
    const counts = looks(schema);
    const anywhere = counts.get(`${group} *`) ?? 0;
    for (const [key, count] of counts) {
      if (key.startsWith(`${group} `)) most = Math.max(most, key === `${group} *` ? count : count + anywhere);
    }
  }
  return most;
}

/** Schemas that can lead back to themselves, by the number of their cycle (Tarjan's algorithm, without recursion). */
function groupByCycle(root: SchemaRoot): Map<object, number> {
  const groups = new Map<object, number>();
  const index = new Map<object, number>();
  const low = new Map<object, number>();
  const stack: object[] = [];
  const onStack = new Set<object>();
  const open: { schema: object; targets: Json[]; at: number; loops: boolean }[] = [];
  const enter = (schema: object) => {
    index.set(schema, index.size);
    low.set(schema, index.get(schema)!);
    stack.push(schema);
    onStack.add(schema);
    open.push({ schema, targets: edgesOf(schema, root).map((edge) => edge.schema), at: 0, loops: false });
  };
  if (typeof root.schema === 'object' && root.schema !== null) enter(root.schema);
  while (open.length > 0) {
    const frame = open.at(-1)!;
    const target = frame.targets[frame.at];
    frame.at += 1;
    if (frame.at <= frame.targets.length) {
      if (typeof target !== 'object' || target === null) continue;
      if (target === frame.schema) frame.loops = true;
      if (!index.has(target)) enter(target);
      else if (onStack.has(target))
        low.set(frame.schema, Math.min(low.get(frame.schema)!, index.get(target)!));
      continue;
    }
    open.pop();
    const parent = open.at(-1);
    if (parent) low.set(parent.schema, Math.min(low.get(parent.schema)!, low.get(frame.schema)!));
    if (low.get(frame.schema) !== index.get(frame.schema)) continue;
    const members = stack.splice(stack.lastIndexOf(frame.schema));
    members.forEach((member) => onStack.delete(member));
    if (members.length > 1 || frame.loops)
      members.forEach((member) => groups.set(member, index.get(frame.schema)!));
  }
  return groups;
}
