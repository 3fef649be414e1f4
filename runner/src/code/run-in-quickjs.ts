// One execution of an author's code in an engine of its own: a new WebAssembly instance with a new memory each time, so that nothing
// of one execution can be there in the next. Runs in the child process; knows no pipe and no workflow.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import type {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  QuickJSContext,
  QuickJSHandle,
  QuickJSRuntime,
  QuickJSSyncVariant,
  QuickJSWASMModule,
} from 'quickjs-emscripten';
import { codeLimits } from './code-limits.ts';
import { guestPrelude } from './guest-prelude.ts';
import type { CodeFault, CodeJob, CodeReply } from './messages.ts';
import { tellError, type ThrownInside } from './tell-error.ts';

type Core = {
  newQuickJSWASMModuleFromVariant: typeof newQuickJSWASMModuleFromVariant;
  newVariant: typeof newVariant;
};
/** Node's types know it as a namespace alone. */
const { WebAssembly: Wasm } = globalThis as unknown as {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => WebAssembly.Module;
    Memory: new (pages: { initial: number; maximum: number }) => object;
  };
};

/** The author's code is the body; its first line is the second one here. */
const wrap = (source: string) => `(async function (input) {"use strict";\n${source}\n})`;
/** Closes in another way: a source that ends the function early fits at most one of the two. */
const wrapDeeper = (source: string) => `(class { async code(input) {\n${source}\n} })`;

type Stop = { fault: CodeFault; message: string; line?: number | null; column?: number | null };
class Stopped extends Error {
  readonly stop: Stop;
  constructor(stop: Stop) {
    super(stop.message);
    this.stop = stop;
  }
}

/** Loads the engine once; `door` is the main file of its package. Answers a function that makes a new instance of it. */
function loadEngine(door: string): () => Promise<QuickJSWASMModule> {
  // The package's own door would load all of its eight engines.
  const packages = createRequire(door);
  const core = packages('quickjs-emscripten-core') as Core;
  const variant = (packages('@jitl/quickjs-wasmfile-release-sync') as { default: QuickJSSyncVariant })
    .default;
  const wasmModule = new Wasm.Module(
    fs.readFileSync(packages.resolve('@jitl/quickjs-wasmfile-release-sync/wasm')),
  );
  return () => {
    const wasmMemory = new Wasm.Memory({ initial: 256, maximum: codeLimits.enginePages });
    return core.newQuickJSWASMModuleFromVariant(
      core.newVariant(variant, { wasmModule, wasmMemory } as Parameters<typeof newVariant>[1]),
    );
  };
}

type Room = {
  context: QuickJSContext;
  runtime: QuickJSRuntime;
  /** From now on what runs inside has so long. */
  allow(ms: number): void;
  isLate(): boolean;
};

function openRoom(engine: QuickJSWASMModule): Room {
  const runtime = engine.newRuntime({
    memoryLimitBytes: codeLimits.memoryBytes,
    maxStackSizeBytes: codeLimits.stackBytes,
  });
  let until = Infinity;
  // Once late, late until more is allowed: code cannot outlive one interruption.
  const isLate = () => performance.now() > until;
  runtime.setInterruptHandler(isLate);
  return {
    context: runtime.newContext(),
    runtime,
    allow: (ms) => void (until = performance.now() + ms),
    isLate,
  };
}

const late = (timeoutMs: number): Stop => ({
  fault: 'time',
  message: `The code took longer than its time limit of ${timeoutMs} ms and was stopped.`,
});

/** Reads the source; throws Stopped with the place of the first fault. */
function compile({ context }: Room, source: string): void {
  if (source.includes('\0') || !source.isWellFormed())
    throw new Stopped({ fault: 'syntax', message: 'The code holds a NUL or half of a character.' });
  if (source.length > codeLimits.source)
    throw new Stopped({
      fault: 'syntax',
      message: `The code is longer than ${codeLimits.source} characters, which is the most.`,
    });
  for (const text of [wrap(source), wrapDeeper(source)]) {
    const compiled = context.evalCode(text, 'code.js', { compileOnly: true });
    if (!compiled.error) continue;
    throw new Stopped({
      ...tellError(context.dump(compiled.error) as ThrownInside, source),
      fault: 'syntax',
    });
  }
}

