// Brings a database to the tables of this code: migrations through Prisma's own engine, then the functions.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ownerUrl, withClient } from './prepare-roles.ts';

const folder = path.join(import.meta.dirname, '..');

/** Names of the migrations in this code, in order. */
export const migrationNames = (): string[] =>
  fs
    .readdirSync(path.join(folder, 'migrations'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();

/** The functions' SQL in order of their file names, and its hash. */
function functionsSource(): { sql: string; hash: string } {
  const directory = path.join(folder, 'functions');
  const sql = fs
    .readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => fs.readFileSync(path.join(directory, name), 'utf8'))
    .join('\n');
  return { sql, hash: createHash('sha256').update(sql).digest('hex') };
}

/** Names of the functions that a text of SQL makes, without their schema. */
export const functionNames = (sql: string): string[] => [
  ...new Set(
    [...sql.matchAll(/CREATE OR REPLACE FUNCTION (?:engine\.)?([a-z_]+)/g)].map((match) => match[1]!),
  ),
];

const findFunctions = `SELECT p.oid::regprocedure::text AS signature FROM pg_proc p
  WHERE p.prorettype <> 'trigger'::regtype
    AND (p.pronamespace = 'engine'::regnamespace OR (p.pronamespace = 'public'::regnamespace AND p.proname = ANY($1)))`;

export type MigrationState = {
  pending: string[];
  unknown: string[];
  failed: string[];
  functionsCurrent: boolean;
};

/** Compares a database with this code. `unknown` are migrations that this code does not have: the database is newer. */
export async function readMigrationState(migrationUrl: string): Promise<MigrationState> {
  return withClient(migrationUrl, async (client) => {
    const there = (await client.query("SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS there"))
      .rows[0].there;
    const rows: { migration_name: string; finished_at: Date | null; rolled_back_at: Date | null }[] = there
      ? (await client.query('SELECT migration_name, finished_at, rolled_back_at FROM _prisma_migrations'))
          .rows
      : [];
    const applied = new Set(rows.filter((row) => row.finished_at).map((row) => row.migration_name));
    const names = migrationNames();
    const comment = (
      await client.query("SELECT obj_description(to_regnamespace('engine'), 'pg_namespace') AS comment")
    ).rows[0].comment;
    return {
      pending: names.filter((name) => !applied.has(name)),
      unknown: [...applied].filter((name) => !names.includes(name)),
      failed: rows.filter((row) => !row.finished_at && !row.rolled_back_at).map((row) => row.migration_name),
      functionsCurrent: comment === functionsSource().hash,
    };
  });
}

function runPrisma(args: string[], url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const cli = path.join(folder, 'node_modules/prisma/build/index.js');
    const child = spawn(process.execPath, [cli, ...args, '--config', path.join(folder, 'prisma.config.ts')], {
      cwd: folder,
      env: {
        ...process.env,
        PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
        MIGRATION_DATABASE_URL: url,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk));
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`The migration failed; nothing of it was kept.\n${text.slice(-2000)}`)),
    );
  });
}

/**
 * Applies pending migrations and the current functions. Safe beside itself: one process works, the others wait.
 * Errors: the database is newer than the code, or a migration failed: with what to do.
 */
export async function migrateDatabase(migrationUrl: string): Promise<{ applied: string[] }> {
  const state = await readMigrationState(migrationUrl);
  if (state.unknown.length > 0)
    throw new Error(
      `The database is newer than this code: it has ${state.unknown.join(', ')}. Start the newer Weftline, or restore a backup made before the upgrade.`,
    );
  if (state.failed.length > 0)
    throw new Error(
      `The migration ${state.failed.join(', ')} began and did not end. Look at the database, then mark it with "prisma migrate resolve".`,
    );
  if (state.pending.length === 0 && state.functionsCurrent) return { applied: [] };
  const url = ownerUrl(migrationUrl);
  if (state.pending.length > 0) await runPrisma(['migrate', 'deploy'], url);
  const { sql, hash } = functionsSource();
  await withClient(url, async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(7731002)');
    // Replaced whole: CREATE OR REPLACE keeps old signatures beside new ones and refuses a renamed parameter.
    const former = await client.query<{ signature: string }>(findFunctions, [functionNames(sql)]);
    if (former.rows.length > 0)
      await client.query(`DROP FUNCTION ${former.rows.map((row) => row.signature).join(', ')}`);
    await client.query(sql);
    // Every door belongs to weftline_engine, except those that must create tables.
    await client.query(`DO $$ DECLARE f record; BEGIN
      FOR f IN SELECT p.oid::regprocedure AS signature FROM pg_proc p WHERE p.pronamespace = 'engine'::regnamespace
        AND p.proname NOT IN ('first_id_of','ensure_partitions','partitions_ready') LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO weftline_engine', f.signature);
      END LOOP;
      FOR f IN SELECT p.oid::regprocedure AS signature FROM pg_proc p WHERE p.pronamespace = 'engine'::regnamespace LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f.signature);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO weftline_runtime', f.signature);
      END LOOP; END $$`);
    await client.query(`COMMENT ON SCHEMA engine IS '${hash}'`);
    await client.query('COMMIT');
  });
  return { applied: state.pending };
}
