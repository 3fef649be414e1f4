// What a workspace sets once for an app (`x-level: app`), and how a connection uses it. The only place that puts the two together.
import type { Database } from '@weftline/prisma';
import type { AppLevel } from '../executor/types.ts';
import type { Vault } from '../platform/vault.ts';
import type { Credentials } from './seal-credentials.ts';

export type AppCredentials = {
  credentials: Credentials;
  hosts: readonly string[];
  secretNames: readonly string[];
};

/** Names of the client at a service: no other client may renew its tokens. */
export const clientNames: readonly string[] = ['clientId', 'consumerKey'];

const placeOf = (appKey: string, authKey: string) => ({
  table: 'app_credentials',
  row: JSON.stringify([appKey, authKey]),
  column: 'secret_cipher',
});

/** Seals them for exactly this app and way to sign in. */
export const sealAppCredentials = (
  vault: Vault,
  tenantId: string,
  appKey: string,
  authKey: string,
  credentials: Credentials,
): Promise<Buffer> => vault.seal(tenantId, placeOf(appKey, authKey), JSON.stringify(credentials));

/** @throws CodedError `internal` when the bytes were sealed for another row or changed */
export async function openAppCredentials(
  vault: Vault,
  tenantId: string,
  appKey: string,
  authKey: string,
  sealed: Uint8Array,
): Promise<Credentials> {
  const plain = await vault.open(tenantId, placeOf(appKey, authKey), sealed);
  try {
    return JSON.parse(plain.toString('utf8')) as Credentials;
  } finally {
    plain.fill(0);
  }
}

/** Reads and opens what is set for an app; null when nothing is. */
export async function readAppCredentials(
  { database, vault }: { database: Database; vault: Vault },
  tenantId: string,
  appKey: string,
  authKey: string,
): Promise<AppCredentials | null> {
  const row = await database.withTenant(tenantId, (tx) =>
    tx.appCredential.findFirst({
      where: { tenantId, appKey, authKey },
      select: { secretCipher: true, hosts: true, secretNames: true },
    }),
  );
  if (row === null) return null;
  const credentials = await openAppCredentials(vault, tenantId, appKey, authKey, row.secretCipher);
  return { credentials, hosts: row.hosts, secretNames: row.secretNames };
}

/** A connection's own credentials over those of its app. `appLevel` is missing when it uses none of the app's. */
export function mergeAppCredentials(
  own: Credentials,
  app: AppCredentials | null,
): { credentials: Credentials; appLevel?: AppLevel } {
  const names = Object.keys(app?.credentials ?? {}).filter((name) => !Object.hasOwn(own, name));
  if (app === null || names.length === 0) return { credentials: own };
  return {
    credentials: { ...app.credentials, ...own },
    appLevel: { names, hosts: app.hosts, secrets: names.filter((name) => app.secretNames.includes(name)) },
  };
}

/** True when the client that a connection took from its app is another one by now: what the former got is no longer kept. */
export async function isOtherClient(
  services: { database: Database; vault: Vault },
  tenantId: string,
  { appKey, authKey }: { appKey: string; authKey: string },
  used: { credentials: Credentials; appLevel?: AppLevel },
): Promise<boolean> {
  const names = clientNames.filter((name) => used.appLevel?.names.includes(name));
  if (names.length === 0) return false;
  const now = await readAppCredentials(services, tenantId, appKey, authKey);
  return names.some((name) => now?.credentials[name] !== used.credentials[name]);
}

/** What is a connection's own: without what came from its app. */
export const withoutAppLevel = (credentials: Credentials, appLevel: AppLevel | undefined): Credentials =>
  Object.fromEntries(Object.entries(credentials).filter(([name]) => !appLevel?.names.includes(name)));
