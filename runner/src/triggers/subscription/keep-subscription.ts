// The reconciler of one trigger: what should be registered at the service against what is, as far as is known. Makes, renews,
// looks at and takes back; what fails is tried again later, and people are told when it is given up.
import {
  type AppTriggerRow,
  type AppTriggerServices,
  type Held,
  leaveRow,
  loadTrigger,
  markRefusedAccount,
  notify,
} from '../app-trigger-services.ts';
import type { CallError } from '../../executor/types.ts';
import { requestOf } from '../../executor/ask-subscription.ts';
import { followVariables } from '../follow-variables.ts';
import { checkEveryMs, type Columns, inPlace, later, sayUnknown, waitMs } from './plan-upkeep.ts';
import { type Found, hookUrlOf, performAct, register } from './request-subscription.ts';
import { takeBack } from './take-back.ts';

/** The account was refused, or everything else that goes wrong: said, and tried again later. */
async function failLater(
  services: AppTriggerServices,
  row: AppTriggerRow,
  held: Held,
  error: CallError,
  columns: Columns = {},
): Promise<void> {
  const failures = row.upkeepFailures + 1;
  if (error.type === 'AUTH') await markRefusedAccount(services, row, error);
  const polls = row.everySeconds !== null ? ' Until then new items are asked for.' : '';
  const kept = await leaveRow(services, held, {
    status: 'failing',
    why: `${error.message} It is tried again.${polls}`,
    ...columns,
    upkeepFailures: failures,
    nextUpkeepAt: later(waitMs(row.upkeepFailures, error)),
  });
  if (kept && failures === 3)
    await notify(services, row, {
      kind: 'trigger.failing',
      title: (workflow) => `“${workflow}” is not told of new events`,
      body: error.message,
      dedupeKey: `subscription:${row.id}:${Date.now()}`,
    });
}

/** A request that may be sent again without asking: the same again leads to the same. */
const isRepeatable = ({ trigger }: Found, act: 'subscribe' | 'renew'): boolean =>
  act === 'renew' || trigger.webhook?.subscribe?.method === 'PUT';

async function make(
  services: AppTriggerServices,
  row: AppTriggerRow,
  held: Held,
  found: Found,
  act: 'subscribe' | 'renew',
): Promise<void> {
  const registered = await register(services, row, held, found, act);
  if (!registered) return;
  const { outcome, columns } = registered;
  if (outcome.kind === 'done') {
    await leaveRow(services, held, inPlace(found, columns));
    return;
  }
  const isGone = act === 'renew' && outcome.error.type === 'NOT_FOUND';
  if (outcome.kind === 'failed' || isRepeatable(found, act)) {
    const isOver = row.expiresAt !== null && row.expiresAt.getTime() <= Date.now();
    return failLater(services, row, held, outcome.error, {
      ...columns,
      attempt: null,
      ...(act === 'renew' && (isGone || isOver) ? { registered: false } : {}),
    });
  }
  return leaveUnknown(services, row, held, found);
}

async function leaveUnknown(
  services: AppTriggerServices,
  row: AppTriggerRow,
  held: Held,
  { connector }: Found,
): Promise<void> {
  const why = sayUnknown(connector.app.name, hookUrlOf(services.publicUrl, row));
  const kept = await leaveRow(services, held, { status: 'failing', why, nextUpkeepAt: null });
  if (kept)
    await notify(services, row, {
      kind: 'trigger.unknown',
      title: (workflow) => `Is “${workflow}” registered at ${connector.app.name}?`,
      body: why,
      dedupeKey: `unknown:${row.id}:${row.epoch}`,
    });
}

const isGoneAnswer = ({ type, sent }: CallError): boolean =>
  sent === 'answered' && (type === 'NOT_FOUND' || type === 'PERMANENT');

/** A request to subscribe was meant or made, and whoever did it is gone. */
async function settleAttempt(
  services: AppTriggerServices,
  row: AppTriggerRow,
  held: Held,
  found: Found,
): Promise<void> {
  if (isRepeatable(found, 'subscribe')) return make(services, row, held, found, 'subscribe');
  if (!requestOf(found.trigger.webhook, 'check')) return leaveUnknown(services, row, held, found);
  const outcome = await performAct(services, row, found, 'check');
  if (outcome.kind === 'done') {
    const columns = { attempt: null, registered: true, subscribedAt: row.attemptedAt, checkedAt: new Date() };
    await leaveRow(services, held, inPlace(found, columns));
    return;
  }
  const { error } = outcome;
  if (isGoneAnswer(error)) return make(services, row, held, found, 'subscribe');
  // It cannot be asked about without what subscribing would have given.
  if (error.sent === 'no' && error.type === 'VALIDATION') return leaveUnknown(services, row, held, found);
  return failLater(services, row, held, error);
}

/** Brings one trigger's subscription to what it should be. The row is held; it is let go whatever comes of it. */
export async function keepSubscription(
  services: AppTriggerServices,
  row: AppTriggerRow,
  held: Held,
): Promise<void> {
  const { tenantId, workflowId } = row;
  const loaded = await loadTrigger(services, row).catch(() => null);
  const found = loaded && { ...loaded, readsVariables: row.inputTemplate !== null };
  const workflow = await services.database.withTenant(tenantId, (tx) =>
    tx.trigger.findFirst({ where: { tenantId, id: workflowId, enabled: true, kind: 'app' } }),
  );
  if (!row.wanted || !workflow) return takeBack(services, row, held, found);
  const followed = found ? await followVariables(services, row, held, found) : null;
  if (followed?.kind === 'failed') return failLater(services, row, held, followed.error);
  if (followed?.kind === 'moved') {
    await leaveRow(services, held, {});
    return;
  }
  const webhook = found?.trigger.webhook;
  if (!found || !webhook?.subscribe) {
    const again = found?.readsVariables ? later(checkEveryMs) : null;
    await leaveRow(services, held, {
      nextUpkeepAt: again,
      ...(again && row.upkeepFailures > 0 ? { status: 'active', why: null, upkeepFailures: 0 } : {}),
    });
    return;
  }
  if (!row.registered)
    return row.attempt === 'subscribe'
      ? settleAttempt(services, row, held, found)
      : make(services, row, held, found, 'subscribe');
  const renewAt =
    webhook.renew && row.expiresAt ? row.expiresAt.getTime() - webhook.renew.beforeMs : Infinity;
  const isRenewalDue =
    webhook.renew !== undefined &&
    row.expiresAt !== null &&
    (Date.now() >= renewAt ||
      row.attempt === 'renew' ||
      (row.nextUpkeepAt !== null && !webhook.check && !found.readsVariables));
  if (isRenewalDue) return make(services, row, held, found, 'renew');
  if (!webhook.check) {
    await leaveRow(services, held, inPlace(found, { expiresAt: row.expiresAt }));
    return;
  }
  const outcome = await performAct(services, row, found, 'check');
  if (outcome.kind === 'done') {
    await leaveRow(
      services,
      held,
      inPlace(found, { checkedAt: new Date(), expiresAt: row.expiresAt, upkeepFailures: 0 }),
    );
    return;
  }
  if (isGoneAnswer(outcome.error)) {
    services.logger.warn(
      { tenantId, workflowId, triggerId: row.id },
      'a subscription is gone at the service; it is made again',
    );
    return make(services, { ...row, registered: false }, held, found, 'subscribe');
  }
  return failLater(services, row, held, outcome.error);
}
