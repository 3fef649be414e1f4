// Writes down how a connection fared: after a test, or when a run found that the service no longer accepts it.
import type { Database, Prisma } from '@weftline/prisma';

export type ConnectionStatus = 'untested' | 'working' | 'failing' | 'needs_reauth';

/** The answer of the last test, as it is stored and shown: never holds a secret. */
export type LastTest = {
  ok: boolean;
  code?: string;
  message?: string;
  hint?: string;
  /** With `hosts_not_agreed`: what is to be agreed to, and what was. */
  details?: { hosts: string[]; agreedHosts: string[] };
};

/**
 * Stores status and test. With `etag`, only while the connection is still the one that was tested.
 * @returns true if it was written
 */
export async function markConnection(
  database: Database,
  tenantId: string,
  connectionId: string,
  mark: { status: ConnectionStatus; lastTest: LastTest; account?: string | null; etag?: number },
): Promise<boolean> {
  const { status, lastTest, account, etag } = mark;
  const { count } = await database.withTenant(tenantId, (tx) =>
    tx.connection.updateMany({
      where: { tenantId, id: connectionId, deletedAt: null, ...(etag === undefined ? {} : { etag }) },
      data: {
        status,
        lastTest: lastTest as Prisma.InputJsonObject,
        lastTestedAt: new Date(),
        ...(account === undefined ? {} : { account }),
      },
    }),
  );
  return count === 1;
}
