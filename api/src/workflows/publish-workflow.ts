import { hashDocument } from '@weftline/connectors/hash-document';
import type { Context } from '../context.ts';
import { conflict, invalidInput } from '../fail.ts';
import { findWantedTrigger, readyTrigger, turnOnTrigger } from './app-trigger.ts';
import { assertConnectionsWork } from './assert-connections-work.ts';
import { checkWorkflow } from './check-workflow.ts';
import { requireWorkflow } from './find-workflow.ts';
import { forgetWorkflow } from './forget-workflow.ts';
import { liveTrigger } from './live-trigger.ts';
import { type LooseDefinition, missedOf, triggerOf } from './read-definition.ts';
import { makeWebhookSecret } from './webhook-secret.ts';

/**
 * Makes the draft a version with exact app versions, which never changes again. An enabled workflow runs it from now on.
 * A draft that is the newest version already gives that version.
 * @throws CodedError not_found; invalid_input with all problems; connection_not_tested when the workflow is enabled, and then
 *   the service's reason when it does not register a changed trigger
 */
export async function publishWorkflow(
  context: Context,
  id: string,
  note: string | undefined,
): Promise<number> {
  const { tenantId, services } = context;
  const { row, trigger } = await context.read((tx) => requireWorkflow(tx, tenantId, id));
  const { pinned: definition, problems } = await checkWorkflow(
    services,
    tenantId,
    JSON.parse(row.draft) as LooseDefinition,
    id,
  );
  if (problems.length > 0) throw invalidInput(problems, 'The workflow cannot be published yet.');
  const contentHash = hashDocument(definition);
  const { verify } = triggerOf(definition);
  const secret = verify === null || trigger.webhookSecretCipher ? {} : await makeWebhookSecret(context, id);
  // What an enabled workflow is to be told of from now on is registered first, so that publishing fails with the service's reason.
  if (row.enabled) await context.read((tx) => assertConnectionsWork(tx, tenantId, definition));
  const wanted = row.enabled ? await findWantedTrigger(services, tenantId, definition) : null;
  const ready = wanted && (await readyTrigger(services, tenantId, id, wanted));
  const version = await context.change(
    (version: number) => ({
      action: 'workflow.published',
      subject: `workflow:${id}`,
      details: { version, contentHash },
    }),
    async (tx) => {
      // The row's lock puts two publishers in order; the etag makes sure that what was checked is what is published.
      const { count } = await tx.workflow.updateMany({
        where: { tenantId, id, deletedAt: null, etag: row.etag },
        data: { updatedAt: new Date() },
      });
      if (count === 0)
        throw conflict('Somebody saved the workflow meanwhile. Look at it again, then publish.');
      const now = await requireWorkflow(tx, tenantId, id);
      const newest = await tx.workflowVersion.findFirst({
        where: { tenantId, workflowId: id },
        orderBy: { version: 'desc' },
        select: { version: true, contentHash: true },
      });
      if (now.row.enabled !== row.enabled)
        throw conflict('Somebody turned the workflow on or off meanwhile. Look at it again, then publish.');
      if (now.row.enabled) await assertConnectionsWork(tx, tenantId, definition);
      const isKnown = newest?.contentHash === contentHash && newest.version === now.row.publishedVersion;
      const version = isKnown ? newest.version : (newest?.version ?? 0) + 1;
      if (!isKnown)
        await tx.workflowVersion.createMany({
          data: [
            {
              tenantId,
              workflowId: id,
              version,
              definition: JSON.stringify(definition),
              contentHash,
              note: note ?? null,
              publishedBy: context.actor.userId,
            },
          ],
        });
      await tx.workflow.updateMany({ where: { tenantId, id }, data: { publishedVersion: version } });
      const columns = now.row.enabled
        ? await liveTrigger(tx, definition, version, now.trigger)
        : { ...triggerOf(definition), missed: missedOf(definition), version };
      await tx.trigger.updateMany({ where: { tenantId, id }, data: { ...columns, ...secret } });
      if (now.row.enabled) await turnOnTrigger(tx, tenantId, id, ready);
      return version;
    },
  );
  await forgetWorkflow(context, id);
  return version;
}
