/** Counts what a schema becomes when every reference is written out: small texts can mean endless work. */
import type { Json } from '../json.ts';
import type { SchemaRoot } from './resolve-reference.ts';
import { edgesOf } from './schema-graph.ts';

export type Expansion = { size: number } | { fault: 'endless' | 'too_large' | 'too_deep' };

export type ExpansionLimits = { parts: number; depth: number };

/**
 * A meter for the schemas of one document. What it has counted once it remembers, so that a thousand schemas that name
 * the same definitions are counted in one walk.
 * @returns a function that measures one schema: `endless` when the same value would be checked by the same schema again
 *   and again, `too_large` or `too_deep` past the limits, else its size
 */
export function makeExpansionMeter(limits: ExpansionLimits): (start: Json, root: SchemaRoot) => Expansion {
  const sizes = new Map<object, number>();

  return (start, root) => {
    const open = new Map<object, number>();
    let fault: 'endless' | 'too_large' | 'too_deep' | null = null;

    /** `level` counts steps into parts of the value: meeting an open schema at the same level means no progress. */
    const measure = (schema: Json, level: number): number => {
      if (typeof schema !== 'object' || schema === null || fault) return 1;
      const known = sizes.get(schema);
      if (known !== undefined) return known;
      const openAt = open.get(schema);
      if (openAt !== undefined) {
        if (openAt === level) fault = 'endless';
        return 1;
      }
      if (open.size >= limits.depth) {
        fault = 'too_deep';
        return 1;
      }
      open.set(schema, level);
      let total = 1;
      for (const edge of edgesOf(schema, root)) {
        total += measure(edge.schema, edge.place === null ? level : level + 1);
        if (total > limits.parts) fault ??= 'too_large';
        if (fault) break;
      }
      open.delete(schema);
      if (!fault) sizes.set(schema, total);
      return total;
    };

    const size = measure(start, 0);
    return fault ? { fault } : { size };
  };
}
