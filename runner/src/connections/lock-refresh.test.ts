import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Database, connectDatabase } from '@weftline/prisma';
import { type TestDatabase, startTestDatabase } from '@weftline/prisma/testing/start-test-database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLockRefresh } from './lock-refresh.ts';

let testDatabase: TestDatabase;
let database: Database;
let other: Database;
const tenantId = randomUUID();

beforeAll(async () => {
  testDatabase = await startTestDatabase();
  database = connectDatabase(testDatabase.databaseUrl);
  other = connectDatabase(testDatabase.databaseUrl);
});
afterAll(async () => {
  await database.close();
  await other.close();
  await testDatabase.stop();
});

/** Takes the lock's place in the database as another process would. */
async function holdElsewhere(connectionId: string): Promise<() => Promise<void>> {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  let taken = () => {};
  const isTaken = new Promise<void>((resolve) => (taken = resolve));
  const done = other.withTenant(tenantId, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(${`refresh ${connectionId}`}, 0))`;
    taken();
    await held;
  });
  await isTaken;
  return async () => {
    release();
    await done;
  };
}

test('one connection is refreshed by one at a time, different ones side by side', async () => {
  const lock = createLockRefresh(database, tenantId);
  let busy = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, (busy += 1));
    await pause(5);
    busy -= 1;
  };
  const id = randomUUID();
  await Promise.all(Array.from({ length: 20 }, () => lock(id, work)));
  expect(most).toBe(1);
  await Promise.all(Array.from({ length: 20 }, () => lock(randomUUID(), work)));
  expect(most).toBeGreaterThan(1);
});

test('another process is waited for', async () => {
  const id = randomUUID();
  const release = await holdElsewhere(id);
  let isDone = false;
  const mine = createLockRefresh(database, tenantId)(id, async () => 'fresh').then((result) => {
    isDone = true;
    return result;
  });
  await pause(200);
  expect(isDone).toBe(false);
  await release();
  expect(await mine).toBe('fresh');
});

test('what the work throws comes through, and the next one gets its turn', async () => {
  const lock = createLockRefresh(database, tenantId);
  const id = randomUUID();
  let tries = 0;
  const failing = lock(id, async () => {
    tries += 1;
    throw new Error('invalid_grant');
  });
  await expect(failing).rejects.toThrow('invalid_grant');
  expect(tries).toBe(1);
  expect(await lock(id, async () => 'after')).toBe('after');
});
