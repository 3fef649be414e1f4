// Why a run that shares its key with others has not begun: who is ahead of it.
import type { Prisma, Transaction } from '@weftline/prisma';

type Row = Prisma.WorkflowRunGetPayload<object>;

/** True for a run that is queued behind others of its key. */
export const isInLine = (row: Pick<Row, 'status' | 'readyAt' | 'concurrencyKey'>): boolean =>
  row.status === 'queued' && row.readyAt === null && row.concurrencyKey !== null;

/** One sentence: the run that has the key, or how many are ahead. Input: a row of the transaction's tenant that is in line. */
export async function whyInLine(tx: Transaction, row: Row): Promise<string> {
  const { tenantId, workflowId, concurrencyKey, concurrencyLimit } = row;
  const others = { tenantId, workflowId, concurrencyKey };
  const hasKey: Prisma.WorkflowRunWhereInput = {
    ...others,
    OR: [{ status: { in: ['running', 'waiting'] } }, { status: 'queued', readyAt: { not: null } }],
  };
  const holders = await tx.workflowRun.findMany({ where: hasKey, select: { id: true }, take: 2 });
  const before = await tx.workflowRun.count({
    where: {
      ...others,
      status: 'queued',
      readyAt: null,
      OR: [{ createdAt: { lt: row.createdAt } }, { createdAt: row.createdAt, id: { lt: row.id } }],
    },
  });
  const who =
    holders.length === 1
      ? `run ${holders[0]!.id} has the key “${concurrencyKey}”`
      : `${concurrencyLimit} runs with the key “${concurrencyKey}” go at a time`;
  const line =
    before === 0 ? 'it is the next' : `${before} ${before === 1 ? 'run is' : 'runs are'} ahead of it`;
  return `Waits because ${who}; ${line}.`;
}
