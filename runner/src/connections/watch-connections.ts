// What a run learns about a connection is written down: a service that no longer accepts a working one makes it failing,
// and everybody in the workspace is told once.
import type { Database } from '@weftline/prisma';
import { uuidv7 } from 'uuidv7';
import type { Call, CallResult } from '../executor/types.ts';
import type { Logger } from '../platform/logger.ts';
import type { ConnectionStatus } from './mark-connection.ts';

export type CallAction = (call: Call) => Promise<CallResult>;

/** Marks a working connection. @returns true if it was working until now */
export async function markRefused(
  database: Database,
  tenantId: string,
  connection: { id: string; name: string },
  status: ConnectionStatus,
  failure: { code: string; message: string },
): Promise<boolean> {
  const { id, name } = connection;
  return database.withTenant(tenantId, async (tx) => {
    const now = new Date();
    const { count } = await tx.connection.updateMany({
      where: { tenantId, id, deletedAt: null, status: 'working' },
      data: {
        status,
        lastTest: { ok: false, ...failure, hint: 'Open the connection, renew it and press Test.' },
        lastTestedAt: now,
      },
    });
    if (count === 0) return false;
    await tx.notification.createMany({
      data: [
        {
          tenantId,
          id: uuidv7(),
          kind: 'connection.refused',
          title: `The connection “${name}” is no longer accepted`,
          body: `A run was refused: ${failure.message} Runs that use it will fail until it works again.`,
          link: `/connections/${id}`,
          dedupeKey: `connection:${id}:${now.toISOString()}`,
        },
      ],
    });
    return true;
  });
}

/**
 * Wraps the executor's call: after an answer that says "not you" the connection's row is brought up to date.
 * The call's own result is never changed, and a fault in here is logged only.
 */
export function watchConnections(database: Database, logger: Logger, callAction: CallAction): CallAction {
  return async (call) => {
    let used: { id: string; name: string } | null = null;
    const { openConnection } = call;
    const result = await callAction({
      ...call,
      openConnection:
        openConnection &&
        (async () => {
          const connection = await openConnection();
          used = { id: connection.id, name: connection.name };
          return connection;
        }),
    });
    const connection = used as { id: string; name: string } | null;
    if (result.ok || connection === null || result.error.type !== 'AUTH') return result;
    const { code, message } = result.error;
    const { tenantId } = call;
    try {
      const status = code === 'connection_expired' ? 'needs_reauth' : 'failing';
      if (await markRefused(database, tenantId, connection, status, { code, message }))
        logger.warn({ tenantId, connectionId: connection.id, code }, 'a connection is no longer accepted');
    } catch (error) {
      logger.error({ tenantId, connectionId: connection.id, err: error }, 'a connection could not be marked');
    }
    return result;
  };
}
