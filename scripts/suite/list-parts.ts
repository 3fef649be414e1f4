import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestCluster } from '../../prisma/testing/start-test-cluster.ts';
import { startProduct } from '../testing/start-product.ts';
import { startRedis } from '../testing/start-redis.ts';
import { runChild } from '../bootstrap/run-child.mjs';
import { type Count, oneFailed, onePassed, oneSkipped } from './count.ts';
import { findTool, tools } from './find-tools.ts';
import { makeEnvironment } from './make-environment.ts';
import { runVitest } from './run-vitest.ts';

export type Part = { name: string; run: () => Promise<Count> };

/** The tests that must hold whichever way the bells are rung. */
const engine = ['journal', 'queues', 'runs', 'triggers', 'workers'].map((noun) => `runner/src/${noun}/`);

/** Everything there is to test, in order: what is quick and common first. */
export function listParts(root: string): Part[] {
  const check = (name: string, file: string, args: string[], folder = '.'): Part => ({
    name,
    run: async () => {
      const env = makeEnvironment(process.env, {});
      const code = await runChild(process.execPath, [join(root, file), ...args], {
        cwd: join(root, folder),
        env,
      });
      return code === 0 ? onePassed : oneFailed;
    },
  });
  return [
    check('prepare: database client and web', 'scripts/prepare.ts', ['all']),
    check('format', 'node_modules/oxfmt/bin/oxfmt', ['--check', '.']),
    check('lint', 'node_modules/oxlint/bin/oxlint', ['--quiet', '.']),
    check('types', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json']),
    // What runs inside the page knows the DOM, the rest must not.
    check('types of the browser tests', 'node_modules/typescript/bin/tsc', [
      '--noEmit',
      '-p',
      'tsconfig.browser.json',
    ]),
    check('types of the web: prepare', 'web/node_modules/nuxt/bin/nuxt.mjs', ['prepare'], 'web'),
    check('types of the web', 'web/node_modules/vue-tsc/bin/vue-tsc.js', ['-b', '--noEmit'], 'web'),
    check('layers, cycles and names', 'scripts/check-layers.ts', []),
    check('text', 'scripts/check-text.ts', []),
    check('drift between schema and migrations', 'scripts/check-drift.ts', []),
    { name: 'outside programs', run: () => Promise.resolve(findOutsidePrograms()) },
    {
      name: 'unit and integration, embedded PostgreSQL, no Redis',
      run: () => runOnOneCluster(root, [], {}),
    },
    { name: 'the engine again, on redis', run: () => runOnRedis(root) },
    { name: 'browser', run: () => runInBrowser(root) },
  ];
}

/** The tests look for them by themselves; here they are installed, or their absence is said once and loudly. */
function findOutsidePrograms(): Count {
  let skipped = 0;
  for (const tool of [
    tools.rabbitmq,
    tools.alertmanager,
    tools.smallServers,
    tools.httpbin,
    tools.postgres,
  ]) {
    const { name, path, reason } = findTool(tool);
    if (path === null) skipped += 1;
    console.log(path === null ? `SKIPPED ${tool.neededFor} (${name} ${reason})` : `${name}: ${path}`);
  }
  return { passed: 0, failed: 0, skipped };
}

/** Every test file gets a copy of one migrated database, instead of a server of its own. */
async function runOnOneCluster(
  root: string,
  files: readonly string[],
  more: { [name: string]: string },
): Promise<Count> {
  const given = process.env.TEST_POSTGRES_URL;
  const cluster = given ? null : await startTestCluster();
  try {
    const env = makeEnvironment(process.env, { ...cluster?.env, ...more });
    return await runVitest(root, ['--project', 'unit', ...files], env);
  } finally {
    await cluster?.stop();
  }
}

async function runOnRedis(root: string): Promise<Count> {
  const given = process.env.REDIS_URL;
  const run = (url: string): Promise<Count> => runOnOneCluster(root, engine, { REDIS_URL: url });
  if (given !== undefined && given !== '') return run(given);
  const { path, reason } = findTool(tools.redis);
  if (path === null) {
    console.log(`SKIPPED the engine on Redis (REDIS_URL is not set; redis-server ${reason})`);
    return oneSkipped;
  }
  const redis = await startRedis(path);
  try {
    return await run(redis.url);
  } finally {
    await redis.stop();
  }
}

async function runInBrowser(root: string): Promise<Count> {
  if (!existsSync(join(root, 'web/tests'))) return oneFailed;
  const { path, reason } = findTool(tools.chromium);
  if (path === null) {
    console.log(`SKIPPED the browser tests (chromium ${reason}; set CHROMIUM_PATH)`);
    return oneSkipped;
  }
  const folder = mkdtempSync(join(tmpdir(), 'weftline-started-'));
  try {
    chmodSync(folder, 0o755);
    await (await startProduct({ dataDir: folder })).stop();
    const env = makeEnvironment(process.env, { CHROMIUM_PATH: path, TEST_PRODUCT_DATA: folder });
    return await runVitest(root, ['--project', 'browser'], env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
