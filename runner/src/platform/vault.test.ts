import { randomBytes, randomInt } from 'node:crypto';
import { assert, asyncProperty, string } from 'fast-check';
import { expect, test } from 'vitest';
import { createVault, readKeyring } from './vault.ts';
import type { TenantKey, TenantKeyStore } from './vault.ts';

const hex = () => randomBytes(32).toString('hex');

const createStore = () => {
  const rows = new Map<string, TenantKey[]>();
  const store = {
    loadTenantKey: async (tenantId: string, version?: number) => {
      const own = rows.get(tenantId) ?? [];
      return (version === undefined ? own.at(-1) : own.find((row) => row.version === version)) ?? null;
    },
    saveTenantKey: async (tenantId: string, key: TenantKey) => {
      const own = rows.get(tenantId) ?? [];
      const known = own.find(({ version }) => version === key.version);
      if (known !== undefined) return known;
      rows.set(tenantId, [...own, key]);
      return key;
    },
    replaceTenantKey: async (tenantId: string, key: TenantKey) => {
      rows.set(
        tenantId,
        (rows.get(tenantId) ?? []).map((row) => (row.version === key.version ? key : row)),
      );
    },
  } satisfies TenantKeyStore;
  return { rows, store };
};

const setUp = (ring = `k1:${hex()}`) => {
  const { rows, store } = createStore();
  return { rows, store, vault: createVault({ keyring: readKeyring(ring), ...store }) };
};

const place = { table: 'connections', row: 'r1', column: 'secret_cipher' };

test('what is sealed opens again at its place', async () => {
  const { vault } = setUp();
  await assert(
    asyncProperty(string({ unit: 'binary' }), async (text) => {
      const sealed = await vault.seal('t1', place, text);
      expect((await vault.open('t1', place, sealed)).toString('utf8')).toBe(
        Buffer.from(text, 'utf8').toString('utf8'),
      );
    }),
    { numRuns: 200 },
  );
});

test('sealing the same text twice gives different bytes, with a tag of 16 bytes', async () => {
  const { vault } = setUp();
  const [one, two] = [await vault.seal('t1', place, 'secret'), await vault.seal('t1', place, 'secret')];
  expect(one.equals(two)).toBe(false);
  expect(one).toHaveLength(5 + 12 + 'secret'.length + 16);
  for (let cut = 1; cut <= 16; cut += 1)
    await expect(vault.open('t1', place, one.subarray(0, -cut))).rejects.toThrow('cannot be opened');
});

test('each of 1,000 flipped bits is noticed', async () => {
  const { vault } = setUp();
  const sealed = await vault.seal('t1', place, JSON.stringify({ password: 'correct horse battery staple' }));
  for (let count = 0; count < 1_000; count += 1) {
    const changed = Buffer.from(sealed);
    const bit = randomInt(sealed.length * 8);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await expect(vault.open('t1', place, changed)).rejects.toThrow('cannot be opened');
  }
});

test('a sealed value opens in no other row, column, table or tenant', async () => {
  const { vault } = setUp();
  const sealed = await vault.seal('t1', place, 'secret');
  await vault.seal('t2', place, 'other');
  for (const other of [
    { ...place, row: 'r2' },
    { ...place, column: 'webhook_secret_cipher' },
    { ...place, table: 'triggers' },
    { table: 'connection', row: 'sr1', column: 'secret_cipher' },
  ])
    await expect(vault.open('t1', other, sealed)).rejects.toThrow('cannot be opened');
  await expect(vault.open('t2', place, sealed)).rejects.toThrow('cannot be opened');
});

test("a tenant's wrapped key put into another tenant's row is useless", async () => {
  const { vault, rows } = setUp();
  const sealed = await vault.seal('t1', place, 'secret');
  rows.set('t2', rows.get('t1') ?? []);
  await expect(vault.open('t2', place, sealed)).rejects.toThrow('cannot be opened');
});

