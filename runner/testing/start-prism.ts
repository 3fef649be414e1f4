// Prism: a server that answers as an OpenAPI document says and refuses every request that does not fit it. It is too
// large for the lockfile, so the pinned version is installed once beside other temporary things.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './find-free-port.ts';
import { runServer } from './run-server.ts';
import type { StartedServer } from './run-server.ts';

const version = '5.16.0';
const folder = join(tmpdir(), `weftline-prism-${version}`);
const command = join(folder, 'node_modules/@stoplight/prism-cli/dist/index.js');
const installMs = 240_000;

/** @returns why it is not there, or null. Two installations at once end in the same folder. */
const install = (): string | null => {
  if (existsSync(command)) return null;
  const made = `${folder}-${process.pid}`;
  mkdirSync(made, { recursive: true });
  writeFileSync(join(made, 'package.json'), '{"private":true}');
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `@stoplight/prism-cli@${version}`];
  const done = spawnSync('npm', args, { cwd: made, encoding: 'utf8', timeout: installMs });
  if (done.status !== 0) {
    rmSync(made, { recursive: true, force: true });
    return `@stoplight/prism-cli ${version} cannot be installed: ${(done.stderr ?? '').split('\n').find((line) => line.includes('ERR')) ?? 'npm failed'}`;
  }
  try {
    renameSync(made, folder);
  } catch {
    rmSync(made, { recursive: true, force: true });
  }
  return existsSync(command) ? null : 'Prism was installed and is not there';
};

/** @param document path of an OpenAPI document, JSON or YAML */
export const startPrism = async (document: string): Promise<StartedServer> => {
  const reason = install();
  if (reason !== null) return { server: null, reason };
  const port = await findFreePort();
  return runServer({
    command: process.execPath,
    args: [command, 'mock', '--errors', '--host', '127.0.0.1', '-p', String(port), document],
    port,
    // Any answer will do: it listens once the whole document is read.
    isReady: async (url) => (await fetch(url)).status > 0,
    timeoutMs: 60_000,
    stopSignal: 'SIGKILL',
  });
};
