// The one address of an app in a workspace, and the connections that its calls belong to.
import { randomBytes } from 'node:crypto';
import type { Json } from '@weftline/connectors/json';
import type { Database, Transaction } from '@weftline/prisma';
import { encodeBase32 } from '../platform/vault/encode-base32.ts';
import type { Vault } from '../platform/vault.ts';

/** Keys of apps' addresses begin with this; those of workflows never do. */
export const ingressPrefix = 'app-';

/** Connections of one app that one call is checked with. */
export const mostRouted = 100;
/** The same where the call names none of them: handshakes, and accounts that nobody has connected. */
export const mostUnrouted = 20;

export type AppIngress = { tenantId: string; appKey: string; storedCipher: Uint8Array | null };

/** The key of an app's address, made when there is none. */
export async function ensureIngress(tx: Transaction, tenantId: string, appKey: string): Promise<string> {
  await tx.appIngress.createMany({
    data: [
      {
        tenantId,
        appKey,
        // 160 random bits and nothing of the tenant's: knowing it is the right to call it.
        hookKey: `${ingressPrefix}${encodeBase32(randomBytes(20)).toLowerCase()}`,
      },
    ],
    skipDuplicates: true,
  });
  const row = await tx.appIngress.findFirst({ where: { tenantId, appKey }, select: { hookKey: true } });
  return row!.hookKey;
}

/** Whose address it is. Null: nobody's. */
export async function findIngress(database: Database, hookKey: string): Promise<AppIngress | null> {
  const [owner] = await database.callDoor<{ tenant_id: string; app_key: string }>('ingress_by_hook', [
    hookKey,
  ]);
  if (!owner) return null;
  const { tenant_id: tenantId, app_key: appKey } = owner;
  return database.withTenant(tenantId, (tx) =>
    tx.appIngress.findFirst({
      where: { tenantId, appKey },
      select: { tenantId: true, appKey: true, storedCipher: true },
    }),
  );
}

/**
 * Ids of connections of this tenant and app whose setting, as text, is one of these values; the oldest first, a bounded number. A
 * setting may be a number where the event has it as text.
 */
export async function findRouted(
  database: Database,
  { tenantId, appKey }: Pick<AppIngress, 'tenantId' | 'appKey'>,
  setting: string,
  values: readonly string[],
): Promise<string[]> {
  if (values.length === 0) return [];
  const rows = await database.withTenant(
    tenantId,
    (tx) => tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM connections
      WHERE tenant_id = ${tenantId}::uuid AND app_key = ${appKey} AND deleted_at IS NULL AND config ->> ${setting} = ANY(${[...values]}::text[])
      ORDER BY id LIMIT ${mostRouted}`,
  );
  return rows.map(({ id }) => id);
}

/** Ids of any connections of the app, the newest first, at most so many. */
export async function findAnyOfApp(
  database: Database,
  { tenantId, appKey }: Pick<AppIngress, 'tenantId' | 'appKey'>,
  most = mostUnrouted,
): Promise<string[]> {
  const rows = await database.withTenant(tenantId, (tx) =>
    tx.connection.findMany({
      where: { tenantId, appKey, deletedAt: null },
      select: { id: true },
      orderBy: { id: 'desc' },
      take: most,
    }),
  );
  return rows.map(({ id }) => id);
}

type Values = { [name: string]: Json };
const placeOf = (appKey: string) => ({ table: 'app_ingresses', row: appKey, column: 'stored_cipher' });

/** What handshakes kept. */
export async function openStored(
  vault: Vault,
  { tenantId, appKey, storedCipher }: AppIngress,
): Promise<Values> {
  if (storedCipher === null) return {};
  const plain = await vault.open(tenantId, placeOf(appKey), storedCipher);
  try {
    return JSON.parse(plain.toString('utf8')) as Values;
  } finally {
    plain.fill(0);
  }
}

/**
 * Keeps what a handshake brings beside what is kept. One that proves nothing replaces nothing, unless no workflow listens to
 * the app. False: it was not kept.
 */
export async function storeForIngress(
  { database, vault }: { database: Database; vault: Vault },
  { tenantId, appKey }: Pick<AppIngress, 'tenantId' | 'appKey'>,
  values: Values,
  isVerified: boolean,
): Promise<boolean> {
  await vault.seal(tenantId, placeOf(appKey), '{}');
  return database.withTenant(tenantId, async (tx) => {
    const [row] = await tx.$queryRaw<{ stored_cipher: Uint8Array | null }[]>`
      SELECT stored_cipher FROM app_ingresses WHERE tenant_id = ${tenantId}::uuid AND app_key = ${appKey} FOR UPDATE`;
    if (!row) return false;
    const former = await openStored(vault, { tenantId, appKey, storedCipher: row.stored_cipher });
    const replaces = Object.entries(values).some(
      ([name, value]) => Object.hasOwn(former, name) && former[name] !== value,
    );
    if (replaces && !isVerified) {
      const live = await tx.appTrigger.count({ where: { tenantId, appKey, type: 'INGRESS', wanted: true } });
      if (live > 0) return false;
    }
    const sealed = await vault.seal(tenantId, placeOf(appKey), JSON.stringify({ ...former, ...values }));
    await tx.appIngress.updateMany({
      where: { tenantId, appKey },
      data: { storedCipher: new Uint8Array(sealed) },
    });
    return true;
  });
}