test('a destroyed tenant key makes that tenant unreadable and no other', async () => {
  const { vault, rows } = setUp();
  const [one, two] = [await vault.seal('t1', place, 'one'), await vault.seal('t2', place, 'two')];
  rows.delete('t1');
  vault.forget('t1');
  await expect(vault.open('t1', place, one)).rejects.toThrow('no longer exists');
  expect((await vault.open('t2', place, two)).toString()).toBe('two');
});

test('the keyring rotates online: a new first key, rewrap, then the old key can go', async () => {
  const [oldKey, newKey] = [hex(), hex()];
  const { store } = setUp();
  const before = createVault({ keyring: readKeyring(`old:${oldKey}`), ...store });
  const sealed = await before.seal('t1', place, 'secret');
  const key = await before.idempotencyKey('t1', 'run', 'step');
  const cursor = before.sign('cursor', 'c');

  const during = createVault({ keyring: readKeyring(`new:${newKey},old:${oldKey}`), ...store });
  expect((await during.open('t1', place, sealed)).toString()).toBe('secret');
  expect(during.verify('cursor', 'c', cursor)).toBe(true);
  expect(await during.rewrap('t1')).toBe(true);
  expect(await during.rewrap('t1')).toBe(false);

  const after = createVault({ keyring: readKeyring(`new:${newKey}`), ...store });
  expect((await after.open('t1', place, sealed)).toString()).toBe('secret');
  expect(await after.idempotencyKey('t1', 'run', 'step')).toBe(key);
  const withOld = createVault({ keyring: readKeyring(`old:${oldKey}`), ...store });
  await expect(withOld.open('t1', place, sealed)).rejects.toThrow('"new" is missing');
});

test('two first writers end up with the same tenant key', async () => {
  const { store } = createStore();
  const ring = `k1:${hex()}`;
  const [a, b] = [
    createVault({ keyring: readKeyring(ring), ...store }),
    createVault({ keyring: readKeyring(ring), ...store }),
  ];
  const [one, two] = await Promise.all([a.seal('t1', place, 'one'), b.seal('t1', place, 'two')]);
  expect((await b.open('t1', place, one)).toString()).toBe('one');
  expect((await a.open('t1', place, two)).toString()).toBe('two');
});

test('an idempotency key is stable, base32, and different for every tenant, run, step and iteration', async () => {
  const { vault } = setUp();
  const first = await vault.idempotencyKey('t1', 'r1', 's1', 0);
  expect(first).toMatch(/^[A-Z2-7]{52}$/);
  vault.forget();
  expect(await vault.idempotencyKey('t1', 'r1', 's1')).toBe(first);
  const keys = await Promise.all([
    vault.idempotencyKey('t2', 'r1', 's1', 0),
    vault.idempotencyKey('t1', 'r1s', '1', 0),
    vault.idempotencyKey('t1', 'r1', 's2', 0),
    vault.idempotencyKey('t1', 'r1', 's1', 1),
  ]);
  expect(new Set([first, ...keys]).size).toBe(5);
});

test('a fingerprint tells equal secrets of one tenant, and signatures hold for their purpose alone', async () => {
  const { vault } = setUp();
  expect(await vault.fingerprint('t1', 'a')).toBe(await vault.fingerprint('t1', 'a'));
  expect(await vault.fingerprint('t1', 'a')).not.toBe(await vault.fingerprint('t2', 'a'));
  const signature = vault.sign('cursor', 'x');
  expect(vault.verify('cursor', 'x', signature)).toBe(true);
  expect(vault.verify('oauth-state', 'x', signature)).toBe(false);
  expect(vault.verify('cursor', 'x', signature.subarray(1))).toBe(false);
});

test('a keyring that cannot be used says why without showing a key', () => {
  for (const text of ['', 'k1:abc', `${hex()}x`, `k1:${hex()},k1:${hex()}`, `:${hex()}`])
    expect(() => readKeyring(text)).toThrow(/^ENCRYPTION_KEYS: (?!.*[0-9a-f]{20})/);
  expect(readKeyring(hex()).active).toBe('k1');
});
