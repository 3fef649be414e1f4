// Starts a process that runs authors' code and nothing else: Node's permissions shut everything but reading its own program,
// the environment says UTC and nothing more, and where the system allows it, it has a network of its own with nothing in it.
import { type ChildProcess, spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { codeLimits } from './code-limits.ts';
import { type CodeJob, type CodeReply, frame, messageReader, readyMark } from './messages.ts';

export type CodeChild = {
  pid: number;
  /** One job at a time. Rejects when the process ends or says what is no answer. */
  ask(job: CodeJob): Promise<CodeReply>;
  kill(): void;
  /** Called once, when the process is gone. */
  onGone(listener: () => void): void;
};

const startMs = 20_000;
/** Runs what follows it in a network of its own, without any right it did not have. */
export const ownNetwork = ['/usr/bin/unshare', '--user', '--net'] as const;
export const childEnvironment = { TZ: 'UTC' } as const;
const reply: z.ZodType<CodeReply> = z.intersection(
  z.object({
    logs: z.array(z.string().max(codeLimits.logLine + 1)).max(codeLimits.logLines + 1),
    isSpent: z.boolean(),
    tookMs: z.number(),
  }),
  z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), output: z.string().max(codeLimits.outputBytes).nullable() }),
    z.object({
      ok: z.literal(false),
      fault: z.enum(['syntax', 'thrown', 'output', 'input', 'time', 'memory', 'depth']),
      message: z.string().max(10_000),
      line: z.number().int().nullable(),
      column: z.number().int().nullable(),
    }),
  ]),
);

/** What the child may read: this folder and the packages of its engine. */
function programFiles(): { door: string; folders: string[] } {
  const door = createRequire(import.meta.url).resolve('quickjs-emscripten');
  const packages = createRequire(door);
  const files = [
    door,
    ...['quickjs-emscripten-core', '@jitl/quickjs-wasmfile-release-sync', '@jitl/quickjs-ffi-types'].map(
      (name) => packages.resolve(name),
    ),
  ];
  const packageFolders = files.map((file) => file.slice(0, file.lastIndexOf('/node_modules/') + 14));
  return { door, folders: [...new Set([`${import.meta.dirname}/`, ...packageFolders])] };
}

/** The walls of the process: how Node is told to shut itself in. */
export function nodeWalls(folders = programFiles().folders): string[] {
  return [
    '--permission',
    ...folders.map((folder) => `--allow-fs-read=${folder}`),
    `--max-old-space-size=${codeLimits.childHeapMib}`,
    '--disallow-code-generation-from-strings',
    '--no-warnings',
  ];
}

/** Only code that runs long makes V8 compile the engine a second time: a start costs two fifths less of a processor. */
const lateTiering = '--wasm-tiering-budget=200000000';

function nodeCommand(): string[] {
  const { door, folders } = programFiles();
  const program = path.join(import.meta.dirname, 'child.ts');
  return [process.execPath, ...nodeWalls(folders), lateTiering, program, door];
}

function spawnChild(command: string[], signal: AbortSignal): Promise<CodeChild> {
  const [program, ...parameters] = command;
  const child: ChildProcess = spawn(program!, parameters, {
    env: childEnvironment,
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const { stdin, stdout } = child as ChildProcess & { stdin: NodeJS.WriteStream; stdout: NodeJS.ReadStream };
  const kill = () => void child.kill('SIGKILL');
  const listeners: (() => void)[] = [];
  let waiting: { resolve(value: unknown): void; reject(error: Error): void } | null = null;
  let isGone = false;
  const gone = (error: Error) => {
    signal.removeEventListener('abort', kill);
    waiting?.reject(error);
    waiting = null;
    if (isGone) return;
    isGone = true;
    for (const listener of listeners.splice(0)) listener();
  };
  const answered = () =>
    new Promise<unknown>((resolve, reject) => {
      if (isGone) reject(new Error('the process is gone'));
      waiting = { resolve, reject };
    });
  const read = messageReader(codeLimits.messageBytes, (message) => {
    // Nobody asked: whatever this is, it is not our program that speaks.
    if (!waiting) return kill();
    waiting.resolve(message);
    waiting = null;
  });
  stdout.on('data', (piece: Buffer) => {
    try {
      read(piece);
    } catch {
      kill();
    }
  });
  stdin.on('error', kill);
  stdout.on('error', kill);
  child.on('error', gone);
  child.on('exit', (code, by) => gone(new Error(`the process ended (${by ?? code})`)));
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const timer = setTimeout(kill, startMs);
  /** An idle child keeps nobody awake. */
  const rest = (isIdle: boolean) => {
    for (const part of [child, stdin, stdout]) part[isIdle ? 'unref' : 'ref']();
  };
  return answered()
    .then((message) => {
      if (message !== readyMark) throw new Error('the process did not say that it is ready');
      rest(true);
      return {
        pid: child.pid!,
        async ask(job: CodeJob) {
          rest(false);
          const pending = answered();
          stdin.write(frame(job));
          const told = reply.parse(await pending);
          rest(true);
          return told;
        },
        kill,
        onGone: (listener: () => void) => (isGone ? listener() : void listeners.push(listener)),
      };
    })
    .catch((error) => {
      kill();
      throw error;
    })
    .finally(() => clearTimeout(timer));
}

export type ChildStarter = (signal: AbortSignal) => Promise<CodeChild>;

/**
 * Answers a function that starts one child and resolves when it can run code; aborting its signal kills the child.
 * `onBare` is called once where the system gives no network of its own.
 */
export function childStarter(onBare: () => void = () => {}): ChildStarter {
  let mode: 'untried' | 'own network' | 'bare' = 'untried';
  return async (signal) => {
    const command = nodeCommand();
    if (
      mode === 'untried' &&
      !(await access(ownNetwork[0]).then(
        () => true,
        () => false,
      ))
    ) {
      mode = 'bare';
      onBare();
    }
    if (mode !== 'bare')
      try {
        const child = await spawnChild([...ownNetwork, ...command], signal);
        mode = 'own network';
        return child;
      } catch (error) {
        if (mode === 'own network' || signal.aborted) throw error;
        mode = 'bare';
        onBare();
      }
    return spawnChild(command, signal);
  };
}
