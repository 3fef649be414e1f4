// One PostgreSQL for many test files: a cluster with a migrated database that each of them gets a copy of. What takes seconds for a file
// of its own, starting a server and migrating, takes a fraction of one.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startPostgres } from '../embedded/start-postgres.ts';
import { migrateDatabase } from '../migrate/migrate-database.ts';
import { prepareRoles, withClient } from '../migrate/prepare-roles.ts';

const template = 'weftline_template';

export type TestCluster = {
  /** What tells startTestDatabase of it. */
  env: { TEST_POSTGRES_URL: string; TEST_POSTGRES_TEMPLATE: string };
  stop(): Promise<void>;
};

/** Starts the cluster, with fsync off, and migrates the database that is copied. */
export async function startTestCluster(): Promise<TestCluster> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weftline-test-cluster-'));
  fs.chmodSync(folder, 0o755);
  const server = await startPostgres(folder, ['fsync=off', 'max_connections=400']);
  const root = server.adminUrl('postgres');
  await withClient(root, (client) => client.query(`CREATE DATABASE ${template}`));
  const admin = server.adminUrl(template);
  const login = new URL(admin);
  login.username = 'weftline_template_app';
  login.password = randomBytes(12).toString('hex');
  await prepareRoles(admin, login.href);
  await migrateDatabase(admin);
  return {
    env: { TEST_POSTGRES_URL: root, TEST_POSTGRES_TEMPLATE: template },
    async stop() {
      await server.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A copy of the migrated database, with an application's login of its own.
 * Roles belong to the cluster: they are made by one at a time, under a lock of the root database.
 */
export async function copyTemplate(root: string, source: string, name: string, login: URL): Promise<void> {
  await withClient(root, async (client) => {
    await client.query('SELECT pg_advisory_lock(7731000)');
    const role = pg.escapeIdentifier(login.username);
    const database = pg.escapeIdentifier(name);
    await client.query(`CREATE DATABASE ${database} TEMPLATE ${pg.escapeIdentifier(source)}`);
    await client.query(
      `CREATE ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD ${pg.escapeLiteral(login.password)}`,
    );
    await client.query(`GRANT weftline_runtime TO ${role}`);
    await client.query(`GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${database} TO weftline_owner`);
    await client.query(`GRANT CONNECT ON DATABASE ${database} TO weftline_runtime`);
    await client.query('SELECT pg_advisory_unlock(7731000)');
  });
}
