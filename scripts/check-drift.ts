// Do the migrations make exactly the tables of schema.prisma? A fresh database is migrated and compared.
// Policies, functions and grants are invisible to this comparison; their own tests look at them.
// Usage: node scripts/check-drift.ts
import { dirname, join } from 'node:path';
import { startTestDatabase } from '../prisma/testing/start-test-database.ts';
import { runChild } from './bootstrap/run-child.mjs';
import { offlinePrisma } from './prepare/prepare-client.ts';

const root = dirname(import.meta.dirname);
const folder = join(root, 'prisma');
const drifted = 2;

const database = await startTestDatabase();
try {
  const cli = join(folder, 'node_modules/prisma/build/index.js');
  const compare = [
    'migrate',
    'diff',
    '--from-config-datasource',
    '--to-schema',
    'schema.prisma',
    '--exit-code',
  ];
  const code = await runChild(process.execPath, [cli, ...compare, '--config', 'prisma.config.ts'], {
    cwd: folder,
    env: { ...process.env, ...offlinePrisma(root), MIGRATION_DATABASE_URL: database.adminUrl },
  });
  if (code === drifted) console.error('schema.prisma and the migrations differ as listed above.');
  process.exitCode = code === 0 ? 0 : 1;
} finally {
  await database.stop();
}
