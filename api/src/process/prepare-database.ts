// The database of this process: a given server, or the embedded one in the data folder; at the newest migration either way.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { startPostgres } from '@weftline/prisma/embedded/start-postgres';
import { migrateDatabase } from '@weftline/prisma/migrate/migrate-database';
import { checkLogin, prepareRoles, withClient } from '@weftline/prisma/migrate/prepare-roles';
import { type Environment, StartError } from '@weftline/runner/platform/env';
import type { Logger } from '@weftline/runner/platform/logger';

export type PreparedDatabase = { url: string; embedded: boolean; stop(): Promise<void> };

const databaseName = 'weftline';
const say = (error: unknown): string =>
  error instanceof Error ? error.message || String(error) : String(error);

/** Reads a secret of the data folder, making it once with mode 0600. */
export function keepSecret(folder: string, name: string, make: () => string): string {
  const file = path.join(folder, name);
  try {
    fs.writeFileSync(file, make(), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return fs.readFileSync(file, 'utf8').trim();
}

async function startEmbedded(env: Environment) {
  const server = await startPostgres(env.DATA_DIR).catch((error) => {
    throw new StartError([say(error)]);
  });
  await withClient(server.adminUrl('postgres'), async (client) => {
    const there = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName]);
    if (there.rowCount === 0) await client.query(`CREATE DATABASE ${databaseName}`);
  });
  const url = new URL(server.adminUrl(databaseName));
  url.username = 'weftline_app';
  url.password = keepSecret(env.DATA_DIR, 'application-password', () => randomBytes(24).toString('hex'));
  return { url: url.href, migrationUrl: server.adminUrl(databaseName), stop: server.stop };
}

/** Takes the database of MIGRATION_DATABASE_URL or DATABASE_URL to the newest migration, roles first. */
async function migrate(url: string, migrationUrl: string, logger: Logger): Promise<void> {
  await prepareRoles(migrationUrl, url).catch((error) => {
    throw new StartError([
      `The roles of the database could not be prepared: ${say(error)} Check MIGRATION_DATABASE_URL: its user must be a superuser, or own the database and have CREATEROLE.`,
    ]);
  });
  const { applied } = await migrateDatabase(migrationUrl).catch((error) => {
    throw new StartError([say(error)]);
  });
  if (applied.length > 0) logger.info({ applied }, 'the database was migrated');
}

/**
 * Gives the application's URL of a database that is ready to use.
 * @throws StartError: the server cannot be reached, is newer than this code, or the login may do too much
 */
export async function prepareDatabase(env: Environment, logger: Logger): Promise<PreparedDatabase> {
  const embedded = env.DATABASE_URL === undefined;
  const source = embedded
    ? await startEmbedded(env)
    : { url: env.DATABASE_URL!, migrationUrl: env.MIGRATION_DATABASE_URL, stop: async () => {} };
  try {
    if (source.migrationUrl && env.WEFTLINE_ROLE !== 'runner')
      await migrate(source.url, source.migrationUrl, logger);
    const faults = await checkLogin(source.url).catch((error) => [
      `The database cannot be reached with DATABASE_URL: ${say(error)} Check host, port, user and password, and that migrations have run (set MIGRATION_DATABASE_URL once).`,
    ]);
    if (faults.length > 0) throw new StartError(faults);
  } catch (error) {
    await source.stop();
    throw error;
  }
  return { url: source.url, embedded, stop: source.stop };
}
