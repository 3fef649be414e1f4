// A PostgreSQL as Debian ships it, in a folder of its own: to see that a server of one's own works as the embedded one does.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withClient } from '../../prisma/migrate/prepare-roles.ts';
import { findFreePort } from './find-free-port.ts';

const home = '/usr/lib/postgresql';
/** PostgreSQL refuses to run as root. */
const nobody = 65534;

export type DebianPostgres = {
  adminUrl(database: string): string;
  url(database: string, user: string, password: string): string;
  stop(): Promise<void>;
};

/** The folder of the newest installed programs, or null. */
export function findDebianPostgres(): string | null {
  if (!existsSync(home)) return null;
  const versions = readdirSync(home).filter((version) => existsSync(join(home, version, 'bin/initdb')));
  const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1);
  return newest ? join(home, newest, 'bin') : null;
}

/** Starts a server at its default settings with a database `weftline` and the superuser `postgres`. */
export async function startDebianPostgres(bin: string): Promise<DebianPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'weftline-debian-'));
  const port = await findFreePort();
  const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  if ('uid' in identity) chownSync(folder, nobody, nobody);
  const data = join(folder, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'],
    {
      ...identity,
      encoding: 'utf8',
    },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-k', '', '-c', 'listen_addresses=127.0.0.1'],
    {
      ...identity,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  await new Promise<void>((resolve, reject) => {
    let text = '';
    server.on('exit', () => reject(new Error(text)));
    server.stderr.on('data', (chunk: Buffer) => {
      text += chunk;
      if (text.includes('ready to accept connections')) resolve();
    });
  });
  const adminUrl = (database: string) => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  await withClient(adminUrl('postgres'), (client) => client.query('CREATE DATABASE weftline'));
  return {
    adminUrl,
    url: (database, user, password) => `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`,
    async stop() {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
