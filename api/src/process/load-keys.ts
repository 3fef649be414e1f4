// The keys of this process: given by the environment, or made once into the data folder (mode 0600).
import { randomBytes } from 'node:crypto';
import { platformTenantId } from '@weftline/prisma';
import type { Database } from '@weftline/prisma';
import { type Environment, parseKeyring, StartError } from '@weftline/runner/platform/env';
import { createVault, readKeyring, type Vault } from '@weftline/runner/platform/vault';
import { keepSecret } from './prepare-database.ts';

export type Keys = { encryption: string; tokens: ReadonlyMap<string, Buffer> };

/** Input: the environment, whose form is checked. In production the keys are always given. */
export function loadKeys(env: Environment): Keys {
  const make = () => randomBytes(32).toString('hex');
  const encryption =
    env.ENCRYPTION_KEYS ?? env.ENCRYPTION_KEY ?? keepSecret(env.DATA_DIR, 'encryption-key', make);
  const tokens = env.JWT_KEYS ?? `k1:${keepSecret(env.DATA_DIR, 'token-key', make)}`;
  const faults: string[] = [];
  const keys = { encryption, tokens: parseKeyring(tokens, 'JWT_KEYS', null, faults) };
  if (faults.length > 0) throw new StartError(faults);
  return keys;
}

/** The vault over the table of tenant keys. */
export function openVault(database: Database, encryption: string): Vault {
  return createVault({
    keyring: readKeyring(encryption),
    async loadTenantKey(tenantId, version) {
      const row = await database.withTenant(tenantId, (tx) =>
        tx.tenantKey.findFirst({
          where: { tenantId, ...(version === undefined ? {} : { version }) },
          orderBy: { version: 'desc' },
        }),
      );
      return row && { version: row.version, kid: row.kid, wrappedKey: row.wrappedKey };
    },
    async saveTenantKey(tenantId, key) {
      return database.withTenant(tenantId, async (tx) => {
        await tx.tenantKey.createMany({
          data: [{ tenantId, version: key.version, kid: key.kid, wrappedKey: Buffer.from(key.wrappedKey) }],
          skipDuplicates: true,
        });
        const row = await tx.tenantKey.findFirst({ where: { tenantId, version: key.version } });
        if (!row) throw new Error('a tenant key was not stored');
        return { version: row.version, kid: row.kid, wrappedKey: row.wrappedKey };
      });
    },
    async replaceTenantKey(tenantId, key) {
      await database.withTenant(tenantId, (tx) =>
        tx.tenantKey.updateMany({
          where: { tenantId, version: key.version },
          data: { kid: key.kid, wrappedKey: Buffer.from(key.wrappedKey) },
        }),
      );
    },
  });
}

/** Opens the platform's own key, which every start uses: a wrong ENCRYPTION_KEY shows here and not at the first call. */
export async function checkKeys(vault: Vault): Promise<void> {
  await vault.fingerprint(platformTenantId, 'start').catch((error: unknown) => {
    throw new StartError([
      'The ENCRYPTION_KEY is not the one that this database was sealed with. Give the former key (it may be in the DATA_DIR of the former start), or put it second in ENCRYPTION_KEYS.',
      ...(error instanceof Error && /connect|timeout/i.test(error.message) ? [error.message] : []),
    ]);
  });
}
