// Runs of a tenant, as rows. What a run did is in its journal; the engine reads that.
import type { Prisma, Transaction } from '@weftline/prisma';
import { notFound } from '../fail.ts';

export type RunRow = Prisma.WorkflowRunGetPayload<object>;

/** @throws CodedError not_found */
export async function requireRun(tx: Transaction, tenantId: string, id: string): Promise<RunRow> {
  const row = await tx.workflowRun.findFirst({ where: { tenantId, id } });
  if (row === null) throw notFound('run');
  return row;
}

export type RunFilter = {
  workflowId?: string | undefined;
  status?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  after: string | undefined;
  take: number;
};

/** The smallest id that a run created at this instant can have: ids begin with their millisecond. */
export const firstIdAt = (instant: Date): string => {
  const hex = instant.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
};

/** The newest first. The times bound the ids too, so that only their partitions are read. */
export function listRuns(tx: Transaction, tenantId: string, filter: RunFilter): Promise<RunRow[]> {
  const { workflowId, status, from, to, after, take } = filter;
  // Ids are made a moment before the row: a minute of room on both sides, and the column decides.
  const roomMs = 60_000;
  const bounds = [
    ...(after === undefined ? [] : [{ id: { lt: after } }]),
    ...(from === undefined ? [] : [{ id: { gte: firstIdAt(new Date(Date.parse(from) - roomMs)) } }]),
    ...(to === undefined ? [] : [{ id: { lt: firstIdAt(new Date(Date.parse(to) + roomMs)) } }]),
  ];
  return tx.workflowRun.findMany({
    where: {
      tenantId,
      ...(workflowId === undefined ? {} : { workflowId }),
      ...(status === undefined ? {} : { status }),
      createdAt: { ...(from === undefined ? {} : { gte: from }), ...(to === undefined ? {} : { lt: to }) },
      AND: bounds,
    },
    orderBy: { id: 'desc' },
    take,
  });
}
