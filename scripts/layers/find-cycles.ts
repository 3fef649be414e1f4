import type { SourceFile } from './list-sources.ts';
import { readImports } from './read-imports.ts';
import { resolveImport } from './resolve-import.ts';

/** Import cycles between files, types included: each as the shortest way round, `a -> b -> a`. */
export function findCycles(sources: readonly SourceFile[]): string[] {
  const known = new Set(sources.map((source) => source.path));
  const imports = new Map(
    sources.map(({ path, text }) => {
      const targets = readImports(text).map(({ name }) => resolveImport(path, name, (one) => known.has(one)));
      return [path, targets.filter((target): target is string => target !== null && known.has(target))];
    }),
  );
  const told = new Set<string>();
  return [...imports.keys()].flatMap((path) => {
    const way = told.has(path) ? null : findWayBack(path, imports);
    if (way === null) return [];
    for (const step of way) told.add(step);
    return [[...way, path].join(' -> ')];
  });
}

/** Breadth first, so the way is the shortest; null when no import leads back. */
function findWayBack(start: string, imports: ReadonlyMap<string, readonly string[]>): string[] | null {
  const cameFrom = new Map<string, string>();
  const waiting = [start];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    for (const next of imports.get(at) ?? []) {
      if (next === start) return wayTo(at, start, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      waiting.push(next);
    }
  }
  return null;
}

function wayTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way: string[] = [];
  for (let at: string | undefined = end; at !== undefined && at !== start; at = cameFrom.get(at))
    way.unshift(at);
  return [start, ...way];
}
