// The built-in apps: rows of the platform's tenant, readable by everybody, written at the start of the process alone.
import { hashDocument } from '@weftline/connectors/hash-document';
import type { Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { type Database, platformTenantId } from '@weftline/prisma';

/**
 * Publishes what is missing. May run any number of times and beside itself.
 * Input: every version ever published, in any order. Output: `key@version` of what is new.
 * @throws Error naming the app when a document is faulty, or differs from what was published under its version
 */
export async function publishBuiltInApps(
  database: Database,
  connectors: readonly Connector[],
): Promise<{ published: string[] }> {
  const tenantId = platformTenantId;
  const documents = connectors.map((connector) => ({
    key: connector.app.key,
    version: connector.version,
    contentHash: hashDocument(connector),
    connector,
  }));
  const known = await database.withTenant(tenantId, (tx) =>
    tx.appVersion.findMany({
      where: { tenantId },
      select: { appKey: true, version: true, contentHash: true },
    }),
  );
  const hashes = new Map(known.map((row) => [`${row.appKey}@${row.version}`, row.contentHash]));
  const fresh = documents.filter(({ key, version, contentHash }) => {
    const former = hashes.get(`${key}@${version}`);
    if (former === undefined || former === contentHash) return former === undefined;
    throw new Error(
      `The built-in app ${key} ${version} differs from what was published under this version. A version never changes: give the new document a new version, and keep the former one in versions/${version}.json.`,
    );
  });
  for (const { key, version, connector } of fresh) {
    const [first] = validateConnector(connector, 'publish');
    if (first)
      throw new Error(
        `The built-in app ${key} ${version} is faulty at ${first.path || '/'}: ${first.message}`,
      );
  }
  if (fresh.length === 0) return { published: [] };
  await database.withTenant(tenantId, async (tx) => {
    await tx.app.createMany({
      data: [...new Map(fresh.map(({ key, connector }) => [key, connector.app.name]))].map(([key, name]) => ({
        tenantId,
        key,
        name,
      })),
      skipDuplicates: true,
    });
    await tx.appVersion.createMany({
      data: fresh.map(({ key, version, contentHash, connector }) => ({
        tenantId,
        appKey: key,
        version,
        contentHash,
        definition: JSON.stringify(connector),
      })),
      skipDuplicates: true,
    });
  });
  return { published: fresh.map(({ key, version }) => `${key}@${version}`) };
}
