// Starts a server nobody here wrote, waits until it answers, and stops it by its process id.
import { spawn } from 'node:child_process';

export type RunningServer = { url: string; host: string; stop: () => Promise<void> };

/** Either a running server, or why there is none; tests print the reason loudly and skip. */
export type StartedServer<Server extends RunningServer = RunningServer> =
  | { server: Server }
  | { server: null; reason: string };

export type ServerCommand = {
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  port: number;
  /** True once it is ready to be used. */
  isReady: (url: string) => Promise<boolean>;
  timeoutMs?: number;
  /** SIGTERM unless nothing is worth saving. */
  stopSignal?: NodeJS.Signals;
};

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Runs the command in a process group of its own, so that stopping ends its children too. */
export const runServer = async (given: ServerCommand): Promise<StartedServer> => {
  const url = `http://127.0.0.1:${given.port}`;
  const child = spawn(given.command, given.args, {
    env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', ...given.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(given.cwd === undefined ? {} : { cwd: given.cwd }),
  });
  const state = { output: '', hasEnded: false };
  const ended = new Promise<void>((done) => {
    child.once('exit', () => {
      state.hasEnded = true;
      done();
    });
    child.once('error', (error) => {
      state.hasEnded = true;
      state.output += error.message;
      done();
    });
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (state.output = (state.output + chunk.toString()).slice(-4_000)));

  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // Already gone.
    }
  };
  const stop = async (): Promise<void> => {
    if (!state.hasEnded) {
      signal(given.stopSignal ?? 'SIGTERM');
      await Promise.race([ended, pause(10_000)]);
    }
    signal('SIGKILL');
  };

  const giveUpAt = performance.now() + (given.timeoutMs ?? 30_000);
  while (!state.hasEnded && performance.now() < giveUpAt) {
    if (await given.isReady(url).catch(() => false))
      return { server: { url, host: `127.0.0.1:${given.port}`, stop } };
    await pause(100);
  }
  await stop();
  return {
    server: null,
    reason: `${given.command} did not start: ${state.output.trim().split('\n').slice(-3).join(' | ')}`,
  };
};
