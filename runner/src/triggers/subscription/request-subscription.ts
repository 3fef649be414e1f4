// One act on a trigger's subscription: the intent is recorded before the request and the outcome after it, so that a death in
// between is seen. What is not known is not sent again blindly.
import { randomBytes } from 'node:crypto';
import { evaluateTemplate, parseTemplate } from '@weftline/connectors/expression';
import { readDate } from '@weftline/connectors/expression/read-date';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { Connector, Trigger } from '@weftline/connectors/types';
import type { Prisma } from '@weftline/prisma';
import { askSubscription, type SubscriptionAct } from '../../executor/ask-subscription.ts';
import { thrownError } from '../../executor/read-error.ts';
import type { CallError } from '../../executor/types.ts';
import type { AppTriggerRow, AppTriggerServices, Held } from '../app-trigger-services.ts';
import { openAppTrigger, sealForAppTrigger } from '../app-trigger.ts';

/** `readsVariables`: its input may become another one by itself. */
export type Found = { connector: Connector; trigger: Trigger; readsVariables?: boolean };

/** `unknown`: the request left and no answer tells what it did. */
export type ActOutcome =
  | { kind: 'done'; captured: JsonObject }
  | { kind: 'failed'; error: CallError }
  | { kind: 'unknown'; error: CallError };

/** The address that a service calls for this trigger. */
export const hookUrlOf = (publicUrl: string, { hookKey }: { hookKey: string }): string =>
  `${publicUrl}/hooks/${hookKey}`;

/** A fresh `webhook.secret`: 160 random bits in letters that every service takes, or the form that a scheme demands. */
export function makeSecret({ webhook }: Trigger): string {
  const isStandard = webhook?.receive.verify.some(({ scheme }) => scheme === 'standardWebhooks') ?? false;
  return isStandard ? `whsec_${randomBytes(24).toString('base64')}` : randomBytes(20).toString('hex');
}

/** Makes the request of an act with all that its templates read. Nothing is written. */
export async function performAct(
  services: AppTriggerServices,
  row: AppTriggerRow,
  { connector, trigger }: Found,
  act: SubscriptionAct,
): Promise<ActOutcome> {
  const { tenantId, id, connectionId } = row;
  const acts = act === 'subscribe' || act === 'renew';
  try {
    const opened = await openAppTrigger(services.vault, row);
    const asked = await askSubscription(
      {
        tenantId,
        connector,
        trigger,
        act,
        input: JSON.parse(row.input) as Json,
        openConnection: connectionId === null ? null : () => services.openConnection(tenantId, connectionId),
        webhook: { url: hookUrlOf(services.publicUrl, row), secret: opened.secret ?? '' },
        subscription: opened.subscription,
        stored: opened.stored,
        idempotencyKey: await services.vault.idempotencyKey(tenantId, id, act),
      },
      services.outside(tenantId),
    );
    if (asked.ok) return { kind: 'done', captured: asked.captured };
    return { kind: acts && asked.error.sent === 'unknown' ? 'unknown' : 'failed', error: asked.error };
  } catch (error) {
    return { kind: 'failed', error: thrownError(error, 'no') };
  }
}

/** When a subscription runs out; null: never, or it does not say. */
export function expiryOf({ trigger }: Found, subscription: JsonObject): Date | null {
  const renew = trigger.webhook?.renew;
  if (!renew) return null;
  try {
    const value = evaluateTemplate(parseTemplate(renew.expiresAt), { subscription }, { missing: 'drop' });
    return value === undefined || value === null ? null : new Date(readDate(value));
  } catch {
    return null;
  }
}

/** Changes a row that is still held, and keeps holding it. */
export async function writeRow(
  { database }: AppTriggerServices,
  { tenantId, id, epoch }: Held,
  data: Prisma.AppTriggerUpdateManyMutationInput,
): Promise<boolean> {
  const { count } = await database.withTenant(tenantId, (tx) =>
    tx.appTrigger.updateMany({
      where: { tenantId, id, epoch },
      data: { ...data, updatedAt: new Date() },
    }),
  );
  return count === 1;
}

const cipher = (sealed: Uint8Array) => new Uint8Array(sealed);

/**
 * Subscribes or renews. Null: somebody else holds the row by now.
 * The columns that the outcome brings are given back, for the caller to write together with what it decides.
 */
export async function register(
  services: AppTriggerServices,
  row: AppTriggerRow,
  held: Held,
  found: Found,
  act: 'subscribe' | 'renew',
): Promise<{ outcome: ActOutcome; columns: Prisma.AppTriggerUpdateManyMutationInput } | null> {
  const { vault } = services;
  const secretCipher =
    row.secretCipher ??
    cipher(await sealForAppTrigger(vault, row, 'secret_cipher', makeSecret(found.trigger)));
  const intended = await writeRow(services, held, {
    attempt: act,
    attemptedAt: new Date(),
    secretCipher: cipher(secretCipher),
    ...(act === 'subscribe' ? { status: 'subscribing' } : {}),
  });
  if (!intended) return null;
  const outcome = await performAct(services, { ...row, secretCipher: cipher(secretCipher) }, found, act);
  if (outcome.kind === 'unknown') return { outcome, columns: {} };
  if (outcome.kind === 'failed') return { outcome, columns: { attempt: null } };
  const former = act === 'renew' ? (await openAppTrigger(vault, row)).subscription : {};
  const subscription = { ...former, ...outcome.captured };
  const sealed = await sealForAppTrigger(vault, row, 'subscription_cipher', subscription);
  const now = new Date();
  return {
    outcome,
    columns: {
      attempt: null,
      registered: true,
      subscriptionCipher: cipher(sealed),
      ...(act === 'subscribe' ? { subscribedAt: now } : {}),
      checkedAt: now,
      expiresAt: expiryOf(found, subscription),
      upkeepFailures: 0,
    },
  };
}
