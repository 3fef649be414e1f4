// The door of the repository: `npm start`, `npm run start:api`, `npm run start:runner` and `npm test`.
// Runs on any Node from 20 on with nothing installed; everything after it runs on the pinned Node 24.
import { findNode } from './scripts/bootstrap/find-node.mjs';
import { installPackages } from './scripts/bootstrap/install-packages.mjs';
import { runChild } from './scripts/bootstrap/run-child.mjs';
import { watchNpm } from './scripts/bootstrap/watch-npm.mjs';

const root = import.meta.dirname ?? decodeURIComponent(new URL('.', import.meta.url).pathname);
const [command = 'all', ...rest] = process.argv.slice(2);
const commands = ['all', 'api', 'runner', 'test'];

async function main() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Error(`Weftline needs Node 20 or newer to start; this is ${process.version}.`);
  }
  if (!commands.includes(command)) {
    throw new Error(`Unknown command "${command}". Known: ${commands.join(', ')}.`);
  }
  process.chdir(root);
  watchNpm(() => process.kill(process.pid, 'SIGTERM'));
  await installPackages(root);
  const node = findNode(root);
  const env = {
    ...process.env,
    PATH: `${root.replace(/\/$/, '')}/node_modules/.bin:${process.env.PATH ?? ''}`,
  };
  // Halves the time until the server's code is loaded; Node checks every entry against the file.
  env.NODE_COMPILE_CACHE ??= `${root.replace(/\/$/, '')}/node_modules/.cache/compiled`;
  if (command === 'test') return runChild(node, ['scripts/test.ts', ...rest], { env });

  const prepared = await runChild(node, ['scripts/prepare.ts', command], { env });
  if (prepared !== 0) return prepared;
  // The server is our direct child, so that a signal has one hop to go and no orphan can stay behind.
  return runChild(node, ['api/src/main.ts'], { env: { ...env, WEFTLINE_ROLE: command } });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
