/** Counts what a schema becomes when every reference is written out: small texts can mean endless work. */
import type { Json } from '../json.ts';
import { schemaKeywords, schemaListKeywords, schemaMapKeywords } from './keywords.ts';
import { resolveReference, type SchemaRoot } from './resolve-reference.ts';

type Child = { schema: Json; goesIn: boolean };

/** `endless` when the same value would be checked by the same schema again and again; a count otherwise. */
export function measureExpansion(
  start: Json,
  root: SchemaRoot,
  limit: number,
): number | 'endless' | 'too_large' {
  const sizes = new Map<object, number>();
  const open = new Map<object, number>();
  let endless = false;

  /** `level` counts steps into parts of the value: meeting an open schema at the same level means no progress. */
  function size(schema: Json, level: number): number {
    if (typeof schema !== 'object' || schema === null) return 1;
    const known = sizes.get(schema);
    if (known !== undefined) return known;
    const openAt = open.get(schema);
    if (openAt !== undefined) {
      if (openAt === level) endless = true;
      return 1;
    }
    open.set(schema, level);
    let total = 1;
    for (const child of childrenOf(schema, root)) {
      total = Math.min(limit + 1, total + size(child.schema, child.goesIn ? level + 1 : level));
    }
    open.delete(schema);
    sizes.set(schema, total);
    return total;
  }

  const total = size(start, 0);
  if (endless) return 'endless';
  return total > limit ? 'too_large' : total;
}

function childrenOf(schema: object, root: SchemaRoot): Child[] {
  const children: Child[] = [];
  for (const [keyword, value] of Object.entries(schema) as [string, Json][]) {
    // Definitions cost nothing until something names them.
    if (keyword === '$defs') continue;
    if (Object.hasOwn(schemaKeywords, keyword))
      children.push({ schema: value, goesIn: schemaKeywords[keyword]! });
    else if (Object.hasOwn(schemaListKeywords, keyword)) {
      for (const entry of value as Json[])
        children.push({ schema: entry, goesIn: schemaListKeywords[keyword]! });
    } else if (Object.hasOwn(schemaMapKeywords, keyword)) {
      for (const entry of Object.values(value as object) as Json[])
        children.push({ schema: entry, goesIn: schemaMapKeywords[keyword]! });
    } else if (keyword === '$ref') {
      const target = resolveReference(value as string, root);
      if (target !== undefined) children.push({ schema: target, goesIn: false });
    }
  }
  return children;
}
