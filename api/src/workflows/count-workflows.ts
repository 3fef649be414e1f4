// The count of workflows is a number in the tenant's own row, changed in the transaction of the insert: exact, however
// many create at once, because the row is locked until that transaction ends.
import type { Transaction } from '@weftline/prisma';
import { workflowQuota } from '../quota-errors.ts';

type Count = { used: number; allowed: number };

/** Takes a place. @throws CodedError quota_workflows when none is left; nothing is kept then */
export async function takePlace(tx: Transaction, tenantId: string): Promise<Count> {
  const [taken] = await tx.$queryRaw<Count[]>`
    UPDATE tenant_queues q SET workflows = q.workflows + 1
    FROM tenants n JOIN plans p ON p.name = n.plan
    WHERE q.tenant_id = ${tenantId}::uuid AND n.id = q.tenant_id AND q.workflows < p.workflows
    RETURNING q.workflows AS used, p.workflows AS allowed`;
  if (taken) return taken;
  const { used, allowed } = await countWorkflows(tx, tenantId);
  throw workflowQuota(used, allowed);
}

/** Gives a place back. Call it only with the update that deleted the workflow. */
export async function giveBackPlace(tx: Transaction, tenantId: string): Promise<void> {
  await tx.tenantQueue.updateMany({ where: { tenantId }, data: { workflows: { decrement: 1 } } });
}

/** How many there are and may be. */
export async function countWorkflows(tx: Transaction, tenantId: string): Promise<Count> {
  const [count] = await tx.$queryRaw<Count[]>`
    SELECT coalesce(q.workflows, 0) AS used, p.workflows AS allowed
    FROM tenants n JOIN plans p ON p.name = n.plan LEFT JOIN tenant_queues q ON q.tenant_id = n.id
    WHERE n.id = ${tenantId}::uuid`;
  return count ?? { used: 0, allowed: 0 };
}
