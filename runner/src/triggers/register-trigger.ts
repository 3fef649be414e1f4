// The rows of a workflow's app trigger, as publishing, turning on and turning off write them: in the transaction of that change.
import { createHash, randomBytes } from 'node:crypto';
import { hashDocument } from '@weftline/connectors/hash-document';
import type { Json } from '@weftline/connectors/json';
import type { Trigger } from '@weftline/connectors/types';
import type { Prisma, Transaction } from '@weftline/prisma';
import { uuidv7 } from 'uuidv7';
import { encodeBase32 } from '../platform/vault/encode-base32.ts';
import type { AppTriggerRow } from './app-trigger-services.ts';

/** What a published workflow asks for, and the trigger as its app version describes it. */
export type WantedTrigger = {
  appKey: string;
  appVersion: string;
  trigger: Trigger;
  connectionId: string | null;
  /** With named values and defaults filled in. */
  input: { [name: string]: Json };
  /** As it is written, where it reads the workspace's named values. */
  inputTemplate?: { [name: string]: Json } | undefined;
  /** Seconds between polls; absent: 300. */
  everySeconds?: number | undefined;
};

const presetSeconds = 300;
/** A subscription that is in place is polled beside only for what it missed. */
const gapSeconds = 900;

/** Whether a person has to register the address at the service. */
export const isByHand = ({ webhook }: Trigger): boolean =>
  webhook !== undefined && webhook.subscribe === undefined;

/** What makes it another trigger: then nothing that is known of the former one holds. */
export function identityOf({ appKey, trigger, connectionId, input }: WantedTrigger): string {
  const { key, type, poll, webhook } = trigger;
  // An address that a person has registered stays the same, whatever else is changed.
  const chosen = isByHand(trigger) ? null : { connectionId, input };
  const parts = {
    appKey,
    key,
    type,
    chosen,
    poll: poll ? { dedupeKey: poll.dedupeKey, cursor: poll.cursor ?? null } : null,
    subscribe: webhook?.subscribe ?? null,
  };
  return createHash('sha256')
    .update(hashDocument(parts as unknown as Json))
    .digest('base64url');
}

/** Seconds between polls: what was chosen, never more often than the app allows. */
export function everySecondsOf({ trigger, everySeconds }: WantedTrigger): number | null {
  const { poll } = trigger;
  if (!poll || (trigger.type !== 'POLL' && trigger.fallback !== 'POLL')) return null;
  const preset = trigger.type === 'POLL' ? presetSeconds : gapSeconds;
  return Math.max(everySeconds ?? preset, Math.ceil(poll.minIntervalMs / 1000));
}

const columnsOf = (wanted: WantedTrigger) => ({
  appKey: wanted.appKey,
  appVersion: wanted.appVersion,
  triggerKey: wanted.trigger.key,
  type: wanted.trigger.type,
  connectionId: wanted.connectionId,
  input: JSON.stringify(wanted.input),
  inputTemplate: wanted.inputTemplate === undefined ? null : JSON.stringify(wanted.inputTemplate),
  everySeconds: everySecondsOf(wanted),
  maxItems: wanted.trigger.poll?.maxItems ?? 100,
});

/**
 * The row of a wanted trigger, made when there is none. One that is on stays as it is; one that is off follows what is wanted
 * now, so that calls can be caught before it is on.
 */
export async function ensureRow(
  tx: Transaction,
  tenantId: string,
  workflowId: string,
  wanted: WantedTrigger,
): Promise<AppTriggerRow> {
  const identity = identityOf(wanted);
  const data = columnsOf(wanted);
  await tx.appTrigger.createMany({
    data: [
      {
        tenantId,
        id: uuidv7(),
        workflowId,
        identity,
        wanted: false,
        // 160 random bits and nothing of the tenant's: knowing it is the right to call it.
        hookKey: encodeBase32(randomBytes(20)).toLowerCase(),
        ...data,
      },
    ],
    skipDuplicates: true,
  });
  await tx.appTrigger.updateMany({ where: { tenantId, workflowId, identity, wanted: false }, data });
  const row = await tx.appTrigger.findFirst({ where: { tenantId, workflowId, identity } });
  return row!;
}

