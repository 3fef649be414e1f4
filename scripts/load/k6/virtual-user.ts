// One thread: it reads the script, or lives as one virtual user of it.
import { registerHooks } from 'node:module';
import { cells, type Options } from './messages.ts';
import { addSample, sendSamples, tell, thread } from './thread-state.ts';

type Script = {
  options?: Options;
  default?: (data: unknown) => void;
  setup?: () => unknown;
  teardown?: (data: unknown) => void;
  handleSummary?: unknown;
};

const modules: Record<string, string> = {
  k6: './core.ts',
  'k6/http': './http.ts',
  'k6/metrics': './metrics.ts',
  'k6/execution': './execution.ts',
};
const waitForTurnMs = 100;
const shared = new Int32Array(thread.shared);

registerHooks({
  resolve(name, context, next) {
    const file = modules[name];
    if (file !== undefined) return { url: new URL(file, import.meta.url).href, shortCircuit: true };
    if (name.startsWith('k6/')) throw new Error(`${name} is not known to this runner; use k6 itself.`);
    return next(name, context);
  },
});
const globals = { __ENV: thread.env, __VU: thread.user, __ITER: 0 };
Object.assign(globalThis, globals);

const script = (await import(thread.script)) as Script;
if (thread.task === 'inspect') inspect();
if (thread.task === 'iterate') iterate();
if (thread.task === 'teardown') script.teardown?.(thread.setupData);
sendSamples();
thread.httpPort.close();

function inspect(): void {
  if (typeof script.default !== 'function') throw new Error('The script has no default function.');
  const setupData = script.setup?.();
  // Through JSON, as in k6: every user gets its own copy, and functions do not survive.
  const copy: unknown = setupData === undefined ? undefined : JSON.parse(JSON.stringify(setupData));
  tell({
    kind: 'inspected',
    options: JSON.parse(JSON.stringify(script.options ?? {})) as Options,
    setupData: copy,
    hasTeardown: script.teardown !== undefined,
    hasSummary: script.handleSummary !== undefined,
  });
}

function iterate(): void {
  let iteration = 0;
  tell({ kind: 'ready' });
  while (waitForTurn()) {
    Object.assign(globalThis, { __ITER: iteration });
    iteration += 1;
    const begin = performance.now();
    try {
      script.default?.(thread.setupData);
    } catch (error) {
      addSample('script_errors', 'counter', 1);
      // Once: a script that always fails would otherwise fill the screen.
      if (iteration === 1) tell({ kind: 'script-error', message: String(error) });
    }
    addSample('iterations', 'counter', 1);
    addSample('iteration_duration', 'trend', performance.now() - begin);
  }
}

/** Waits until this user may begin an iteration; false when the test is over for it. */
function waitForTurn(): boolean {
  while (Atomics.load(shared, cells.stopped) === 0) {
    const allowed = Atomics.load(shared, cells.allowedUsers);
    if (thread.user <= allowed) return Atomics.sub(shared, cells.iterationsLeft, 1) > 0;
    sendSamples();
    Atomics.wait(shared, cells.allowedUsers, allowed, waitForTurnMs);
  }
  return false;
}