function settled(room: Room, begun: QuickJSHandle, timeoutMs: number): string {
  const { context, runtime } = room;
  for (;;) {
    const jobs = runtime.executePendingJobs(1_000);
    if (room.isLate()) throw new Stopped(late(timeoutMs));
    if (jobs.error) throw new Stopped(tellError(context.dump(jobs.error) as ThrownInside, ''));
    if (jobs.value === 0) break;
  }
  room.allow(Infinity);
  const state = context.unwrapResult(context.callMethod(begun, 'state', []));
  return context.getString(state);
}

function execute(
  room: Room,
  job: Extract<CodeJob, { kind: 'run' }>,
  print: (line: string | null) => void,
): string {
  const { context } = room;
  compile(room, job.source);
  const emit = context.newFunction('emit', (line) => {
    const text = context.getString(line);
    print(text === '' ? null : String(JSON.parse(text)));
  });
  const prelude = context.unwrapResult(context.evalCode(guestPrelude, 'weftline.js'));
  const guest = context.unwrapResult(context.callFunction(prelude, context.undefined, emit));
  const failed = (error: QuickJSHandle) => {
    if (room.isLate()) return new Stopped(late(job.timeoutMs));
    return new Stopped(tellError(context.dump(error) as ThrownInside, job.source));
  };
  // Only now does the author's time begin: what came before is ours.
  room.allow(job.timeoutMs);
  const code = context.evalCode(wrap(job.source), 'code.js');
  if (code.error) throw failed(code.error);
  const begun = context.callMethod(guest, 'begin', [code.value, context.newString(job.input)]);
  if (begun.error) throw failed(begun.error);
  const state = settled(room, guest, job.timeoutMs);
  const rest = state.slice(1);
  if (state[0] === 'v') {
    const bytes = Buffer.byteLength(rest);
    if (bytes <= codeLimits.outputBytes) return rest;
    const message = `What the code returned is ${bytes} bytes of JSON; ${codeLimits.outputBytes} are the most.`;
    throw new Stopped({ fault: 'output', message });
  }
  if (state[0] === 'f') throw new Stopped({ fault: 'output', message: JSON.parse(rest) as string });
  if (state[0] === 'e') throw new Stopped(tellError(JSON.parse(rest) as ThrownInside, job.source));
  throw new Stopped({
    fault: 'thrown',
    message:
      'The code waits for something that never comes. There are no timers and no network here: every promise must settle by itself.',
  });
}

const spending: ReadonlySet<CodeFault> = new Set(['time', 'memory', 'depth']);

/** Answers jobs one after another. Throws only when the engine itself has failed; then the process is to end. */
export function createSandbox(door: string): (job: CodeJob) => Promise<CodeReply> {
  const make = loadEngine(door);
  let next = make();
  return async (job) => {
    const engine = await next;
    const startedAt = performance.now();
    const logs: string[] = [];
    const done = () => ({ logs, tookMs: performance.now() - startedAt });
    const refuse = ({ fault, message, line, column }: Stop): CodeReply => ({
      ...done(),
      ok: false,
      fault,
      message,
      line: line ?? null,
      column: column ?? null,
      isSpent: spending.has(fault),
    });
    try {
      const room = openRoom(engine);
      if (job.kind === 'check') {
        compile(room, job.source);
        return { ...done(), ok: true, output: null, isSpent: false };
      }
      const output = execute(room, job, (line) =>
        logs.push(line ?? 'Further lines were not kept: this is the most.'),
      );
      return { ...done(), ok: true, output, isSpent: false };
    } catch (error) {
      if (error instanceof Stopped) return refuse(error.stop);
      // The stack of the process ends before the engine's own where source or calls are nested very deep.
      if (error instanceof RangeError)
        return refuse({ fault: 'depth', message: 'The code calls itself, or is nested, too deep.' });
      throw error;
    } finally {
      next = make();
    }
  };
}
