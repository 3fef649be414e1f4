import type { Context } from '../context.ts';
import { conflict } from '../fail.ts';
import { assertConnectionsWork } from './assert-connections-work.ts';
import { requireWorkflow } from './find-workflow.ts';
import { forgetWorkflow } from './forget-workflow.ts';
import { liveTrigger } from './live-trigger.ts';
import type { LooseDefinition } from './read-definition.ts';

/**
 * Lets the published version's trigger start runs from now on.
 * @throws CodedError not_found; conflict before the first publishing; connection_not_tested
 */
export async function enableWorkflow(context: Context, id: string): Promise<void> {
  const { tenantId } = context;
  await context.change({ action: 'workflow.enabled', subject: `workflow:${id}` }, async (tx) => {
    await tx.workflow.updateMany({
      where: { tenantId, id, deletedAt: null },
      data: { enabled: true, updatedAt: new Date() },
    });
    const { row, trigger } = await requireWorkflow(tx, tenantId, id);
    const version = row.publishedVersion;
    const published =
      version === null
        ? null
        : await tx.workflowVersion.findFirst({ where: { tenantId, workflowId: id, version } });
    if (version === null || !published) throw conflict('Publish the workflow first; then it can be enabled.');
    const definition = JSON.parse(published.definition) as LooseDefinition;
    await assertConnectionsWork(tx, tenantId, definition);
    const columns = await liveTrigger(tx, definition, version, trigger);
    await tx.trigger.updateMany({ where: { tenantId, id }, data: columns });
  });
  await forgetWorkflow(context, id);
}
