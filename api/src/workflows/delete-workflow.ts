import { forgetRows } from '@weftline/runner/triggers/register-trigger';
import type { Context } from '../context.ts';
import { assertFound } from '../fail.ts';
import { giveBackPlace } from './count-workflows.ts';
import { forgetWorkflow } from './forget-workflow.ts';

/** Deletes a workflow and gives its place back. Its versions stay for the runs that used them. @throws CodedError not_found */
export async function deleteWorkflow(context: Context, id: string): Promise<void> {
  const { tenantId } = context;
  await context.change({ action: 'workflow.deleted', subject: `workflow:${id}` }, async (tx) => {
    // Of two that delete at once one finds the row, so the place is given back once.
    const { count } = await tx.workflow.updateMany({
      where: { tenantId, id, deletedAt: null },
      data: { deletedAt: new Date(), enabled: false, samples: {}, etag: { increment: 1 } },
    });
    assertFound(count, 'workflow');
    await tx.trigger.updateMany({
      where: { tenantId, id },
      data: {
        enabled: false,
        nextFireAt: null,
        listeningUntil: null,
        webhookSecretCipher: null,
        formerSecretCipher: null,
      },
    });
    await forgetRows(tx, tenantId, id);
    await tx.hookSample.deleteMany({ where: { tenantId, triggerId: id } });
    await giveBackPlace(tx, tenantId);
  });
  await forgetWorkflow(context, id);
}
