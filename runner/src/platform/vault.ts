// Secrets at rest, and the keys that are derived from them. Nothing here logs, and plain keys live in KeyObjects only.
import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CodedError } from './errors.ts';
import { encodeBase32 } from './vault/encode-base32.ts';
import { keepTenantKeys } from './vault/keep-tenant-keys.ts';
import type { TenantKeyStore } from './vault/keep-tenant-keys.ts';
import type { Keyring } from './vault/read-keyring.ts';
import { joinParts, openBytes, sealBytes } from './vault/seal-bytes.ts';

export { readKeyring } from './vault/read-keyring.ts';
export type { Keyring } from './vault/read-keyring.ts';
export type { TenantKey, TenantKeyStore } from './vault/keep-tenant-keys.ts';

/** Where a sealed value stands: it opens there and nowhere else. */
export type Place = { table: string; row: string; column: string };

/** What a tenant's derived key is for; keys of different purposes say nothing about each other. */
export type TenantPurpose = 'idempotency' | 'fingerprint' | 'approval' | 'audit';
/** What a key of the whole installation is for. */
export type Purpose = 'cursor' | 'oauth-state' | 'call-chain';

export type Vault = {
  /** Format byte, key version, nonce, ciphertext, tag. Makes the tenant's key at first use. */
  seal: (tenantId: string, place: Place, plain: string | Uint8Array) => Promise<Buffer>;
  /** @throws CodedError `internal` for another key, place or a changed bit. Zero the answer when done with it. */
  open: (tenantId: string, place: Place, sealed: Uint8Array) => Promise<Buffer>;
  /** The key the outside recognises repeats by: base32, 52 characters, the same over attempts, workers and rotations. */
  idempotencyKey: (tenantId: string, runId: string, stepId: string, iteration?: number) => Promise<string>;
  /** 12 characters that tell whether two secrets of a tenant are the same, and nothing else. */
  fingerprint: (tenantId: string, secret: string) => Promise<string>;
  /** HMAC-SHA256 under a derived key of the tenant. */
  signForTenant: (tenantId: string, purpose: TenantPurpose, parts: readonly string[]) => Promise<Buffer>;
  /** HMAC-SHA256 under a derived key of the installation; for cursors and OAuth state. */
  sign: (purpose: Purpose, text: string) => Buffer;
  /** Constant time; also holds for keys of the ring that are no longer active. */
  verify: (purpose: Purpose, text: string, signature: Uint8Array) => boolean;
  /** Wraps the tenant's data keys with the active key of the ring; true if something changed. */
  rewrap: (tenantId: string) => Promise<boolean>;
  /** Drops opened keys from memory. */
  forget: (tenantId?: string) => void;
};

const format = 1;
const headBytes = 5;
const maxDerived = 1_000;

const derive = (key: KeyObject, label: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', key, 'weftline', `weftline/v1/${label}`, 32)));

const placeBytes = (tenantId: string, { table, row, column }: Place, version: number): Buffer =>
  joinParts(['v1', tenantId, table, row, column, String(version)]);

/** Makes the vault of one process over its keyring and the table of tenant keys. */
export const createVault = (options: { keyring: Keyring } & TenantKeyStore): Vault => {
  const { keyring, ...store } = options;
  const tenantKeys = keepTenantKeys(keyring, store);
  const derived = new Map<string, Promise<KeyObject>>();

  const deriveForTenant = (tenantId: string, purpose: TenantPurpose): Promise<KeyObject> => {
    const name = `${tenantId} ${purpose}`;
    const known = derived.get(name);
    if (known !== undefined) return known;
    // Always from version 1: a derived key must not change while a run is under way.
    const key = tenantKeys
      .newest(tenantId)
      .then((newest) => (newest.version === 1 ? newest : tenantKeys.find(tenantId, 1)))
      .then((first) => derive(first.key, purpose));
    const oldest = derived.size >= maxDerived ? derived.keys().next().value : undefined;
    if (oldest !== undefined) derived.delete(oldest);
    derived.set(name, key);
    key.catch(() => derived.delete(name));
    return key;
  };
  const signForTenant: Vault['signForTenant'] = async (tenantId, purpose, parts) =>
    createHmac('sha256', await deriveForTenant(tenantId, purpose))
      .update(joinParts(parts))
      .digest();

  const installationKeys = new Map<string, KeyObject>();
  const deriveForAll = (kid: string, purpose: Purpose): KeyObject => {
    const name = `${kid} ${purpose}`;
    const known = installationKeys.get(name);
    if (known !== undefined) return known;
    const wrapping = keyring.keys.get(kid);
    if (wrapping === undefined)
      throw new CodedError({ code: 'internal', message: 'There is no encryption key.' });
    const key = derive(wrapping, purpose);
    installationKeys.set(name, key);
    return key;
  };
  const signWith = (kid: string, purpose: Purpose, text: string): Buffer =>
    createHmac('sha256', deriveForAll(kid, purpose)).update(text).digest();

  return {
    async seal(tenantId, place, plain) {
      const { version, key } = await tenantKeys.newest(tenantId);
      const head = Buffer.alloc(headBytes);
      head.writeUInt8(format);
      head.writeUInt32BE(version, 1);
      const bytes = typeof plain === 'string' ? Buffer.from(plain, 'utf8') : plain;
      return Buffer.concat([head, sealBytes(key, placeBytes(tenantId, place, version), bytes)]);
    },
    async open(tenantId, place, sealed) {
      const head = Buffer.from(sealed.subarray(0, headBytes));
      if (head.length < headBytes || head.readUInt8() !== format)
        throw new CodedError({
          code: 'internal',
          message: 'A stored secret cannot be opened: it has an unknown form.',
        });
      const version = head.readUInt32BE(1);
      const { key } = await tenantKeys.find(tenantId, version);
      return openBytes(key, placeBytes(tenantId, place, version), sealed.subarray(headBytes));
    },
    async idempotencyKey(tenantId, runId, stepId, iteration = 0) {
      return encodeBase32(
        await signForTenant(tenantId, 'idempotency', [tenantId, runId, stepId, String(iteration)]),
      );
    },
    async fingerprint(tenantId, secret) {
      return encodeBase32(await signForTenant(tenantId, 'fingerprint', [secret])).slice(0, 12);
    },
    signForTenant,
    sign: (purpose, text) => signWith(keyring.active, purpose, text),
    verify: (purpose, text, signature) =>
      [...keyring.keys.keys()].some((kid) => {
        const expected = signWith(kid, purpose, text);
        return signature.length === expected.length && timingSafeEqual(expected, signature);
      }),
    rewrap: (tenantId) => tenantKeys.rewrap(tenantId),
    forget(tenantId) {
      tenantKeys.forget(tenantId);
      for (const name of derived.keys())
        if (tenantId === undefined || name.startsWith(`${tenantId} `)) derived.delete(name);
    },
  };
};
