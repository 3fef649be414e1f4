// The reconciler of one trigger: what should be registered at the service against what is, as far as is known. Makes, renews,
// looks at and takes back; what fails is tried again later, and people are told when it is given up.
import type { Prisma } from '@weftline/prisma';
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
import { type Found, hookUrlOf, performAct, register } from './request-subscription.ts';

type Columns = Prisma.AppTriggerUpdateManyMutationInput;

/** How often a subscription that can be looked at is looked at. */
export const checkEveryMs = 3_600_000;
/** Failures in a row after which taking back is given up: about two days. */
const mostTakingBack = 14;
const longestWaitMs = 6 * 3_600_000;
const shortestWaitMs = 30_000;

const later = (ms: number) => new Date(Date.now() + ms);
const waitMs = (failures: number, error: CallError): number =>
  Math.max(Math.min(longestWaitMs, shortestWaitMs * 2 ** Math.min(failures, 20)), error.retryAfterMs ?? 0);

/** When a subscription that is in place is due again; null: it needs nothing. */
export function nextUpkeep({ trigger }: Found, expiresAt: Date | null): Date | null {
  const { check, renew } = trigger.webhook ?? {};
  const times = [
    ...(check ? [Date.now() + checkEveryMs] : []),
    // One that ends sooner than it may be renewed is renewed halfway.
    ...(renew && expiresAt
      ? [
          Math.max(
            expiresAt.getTime() - renew.beforeMs,
            Date.now() + Math.max(1_000, (expiresAt.getTime() - Date.now()) / 2),
          ),
        ].map((time) => Math.min(time, Math.max(expiresAt.getTime(), Date.now() + 1_000)))
      : []),
  ];
  return times.length === 0 ? null : new Date(Math.min(...times));
}

/** The columns of a subscription that is in place. */
export const inPlace = (found: Found, columns: Columns): Columns => ({
  ...columns,
  status: 'active',
  why: null,
  nextUpkeepAt: nextUpkeep(found, (columns.expiresAt as Date | null | undefined) ?? null),
});

/** The sentence for a registration of which nobody knows whether it is there. */
export const sayUnknown = (app: string, url: string): string =>
  `It is not known whether ${app} registered this workflow's address: the request left and no answer came. Look at ${app} for ${url}; if it is there, remove it, then turn the workflow off and on again.`;

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

/** Takes back what nobody wants any more. */
async function takeBack(
  services: AppTriggerServices,
  row: AppTriggerRow,
  held: Held,
  found: Found | null,
): Promise<void> {
  const { database } = services;
  const { tenantId, id } = row;
  const isThere = row.registered || row.attempt !== null;
  const give = async (columns: Columns) => {
    if (!(await leaveRow(services, held, { ...columns, nextUpkeepAt: null }))) return;
    await database.withTenant(tenantId, async (tx) => {
      const workflow = await tx.workflow.findFirst({ where: { tenantId, id: row.workflowId } });
      if (workflow && workflow.deletedAt === null) return;
      await tx.appTriggerSeen.deleteMany({ where: { tenantId, triggerId: id } });
      await tx.appTriggerEvent.deleteMany({ where: { tenantId, triggerId: id } });
      await tx.appTrigger.deleteMany({ where: { tenantId, id, wanted: false } });
    });
  };
  const gone: Columns = {
    registered: false,
    attempt: null,
    subscriptionCipher: null,
    expiresAt: null,
    upkeepFailures: 0,
  };
  if (!isThere) return give({});
  const app = found?.connector.app.name ?? row.appKey;
  const giveUp = async (reason: string) => {
    await give(gone);
    await notify(services, row, {
      kind: 'trigger.left_behind',
      title: (workflow) => `${app} may still call an address of “${workflow}”`,
      body: `The registration could not be taken back: ${reason} Calls of it start nothing. Remove ${hookUrlOf(services.publicUrl, row)} at ${app} by hand.`,
      dedupeKey: `left:${id}:${row.epoch}`,
    });
  };
  if (!found || !requestOf(found.trigger.webhook, 'unsubscribe'))
    return giveUp('the app is not published here any more.');
  const outcome = await performAct(services, row, found, 'unsubscribe');
  if (outcome.kind === 'done') return give(gone);
  const { error } = outcome;
  if (error.type === 'NOT_FOUND' && error.sent === 'answered') return give(gone);
  const isHopeless = error.sent === 'no' && ['VALIDATION', 'NOT_FOUND', 'PERMANENT'].includes(error.type);
  if (isHopeless || row.upkeepFailures + 1 >= mostTakingBack) return giveUp(error.message);
  await leaveRow(services, held, {
    upkeepFailures: row.upkeepFailures + 1,
    why: `Not taken back yet: ${error.message}`,
    nextUpkeepAt: later(waitMs(row.upkeepFailures, error)),
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
  const found = await loadTrigger(services, row).catch(() => null);
  const workflow = await services.database.withTenant(tenantId, (tx) =>
    tx.trigger.findFirst({ where: { tenantId, id: workflowId, enabled: true, kind: 'app' } }),
  );
  if (!row.wanted || !workflow) return takeBack(services, row, held, found);
  const webhook = found?.trigger.webhook;
  if (!found || !webhook?.subscribe) {
    await leaveRow(services, held, { nextUpkeepAt: null });
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
    (Date.now() >= renewAt || row.attempt === 'renew' || (row.nextUpkeepAt !== null && !webhook.check));
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
