// Finds published app versions. Versions never change, so what was found stays in memory.
import type { Connector } from '@weftline/connectors/types';
import { type Database, platformTenantId } from '@weftline/prisma';

/** Characters of documents that one process keeps. */
const mostCharacters = 64 * 1024 * 1024;
const ownerLifeMs = 30_000;
const mostOwners = 10_000;

export type AppsLoader = {
  /** The version as the tenant sees it: its own before the platform's. Null: there is none. */
  find(tenantId: string, key: string, version: string): Promise<Connector | null>;
};

/** Makes the loader of one process. Kept by owner, key and version; the least recently used leave first. */
export function createAppsLoader(
  database: Database,
  { characters: most = mostCharacters }: { characters?: number } = {},
): AppsLoader {
  const kept = new Map<string, { connector: Connector; characters: number }>();
  let characters = 0;

  function keep(name: string, connector: Connector, size: number): Connector {
    const former = kept.get(name);
    if (former !== undefined) return former.connector;
    kept.set(name, { connector, characters: size });
    characters += size;
    for (const [oldest, { characters: freed }] of kept) {
      if (characters <= most || kept.size === 1) break;
      kept.delete(oldest);
      characters -= freed;
    }
    return connector;
  }

  async function findOf(owner: string, tenantId: string, key: string, version: string) {
    const name = `${owner} ${key}@${version}`;
    const known = kept.get(name);
    if (known !== undefined) {
      kept.delete(name);
      kept.set(name, known);
      return known.connector;
    }
    const row = await database.withTenant(tenantId, (tx) =>
      tx.appVersion.findFirst({
        where: { tenantId: owner, appKey: key, version },
        select: { definition: true },
      }),
    );
    if (row === null) return null;
    return keep(name, JSON.parse(row.definition) as Connector, row.definition.length);
  }

  /** Whose version it was, for a moment: a step must not ask the database each time whether the tenant has its own. */
  const owners = new Map<string, { owner: string; untilMs: number }>();

  return {
    // The tenant's own first: a built-in app that came later must not take over an older app of the same key.
    async find(tenantId, key, version) {
      const name = `${tenantId} ${key}@${version}`;
      const known = owners.get(name);
      if (known !== undefined && known.untilMs > performance.now())
        return findOf(known.owner, tenantId, key, version);
      owners.delete(name);
      for (const owner of [tenantId, platformTenantId]) {
        const connector = await findOf(owner, tenantId, key, version);
        if (connector === null) continue;
        owners.set(name, { owner, untilMs: performance.now() + ownerLifeMs });
        if (owners.size > mostOwners) owners.delete(owners.keys().next().value!);
        return connector;
      }
      return null;
    },
  };
}
