// A PostgreSQL that can be hurt: stopped in three ways, a server process of it killed, its connections cut, made read-only.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { locateBinaries, unprivileged } from '../../../prisma/embedded/locate-binaries.ts';
import { withClient } from '../../../prisma/migrate/prepare-roles.ts';
import { findFreePort } from '../../testing/find-free-port.ts';

export type Cluster = {
  port: number;
  adminUrl: string;
  /** `fast` ends the connections, `immediate` does not tidy up, `kill` is kill -9 of the first process. */
  stop(mode: 'fast' | 'immediate' | 'kill'): Promise<void>;
  start(): Promise<void>;
  /** Runs SQL as the superuser; the answer's rows. */
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  remove(): Promise<void>;
};

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;
const longestStartMs = 60_000;

/** Starts a server with a database `weftline`. Commits wait for the disk, as in production. */
export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'weftline-cluster-'));
  chmodSync(folder, 0o755);
  const bin = findBinaries(folder);
  const port = await findFreePort();
  const identity = process.getuid?.() === 0 ? unprivileged : {};
  const data = join(folder, 'data');
  if ('uid' in identity) chownSync(folder, unprivileged.uid, unprivileged.gid);
  const settings = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
  const made = spawnSync(join(bin, 'initdb'), settings, {
    ...identity,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder },
  });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  let server: ChildProcess | null = null;

  async function start(): Promise<void> {
    for (const until = Date.now() + longestStartMs; ;) {
      const child = spawn(
        join(bin, 'postgres'),
        [
          '-D',
          data,
          '-p',
          `${port}`,
          '-k',
          '',
          '-c',
          'listen_addresses=127.0.0.1',
          '-c',
          'max_connections=200',
        ],
        { ...identity, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let text = '';
      const isReady = await new Promise<boolean>((resolve) => {
        child.once('exit', () => resolve(false));
        child.stderr.on('data', (chunk: Buffer) => {
          text = (text + chunk).slice(-10_000);
          if (text.includes('ready to accept connections')) resolve(true);
        });
      });
      if (isReady) {
        server = child;
        return;
      }
      // Children of a server that was killed hold its memory for a moment.
      if (Date.now() > until) throw new Error(text);
      await wait(200);
    }
  }

  async function stop(mode: 'fast' | 'immediate' | 'kill'): Promise<void> {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((resolve) => server!.once('exit', resolve));
    server.kill(signals[mode]);
    await gone;
    server = null;
  }

  await start();
  const urlOf = (database: string) => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  await withClient(urlOf('postgres'), (client) => client.query('CREATE DATABASE weftline'));
  const adminUrl = urlOf('weftline');
  return {
    port,
    adminUrl,
    stop,
    start,
    query: async <Row extends object>(text: string, values: unknown[] = []) =>
      withClient(adminUrl, async (client) => (await client.query(text, values)).rows as Row[]),
    async remove() {
      await stop('immediate');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Debian's server where there is one, else the embedded one. */
function findBinaries(folder: string): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : [];
  const newest = versions.find((version) => existsSync(join(root, version, 'bin/initdb')));
  return newest === undefined ? locateBinaries(folder) : join(root, newest, 'bin');
}
