import { randomBytes } from 'node:crypto';
import { encodeBase32 } from '@weftline/runner/platform/vault/encode-base32';
import { uuidv7 } from 'uuidv7';
import type { Context } from '../context.ts';
import { takePlace } from './count-workflows.ts';
import { type WorkflowFound, requireWorkflow } from './find-workflow.ts';
import { type LooseDefinition, emptyDefinition, missedOf, triggerOf } from './read-definition.ts';
import { makeWebhookSecret } from './webhook-secret.ts';

export type NewWorkflow = {
  name: string;
  definition: LooseDefinition | undefined;
  layout?: object;
  samples?: object;
};

/**
 * Makes a disabled workflow with a draft and its own hook address. Faults of the draft do not stand in the way.
 * @throws CodedError quota_workflows; then nothing is left behind
 */
export async function createWorkflow(context: Context, input: NewWorkflow): Promise<WorkflowFound> {
  const { tenantId } = context;
  const id = uuidv7();
  const { name } = input;
  const draft: LooseDefinition = input.definition ? { ...input.definition, name } : emptyDefinition(name);
  const { kind, verify, cron, timezone } = triggerOf(draft);
  const secret = verify === null ? {} : await makeWebhookSecret(context, id);
  return context.change(
    { action: 'workflow.created', subject: `workflow:${id}`, details: { name } },
    async (tx) => {
      await takePlace(tx, tenantId);
      await tx.workflow.createMany({
        data: [
          {
            tenantId,
            id,
            name,
            draft: JSON.stringify(draft),
            layout: input.layout ?? {},
            samples: input.samples ?? {},
            createdBy: context.actor.userId,
          },
        ],
      });
      await tx.trigger.createMany({
        data: [
          {
            tenantId,
            id,
            kind,
            verify,
            cron,
            timezone,
            missed: missedOf(draft),
            // 160 random bits and nothing of the tenant's: knowing it is the right to call it.
            hookKey: encodeBase32(randomBytes(20)).toLowerCase(),
            ...secret,
          },
        ],
      });
      return requireWorkflow(tx, tenantId, id);
    },
  );
}
