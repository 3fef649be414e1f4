// The shared account on a real database: several processes, the database away, holds, pruning; and the count of calls that are under way.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDatabase, type Database } from '@weftline/prisma';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { startTestDatabase, type TestDatabase } from '@weftline/prisma/testing/start-test-database';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Entered } from '../executor/line-up.ts';
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

const patient = { most: 1, timeoutMs: 30_000, mostMs: 20_000, signal: undefined };
const hurried = { ...patient, mostMs: 0 };
const leave = (entered: Entered) => ('leave' in entered ? entered.leave() : expect.fail('it was sent away'));
const take = async (database: Database, values: unknown[]) =>
  (await database.callDoor<{ taken: boolean }>('take_slot', values))[0]!.taken;

test('never more calls are under way than at most, whichever process asks and gives back', async () => {
  const call = fc.record({ process: fc.integer({ min: 0, max: 1 }), tookMs: fc.integer({ min: 0, max: 6 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 1, max: 4 }),
      async (calls, most) => {
        const both = processes(tenant());
        let open = 0;
        let highest = 0;
        await Promise.all(
          calls.map(async ({ process, tookMs }) => {
            const entered = await both[process]!.enter('a', { ...patient, most });
            open += 1;
            highest = Math.max(highest, open);
            await sleep(tookMs);
            open -= 1;
            await leave(entered);
          }),
        );
        expect(highest).toBeLessThanOrEqual(most);
      },
    ),
    { numRuns: 10 },
  );
});

test('two processes have one count, other accounts and other workspaces their own', async () => {
  const tenantId = tenant();
  const [one, two] = processes(tenantId);
  const first = await one!.enter('a', patient);
  expect(await two!.enter('a', hurried)).toHaveProperty('busyMs');
  await leave(await two!.enter('b', hurried));
  await leave(await processes(tenant())[0]!.enter('a', hurried));
  await leave(first);
  await leave(await two!.enter('a', hurried));
});

/** Takes a slot in a process of its own, says so, and never gives it back. */
const holder = (tenantId: string) => `
  import { connectDatabase } from '@weftline/prisma';
  import { openRates } from ${JSON.stringify(new URL('share-rates.ts', import.meta.url).href)};
  const rates = openRates()(connectDatabase(${JSON.stringify(server.databaseUrl)}), '${tenantId}');
  const entered = await rates.enter('a', { most: 1, timeoutMs: -3000, mostMs: 0, signal: undefined });
  console.log('leave' in entered ? 'taken' : 'busy');
  setInterval(() => {}, 1000);
`;

test('a process that is killed holds its slot until the time limit of its call is over, by the clock of the database', async () => {
  const tenantId = tenant();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', holder(tenantId)], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const said = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data) => resolve(String(data).trim())),
    );
    expect(said).toBe('taken');
  } finally {
    child.kill('SIGKILL');
  }
  const [left] = processes(tenantId);
  expect(await left!.enter('a', hurried)).toHaveProperty('busyMs');
  await leave(await left!.enter('a', patient));
});

test('asking again for the same slot is asking once, and what has ended or is foreign is given back without harm', async () => {
  const [account, tenantId, slot] = [Buffer.alloc(32, 7), tenant(), crypto.randomUUID()];
  const [one, two] = [databases[0]!, databases[1]!];
  expect(await take(one, [tenantId, account, slot, 1, 60_000])).toBe(true);
  expect(await take(two, [tenantId, account, slot, 1, 60_000])).toBe(true);
  expect(await take(two, [tenantId, account, crypto.randomUUID(), 1, 60_000])).toBe(false);
  await two.callDoor('free_slot', [tenantId, account, crypto.randomUUID()]);
  await two.callDoor('free_slot', [tenant(), account, slot]);
  expect(await take(two, [tenantId, account, crypto.randomUUID(), 1, 60_000])).toBe(false);
  for (let again = 0; again < 2; again += 1) await two.callDoor('free_slot', [tenantId, account, slot]);
  expect(await take(two, [tenantId, account, crypto.randomUUID(), 1, 60_000])).toBe(true);
});

test('without the database no slot is given, and the call goes on waiting', async () => {
  const database: Pick<Database, 'callDoor'> = { callDoor: () => Promise.reject(new Error('away')) };
  expect(await openRates()(database, tenant()).enter('a', hurried)).toHaveProperty('busyMs');
});

test('counts of nothing are forgotten, a lone process that starts frees what its former life held', async () => {
  const [old, fresh] = [tenant(), tenant()];
  for (const id of [old, fresh]) await processes(id)[0]!.enter('a', patient);
  await sql("UPDATE rate_slots SET expires_at = now() - interval '1 minute' WHERE tenant_id = $1", [old]);
  await databases[0]!.callDoor('prune_slots', []);
  const { rows } = await sql('SELECT tenant_id FROM rate_slots WHERE tenant_id = ANY($1)', [[old, fresh]]);
  expect(rows).toEqual([{ tenant_id: fresh }]);
  await databases[0]!.callDoor('free_all_slots', []);
  await leave(await processes(fresh)[1]!.enter('a', hurried));
});

test('the application reads and writes no slot except through its doors', async () => {
  await expect(
    databases[0]!.withTenant(tenant(), (tx) => tx.$queryRaw`SELECT * FROM rate_slots`),
  ).rejects.toThrow(/permission denied/);
});
