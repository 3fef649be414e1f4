import type { Context } from '../context.ts';
import type { Transaction } from '@weftline/prisma';
import { conflict } from '../fail.ts';
import { findWantedTrigger, readyTrigger, turnOnTrigger } from './app-trigger.ts';
import { assertConnectionsWork } from './assert-connections-work.ts';
import { assertHostsAgreed } from './check-hosts.ts';
import { requireWorkflow } from './find-workflow.ts';
import { forgetWorkflow } from './forget-workflow.ts';
import { liveTrigger } from './live-trigger.ts';
import type { LooseDefinition } from './read-definition.ts';

/** What would be turned on. */
async function findPublished(tx: Transaction, tenantId: string, id: string) {
  const { row, trigger } = await requireWorkflow(tx, tenantId, id);
  const version = row.publishedVersion;
  const published =
    version === null
      ? null
      : await tx.workflowVersion.findFirst({ where: { tenantId, workflowId: id, version } });
  if (version === null || !published) throw conflict('Publish the workflow first; then it can be enabled.');
  const definition = JSON.parse(published.definition) as LooseDefinition;
  await assertConnectionsWork(tx, tenantId, definition);
  return { version, definition, trigger };
}

/**
 * Lets the published version's trigger start runs from now on. A trigger that has to be registered at its service is
 * registered first.
 * @throws CodedError not_found; conflict before the first publishing; connection_not_tested, hosts_not_agreed; the service's reason when it does
 *   not register the trigger
 */
export async function enableWorkflow(context: Context, id: string): Promise<void> {
  const { tenantId, services } = context;
  const before = await context.read((tx) => findPublished(tx, tenantId, id));
  await assertHostsAgreed(services, tenantId, before.definition);
  const wanted = await findWantedTrigger(services, tenantId, before.definition);
  const ready = wanted && (await readyTrigger(services, tenantId, id, wanted));
  await context.change({ action: 'workflow.enabled', subject: `workflow:${id}` }, async (tx) => {
    await tx.workflow.updateMany({
      where: { tenantId, id, deletedAt: null },
      data: { enabled: true, updatedAt: new Date() },
    });
    const { version, definition, trigger } = await findPublished(tx, tenantId, id);
    if (version !== before.version)
      throw conflict('Somebody published the workflow meanwhile. Enable it again.');
    const columns = await liveTrigger(tx, definition, version, trigger);
    await tx.trigger.updateMany({ where: { tenantId, id }, data: columns });
    await turnOnTrigger(tx, tenantId, id, ready);
  });
  await forgetWorkflow(context, id);
}
