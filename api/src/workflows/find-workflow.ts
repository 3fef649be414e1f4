// Workflows of a tenant, with the trigger that belongs to each.
import type { Prisma, Transaction } from '@weftline/prisma';
import { notFound } from '../fail.ts';

export type WorkflowRow = Prisma.WorkflowGetPayload<object>;
export type TriggerRow = Prisma.TriggerGetPayload<object>;
export type WorkflowFound = { row: WorkflowRow; trigger: TriggerRow };

/** @throws CodedError not_found */
export async function requireWorkflow(tx: Transaction, tenantId: string, id: string): Promise<WorkflowFound> {
  const row = await tx.workflow.findFirst({ where: { tenantId, id, deletedAt: null } });
  const trigger = row && (await tx.trigger.findFirst({ where: { tenantId, id } }));
  if (!row || !trigger) throw notFound('workflow');
  return { row, trigger };
}

/** The newest first, after the id of the last page. `search`: part of the name. */
export async function listWorkflows(
  tx: Transaction,
  tenantId: string,
  filter: {
    after: string | undefined;
    take: number;
    search?: string | undefined;
    enabled?: boolean | undefined;
  },
): Promise<WorkflowFound[]> {
  const rows = await tx.workflow.findMany({
    where: {
      tenantId,
      deletedAt: null,
      ...(filter.after === undefined ? {} : { id: { lt: filter.after } }),
      ...(filter.search === undefined ? {} : { name: { contains: filter.search, mode: 'insensitive' } }),
      ...(filter.enabled === undefined ? {} : { enabled: filter.enabled }),
    },
    orderBy: { id: 'desc' },
    take: filter.take,
  });
  const triggers = await tx.trigger.findMany({ where: { tenantId, id: { in: rows.map((row) => row.id) } } });
  const byId = new Map(triggers.map((trigger) => [trigger.id, trigger]));
  return rows.flatMap((row) => {
    const trigger = byId.get(row.id);
    return trigger ? [{ row, trigger }] : [];
  });
}
