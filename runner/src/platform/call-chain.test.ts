import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { describeChain, mostHops, readChain, refuseChain, writeChain } from './call-chain.ts';
import { createVault, readKeyring } from './vault.ts';

const vaultOf = () =>
  createVault({
    keyring: readKeyring(`k1:${randomBytes(32).toString('hex')}`),
    loadTenantKey: async () => null,
    saveTenantKey: async (_tenantId, key) => key,
  });
const vault = vaultOf();
const place = (tenantId = crypto.randomUUID()) => ({ tenantId, workflowId: crypto.randomUUID() });

test('a chain comes back as it was written, by ids within a workspace', () => {
  const [a, b] = [
    place('11111111-1111-4111-8111-111111111111'),
    place('11111111-1111-4111-8111-111111111111'),
  ];
  expect(readChain(vault, b, writeChain(vault, a, []))).toEqual([a.workflowId]);
  expect(readChain(vault, b, writeChain(vault, a, ['~'.padEnd(23, 'x')]))).toEqual([
    '~'.padEnd(23, 'x'),
    a.workflowId,
  ]);
});

test('over the border of a workspace it holds a mark, by which a workflow knows itself again', () => {
  const [a, b] = [place(), place()];
  const [mark] = readChain(vault, b, writeChain(vault, a, []));
  expect(mark).toMatch(/^~[A-Za-z0-9_-]{22}$/);
  expect(readChain(vault, a, writeChain(vault, b, [mark!]))[0]).toBe(a.workflowId);
});

test('what another installation signed, a changed letter and anything else count as none (R19)', () => {
  const [a, b] = [place(), place()];
  const header = writeChain(vault, a, []);
  expect(readChain(vault, b, writeChain(vaultOf(), a, []))).toEqual([]);
  const changed = `${header[0] === 'A' ? 'B' : 'A'}${header.slice(1)}`;
  for (const forged of [
    changed,
    header.slice(0, -1),
    `${header}.x`,
    '.',
    '',
    'x'.repeat(10_000),
    null,
    undefined,
  ])
    expect(readChain(vault, b, forged)).toEqual([]);
});

test('a workflow in its own chain and the one after the tenth are refused, and the longest chain still fits its header', () => {
  const a = place();
  const nine = Array.from({ length: mostHops - 1 }, () => crypto.randomUUID());
  expect(refuseChain(nine, a.workflowId)).toBeNull();
  expect(refuseChain([...nine, crypto.randomUUID()], a.workflowId)).toBe('depth');
  expect(refuseChain([a.workflowId], a.workflowId)).toBe('circle');
  const other = { tenantId: a.tenantId, workflowId: crypto.randomUUID() };
  expect(readChain(vault, other, writeChain(vault, a, nine))).toEqual([...nine, a.workflowId]);
});

test('a chain is shown by names, without those of others', () => {
  const [a, b] = [crypto.randomUUID(), crypto.randomUUID()];
  const names = new Map([[a, 'Orders']]);
  expect(describeChain([a, `~${'x'.repeat(22)}`], { workflowId: b, workflowName: 'Bills' }, names)).toBe(
    '"Orders" → "a workflow of another workspace" → "Bills"',
  );
});
