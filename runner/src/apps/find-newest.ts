// Which version of an app is the newest that a tenant sees, where nothing pins one.
import { compareVersions } from '@weftline/connectors/compare-versions';
import { type Database, platformTenantId } from '@weftline/prisma';

/** The version; the tenant's own app goes before the platform's. Null: the tenant sees none that is published. */
export async function findNewestVersion(
  database: Database,
  tenantId: string,
  appKey: string,
): Promise<string | null> {
  return database.withTenant(tenantId, async (tx) => {
    for (const owner of [tenantId, platformTenantId]) {
      const app = await tx.app.findFirst({
        where: { tenantId: owner, key: appKey, deletedAt: null },
        select: { key: true },
      });
      if (app === null) continue;
      const rows = await tx.appVersion.findMany({
        where: { tenantId: owner, appKey },
        select: { version: true },
      });
      return (
        rows
          .map(({ version }) => version)
          .toSorted(compareVersions)
          .at(-1) ?? null
      );
    }
    return null;
  });
}
