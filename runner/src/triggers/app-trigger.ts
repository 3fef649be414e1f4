// The row of an app's trigger: what a workflow wants to be told of, the address that a service calls, and the sealed values of its
// subscription. Those who poll and subscribe write it; those who take a call read it.
import { createHash } from 'node:crypto';
import type { Json } from '@weftline/connectors/json';
import type { Database, Prisma, Transaction } from '@weftline/prisma';
import type { Vault } from '../platform/vault.ts';

export type Values = { [name: string]: Json };

export type AppTrigger = {
  tenantId: string;
  /** Of the registration; another account or input of the same workflow is another one. */
  id: string;
  workflowId: string;
  workflowName: string;
  /** Live: the workflow is enabled and this is its present trigger; events start runs of `workflowVersion`. */
  enabled: boolean;
  /** 0 before the first publishing. */
  workflowVersion: number;
  /** Until then (ms since 1970) calls are kept as samples too. */
  listeningUntilMs: number;
  appKey: string;
  appVersion: string;
  triggerKey: string;
  type: 'POLL' | 'WEBHOOK' | 'INGRESS';
  connectionId: string | null;
  input: Values;
  /** `<PUBLIC_URL>/hooks/<hookKey>`. */
  hookKey: string;
  secretCipher: Uint8Array | null;
  subscriptionCipher: Uint8Array | null;
  storedCipher: Uint8Array | null;
};

type Row = Prisma.AppTriggerGetPayload<object>;

async function complete(tx: Transaction, rows: Row[]): Promise<AppTrigger[]> {
  if (rows.length === 0) return [];
  const tenantId = rows[0]!.tenantId;
  const ids = [...new Set(rows.map(({ workflowId }) => workflowId))];
  const workflows = await tx.workflow.findMany({
    where: { tenantId, id: { in: ids }, deletedAt: null },
    select: { id: true, name: true },
  });
  const triggers = await tx.trigger.findMany({
    where: { tenantId, id: { in: ids } },
    select: { id: true, kind: true, enabled: true, version: true, listeningUntil: true },
  });
  return rows.flatMap((row) => {
    const workflow = workflows.find(({ id }) => id === row.workflowId);
    const trigger = triggers.find(({ id }) => id === row.workflowId);
    if (!workflow || !trigger) return [];
    return [
      {
        tenantId,
        id: row.id,
        workflowId: row.workflowId,
        workflowName: workflow.name,
        enabled: row.wanted && trigger.enabled && trigger.kind === 'app' && trigger.version !== null,
        workflowVersion: trigger.version ?? 0,
        listeningUntilMs: trigger.listeningUntil?.getTime() ?? 0,
        appKey: row.appKey,
        appVersion: row.appVersion,
        triggerKey: row.triggerKey,
        type: row.type as AppTrigger['type'],
        connectionId: row.connectionId,
        input: JSON.parse(row.input) as Values,
        hookKey: row.hookKey,
        secretCipher: row.secretCipher,
        subscriptionCipher: row.subscriptionCipher,
        storedCipher: row.storedCipher,
      },
    ];
  });
}

/** The trigger that an address belongs to, live or not. Null: none, or its workflow was deleted. */
export async function findAppTriggerByHook(database: Database, hookKey: string): Promise<AppTrigger | null> {
  const [owner] = await database.callDoor<{ tenant_id: string; trigger_id: string }>('app_trigger_by_hook', [
    hookKey,
  ]);
  return owner ? findAppTrigger(database, owner.tenant_id, owner.trigger_id) : null;
}

/** One trigger of a tenant. Null: none. */
export const findAppTrigger = (
  database: Database,
  tenantId: string,
  id: string,
): Promise<AppTrigger | null> =>
  database.withTenant(tenantId, async (tx) => {
    const rows = await tx.appTrigger.findMany({ where: { tenantId, id } });
    return (await complete(tx, rows))[0] ?? null;
  });

/**
 * Triggers of an app's one address that belong to these connections of a tenant, in the order of their ids: those that are live,
 * and those whose workflow is off while somebody waits for a sample (`enabled` false).
 */
