// Makes a checkout ready to run: the database client and the web, each only when its sources changed.
// Usage: node scripts/prepare.ts [all|api|runner|web]
import { dirname } from 'node:path';
import { holdLock } from './bootstrap/hold-lock.mjs';
import { prepareClient } from './prepare/prepare-client.ts';
import { prepareWeb } from './prepare/prepare-web.ts';

const root = dirname(import.meta.dirname);
const role = process.argv[2] ?? 'all';

try {
  await holdLock(root, async () => {
    await prepareClient(root);
    // A runner answers no browser.
    if (role !== 'runner') await prepareWeb(root);
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
