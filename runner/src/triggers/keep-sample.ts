// What a trigger has received, kept for the editor: the last ten.
import type { Json } from '@weftline/connectors/json';
import type { Database } from '@weftline/prisma';
import { uuidv7 } from 'uuidv7';

const mostKept = 10;

/** Keeps outputs as samples of a workflow's trigger, the oldest first; of more than ten the last ones. */
export async function keepSamples(
  database: Database,
  { tenantId, workflowId: triggerId }: { tenantId: string; workflowId: string },
  outputs: readonly Json[],
): Promise<void> {
  if (outputs.length === 0) return;
  await database.withTenant(tenantId, async (tx) => {
    for (const output of outputs.slice(-mostKept))
      await tx.hookSample.create({
        data: { tenantId, triggerId, id: uuidv7(), output: JSON.stringify(output) },
      });
    const old = await tx.hookSample.findMany({
      where: { tenantId, triggerId },
      orderBy: { id: 'desc' },
      skip: mostKept,
      select: { id: true },
    });
    if (old.length > 0)
      await tx.hookSample.deleteMany({
        where: { tenantId, triggerId, id: { in: old.map((row) => row.id) } },
      });
  });
}
