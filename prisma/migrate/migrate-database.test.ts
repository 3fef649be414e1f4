import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../testing/start-test-database.ts';
import { functionNames, migrateDatabase, readMigrationState } from './migrate-database.ts';
import { checkLogin, ownerUrl, withClient } from './prepare-roles.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
const admin = (text: string) => withClient(database.adminUrl, (client) => client.query(text));

test('a database at the newest migration has nothing to do', async () => {
  expect(await readMigrationState(database.adminUrl)).toEqual({
    pending: [],
    unknown: [],
    failed: [],
    functionsCurrent: true,
  });
  expect(await migrateDatabase(database.adminUrl)).toEqual({ applied: [] });
});

test('functions of an older version are replaced whole, also where a parameter was renamed or one was added', async () => {
  await withClient(ownerUrl(database.adminUrl), (client) =>
    client.query(`DROP FUNCTION cancel_run(uuid, text); CREATE FUNCTION cancel_run(run uuid, former_name text) RETURNS bool LANGUAGE sql AS 'SELECT true';
      CREATE FUNCTION cancel_run(run uuid) RETURNS bool LANGUAGE sql AS 'SELECT true'; COMMENT ON SCHEMA engine IS 'older'`),
  );
  await migrateDatabase(database.adminUrl);
  const { rows } = await admin(
    `SELECT p.oid::regprocedure::text AS signature FROM pg_proc p WHERE proname = 'cancel_run'`,
  );
  expect(rows).toEqual([{ signature: 'cancel_run(uuid,text)' }]);
  expect(await checkLogin(database.databaseUrl)).toEqual([]);
});

test('every door belongs to weftline_engine, runs on a fixed search path, and is closed to the public (T5)', async () => {
  const { rows } =
    await admin(`SELECT p.proname AS name, r.rolname AS owner, p.proconfig AS settings, p.prosecdef AS definer,
      has_function_privilege('public', p.oid, 'EXECUTE') AS open
    FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.pronamespace = 'engine'::regnamespace`);
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) {
    expect(row.open, row.name).toBe(false);
    expect(['weftline_engine', 'weftline_owner'], row.name).toContain(row.owner);
    if (row.definer) expect(row.settings, row.name).toEqual([expect.stringMatching(/^search_path=/)]);
  }
});

test('every table of a tenant forces row-level security with both checks, and nothing is granted on partitions (T5 T7)', async () => {
  const tables =
    await admin(`SELECT c.relname AS name, c.relrowsecurity AS on, c.relforcerowsecurity AS forced, c.relispartition AS partition,
      has_table_privilege('weftline_runtime', c.oid, 'SELECT') AS readable, has_table_privilege('weftline_runtime', c.oid, 'TRUNCATE') AS truncatable
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r','p')`);
  expect(tables.rows.length).toBeGreaterThan(20);
  for (const table of tables.rows) {
    expect(table, table.name).toMatchObject({ on: true, forced: true, truncatable: false });
    if (table.partition) expect(table.readable, table.name).toBe(false);
  }
  const policies = await admin(
    `SELECT tablename FROM pg_policies WHERE policyname = 'tenant_isolation' AND (qual IS NULL OR with_check IS NULL)`,
  );
  expect(policies.rows).toEqual([]);
});

test('journal and audit cannot be changed, whoever asks (R4 A5)', async () => {
  await withClient(database.databaseUrl, async (client) => {
    for (const table of ['run_events', 'audit_entries', 'workflow_versions', 'app_versions'])
      for (const statement of [
        `UPDATE ${table} SET tenant_id = tenant_id`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table}`,
      ])
        await expect(client.query(statement), statement).rejects.toThrow(/permission denied|append-only/);
  });
});

test('the names of functions are read from their text', () => {
  expect(
    functionNames(
      'CREATE OR REPLACE FUNCTION engine.claim_runs(a int) …\nCREATE OR REPLACE FUNCTION accept_runs(',
    ),
  ).toEqual(['claim_runs', 'accept_runs']);
});
