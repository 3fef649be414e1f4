// The embedded PostgreSQL: a stock server in a data folder, for machines that have none.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { isReachable, isRoot, locateBinaries, sharedFolder, unprivileged } from './locate-binaries.ts';

export type EmbeddedPostgres = {
  port: number;
  /** The superuser's URL of one database. Used to prepare roles and by tests; the product never works through it. */
  adminUrl(database: string): string;
  pid: number;
  /** Fast shutdown; resolves when the server has gone. */
  stop(): Promise<void>;
};

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** True when the process runs and is no zombie (a killed server can stay one for a second or two). */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const commandLine = (pid: number): string => {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

/** Refuses a data folder that a living process of ours uses, and notes this process as its user. */
function takeFolder(dataDirectory: string): void {
  const file = path.join(dataDirectory, 'process.pid');
  const former = Number(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : 0);
  if (former && former !== process.pid && isAlive(former) && commandLine(former).includes('node'))
    throw new Error(
      `Another Weftline (process ${former}) uses the data folder ${dataDirectory}. Stop it, or set DATA_DIR to another folder.`,
    );
  fs.writeFileSync(file, String(process.pid));
}

/** A server left behind by a process of ours that was killed is asked to end, so that its folder can be used again. */
async function endOrphan(cluster: string): Promise<void> {
  const file = path.join(cluster, 'postmaster.pid');
  if (!fs.existsSync(file)) return;
  const pid = Number(fs.readFileSync(file, 'utf8').split('\n')[0]);
  if (!pid || !isAlive(pid) || !commandLine(pid).includes(cluster)) return;
  process.kill(pid, 'SIGINT');
  for (let waited = 0; waited < 15_000 && isAlive(pid); waited += 50) await delay(50);
}

async function launch(
  bin: string,
  cluster: string,
  port: number,
  settings: string[],
  log: string,
): Promise<ChildProcess> {
  const identity = isRoot() ? unprivileged : {};
  for (const started = Date.now(); ;) {
    const child = spawn(
      path.join(bin, 'postgres'),
      [
        '-D',
        cluster,
        '-p',
        String(port),
        '-k',
        '',
        '-c',
        'listen_addresses=127.0.0.1',
        ...settings.flatMap((s) => ['-c', s]),
      ],
      { ...identity, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let text = '';
    const ready = await new Promise<boolean>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', () => resolve(false));
      child.stderr!.on('data', (chunk: Buffer) => {
        text = (text + chunk).slice(-20_000);
        fs.appendFile(log, chunk, () => {});
        if (text.includes('ready to accept connections')) resolve(true);
      });
    });
    if (ready) return child;
    const transient =
      /lock file "postmaster.pid" already exists|pre-existing shared memory block|Address already in use/.test(
        text,
      );
    if (!transient || Date.now() - started > 15_000)
      throw new Error(
        `The embedded PostgreSQL did not start. Its last words:\n${text.split('\n').slice(-6).join('\n')}`,
      );
    await delay(300);
  }
}

/**
 * Starts PostgreSQL in a data folder, creating the cluster on the first start.
 * Inputs: the data folder (absolute), further settings as `name=value`.
 * Errors: the folder is in use or not writable, the programs are missing, the server does not start: each with a remedy.
 */
export async function startPostgres(
  dataDirectory: string,
  settings: string[] = [],
): Promise<EmbeddedPostgres> {
  fs.mkdirSync(dataDirectory, { recursive: true });
  takeFolder(dataDirectory);
  const outOfReach = isRoot() && !isReachable(dataDirectory);
  const home = outOfReach ? sharedFolder(dataDirectory) : dataDirectory;
  if (outOfReach) {
    fs.mkdirSync(home, { recursive: true, mode: 0o755 });
    fs.writeFileSync(path.join(dataDirectory, 'postgres-is-at'), home);
  }
  const bin = locateBinaries(dataDirectory);
  const cluster = path.join(home, 'postgres');
  const passwordFile = path.join(dataDirectory, 'postgres-password');
  if (!fs.existsSync(passwordFile))
    fs.writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  const password = fs.readFileSync(passwordFile, 'utf8').trim();

  if (!fs.existsSync(path.join(cluster, 'PG_VERSION')) || fs.existsSync(path.join(cluster, '.incomplete'))) {
    fs.rmSync(cluster, { recursive: true, force: true });
    fs.mkdirSync(cluster, { recursive: true, mode: 0o700 });
    const handOver = path.join(home, `initial-${randomBytes(6).toString('hex')}`);
    fs.writeFileSync(handOver, password, { mode: 0o600 });
    if (isRoot())
      for (const file of [cluster, handOver]) fs.chownSync(file, unprivileged.uid, unprivileged.gid);
    const made = spawnSync(
      path.join(bin, 'initdb'),
      [
        '-D',
        cluster,
        '-U',
        'postgres',
        '-A',
        'scram-sha-256',
        `--pwfile=${handOver}`,
        '-E',
        'UTF8',
        '--locale=C.UTF-8',
      ],
      { ...(isRoot() ? unprivileged : {}), env: { PATH: process.env.PATH, HOME: home }, encoding: 'utf8' },
    );
    fs.rmSync(handOver, { force: true });
    if (made.status !== 0) {
      fs.rmSync(cluster, { recursive: true, force: true });
      throw new Error(
        `The embedded PostgreSQL could not be set up in ${cluster}: ${made.stderr || made.error?.message}`,
      );
    }
  }
  await endOrphan(cluster);
  const port = await freePort();
  const child = await launch(bin, cluster, port, settings, path.join(home, 'postgres.log'));
  return {
    port,
    pid: child.pid!,
    adminUrl: (database) => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await gone;
    },
  };
}
