// A start that cannot succeed ends at once, with a sentence that says what to do. Real processes.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { startTestDatabase, type TestDatabase } from '@weftline/prisma/testing/start-test-database';
import { afterAll, beforeAll, expect, test } from 'vitest';

const main = join(import.meta.dirname, '../main.ts');
const folder = mkdtempSync(join(tmpdir(), 'weftline-failed-'));
let database: TestDatabase;

beforeAll(async () => {
  chmodSync(folder, 0o755);
  database = await startTestDatabase();
});
afterAll(async () => {
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the process and answers how it ended and what it said; ends it when it serves after all. */
function start(env: Record<string, string>): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk;
      if (text.includes('"msg":"ready"')) child.kill('SIGTERM');
    });
  return new Promise((resolve) => child.on('exit', (code) => resolve({ code, text })));
}
const given = () => ({ DATABASE_URL: database.databaseUrl, MIGRATION_DATABASE_URL: database.adminUrl });

test('a process that starts also ends in order', async () => {
  const { code, text } = await start(given());
  expect(text).toContain('"msg":"ready"');
  expect(code).toBe(0);
});

test('a port that is taken', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as AddressInfo;
  const { code, text } = await start({ ...given(), PORT: String(port) });
  holder.close();
  expect(code).toBe(1);
  expect(text).toContain(`Port ${port} is taken`);
  expect(text).toContain('set PORT');
  expect(text).not.toMatch(/\n\s+at /);
});

test('a data folder that cannot be written', async () => {
  // Also root cannot make a folder below a file.
  const { code, text } = await start({ ...given(), DATA_DIR: join(main, 'data') });
  expect(code).toBe(1);
  expect(text).toContain('cannot be written');
  expect(text).toContain('DATA_DIR');
});

test('a key that is not the one the database was sealed with', async () => {
  await start({ ...given(), ENCRYPTION_KEY: '0123456789abcdef'.repeat(4) });
  const other = mkdtempSync(join(tmpdir(), 'weftline-other-key-'));
  const wrong = 'fedcba9876543210'.repeat(4);
  const { code, text } = await start({ ...given(), DATA_DIR: other, ENCRYPTION_KEY: wrong });
  rmSync(other, { recursive: true, force: true });
  expect(code).toBe(1);
  expect(text).toContain('not the one that this database was sealed with');
  expect(text).not.toContain(wrong);
});

test('a database that is newer than the code', async () => {
  const insert = `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
    VALUES ('future', '', '29990101000000_future', now(), now(), 1)`;
  await withClient(database.adminUrl, (client) => client.query(insert));
  const { code, text } = await start(given());
  await withClient(database.adminUrl, (client) =>
    client.query(`DELETE FROM _prisma_migrations WHERE id = 'future'`),
  );
  expect(code).toBe(1);
  expect(text).toContain('newer than this code');
  expect(text).toContain('29990101000000_future');
});

test('a login that may do too much', async () => {
  const { code, text } = await start({ DATABASE_URL: database.adminUrl });
  expect(code).toBe(1);
  expect(text).toContain('superuser');
});

test('production without its keys, every fault at once', async () => {
  const { code, text } = await start({
    NODE_ENV: 'production',
    EGRESS_ALLOW: '127.0.0.1:1',
    PORT: 'seventy',
  });
  expect(code).toBe(1);
  expect(text).toContain('PORT');
  const second = await start({ NODE_ENV: 'production', EGRESS_ALLOW: '127.0.0.1:1' });
  for (const word of ['EGRESS_ALLOW_IN_PRODUCTION', 'ENCRYPTION_KEY', 'JWT_KEYS'])
    expect(second.text).toContain(word);
  expect(second.code).toBe(1);
});

test('a database that cannot be reached', async () => {
  const { code, text } = await start({ DATABASE_URL: 'postgresql://app:secret-word@127.0.0.1:9/none' });
  expect(code).toBe(1);
  expect(text).toContain('cannot be reached');
  expect(text).not.toContain('secret-word');
});
