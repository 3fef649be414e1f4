// What a run learns about a connection is written down: a service that no longer accepts a working one makes it failing,
// and everybody in the workspace is told once.
import type { Database } from '@weftline/prisma';
import { uuidv7 } from 'uuidv7';
import type { Call, CallResult } from '../executor/types.ts';
import type { Logger } from '../platform/logger.ts';
import type { ConnectionStatus, LastTest } from './mark-connection.ts';

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
 * Notes on a connection that a version of its app would have sent its credentials elsewhere. It works as before for the others, so its
 * status stays. @returns true if that was not noted yet
 */
export async function noteUnagreed(
  database: Database,
  tenantId: string,
  connection: { id: string; name: string },
  { code, message }: { code: string; message: string },
): Promise<boolean> {
  const { id, name } = connection;
  return database.withTenant(tenantId, async (tx) => {
    const now = new Date();
    const hint = 'Open the connection: it shows the hosts and asks whether you agree.';
    const known = await tx.connection.findFirst({
      where: { tenantId, id, deletedAt: null },
      select: { lastTest: true, lastTestedAt: true },
    });
    if (known === null || (known.lastTest as LastTest | null)?.message === message) return false;
    const { count } = await tx.connection.updateMany({
      where: { tenantId, id, deletedAt: null, lastTestedAt: known.lastTestedAt },
      data: { lastTest: { ok: false, code, message, hint }, lastTestedAt: now },
    });
    if (count === 0) return false;
    await tx.notification.createMany({
      data: [
        {
          tenantId,
          id: uuidv7(),
          kind: 'connection.hosts_not_agreed',
          title: `The credentials of “${name}” were kept back`,
          body: `A run was stopped before anything was sent. ${message}`,
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
    if (result.ok || connection === null) return result;
    const { code, message, type } = result.error;
    const isKeptBack = code === 'hosts_not_agreed';
    if (type !== 'AUTH' && !isKeptBack) return result;
    const { tenantId } = call;
    try {
      if (isKeptBack) {
        if (await noteUnagreed(database, tenantId, connection, { code, message }))
          logger.warn({ tenantId, connectionId: connection.id, code }, 'credentials were kept back');
        return result;
      }
      const status = code === 'connection_expired' ? 'needs_reauth' : 'failing';
      if (await markRefused(database, tenantId, connection, status, { code, message }))
        logger.warn({ tenantId, connectionId: connection.id, code }, 'a connection is no longer accepted');
    } catch (error) {
      logger.error({ tenantId, connectionId: connection.id, err: error }, 'a connection could not be marked');
    }
    return result;
  };
}
