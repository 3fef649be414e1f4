import { dropOthers } from '@weftline/runner/triggers/register-trigger';
import type { Context } from '../context.ts';
import { assertFound } from '../fail.ts';
import { forgetWorkflow } from './forget-workflow.ts';

/** Stops the trigger from starting runs. Runs that have begun go on. @throws CodedError not_found */
export async function disableWorkflow(context: Context, id: string): Promise<void> {
  const { tenantId } = context;
  await context.change({ action: 'workflow.disabled', subject: `workflow:${id}` }, async (tx) => {
    const { count } = await tx.workflow.updateMany({
      where: { tenantId, id, deletedAt: null },
      data: { enabled: false, updatedAt: new Date() },
    });
    assertFound(count, 'workflow');
    await tx.trigger.updateMany({ where: { tenantId, id }, data: { enabled: false, nextFireAt: null } });
    await dropOthers(tx, tenantId, id, null);
  });
  await forgetWorkflow(context, id);
}
