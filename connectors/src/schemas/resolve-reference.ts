/** Follows `#`, `#/…` inside one schema, with the connector's `$defs` behind its own. Reads own members only. */
import type { Json } from '../json.ts';

export type SchemaRoot = { schema: Json; defs: { [name: string]: Json } };

/** The schema a local reference means, or undefined when it points nowhere. */
export function resolveReference(reference: string, root: SchemaRoot): Json | undefined {
  const keys = reference
    .slice(1)
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const found = walk(root.schema, keys);
  if (found !== undefined || keys[0] !== '$defs') return isSchema(found) ? found : undefined;
  const shared = walk(root.defs, keys.slice(1));
  return isSchema(shared) ? shared : undefined;
}

function walk(from: Json, keys: string[]): Json | undefined {
  let at: Json | undefined = from;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as { [key: string]: Json })[key];
  }
  return at;
}

function isSchema(value: Json | undefined): boolean {
  return typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));
}
