import type { Context } from '../context.ts';
import type { Prisma } from '@weftline/prisma';
import { readIfMatch, staleEdit } from '../edit-version.ts';
import { name as nameSchema } from '../schema.ts';
import { type WorkflowFound, requireWorkflow } from './find-workflow.ts';
import { type LooseDefinition, missedOf, triggerOf } from './read-definition.ts';
import { makeWebhookSecret } from './webhook-secret.ts';
import { forgetWorkflow } from './forget-workflow.ts';

export type WorkflowChange = {
  name?: string | undefined;
  definition?: LooseDefinition | undefined;
  layout?: { [member: string]: unknown } | undefined;
  samples?: { [member: string]: unknown } | undefined;
};

/**
 * Changes draft, name, layout or samples. What runs stays what was published.
 * @throws CodedError not_found, edit_needs_version, stale_edit
 */
export async function changeWorkflow(
  context: Context,
  id: string,
  change: WorkflowChange,
): Promise<WorkflowFound> {
  const { tenantId } = context;
  const expected = readIfMatch(context);
  const former = await context.read((tx) => requireWorkflow(tx, tenantId, id));
  if (expected !== null && expected !== former.row.etag) throw staleEdit(former.row.etag);
  const written = nameSchema.safeParse(change.definition?.['name']);
  const name = change.name ?? (written.success ? written.data : former.row.name);
  const base = change.definition ?? (JSON.parse(former.row.draft) as LooseDefinition);
  const draft: LooseDefinition = { ...base, name };
  const trigger = triggerOf(draft);
  const secret =
    trigger.verify === null || former.trigger.webhookSecretCipher ? {} : await makeWebhookSecret(context, id);
  // While nothing is live, the hook answers as the draft says, so that a sample can be caught before publishing.
  const followed = former.row.enabled ? {} : { ...trigger, missed: missedOf(draft) };
  const changed = Object.keys(change).filter(
    (member) => change[member as keyof WorkflowChange] !== undefined,
  );
  const found = await context.change(
    { action: 'workflow.changed', subject: `workflow:${id}`, details: { changed } },
    async (tx) => {
      const { count } = await tx.workflow.updateMany({
        where: { tenantId, id, deletedAt: null, etag: former.row.etag },
        data: {
          name,
          draft: JSON.stringify(draft),
          ...(change.layout ? { layout: change.layout as Prisma.InputJsonObject } : {}),
          ...(change.samples ? { samples: change.samples as Prisma.InputJsonObject } : {}),
          etag: { increment: 1 },
          updatedAt: new Date(),
        },
      });
      if (count === 0) throw staleEdit(null);
      if (Object.keys(followed).length + Object.keys(secret).length > 0)
        await tx.trigger.updateMany({ where: { tenantId, id }, data: { ...followed, ...secret } });
      return requireWorkflow(tx, tenantId, id);
    },
  );
  if (change.definition || name !== former.row.name) await forgetWorkflow(context, id);
  return found;
}
