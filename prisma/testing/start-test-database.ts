// A real PostgreSQL for tests: one embedded cluster a process, one migrated database a call.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type EmbeddedPostgres, startPostgres } from '../embedded/start-postgres.ts';
import { migrateDatabase } from '../migrate/migrate-database.ts';
import { prepareRoles, withClient } from '../migrate/prepare-roles.ts';
import { copyTemplate } from './start-test-cluster.ts';

export type TestDatabase = {
  /** The application's own login: what the product uses. */
  databaseUrl: string;
  /** A superuser's URL: for looking from outside and for taking a wall away. */
  adminUrl: string;
  stop(): Promise<void>;
};

/**
 * Starts PostgreSQL (or uses TEST_POSTGRES_URL, a superuser's URL) and gives a fresh database at the newest migration: a copy of
 * TEST_POSTGRES_TEMPLATE, where that is named.
 * The cluster is made with fsync off: tests that kill PostgreSQL ask for their own.
 */
export async function startTestDatabase(): Promise<TestDatabase> {
  const given = process.env.TEST_POSTGRES_URL;
  const folder = given ? null : fs.mkdtempSync(path.join(os.tmpdir(), 'weftline-test-'));
  let server: EmbeddedPostgres | null = null;
  if (folder) {
    fs.chmodSync(folder, 0o755);
    server = await startPostgres(folder, ['fsync=off', 'max_connections=200']);
  }
  const name = `weftline_${randomBytes(6).toString('hex')}`;
  const root = given ?? server!.adminUrl('postgres');
  const admin = new URL(root);
  admin.pathname = `/${name}`;
  const login = new URL(admin);
  login.username = `${name}_app`;
  login.password = randomBytes(12).toString('hex');
  const source = given ? process.env.TEST_POSTGRES_TEMPLATE : undefined;
  if (source) await copyTemplate(root, source, name, login);
  else {
    await withClient(root, (client) => client.query(`CREATE DATABASE ${name}`));
    await prepareRoles(admin.href, login.href);
    await migrateDatabase(admin.href);
  }
  return {
    databaseUrl: login.href,
    adminUrl: admin.href,
    stop: async () => {
      if (server) {
        await server.stop();
        fs.rmSync(folder!, { recursive: true, force: true });
        return;
      }
      await withClient(root, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        await client.query(`DROP ROLE IF EXISTS ${name}_app`);
      });
    },
  };
}
