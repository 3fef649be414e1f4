/** Bounds what validating a value can cost: small texts whose references are followed can mean endless work. */
import type { Json } from '../json.ts';
import type { SchemaRoot } from './resolve-reference.ts';
import { edgesOf, type Edge } from './schema-graph.ts';

export type Expansion = { size: number } | { fault: Fault };
export type ExpansionLimits = { parts: number; depth: number };
type Fault = 'endless' | 'too_large' | 'too_deep';

/**
 * What a schema costs: how often one value is looked at (`here`), how often each of its parts is by name (`places`),
 * and the most that any value below is looked at (`most`).
 */
type Cost = { here: number; places: Map<string, number>; most: number };

/** `level` counts steps into parts of the value, `run` the schemas in a row that look at the same part. */
type Frame = { schema: object; level: number; run: number; edges: Edge[]; at: number; cost: Cost };

/** Adding up is work as well; the schemas of one document together may need this many additions. */
const additions = 5_000_000;

/**
 * A meter for the schemas of one document. What it has counted once it remembers, so that a thousand schemas that name
 * the same definitions are counted in one walk. It walks without recursion: chains of references may be long.
 * @returns a function that measures one schema: `endless` when the same value would be checked by the same schema again
 *   and again, `too_large` when one value would be looked at more often than `parts` times, `too_deep` when more than
 *   `depth` schemas in a row look at it,
 *   else how often the most looked-at value is looked at
 */
export function makeExpansionMeter(limits: ExpansionLimits): (start: Json, root: SchemaRoot) => Expansion {
  const costs = new Map<object, Cost>();
  let added = 0;

  /** Adds what a finished part costs to the schema that holds it. */
  const add = (to: Cost, { place }: Edge, part: Cost | null): Fault | null => {
    if (place === null) {
      to.here += part?.here ?? 1;
      for (const [name, count] of part?.places ?? []) {
        to.places.set(name, (to.places.get(name) ?? 0) + count);
        added += 1;
      }
      to.most = Math.max(to.most, part?.most ?? 1);
    } else to.places.set(place, (to.places.get(place) ?? 0) + (part?.most ?? 1));
    added += 1;
    return to.here > limits.parts || added > additions ? 'too_large' : null;
  };

  const finish = ({ schema, cost }: Frame): Fault | null => {
    const anywhere = cost.places.get('*') ?? 0;
    cost.most = Math.max(cost.most, cost.here);
    for (const [name, count] of cost.places)
      cost.most = Math.max(cost.most, name === '*' ? count : count + anywhere);
    costs.set(schema, cost);
    return cost.most > limits.parts ? 'too_large' : null;
  };

  return (start, root) => {
    /** Schemas on the way, with the part of the value they look at: the same one twice at one part is no progress. */
    const open = new Map<object, number>();
    const frames: Frame[] = [];
    const enter = (schema: object, level: number, run: number) => {
      open.set(schema, level);
      frames.push({
        schema,
        level,
        run,
        edges: edgesOf(schema, root),
        at: 0,
        cost: { here: 1, places: new Map(), most: 1 },
      });
    };
    if (typeof start !== 'object' || start === null) return { size: 1 };
    if (!costs.has(start)) enter(start, 0, 1);
    while (frames.length > 0) {
      const frame = frames.at(-1)!;
      const edge = frame.edges[frame.at];
      if (edge === undefined) {
        const fault = finish(frame);
        if (fault) return { fault };
        open.delete(frame.schema);
        frames.pop();
        continue;
      }
      const target = edge.schema;
      const level = edge.place === null ? frame.level : frame.level + 1;
      const isObject = typeof target === 'object' && target !== null;
      const known = isObject ? costs.get(target) : undefined;
      const openAt = isObject ? open.get(target) : undefined;
      if (known === undefined && openAt === level) return { fault: 'endless' };
      if (isObject && known === undefined && openAt === undefined) {
        const run = edge.place === null ? frame.run + 1 : 1;
        if (run > limits.depth) return { fault: 'too_deep' };
        enter(target, level, run);
        continue;
      }
      frame.at += 1;
      const fault = add(frame.cost, edge, known ?? null);
      if (fault) return { fault };
    }
    return { size: costs.get(start)!.most };
  };
}
