// A Redis that can be hurt: killed and started again on its port, frozen, emptied.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findFreePort } from '../../testing/find-free-port.ts';

export type RedisServer = {
  url: string;
  start(): Promise<void>;
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** FLUSHALL. */
  empty(): Promise<void>;
  remove(): Promise<void>;
};

/** Starts a Redis that keeps nothing. `program`: the path of redis-server. */
export async function startRedisServer(program: string): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'weftline-redis-'));
  const port = await findFreePort();
  let child: ChildProcess | null = null;
  const speak = (line: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(`${line}\r\n`));
      socket.once('error', reject);
      socket.once('data', (answer) => {
        socket.destroy();
        resolve(answer.toString());
      });
    });
  async function start(): Promise<void> {
    const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    child = spawn(program, [...settings, '--dir', folder], { stdio: 'ignore' });
    for (let count = 0; count < 400; count += 1) {
      if ((await speak('PING').catch(() => '')).includes('PONG')) return;
      await wait(25);
    }
    throw new Error(`${program} does not answer on port ${port}.`);
  }
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    signal: (name) => void child?.kill(name),
    empty: async () => void (await speak('FLUSHALL')),
    async remove() {
      child?.kill('SIGCONT');
      child?.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
