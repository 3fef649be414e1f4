// What a real PostgreSQL says, through Prisma and through a door, and what the caller is told of it.
import { type Database, connectDatabase } from '@weftline/prisma';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { type TestDatabase, startTestDatabase } from '@weftline/prisma/testing/start-test-database';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { presentError } from './handle-error.ts';

let testDatabase: TestDatabase;
let database: Database;
const tenantId = uuidv7();
beforeAll(async () => {
  testDatabase = await startTestDatabase();
  database = connectDatabase(testDatabase.databaseUrl, { connections: 2 });
});
afterAll(async () => {
  await database.close();
  await testDatabase.stop();
});

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const thrown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  const { error, body } = presentError(thrown, 'r');
  expect(JSON.stringify(body)).not.toMatch(/prisma|invocation|relation|127\.0\.0\.1|weftline_/i);
  return error.code;
};
const setVariable = (name: string, value: string) =>
  database.withTenant(tenantId, (tx) => tx.variable.createMany({ data: [{ tenantId, name, value }] }));

test('a key that is there already is a conflict', async () => {
  await setVariable('a', '1');
  expect(await codeOf(setVariable('a', '2'))).toBe('conflict');
});

test('a NUL character in a text or in JSON is bad input', async () => {
  const nul = String.fromCharCode(0);
  expect(await codeOf(setVariable('b', `x${nul}y`))).toBe('invalid_input');
  const entry = { tenantId, id: uuidv7(), actor: 'a', action: 'a', details: { text: `x${nul}y` } };
  const write = database.withTenant(tenantId, (tx) => tx.auditEntry.createMany({ data: [entry] }));
  expect(await codeOf(write)).toBe('invalid_input');
  expect(await codeOf(database.callDoor('find_account', [`a${nul}`]))).toBe('invalid_input');
});

test('a number out of range and an id that is none are bad input', async () => {
  const usage = { tenantId, hour: new Date(), runs: 2 ** 31 };
  const write = database.withTenant(tenantId, (tx) => tx.usageHour.createMany({ data: [usage] }));
  expect(await codeOf(write)).toBe('invalid_input');
  expect(await codeOf(database.callDoor('memberships', ['no id']))).toBe('invalid_input');
});

test('waiting too long for a lock or an answer is our being busy (R20)', async () => {
  await withClient(testDatabase.adminUrl, async (client) => {
    await client.query('BEGIN');
    await client.query('LOCK TABLE variables IN ACCESS EXCLUSIVE MODE');
    expect(await codeOf(setVariable('c', '1'))).toBe('unavailable');
    await client.query('ROLLBACK');
  });
  const slow = database.withTenant(tenantId, (tx) => tx.$queryRaw`SELECT 1 FROM pg_sleep(6)`);
  expect(await codeOf(slow)).toBe('unavailable');
});

test('a connection that is cut in the middle is our being busy, and the next call works (R20)', async () => {
  const cut = database.withTenant(tenantId, async (tx) => {
    const [row] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    await withClient(testDatabase.adminUrl, (client) =>
      client.query('SELECT pg_terminate_backend($1)', [row!.pid]),
    );
    return tx.variable.findMany({ where: { tenantId } });
  });
  expect(await codeOf(cut)).toBe('unavailable');
  await setVariable('d', '1');
});

test('a server that is not there is our being busy (R20)', async () => {
  const url = new URL(testDatabase.databaseUrl);
  url.port = '1';
  const away = connectDatabase(url.href);
  expect(await codeOf(away.callDoor('find_account', ['a']))).toBe('unavailable');
  expect(await codeOf(away.withTenant(tenantId, (tx) => tx.variable.findMany({ where: { tenantId } })))).toBe(
    'unavailable',
  );
  await away.close();
});

test('what nobody foresaw is internal, and keeps its words for the log', () => {
  const answer = presentError(new TypeError('secret'), 'r');
  expect(answer.status).toBe(500);
  expect(JSON.stringify(answer.body)).not.toContain('secret');
  expect((answer.error.cause as Error).message).toBe('secret');
});
