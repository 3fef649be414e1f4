import type { Json } from '@weftline/connectors/json';
import type { Accepted } from '@weftline/runner/engine';
import { chainHeader } from '@weftline/runner/platform/call-chain';
import { guardChain } from '@weftline/runner/triggers/guard-chain';
import type { Context } from '../context.ts';
import { conflict } from '../fail.ts';
import { assertConnectionsWork } from '../workflows/assert-connections-work.ts';
import { requireWorkflow } from '../workflows/find-workflow.ts';
import type { LooseDefinition } from '../workflows/read-definition.ts';

/**
 * Starts a run of the published version by hand, whatever its trigger is. A workflow that is not enabled needs working
 * connections, as enabling does.
 * @throws CodedError not_found; conflict before the first publishing; connection_not_tested; call_cycle
 */
export async function startRun(context: Context, workflowId: string, input: Json): Promise<Accepted> {
  const { tenantId, services } = context;
  const { name, version } = await context.read(async (tx) => {
    const { row } = await requireWorkflow(tx, tenantId, workflowId);
    const version = row.publishedVersion;
    if (version === null) throw conflict('Publish the workflow first; then it can run.');
    if (!row.enabled) {
      const published = await tx.workflowVersion.findFirst({ where: { tenantId, workflowId, version } });
      if (published)
        await assertConnectionsWork(tx, tenantId, JSON.parse(published.definition) as LooseDefinition);
    }
    return { name: row.name, version };
  });
  const { idempotencyKey, actor } = context;
  const called = { tenantId, workflowId, workflowName: name };
  const chain = await guardChain(services, called, context.request.headers.get(chainHeader));
  return services.engine.accept({
    tenantId,
    workflowId,
    workflowName: name,
    version,
    triggerKind: 'manual',
    actor: actor.name,
    guarded: false,
    receiptKey: idempotencyKey === null ? null : `api ${actor.name} ${idempotencyKey}`,
    triggerOutput: input,
    ...(chain.length > 0 ? { chain } : {}),
  });
}
