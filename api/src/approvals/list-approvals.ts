import type { Prisma, Transaction } from '@weftline/prisma';
import type { Actor } from '../context.ts';
import { whyNotDecide } from './may-decide.ts';

export type ApprovalRow = Prisma.RunQuestionGetPayload<object>;

/** Approvals that can still be decided, the newest first. */
export function listOpenApprovals(
  tx: Transaction,
  tenantId: string,
  filter: { runId: string | undefined; after: [string, string] | undefined; take: number; now: Date },
): Promise<ApprovalRow[]> {
  const { runId, after, take, now } = filter;
  return tx.runQuestion.findMany({
    where: {
      tenantId,
      kind: 'approval',
      state: 'pending',
      ...(runId === undefined ? {} : { runId }),
      AND: [
        { OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
        ...(after
          ? [{ OR: [{ askedAt: { lt: after[0] } }, { askedAt: after[0], id: { lt: after[1] } }] }]
          : []),
      ],
    },
    orderBy: [{ askedAt: 'desc' }, { id: 'desc' }],
    take,
  });
}

/** An approval as this caller sees it. */
export const presentApproval = (row: ApprovalRow, actor: Actor) => ({
  id: row.id,
  runId: row.runId,
  workflowId: row.workflowId,
  workflowName: row.workflowName,
  stepId: row.step,
  title: row.title ?? '',
  message: row.message,
  approvers: row.approvers,
  fourEyes: row.fourEyes,
  ...sayMayDecide(whyNotDecide(row, actor)),
  requestedAt: row.askedAt.toISOString(),
  expiresAt: row.expiresAt?.toISOString() ?? null,
});

const sayMayDecide = (whyNot: string | null) =>
  whyNot === null ? { mayDecide: true } : { mayDecide: false, whyNot };
