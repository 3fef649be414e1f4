// What polling and subscribing are given, and what both do when a service says that it does not know the account any more.
import type { Connector, Trigger } from '@weftline/connectors/types';
import { findTrigger } from '@weftline/connectors/find-action';
import type { Database, Prisma } from '@weftline/prisma';
import { uuidv7 } from 'uuidv7';
import { markRefused } from '../connections/watch-connections.ts';
import type { CallError, ExecutorDependencies, OpenConnection } from '../executor/types.ts';
import { CodedError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Vault } from '../platform/vault.ts';

export type AppTriggerRow = Prisma.AppTriggerGetPayload<object>;

export type AppTriggerServices = {
  database: Database;
  vault: Vault;
  logger: Logger;
  findApp(tenantId: string, key: string, version: string): Promise<Connector | null>;
  openConnection(tenantId: string, connectionId: string): Promise<OpenConnection>;
  /** The way out for calls of one tenant. */
  outside(tenantId: string): ExecutorDependencies;
  /** Where others reach this installation; before the addresses that services call. */
  publicUrl: string;
};

/** A row that is held: every write checks the epoch. */
export type Held = { tenantId: string; id: string; epoch: number };

/** @throws CodedError `not_found` when the app or its trigger is not published here any more */
export async function loadTrigger(
  { findApp }: Pick<AppTriggerServices, 'findApp'>,
  row: Pick<AppTriggerRow, 'tenantId' | 'appKey' | 'appVersion' | 'triggerKey'>,
): Promise<{ connector: Connector; trigger: Trigger }> {
  const connector = await findApp(row.tenantId, row.appKey, row.appVersion);
  const trigger = connector && findTrigger(connector, row.triggerKey);
  if (!connector || !trigger)
    throw new CodedError({
      code: 'not_found',
      message: `${row.appKey} ${row.appVersion} has no trigger "${row.triggerKey}" here.`,
    });
  return { connector, trigger };
}

/** Changes a row that is still held, and lets go of it. False: somebody else has taken it meanwhile. */
export async function leaveRow(
  { database }: Pick<AppTriggerServices, 'database'>,
  { tenantId, id, epoch }: Held,
  data: Prisma.AppTriggerUpdateManyMutationInput,
): Promise<boolean> {
  const { count } = await database.withTenant(tenantId, (tx) =>
    tx.appTrigger.updateMany({
      where: { tenantId, id, epoch },
      data: { ...data, workerId: null, leaseUntil: null, updatedAt: new Date() },
    }),
  );
  return count === 1;
}

/** Tells everybody in the workspace, once for each `dedupeKey`. */
export async function notify(
  { database }: Pick<AppTriggerServices, 'database'>,
  row: Pick<AppTriggerRow, 'tenantId' | 'workflowId'>,
  notice: { kind: string; title(workflow: string): string; body: string; dedupeKey: string },
): Promise<void> {
  const { tenantId, workflowId } = row;
  await database.withTenant(tenantId, async (tx) => {
    const workflow = await tx.workflow.findFirst({
      where: { tenantId, id: workflowId },
      select: { name: true },
    });
    await tx.notification.createMany({
      data: [
        {
          tenantId,
          id: uuidv7(),
          kind: notice.kind,
          title: notice.title(workflow?.name ?? 'A workflow'),
          body: notice.body.slice(0, 2_000),
          link: `/workflows/${workflowId}`,
          dedupeKey: notice.dedupeKey,
        },
      ],
      skipDuplicates: true,
    });
  });
}

/** An account that the service refused is marked, as a run's step would mark it. */
export async function markRefusedAccount(
  { database, logger }: Pick<AppTriggerServices, 'database' | 'logger'>,
  row: Pick<AppTriggerRow, 'tenantId' | 'connectionId'>,
  { code, message }: CallError,
): Promise<void> {
  const { tenantId, connectionId } = row;
  if (connectionId === null) return;
  try {
    const connection = await database.withTenant(tenantId, (tx) =>
      tx.connection.findFirst({ where: { tenantId, id: connectionId }, select: { id: true, name: true } }),
    );
    if (!connection) return;
    const status = code === 'connection_expired' ? 'needs_reauth' : 'failing';
    await markRefused(database, tenantId, connection, status, { code, message });
  } catch (error) {
    logger.error({ tenantId, connectionId, err: error }, 'a connection could not be marked');
  }
}
