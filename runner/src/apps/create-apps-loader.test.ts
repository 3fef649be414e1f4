import { randomUUID } from 'node:crypto';
import { type Database, connectDatabase, platformTenantId } from '@weftline/prisma';
import { type TestDatabase, startTestDatabase } from '@weftline/prisma/testing/start-test-database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAppsLoader } from './create-apps-loader.ts';

let testDatabase: TestDatabase;
let database: Database;
const [ada, grace] = [randomUUID(), randomUUID()];

const publish = (tenantId: string, appKey: string, version: string, name: string) =>
  database.withTenant(tenantId, (tx) =>
    tx.appVersion.createMany({
      data: [{ tenantId, appKey, version, definition: JSON.stringify({ app: { name } }), contentHash: name }],
    }),
  );
/** Counts the transactions that the loader opens. */
function counted(): { database: Database; asked: () => number } {
  let count = 0;
  const withTenant: Database['withTenant'] = (tenantId, work) => {
    count += 1;
    return database.withTenant(tenantId, work);
  };
  return { database: { ...database, withTenant }, asked: () => count };
}

beforeAll(async () => {
  testDatabase = await startTestDatabase();
  database = connectDatabase(testDatabase.databaseUrl);
  await publish(platformTenantId, 'http', '1.0.0', 'Built in');
  await publish(platformTenantId, 'acme', '1.0.0', 'Built in later');
  await publish(ada, 'acme', '1.0.0', 'Ada’s own');
});
afterAll(async () => {
  await database.close();
  await testDatabase.stop();
});

test('a tenant finds its own before the built-in one, and nobody finds a stranger’s', async () => {
  const apps = createAppsLoader(database);
  expect((await apps.find(ada, 'acme', '1.0.0'))?.app.name).toBe('Ada’s own');
  expect((await apps.find(grace, 'acme', '1.0.0'))?.app.name).toBe('Built in later');
  expect(await apps.find(grace, 'acme', '2.0.0')).toBeNull();
  // In memory now, and still nobody else's.
  expect((await apps.find(grace, 'acme', '1.0.0'))?.app.name).toBe('Built in later');
});

test('a version is read once; one that is not there yet is found as soon as it is published', async () => {
  const { database: watched, asked } = counted();
  const apps = createAppsLoader(watched);
  await apps.find(ada, 'http', '1.0.0');
  const first = asked();
  for (let count = 0; count < 10; count += 1) await apps.find(ada, 'http', '1.0.0');
  expect(asked()).toBe(first);
  expect(await apps.find(ada, 'new', '1.0.0')).toBeNull();
  await publish(ada, 'new', '1.0.0', 'New');
  expect((await apps.find(ada, 'new', '1.0.0'))?.app.name).toBe('New');
});

test('memory is bounded: what has not been used for longest is read again', async () => {
  const { database: watched, asked } = counted();
  const apps = createAppsLoader(watched, { characters: 30 });
  await apps.find(ada, 'http', '1.0.0');
  await apps.find(ada, 'acme', '1.0.0');
  const before = asked();
  expect((await apps.find(ada, 'http', '1.0.0'))?.app.name).toBe('Built in');
  expect(asked()).toBeGreaterThan(before);
});
