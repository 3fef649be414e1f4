import type { Database } from '@weftline/prisma';

/**
 * Binds a connection that is bound to nothing yet to the hosts of the version that uses it first.
 * @returns what it is bound to now: of two that bind at the same moment the first has its way
 */
export const bindHosts = (
  database: Database,
  tenantId: string,
  connectionId: string,
  declared: readonly string[],
): Promise<string[]> =>
  database.withTenant(tenantId, async (tx) => {
    await tx.connection.updateMany({
      where: { tenantId, id: connectionId, deletedAt: null, credentialHosts: { isEmpty: true } },
      data: { credentialHosts: [...declared] },
    });
    const row = await tx.connection.findFirst({
      where: { tenantId, id: connectionId, deletedAt: null },
      select: { credentialHosts: true },
    });
    return row?.credentialHosts ?? [];
  });
