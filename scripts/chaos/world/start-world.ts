// The product with everything around it that can be hurt, in one of two layouts: one api and two runners on PostgreSQL and
// Redis, or one process with its embedded PostgreSQL.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withClient } from '../../../prisma/migrate/prepare-roles.ts';
import { signUp, type Workspace } from '../../testing/sign-up.ts';
import { flows } from './flows.ts';
import type { Arrival } from './ledgers.ts';
import { type Cluster, startCluster } from './start-cluster.ts';
import { type Member, startMember } from './start-member.ts';
import { type Proxy, startProxy } from './start-proxy.ts';
import { type RedisServer, startRedisServer } from './start-redis-server.ts';

export type Layout = 'processes' | 'one';

/** A fault that was done, and the runs that were in the hands of those it hit. */
export type Note = { fault: string; at: number; until: number; victims: string[] };

export type World = {
  layout: Layout;
  leaseSeconds: number;
  /** Where deliveries and the API are: `all` or `api`. */
  door: Member;
  runners: Member[];
  members: Member[];
  /** Null in the one-process layout. */
  cluster: Cluster | null;
  proxy: Proxy | null;
  redis: RedisServer | null;
  notes: Note[];
  workspace: Workspace;
  /** By flow. */
  hooks: Map<string, string>;
  folder: string;
  /** SQL as the superuser, past the proxy. */
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  arrivals(): Arrival[];
  remove(): Promise<void>;
};

export type WorldOptions = { layout: Layout; leaseSeconds: number; redisProgram: string | null };

async function startReceiver(ledger: string): Promise<{ host: string; process: ChildProcess }> {
  writeFileSync(ledger, '');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'receiver-process.ts'), ledger], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  return { host: `127.0.0.1:${text.toString().trim()}`, process: child };
}

/** The superuser's URL of the embedded PostgreSQL, whose port changes with each start. */
function embeddedUrl(dataDir: string): string {
  const port = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[3];
  const password = readFileSync(join(dataDir, 'postgres-password'), 'utf8').trim();
  return `postgresql://postgres:${password}@127.0.0.1:${port}/weftline`;
}

/** Starts everything, signs somebody up and makes the flows of flows.ts live. */
export async function startWorld({ layout, leaseSeconds, redisProgram }: WorldOptions): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'weftline-chaos-'));
  const ledger = join(folder, 'receiver.ndjson');
  const receiver = await startReceiver(ledger);
  const common = {
    DEFAULT_PLAN: 'unlimited',
    EGRESS_ALLOW: receiver.host,
    LOG_LEVEL: process.env['CHAOS_LOG_LEVEL'] ?? 'warn',
    LEASE_SECONDS: String(leaseSeconds),
  };
  const members: Member[] = [];
  let cluster: Cluster | null = null;
  let proxy: Proxy | null = null;
  let redis: RedisServer | null = null;
  if (layout === 'one') members.push(await startMember('all', common));
  else {
    cluster = await startCluster();
    proxy = await startProxy(cluster.port);
    redis = redisProgram === null ? null : await startRedisServer(redisProgram);
    const env = {
      ...common,
      DATABASE_URL: `postgresql://weftline_app:secret@127.0.0.1:${proxy.port}/weftline`,
      ...(redis ? { REDIS_URL: redis.url } : {}),
      ENCRYPTION_KEY: randomBytes(32).toString('hex'),
      JWT_KEYS: `k1:${randomBytes(32).toString('hex')}`,
    };
    members.push(await startMember('api', { ...env, MIGRATION_DATABASE_URL: cluster.adminUrl }));
    members.push(...(await Promise.all([1, 2].map(() => startMember('runner', env)))));
  }
  const [door] = members as [Member];
  const workspace = await signUp(door.url);
  const hooks = new Map<string, string>();
  for (const [name, { define }] of Object.entries(flows))
    hooks.set(name, (await workspace.goLive(define(receiver.host))).hookUrl);
  return {
    layout,
    leaseSeconds,
    door,
    runners: members.filter(({ role }) => role !== 'api'),
    members,
    cluster,
    proxy,
    redis,
    notes: [],
    workspace,
    hooks,
    folder,
    query: async <Row extends object>(text: string, values: unknown[] = []) =>
      withClient(cluster?.adminUrl ?? embeddedUrl(door.dataDir), async (client) => {
        // The database may be read-only for everybody else.
        await client.query('SET default_transaction_read_only = off');
        return (await client.query(text, values)).rows as Row[];
      }),
    arrivals: () =>
      readFileSync(ledger, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Arrival),
    async remove() {
      for (const member of members) await member.remove();
      receiver.process.kill('SIGKILL');
      proxy?.remove();
      await redis?.remove();
      await cluster?.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
