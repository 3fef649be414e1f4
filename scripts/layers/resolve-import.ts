import { posix } from 'node:path';

const packages: Record<string, { sources: string; door: string }> = {
  connectors: { sources: 'connectors/src', door: 'connectors/src/index.ts' },
  prisma: { sources: 'prisma', door: 'prisma/client.ts' },
  runner: { sources: 'runner/src', door: 'runner/src/index.ts' },
  api: { sources: 'api/src', door: 'api/src/index.ts' },
  web: { sources: 'web', door: 'web/app/app.vue' },
};

/** The names of our own packages. */
export const packageNames = Object.keys(packages);

/**
 * @param from the importing file, relative to the root
 * @param name what is imported
 * @param exists says whether a path is a file of ours
 * @returns the imported file relative to the root, existing or not; null for a package of somebody else
 */
export function resolveImport(from: string, name: string, exists: (path: string) => boolean): string | null {
  const path = pathOf(from, name);
  if (path === null) return null;
  const candidates = [path, `${path}.ts`, `${path}.vue`, `${path}/index.ts`];
  return candidates.find(exists) ?? path;
}

function pathOf(from: string, name: string): string | null {
  const [bare = ''] = name.split('?');
  if (bare.startsWith('.')) return posix.normalize(posix.join(posix.dirname(from), bare));
  // Nuxt's names for its own source folder.
  if (from.startsWith('web/') && /^[~@]\//.test(bare)) return `web/app/${bare.slice(2)}`;
  const [scope, owner = '', ...rest] = bare.split('/');
  const found = packages[owner];
  if (scope !== '@weftline' || !found) return null;
  if (rest.length === 0) return found.door;
  // The one folder of connectors that is exported beside its sources.
  if (owner === 'connectors' && rest[0] === 'format') return `connectors/${rest.join('/')}`;
  return `${found.sources}/${rest.join('/')}`;
}
