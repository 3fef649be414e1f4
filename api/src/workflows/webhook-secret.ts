// The secret that signs a webhook's calls (Standard Webhooks): made here, sealed, shown once.
import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { assertFound } from '../fail.ts';
import { mayDo } from '../access.ts';
import { type TriggerRow, requireWorkflow } from './find-workflow.ts';
import { forgetWorkflow } from './forget-workflow.ts';

const placeOf = (id: string) => ({ table: 'triggers', row: id, column: 'webhook_secret_cipher' });

/** The columns of a fresh secret. */
export async function makeWebhookSecret({ services, tenantId }: Context, id: string) {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const sealed = await services.vault.seal(tenantId, placeOf(id), secret);
  return { webhookSecretCipher: new Uint8Array(sealed), secretShownAt: null };
}

/**
 * The secret, if it has never been shown and the caller may change workflows; it is marked as shown in the same breath,
 * so that of two readers one sees it.
 */
export async function showSecretOnce(context: Context, trigger: TriggerRow): Promise<string | undefined> {
  const { tenantId, services } = context;
  const { id, webhookSecretCipher, secretShownAt } = trigger;
  if (!webhookSecretCipher || secretShownAt || !mayDo(context.actor.role, 'workflows.change'))
    return undefined;
  const { count } = await context.read((tx) =>
    tx.trigger.updateMany({
      where: { tenantId, id, secretShownAt: null, webhookSecretCipher },
      data: { secretShownAt: new Date() },
    }),
  );
  if (count === 0) return undefined;
  const plain = await services.vault.open(tenantId, placeOf(id), webhookSecretCipher);
  const secret = plain.toString('utf8');
  plain.fill(0);
  return secret;
}

/** Replaces the secret; the former one stops working at once. The new one is shown at the next reading. */
export async function rotateWebhookSecret(context: Context, id: string): Promise<void> {
  const { tenantId } = context;
  const fresh = await makeWebhookSecret(context, id);
  await context.change(
    { action: 'workflow.webhook_secret_rotated', subject: `workflow:${id}` },
    async (tx) => {
      await requireWorkflow(tx, tenantId, id);
      const { count } = await tx.trigger.updateMany({ where: { tenantId, id }, data: fresh });
      assertFound(count, 'workflow');
    },
  );
  await forgetWorkflow(context, id);
}
