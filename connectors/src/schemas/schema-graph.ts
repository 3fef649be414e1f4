/** The edges between the parts of a schema: which part looks at which part of a value next. */
import type { Json } from '../json.ts';
import { schemaKeywords, schemaListKeywords, schemaMapKeywords } from './keywords.ts';
import { resolveReference, type SchemaRoot } from './resolve-reference.ts';

/**
 * One edge. `place` is null when the same value is looked at again (allOf, $ref, …), the name of a member when one
 * member is, and '*' when it may be any part.
 */
export type Edge = { schema: Json; place: string | null };

/** Edges of one schema object; definitions are no edges until something names them. */
export function edgesOf(schema: object, root: SchemaRoot): Edge[] {
  const edges: Edge[] = [];
  for (const [keyword, value] of Object.entries(schema) as [string, Json][]) {
    if (keyword === '$defs') continue;
    if (Object.hasOwn(schemaKeywords, keyword))
      edges.push({ schema: value, place: schemaKeywords[keyword]! ? '*' : null });
    else if (Object.hasOwn(schemaListKeywords, keyword)) {
      (value as Json[]).forEach((entry) =>
        edges.push({ schema: entry, place: schemaListKeywords[keyword]! ? '*' : null }),
      );
    } else if (Object.hasOwn(schemaMapKeywords, keyword)) {
      for (const [name, entry] of Object.entries(value as { [name: string]: Json })) {
        edges.push({
          schema: entry,
          place: keyword === 'properties' ? `.${name}` : schemaMapKeywords[keyword]! ? '*' : null,
        });
      }
    } else if (keyword === '$ref') {
      const target = resolveReference(value as string, root);
      if (target !== undefined) edges.push({ schema: target, place: null });
    }
  }
  return edges;
}
