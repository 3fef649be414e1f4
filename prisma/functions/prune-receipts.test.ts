import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, connectDatabase } from '../client.ts';
import { withClient } from '../migrate/prepare-roles.ts';
import { type TestDatabase, startTestDatabase } from '../testing/start-test-database.ts';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await startTestDatabase();
  database = connectDatabase(testDatabase.databaseUrl);
});
afterAll(async () => {
  await database.close();
  await testDatabase.stop();
});

test('receipts, stored answers and sign-ins are forgotten when their time is over, and not before', async () => {
  await withClient(testDatabase.adminUrl, async (client) => {
    for (const days of [1, 29, 31, 400]) {
      const at = `now() - interval '${days} days'`;
      const one = 'gen_random_uuid()';
      await client.query(
        `INSERT INTO receipts (tenant_id, trigger_id, key, run_id, at) VALUES (${one}, ${one}, '${days}', ${one}, ${at})`,
      );
      await client.query(
        `INSERT INTO idempotency_records (tenant_id, actor, route, key, request_hash, at) VALUES (${one}, 'a', 'r', '${days}', '', ${at})`,
      );
      await client.query(
        `INSERT INTO refresh_tokens (id, family_id, user_id, tenant_id, token_hash, expires_at) VALUES (${one}, ${one}, ${one}, ${one}, '${days}', ${at} + interval '30 days 12 hours')`,
      );
    }
  });
  expect(await database.callDoor('prune_receipts', [])).toEqual([{ prune_receipts: 2 }]);
  const left = await withClient(testDatabase.adminUrl, async (client) => {
    const count = async (table: string) =>
      (await client.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n as number;
    return [await count('receipts'), await count('idempotency_records'), await count('refresh_tokens')];
  });
  expect(left).toEqual([2, 2, 3]);
});
