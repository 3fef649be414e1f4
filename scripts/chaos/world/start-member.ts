// One process of the product that dies and is started again, at the same port and in the same folder.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findFreePort } from '../../testing/find-free-port.ts';
import { isAlive } from '../../testing/list-descendants.ts';
import { type Product, startProduct } from '../../testing/start-product.ts';

export type Member = {
  role: 'all' | 'api' | 'runner';
  url: string;
  dataDir: string;
  pid(): number;
  isAlive(): boolean;
  signal(name: NodeJS.Signals): void;
  /** kill -9 of the process and of everything that it started. */
  kill(): Promise<void>;
  /** Makes it kill itself at a crash point, see arm-crash.ts. */
  aim(at: string): void;
  /** Starts it (again); tries for as long as what it needs is away. */
  start(): Promise<void>;
  remove(): Promise<void>;
};

const preload = join(import.meta.dirname, '../arm-crash.ts');
const longestStartMs = 120_000;

/** Starts a member. `env`: its settings, the same over all its lives. */
export async function startMember(role: Member['role'], env: Record<string, string>): Promise<Member> {
  const dataDir = mkdtempSync(join(tmpdir(), 'weftline-member-'));
  chmodSync(dataDir, 0o755);
  const aimFile = join(dataDir, 'crash-at');
  const port = String(await findFreePort());
  let product: Product | null = null;

  const member: Member = {
    role,
    url: `http://127.0.0.1:${port}`,
    dataDir,
    pid: () => product?.pid ?? 0,
    isAlive: () => product !== null && isAlive(product.pid),
    signal(name) {
      if (member.isAlive()) process.kill(product!.pid, name);
    },
    kill: async () => product?.kill('SIGKILL'),
    aim(at) {
      writeFileSync(aimFile, at);
      member.signal('SIGUSR2');
    },
    async start() {
      // What is left of the former life: a PostgreSQL of its own, and its log.
      await product?.kill('SIGKILL');
      await product?.stop();
      product = null;
      for (const until = Date.now() + longestStartMs; product === null;)
        try {
          product = await startProduct({
            role,
            dataDir,
            preload,
            env: { ...env, PORT: port, WEFTLINE_CRASH_FILE: aimFile },
          });
        } catch (error) {
          if (Date.now() > until) throw error;
          await wait(200);
        }
    },
    async remove() {
      await product?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  await member.start();
  return member;
}
