/** Tells without walking into them that two schemas are the same: large apps have hundreds that reach hundreds of others. */
import type { Json } from '../json.ts';
import { canonicalize } from '../hash-document.ts';
import { reachableDefinitions } from '../schemas/reachable-definitions.ts';
import type { Connector, JsonSchema } from '../types.ts';

type Definitions = { [name: string]: Json };

const changedByPair = new WeakMap<Connector, WeakMap<Connector, Set<string>>>();

/** True when the parts say the same and nothing that they reach among the `$defs` has changed. */
export function isSameSchema(
  older: Connector,
  newer: Connector,
  from: readonly (JsonSchema | undefined)[],
  to: readonly (JsonSchema | undefined)[],
): boolean {
  if (canonicalize(from.map(orNull)) !== canonicalize(to.map(orNull))) return false;
  const changed = changedDefinitions(older, newer);
  if (changed.size === 0) return true;
  const reached = reachableDefinitions(from.map(orNull), (older.$defs ?? {}) as Definitions);
  return !Object.keys(reached).some((name) => changed.has(name));
}

function orNull(schema: JsonSchema | undefined): Json {
  return schema ?? null;
}

/** Names of definitions that are not the same in both, found once for a pair of versions. */
function changedDefinitions(older: Connector, newer: Connector): Set<string> {
  const byNewer = changedByPair.get(older) ?? new WeakMap<Connector, Set<string>>();
  changedByPair.set(older, byNewer);
  const known = byNewer.get(newer);
  if (known) return known;
  const [before, after] = [older.$defs ?? {}, newer.$defs ?? {}] as [Definitions, Definitions];
  const changed = new Set(
    [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (name) =>
        !Object.hasOwn(before, name) ||
        !Object.hasOwn(after, name) ||
        canonicalize(before[name]) !== canonicalize(after[name]),
    ),
  );
  byNewer.set(newer, changed);
  return changed;
}
