/** Which declared migrations lead from an older version to a document. */
import { compareVersions } from '../compare-versions.ts';
import type { Connector, Migration } from '../types.ts';

/**
 * The migrations that a part of version `from` goes through to become a part of `connector`, in that order: each is
 * the nearest one that fits the version reached so far.
 * @param from version the part was made for, `x.y.z`
 */
export function findMigrations(connector: Connector, from: string): Migration[] {
  const way: Migration[] = [];
  let reached = from;
  for (;;) {
    const next = (connector.migrations ?? [])
      .filter(
        (one) =>
          isIn(reached, one.from) &&
          compareVersions(one.to, reached) > 0 &&
          compareVersions(one.to, connector.version) <= 0,
      )
      .toSorted((a, b) => compareVersions(a.to, b.to))[0];
    if (!next) return way;
    way.push(next);
    reached = next.to;
  }
}

/** `1.x` and `1.2.x` stand for all versions that begin so. */
function isIn(version: string, range: string): boolean {
  return range.endsWith('x') ? version.startsWith(range.slice(0, -1)) : version === range;
}
