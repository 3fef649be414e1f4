/** Which schemas hold a keyword somewhere, also behind references: most hold none and need no walk through their members. */
import type { Json } from '../json.ts';

type Seen = { isMarked: boolean; names: Set<string> };

/**
 * @param defs the connector's own `$defs`
 * @param keywords what is looked for
 * @returns a function that says of a schema whether one of them stands in it or in a definition it leads to
 */
export function makeMarkFinder(
  defs: { [name: string]: Json },
  keywords: readonly string[],
): (schema: Json) => boolean {
  const wanted = new Set(keywords);
  const look = (value: Json, seen: Seen): Seen => {
    if (Array.isArray(value)) value.forEach((entry) => look(entry, seen));
    else if (typeof value === 'object' && value !== null)
      for (const [key, entry] of Object.entries(value)) {
        if (wanted.has(key) && typeof entry === 'string') seen.isMarked = true;
        const name = key === '$ref' && typeof entry === 'string' ? definitionOf(entry) : undefined;
        if (name !== undefined) seen.names.add(name);
        look(entry, seen);
      }
    return seen;
  };
  const begin = (value: Json): Seen => look(value, { isMarked: false, names: new Set() });

  const known = new Map(Object.entries(defs).map(([name, schema]) => [name, begin(schema)]));
  const users = new Map<string, string[]>();
  for (const [name, { names }] of known)
    for (const used of names) users.set(used, [...(users.get(used) ?? []), name]);
  const marked = new Set<string>();
  const open = [...known].filter(([, { isMarked }]) => isMarked).map(([name]) => name);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (marked.has(name)) continue;
    marked.add(name);
    open.push(...(users.get(name) ?? []));
  }
  return (schema) => {
    const { isMarked, names } = begin(schema);
    return isMarked || [...names].some((name) => marked.has(name));
  };
}

function definitionOf(reference: string): string | undefined {
  const name = /^#\/\$defs\/([^/]+)/.exec(reference)?.[1];
  return name?.replaceAll('~1', '/').replaceAll('~0', '~');
}
