import { randomUUID } from 'node:crypto';
import { type Database, connectDatabase } from '@weftline/prisma';
import { type TestDatabase, startTestDatabase } from '@weftline/prisma/testing/start-test-database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openJournal, type Journal } from '../journal/open-journal.ts';
import { bindHosts } from './bind-hosts.ts';
import { connectionReader } from './read-connections.ts';

let testDatabase: TestDatabase;
let database: Database;
let journal: Journal;
const [mine, theirs] = [randomUUID(), randomUUID()];

beforeAll(async () => {
  testDatabase = await startTestDatabase();
  database = connectDatabase(testDatabase.databaseUrl);
  journal = openJournal(testDatabase.databaseUrl, { leaseSeconds: 30 });
});
afterAll(async () => {
  await journal?.close();
  await database?.close();
  await testDatabase?.stop();
});

const make = async (tenantId: string, hosts: string[] = []): Promise<string> => {
  const id = randomUUID();
  const row = { tenantId, id, appKey: 'acme', authKey: 'key', name: 'Account', credentialHosts: hosts };
  await database.withTenant(tenantId, (tx) => tx.connection.createMany({ data: [row] }));
  return id;
};

test('of many that bind at the same moment one has its way, and everybody gets its hosts', async () => {
  const id = await make(mine);
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => bindHosts(database, mine, id, [`host-${index}.example`])),
  );
  expect(new Set(answers.map((hosts) => hosts.join())).size).toBe(1);
  expect(answers[0]).toHaveLength(1);
  expect(await bindHosts(database, mine, id, ['evil.example'])).toEqual(answers[0]);
});

test('another workspace can neither bind nor read it', async () => {
  const id = await make(mine);
  expect(await bindHosts(database, theirs, id, ['evil.example'])).toEqual([]);
  const read = connectionReader(journal);
  expect(await read(theirs, id)).toBeNull();
  expect(await read(mine, id)).toMatchObject({ credentialHosts: [] });
});

test('the reader of many calls gives each connection its own hosts', async () => {
  const ids = [await make(mine, ['a.example']), await make(theirs, ['b.example', '*.c.example'])];
  const read = connectionReader(journal);
  const rows = await Promise.all([read(mine, ids[0]!), read(theirs, ids[1]!)]);
  expect(rows.map((row) => row?.credentialHosts)).toEqual([['a.example'], ['b.example', '*.c.example']]);
});
