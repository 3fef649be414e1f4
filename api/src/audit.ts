// The audit log: what was done, by whom, written in the transaction of the change. Append-only in the database.
import type { Prisma, Transaction } from '@weftline/prisma';
import { uuidv7 } from 'uuidv7';

export type AuditEntry = {
  /** Noun and past verb: `connection.created`. */
  action: string;
  /** What it was done to: `connection:<id>`. */
  subject?: string | null;
  /** Facts that help later; never a secret. */
  details?: { [name: string]: Prisma.InputJsonValue | null };
};

/** Who acted: `user:<id>`, `key:<id>` or `system`. */
export type AuditActor = { tenantId: string; actor: string; requestId: string | null };

/** Writes one entry. Call it inside the transaction of the change. */
export async function writeAudit(
  tx: Transaction,
  { tenantId, actor, requestId }: AuditActor,
  { action, subject = null, details = {} }: AuditEntry,
): Promise<void> {
  await tx.auditEntry.createMany({
    data: [{ tenantId, id: uuidv7(), actor, action, subject, details, requestId }],
  });
}
