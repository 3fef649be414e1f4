// The shared account on a real database: several processes, the database away, holds, pruning.
import { connectDatabase, type Database } from '@weftline/prisma';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { startTestDatabase, type TestDatabase } from '@weftline/prisma/testing/start-test-database';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRates } from './share-rates.ts';

let server: TestDatabase;
let databases: Database[];
const tenant = () => crypto.randomUUID();
beforeAll(async () => {
  server = await startTestDatabase();
  databases = [1, 2].map(() => connectDatabase(server.databaseUrl, { connections: 5 }));
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await server.stop();
});

const sql = (text: string, values: unknown[] = []) =>
  withClient(server.adminUrl, (client) => client.query(text, values));
/** The account of a workspace in each of two processes. */
const processes = (tenantId: string) => databases.map((database) => openRates()(database, tenantId));
const hour = { allowed: 4, windowMs: 3_600_000, cost: 1, mostMs: 0 };

type Turn = { turn_ms: string; taken: boolean; wait_ms: number };

test('no window holds more than is allowed, whoever asks at the same moment', async () => {
  const ask = fc.record({
    process: fc.integer({ min: 0, max: 1 }),
    cost: fc.integer({ min: 1, max: 7 }),
    mostMs: fc.constantFrom(0, 1_500, 30_000),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(ask, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 6 }),
      async (asks, allowed) => {
        const values = [tenant(), Buffer.alloc(32)];
        const turns = await Promise.all(
          asks.map(async ({ process, cost, mostMs }) => {
            const [turn] = await databases[process]!.callDoor<Turn>('take_rate', [
              ...values,
              allowed,
              1_000,
              cost,
              mostMs,
            ]);
            expect(turn!.taken).toBe(turn!.wait_ms <= mostMs);
            return { at: Number(turn!.turn_ms), cost: turn!.taken ? Math.min(cost, allowed) : 0 };
          }),
        );
        for (const { at: from } of turns) {
          const within = turns.filter(({ at }) => at >= from && at < from + 1_000);
          expect(within.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(allowed);
        }
        const { rows } = await sql(
          'SELECT cardinality(ends) AS size FROM rate_accounts WHERE tenant_id = $1',
          [values[0]],
        );
        expect(rows[0].size).toBeLessThanOrEqual(34);
      },
    ),
    { numRuns: 30 },
  );
});

test('two processes have one account, other accounts and other workspaces their own', async () => {
  const tenantId = tenant();
  const [one, two] = processes(tenantId);
  const taken = [];
  for (const rates of [one!, two!, one!, two!, one!, two!]) taken.push((await rates.take('a', hour)).isTaken);
  expect(taken).toEqual([true, true, true, true, false, false]);
  expect((await two!.take('b', hour)).isTaken).toBe(true);
  expect((await processes(tenant())[0]!.take('a', hour)).isTaken).toBe(true);
});

test('a process that dies takes nothing with it: its turns expire with their window', async () => {
  const tenantId = tenant();
  const second = { ...hour, windowMs: 1_000 };
  const [dying, left] = processes(tenantId);
  for (let call = 0; call < 4; call += 1) expect((await dying!.take('a', second)).isTaken).toBe(true);
  expect((await left!.take('a', second)).isTaken).toBe(false);
  const { waitMs, isTaken } = await left!.take('a', { ...second, mostMs: 5_000 });
  expect(isTaken).toBe(true);
  expect(waitMs).toBeLessThanOrEqual(1_000);
});

test('what one process was told to wait, the others wait as well', async () => {
  const [one, two] = processes(tenant());
  await one!.hold('a', 60_000, 45_000);
  await two!.hold('a', 60_000, 10_000);
  const { waitMs, isTaken } = await two!.take('a', { ...hour, mostMs: 30_000 });
  expect(isTaken).toBe(false);
  expect(waitMs).toBeGreaterThan(40_000);
  expect((await two!.take('b', hour)).isTaken).toBe(true);
});

test('while the database is away each process keeps the limit by itself, and knows what it has sent', async () => {
  let isAway = false;
  let asked = 0;
  const database: Pick<Database, 'callDoor'> = {
    callDoor(name, values) {
      asked += 1;
      return isAway ? Promise.reject(new Error('away')) : databases[0]!.callDoor(name, values);
    },
  };
  const rates = openRates()(database, tenant());
  for (let call = 0; call < 3; call += 1) await rates.take('a', hour);
  isAway = true;
  expect((await rates.take('a', hour)).isTaken).toBe(true);
  for (let call = 0; call < 10; call += 1) expect((await rates.take('a', hour)).isTaken).toBe(false);
  // It is left alone for a moment, instead of being waited for by every call.
  expect(asked).toBe(4);
});

test('accounts that count nothing any more are forgotten, the others stay', async () => {
  const [old, fresh] = [tenant(), tenant()];
  for (const id of [old, fresh]) await processes(id)[0]!.take('a', hour);
  await sql("UPDATE rate_accounts SET expires_at = now() - interval '1 minute' WHERE tenant_id = $1", [old]);
  await databases[0]!.callDoor('prune_rates', []);
  const { rows } = await sql('SELECT tenant_id FROM rate_accounts WHERE tenant_id = ANY($1)', [[old, fresh]]);
  expect(rows).toEqual([{ tenant_id: fresh }]);
});

test('the application reads and writes no account except through its doors', async () => {
  await expect(
    databases[0]!.withTenant(tenant(), (tx) => tx.$queryRaw`SELECT * FROM rate_accounts`),
  ).rejects.toThrow(/permission denied/);
});
