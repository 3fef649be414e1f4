// Connections of a tenant. The sealed bytes are never selected here: only the runner opens them.
import type { Prisma, Transaction } from '@weftline/prisma';
import { notFound } from '../fail.ts';

export const shownColumns = {
  id: true,
  appKey: true,
  authKey: true,
  name: true,
  config: true,
  credentialFacts: true,
  credentialHosts: true,
  status: true,
  account: true,
  lastTest: true,
  lastTestedAt: true,
  etag: true,
  createdAt: true,
  updatedAt: true,
} satisfies Prisma.ConnectionSelect;

export type ConnectionRow = Prisma.ConnectionGetPayload<{ select: typeof shownColumns }>;

/** Null: the tenant has no such connection. */
export const findConnection = (
  tx: Transaction,
  tenantId: string,
  id: string,
): Promise<ConnectionRow | null> =>
  tx.connection.findFirst({ where: { tenantId, id, deletedAt: null }, select: shownColumns });

/** As findConnection; @throws CodedError not_found */
export async function requireConnection(
  tx: Transaction,
  tenantId: string,
  id: string,
): Promise<ConnectionRow> {
  const row = await findConnection(tx, tenantId, id);
  if (row === null) throw notFound('connection');
  return row;
}

/** In order of age, after the id of the last page. */
export const listConnections = (
  tx: Transaction,
  tenantId: string,
  { after, take, app }: { after: string | undefined; take: number; app?: string | undefined },
): Promise<ConnectionRow[]> =>
  tx.connection.findMany({
    where: {
      tenantId,
      deletedAt: null,
      ...(after === undefined ? {} : { id: { gt: after } }),
      ...(app === undefined ? {} : { appKey: app }),
    },
    orderBy: { id: 'asc' },
    take,
    select: shownColumns,
  });
