// The whole product as a stranger would run it: a real process with its own data folder and port.
// For browser journeys and for tests that kill it.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findNode } from '../bootstrap/find-node.mjs';
import { findFreePort } from './find-free-port.ts';
import { isAlive, listDescendants } from './list-descendants.ts';

const root = join(import.meta.dirname, '../..');
const longestStartMs = 90_000;
const longestStopMs = 30_000;
// Nothing else of the caller's environment may reach the product: a DATABASE_URL would be somebody's data.
const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'NODE_EXTRA_CA_CERTS'];

export type ProductOptions = {
  /** Settings of the product (PORT, DEFAULT_PLAN, EGRESS_ALLOW, DATABASE_URL, …). */
  env?: Record<string, string | undefined>;
  /** Kept after stop(). Without it a new folder is made and removed by stop(). */
  dataDir?: string;
  role?: 'all' | 'api' | 'runner';
  /** A module that is loaded before the product, such as scripts/chaos/arm-crash.ts. */
  preload?: string;
};

export type Product = {
  /** The address without a slash at its end. */
  url: string;
  dataDir: string;
  /** Everything the product printed. */
  logFile: string;
  /** The process of the server. */
  pid: number;
  /** The server and every process it started (the embedded PostgreSQL), as far as they live. */
  pids(): number[];
  /** SIGKILL goes to every process, any other signal to the server; resolves when all of them are gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Asks for an orderly end and cleans up; may be called twice and after kill(). */
  stop(): Promise<void>;
};

/**
 * Starts the product and waits until /ready answers 200. TEST_PRODUCT_DATA names the data folder of a product that was started before:
 * a new one begins with a copy of it, already migrated and with its apps.
 *
 * @throws with the last lines of its log when it ends or is not ready in time
 */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'weftline-product-'));
  // The embedded PostgreSQL runs as another user when we are root and must get through this folder.
  if (!options.dataDir) {
    const started = process.env.TEST_PRODUCT_DATA;
    // With its owners: the embedded PostgreSQL's files are not ours. A product with another database has no use for them.
    if (started && !options.env?.DATABASE_URL) spawnSync('cp', ['-a', `${started}/.`, dataDir]);
    chmodSync(dataDir, 0o755);
  }
  const logFolder = mkdtempSync(join(tmpdir(), 'weftline-log-'));
  const logFile = join(logFolder, 'product.log');
  const port = options.env?.PORT ?? String(await findFreePort());
  const log = openSync(logFile, 'a');
  const loading = options.preload === undefined ? [] : ['--import', options.preload];
  const child = spawn(findNode(root), [...loading, 'api/src/main.ts'], {
    cwd: root,
    stdio: ['ignore', log, log],
    env: {
      ...Object.fromEntries(inherited.map((name) => [name, process.env[name]])),
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled'),
      PORT: port,
      DATA_DIR: dataDir,
      WEFTLINE_ROLE: options.role ?? 'all',
      ...options.env,
    },
  });
  closeSync(log);
  const pid = child.pid ?? 0;
  const known = new Set<number>();
  const pids = (): number[] => {
    if (isAlive(pid)) known.add(pid);
    // Remembered, because a child whose parent died is nobody's descendant any more.
    for (const one of known) for (const found of listDescendants(one)) known.add(found);
    return [...known].filter(isAlive);
  };
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    const targets = pids();
    for (const target of signal === 'SIGKILL' ? targets : targets.filter((one) => one === pid)) {
      // It may have ended by itself since it was listed.
      if (isAlive(target)) process.kill(target, signal);
    }
    const until = Date.now() + longestStopMs;
    while (targets.some(isAlive)) {
      if (Date.now() > until) throw new Error(`The product did not end after ${signal}.\n${tail(logFile)}`);
      await wait(20);
    }
  };
  const stop = async (): Promise<void> => {
    if (pids().length > 0) await kill('SIGTERM').catch(() => kill('SIGKILL'));
    rmSync(logFolder, { recursive: true, force: true });
    if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
  };
  const product = { url: `http://127.0.0.1:${port}`, dataDir, logFile, pid, pids, kill, stop };
  try {
    await waitUntilReady(product);
  } catch (error) {
    await kill('SIGKILL');
    await stop();
    throw error;
  }
  pids();
  return product;
}

async function waitUntilReady(product: Product): Promise<void> {
  const until = Date.now() + longestStartMs;
  while (Date.now() < until) {
    const answer = await fetch(`${product.url}/ready`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => null,
    );
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    if (product.pids().length === 0) {
      throw new Error(`The product ended while starting:\n${tail(product.logFile)}`);
    }
    await wait(50);
  }
  throw new Error(`The product was not ready after ${longestStartMs / 1000} s:\n${tail(product.logFile)}`);
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-40).join('\n');
}