export const findIngressTriggers = (
  database: Database,
  tenantId: string,
  appKey: string,
  connectionIds: readonly string[],
  nowMs: number,
): Promise<AppTrigger[]> =>
  database.withTenant(tenantId, async (tx) => {
    const listening = await tx.trigger.findMany({
      where: { tenantId, enabled: false, listeningUntil: { gt: new Date(nowMs) } },
      select: { id: true },
    });
    const rows = await tx.appTrigger.findMany({
      where: {
        tenantId,
        appKey,
        type: 'INGRESS',
        connectionId: { in: [...connectionIds] },
        OR: [{ wanted: true }, { workflowId: { in: listening.map(({ id }) => id) } }],
      },
      orderBy: { id: 'asc' },
    });
    // Of a workflow that is off the trigger that was asked for last.
    const newest = new Map(
      rows
        .toSorted((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime())
        .map((row) => [row.workflowId, row.id]),
    );
    const found = await complete(tx, rows);
    return found.filter(
      (trigger) =>
        trigger.enabled ||
        (trigger.listeningUntilMs > nowMs && newest.get(trigger.workflowId) === trigger.id),
    );
  });

const placeOf = (id: string, column: 'secret_cipher' | 'subscription_cipher' | 'stored_cipher') => ({
  table: 'app_triggers',
  row: id,
  column,
});

type Sealed = Pick<AppTrigger, 'tenantId' | 'id' | 'secretCipher' | 'subscriptionCipher' | 'storedCipher'>;

async function openValues(
  vault: Vault,
  { tenantId, id }: Sealed,
  column: 'subscription_cipher' | 'stored_cipher',
  sealed: Uint8Array | null,
): Promise<Values> {
  if (sealed === null) return {};
  const plain = await vault.open(tenantId, placeOf(id, column), sealed);
  try {
    return JSON.parse(plain.toString('utf8')) as Values;
  } finally {
    plain.fill(0);
  }
}

/** What templates read as `webhook.secret`, `subscription` and `stored`. Secret: opened for one call and handed on. */
export async function openAppTrigger(
  vault: Vault,
  trigger: Sealed,
): Promise<{ secret: string | null; subscription: Values; stored: Values }> {
  const { tenantId, id, secretCipher } = trigger;
  const secret = secretCipher && (await vault.open(tenantId, placeOf(id, 'secret_cipher'), secretCipher));
  return {
    secret: secret?.toString('utf8') ?? null,
    subscription: await openValues(vault, trigger, 'subscription_cipher', trigger.subscriptionCipher),
    stored: await openValues(vault, trigger, 'stored_cipher', trigger.storedCipher),
  };
}

/** Seals one of the values for exactly this row. */
export const sealForAppTrigger = (
  vault: Vault,
  { tenantId, id }: { tenantId: string; id: string },
  column: 'secret_cipher' | 'subscription_cipher' | 'stored_cipher',
  value: string | Values,
): Promise<Buffer> =>
  vault.seal(tenantId, placeOf(id, column), typeof value === 'string' ? value : JSON.stringify(value));

/** Keeps what a handshake stored; values not named stay. False: the trigger is gone. */
export async function storeForAppTrigger(
  { database, vault }: { database: Database; vault: Vault },
  trigger: { tenantId: string; id: string },
  values: Values,
): Promise<boolean> {
  const { tenantId, id } = trigger;
  // The tenant's key is made or fetched before the row is held.
  await sealForAppTrigger(vault, trigger, 'stored_cipher', {});
  return database.withTenant(tenantId, async (tx) => {
    const [row] = await tx.$queryRaw<{ stored_cipher: Uint8Array | null }[]>`
      SELECT stored_cipher FROM app_triggers WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`;
    if (!row) return false;
    const sealed: Sealed = { tenantId, id, secretCipher: null, subscriptionCipher: null, storedCipher: null };
    const former = await openValues(vault, sealed, 'stored_cipher', row.stored_cipher);
    const storedCipher = await sealForAppTrigger(vault, trigger, 'stored_cipher', { ...former, ...values });
    await tx.appTrigger.updateMany({
      where: { tenantId, id },
      data: { storedCipher: new Uint8Array(storedCipher) },
    });
    return true;
  });
}

/**
 * The receipt's key of one event of a trigger, the same whether a poll found it or a call brought it.
 * Input: the value of `poll.dedupeKey` or `receive.eventId`.
 */
export const appReceiptKey = ({ id }: { id: string }, eventKey: string): string =>
  `app:${id}:${createHash('sha256').update(eventKey).digest('base64url')}`;