/** Lets go of the triggers of a workflow except one: they are polled no more, and unsubscribed where they are registered. */
export async function dropOthers(
  tx: Transaction,
  tenantId: string,
  workflowId: string,
  kept: string | null,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE app_triggers SET wanted = false, next_poll_at = NULL, next_release_at = NULL, status = 'off', why = NULL, updated_at = now(),
      next_upkeep_at = CASE WHEN registered OR attempt IS NOT NULL THEN clock_timestamp() END,
      upkeep_failures = CASE WHEN wanted THEN 0 ELSE upkeep_failures END
    WHERE tenant_id = ${tenantId}::uuid AND workflow_id = ${workflowId}::uuid AND (${kept}::uuid IS NULL OR id <> ${kept}::uuid)
      AND (wanted OR next_upkeep_at IS NULL)`;
}

async function forgetWhere(tx: Transaction, where: Prisma.AppTriggerWhereInput): Promise<void> {
  const rows = await tx.appTrigger.findMany({ where, select: { id: true } });
  if (rows.length === 0) return;
  const { tenantId } = where;
  const triggerId = { in: rows.map(({ id }) => id) };
  await tx.appTriggerSeen.deleteMany({ where: { tenantId, triggerId } as object });
  await tx.appTriggerEvent.deleteMany({ where: { tenantId, triggerId } as object });
  await tx.appTrigger.deleteMany({ where: { tenantId, id: triggerId } as object });
}

/** Forgets all triggers of a deleted workflow, except those that have to be unsubscribed first. */
export async function forgetRows(tx: Transaction, tenantId: string, workflowId: string): Promise<void> {
  await dropOthers(tx, tenantId, workflowId, null);
  await forgetWhere(tx, { tenantId, workflowId, registered: false, attempt: null });
}

/**
 * Makes a row the workflow's trigger from now on. One that was off begins anew: what came meanwhile starts no run. One that
 * is on goes on where it is, unless it asks another account or for something else by now. Events that wait are kept.
 */
export async function wantRow(
  tx: Transaction,
  tenantId: string,
  workflowId: string,
  { id }: Pick<AppTriggerRow, 'id'>,
  wanted: WantedTrigger,
): Promise<void> {
  await dropOthers(tx, tenantId, workflowId, id);
  // Addresses that somebody may have registered are kept; a former poll leaves nothing that is needed.
  await forgetWhere(tx, { tenantId, workflowId, wanted: false, id: { not: id }, type: 'POLL' });
  const columns = columnsOf(wanted);
  const former = await tx.appTrigger.findFirst({ where: { tenantId, id } });
  const goesOn =
    former?.wanted === true &&
    former.connectionId === columns.connectionId &&
    hashDocument(JSON.parse(former.input)) === hashDocument(wanted.input);
  const anew = {
    primed: false,
    cursor: null,
    pollFailures: 0,
    nextPollAt: null,
    filtered: 0,
    unreadKeys: [],
    unreadFailed: 0,
  };
  await tx.appTrigger.updateMany({
    where: { tenantId, id },
    data: { ...columns, ...(goesOn ? {} : anew) },
  });
  await tx.$executeRaw`
    UPDATE app_triggers SET updated_at = now(), why = CASE WHEN wanted THEN why END,
      status = CASE WHEN wanted THEN status ELSE 'active' END,
      next_poll_at = CASE WHEN every_seconds IS NULL THEN NULL
        WHEN next_poll_at IS NULL THEN clock_timestamp()
        ELSE LEAST(next_poll_at, clock_timestamp() + make_interval(secs => every_seconds)) END,
      next_release_at = clock_timestamp(), wanted = true,
      -- What has to be registered and is not: the reconciler's work, unless the caller knows better.
      next_upkeep_at = CASE WHEN registered OR (type <> 'WEBHOOK' AND (type = 'POLL' OR input_template IS NULL)) THEN next_upkeep_at ELSE coalesce(next_upkeep_at, clock_timestamp()) END
    WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid`;
}
