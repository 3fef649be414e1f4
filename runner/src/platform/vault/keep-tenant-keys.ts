// One data key a tenant, wrapped by the keyring, opened at need and kept for five minutes at most.
import { createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CodedError } from '../errors.ts';
import type { Keyring } from './read-keyring.ts';
import { joinParts, openBytes, sealBytes } from './seal-bytes.ts';

/** A row of `tenant_keys`. */
export type TenantKey = { version: number; kid: string; wrappedKey: Uint8Array };

export type TenantKeyStore = {
  /** The newest key of the tenant, or that version; null when there is none. */
  loadTenantKey: (tenantId: string, version?: number) => Promise<TenantKey | null>;
  /** Inserts unless that version exists; answers the row that is stored in the end, so that two first writers agree. */
  saveTenantKey: (tenantId: string, key: TenantKey) => Promise<TenantKey>;
  /** Overwrites `kid` and `wrappedKey` of an existing version; needed for `rewrap` alone. */
  replaceTenantKey?: (tenantId: string, key: TenantKey) => Promise<void>;
};

export type OpenTenantKey = { version: number; key: KeyObject };

const maxCached = 1_000;
const keepMs = 5 * 60_000;

const placeOf = (tenantId: string, version: number, kid: string): Buffer =>
  joinParts(['v1', 'tenant-key', tenantId, String(version), kid]);

export type TenantKeys = {
  /** The newest key, made at first use. */
  newest: (tenantId: string) => Promise<OpenTenantKey>;
  /** An older key. @throws CodedError `internal` when it was destroyed */
  find: (tenantId: string, version: number) => Promise<OpenTenantKey>;
  /** Wraps the tenant's keys anew with the active key; true if something was changed. */
  rewrap: (tenantId: string) => Promise<boolean>;
  forget: (tenantId?: string) => void;
};

/** @param now milliseconds, for tests */
export const keepTenantKeys = (
  keyring: Keyring,
  store: TenantKeyStore,
  now: () => number = Date.now,
): TenantKeys => {
  const cache = new Map<string, { at: number; opening: Promise<OpenTenantKey> }>();

  const findWrapping = (kid: string): KeyObject => {
    const key = keyring.keys.get(kid);
    if (key === undefined)
      throw new CodedError({
        code: 'internal',
        message: `The encryption key "${kid}" is missing: add it to ENCRYPTION_KEYS again.`,
      });
    return key;
  };
  const unwrap = (tenantId: string, { version, kid, wrappedKey }: TenantKey): Buffer =>
    openBytes(findWrapping(kid), placeOf(tenantId, version, kid), wrappedKey);
  const wrap = (tenantId: string, version: number, plain: Buffer): TenantKey => ({
    version,
    kid: keyring.active,
    wrappedKey: sealBytes(findWrapping(keyring.active), placeOf(tenantId, version, keyring.active), plain),
  });
  const open = (tenantId: string, row: TenantKey): OpenTenantKey => {
    const plain = unwrap(tenantId, row);
    const key = createSecretKey(plain);
    plain.fill(0);
    return { version: row.version, key };
  };
  const make = (tenantId: string): Promise<TenantKey> => {
    const plain = randomBytes(32);
    const row = wrap(tenantId, 1, plain);
    plain.fill(0);
    return store.saveTenantKey(tenantId, row);
  };

  const remember = (name: string, opening: () => Promise<OpenTenantKey>): Promise<OpenTenantKey> => {
    const known = cache.get(name);
    if (known !== undefined && now() - known.at < keepMs) return known.opening;
    const entry = { at: now(), opening: opening() };
    cache.delete(name);
    const oldest = cache.size >= maxCached ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    cache.set(name, entry);
    entry.opening.catch(() => cache.get(name) === entry && cache.delete(name));
    return entry.opening;
  };

  return {
    newest: (tenantId) =>
      remember(`${tenantId} newest`, async () =>
        open(tenantId, (await store.loadTenantKey(tenantId)) ?? (await make(tenantId))),
      ),
    find: (tenantId, version) =>
      remember(`${tenantId} ${version}`, async () => {
        const row = await store.loadTenantKey(tenantId, version);
        if (row === null)
          throw new CodedError({
            code: 'internal',
            message: 'A stored secret cannot be opened: its key no longer exists.',
          });
        return open(tenantId, row);
      }),
    async rewrap(tenantId) {
      const newest = await store.loadTenantKey(tenantId);
      let isChanged = false;
      for (let version = newest?.version ?? 0; version > 0; version -= 1) {
        const row = await store.loadTenantKey(tenantId, version);
        if (row === null || row.kid === keyring.active) continue;
        const plain = unwrap(tenantId, row);
        await store.replaceTenantKey?.(tenantId, wrap(tenantId, version, plain));
        plain.fill(0);
        isChanged = true;
      }
      return isChanged;
    },
    forget(tenantId) {
      for (const name of cache.keys())
        if (tenantId === undefined || name.startsWith(`${tenantId} `)) cache.delete(name);
    },
  };
};
