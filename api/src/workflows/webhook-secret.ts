// The secret that signs a webhook's calls (Standard Webhooks): made here, sealed, shown once.
import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { conflict } from '../fail.ts';
import { mayDo } from '../access.ts';
import { type TriggerRow, requireWorkflow } from './find-workflow.ts';
import { forgetWorkflow } from './forget-workflow.ts';

const placeOf = (id: string) => ({ table: 'triggers', row: id, column: 'webhook_secret_cipher' });

/** A secret is sealed for the place it stands in, so it is opened and sealed anew to stand in the other one. */
async function sealAsFormer({ services, tenantId }: Context, id: string, cipher: Uint8Array) {
  const plain = await services.vault.open(tenantId, placeOf(id), Buffer.from(cipher));
  const place = { ...placeOf(id), column: 'former_secret_cipher' };
  const sealed = await services.vault.seal(tenantId, place, plain);
  plain.fill(0);
  return new Uint8Array(sealed);
}

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

/** Hours that a former secret counts beside the new one, unless said otherwise; and at most. */
export const formerSecretHours = { preset: 24, most: 168 };

/**
 * Replaces the secret. The new one is shown at the next reading; the former one counts for so many hours more, so that the caller can
 * change over without a lost call (0: it has leaked and ends at once). A secret that was former before ends now.
 */
export async function rotateWebhookSecret(
  context: Context,
  id: string,
  keepHours: number,
): Promise<string | null> {
  const { tenantId, services } = context;
  const fresh = await makeWebhookSecret(context, id);
  const trigger = await context.read((tx) => tx.trigger.findFirst({ where: { tenantId, id } }));
  const present = keepHours > 0 ? (trigger?.webhookSecretCipher ?? null) : null;
  const formerSecretUntil = present && new Date(services.clock().getTime() + keepHours * 3_600_000);
  const former = present && (await sealAsFormer(context, id, present));
  await context.change(
    { action: 'workflow.webhook_secret_rotated', subject: `workflow:${id}` },
    async (tx) => {
      await requireWorkflow(tx, tenantId, id);
      // Of two at once the second finds another secret than it read, and tells so.
      const { count } = await tx.trigger.updateMany({
        where: { tenantId, id, webhookSecretCipher: trigger?.webhookSecretCipher ?? null },
        data: { ...fresh, formerSecretCipher: former, formerSecretUntil },
      });
      if (count === 0) throw conflict('The secret was replaced by somebody else at the same moment.');
    },
  );
  await forgetWorkflow(context, id);
  return formerSecretUntil?.toISOString() ?? null;
}
