// Plays an unmodified k6 script: a thread for each virtual user, one HTTP client for all of them.
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { collectMetrics, type Metrics } from './collect-metrics.ts';
import { judgeThresholds, type Verdict } from './judge-thresholds.ts';
import { cells, type HttpCall, type Options, type ThreadData, type ThreadMessage } from './k6/messages.ts';
import { planUsers, type Plan } from './plan-users.ts';
import { closeConnections, sendRequest } from './send-request.ts';

export type Result = { metrics: Metrics; verdicts: Verdict[]; seconds: number; mostUsers: number };

type Inspected = Extract<ThreadMessage, { kind: 'inspected' }>;

const steerEveryMs = 50;
const unlimited = 2 ** 31 - 1;
const threadFile = new URL('./k6/virtual-user.ts', import.meta.url);

/**
 * @param file the script
 * @param env what the script sees as `__ENV`
 * @param overrides options of the command line; they win over those of the script
 * @param warn is told what went wrong inside the script and what this runner leaves out
 * @throws when the script cannot be read or asks for something this runner does not know
 */
export async function runScript(
  file: string,
  env: Record<string, string>,
  overrides: Options,
  warn: (message: string) => void,
): Promise<Result> {
  const metrics = collectMetrics();
  const shared = new SharedArrayBuffer(4 * cells.count);
  const steering = new Int32Array(shared);
  const script = pathToFileURL(file).href;
  let inspected: Inspected | undefined;
  let ready = 0;
  const run = (task: ThreadData['task'], user: number): Promise<void> =>
    runThread({ script, env, task, user, setupData: inspected?.setupData, shared }, (message) => {
      if (message.kind === 'ready') ready += 1;
      if (message.kind === 'samples') metrics.add(message.samples);
      if (message.kind === 'script-error') warn(`user ${user}: ${message.message}`);
      if (message.kind === 'inspected') inspected = message;
    });
  try {
    await run('inspect', 0);
    if (!inspected) throw new Error('The script could not be read.');
    const found: Inspected = inspected;
    if (found.hasSummary) warn('handleSummary() is not called by this runner.');
    const { stages, ...others } = found.options;
    // As in k6: what the command line says about users or time replaces the stages.
    const isReplaced = Object.keys(overrides).length > 0 || stages === undefined;
    const options: Options = { ...others, ...(isReplaced ? {} : { stages }), ...overrides };
    const plan = planUsers(options);
    const users = Array.from({ length: plan.mostUsers }, (_, index) => run('iterate', index + 1));
    const all = Promise.all(users);
    // The clock of the plan begins when every thread has read the script, however long that takes here.
    await Promise.race([all, waitUntil(() => ready === plan.mostUsers || steering[cells.stopped] === 1)]);
    const begin = performance.now();
    const stopSteering = steer(plan, steering);
    await all.finally(stopSteering);
    const seconds = (performance.now() - begin) / 1000;
    if (found.hasTeardown) await run('teardown', 0);
    const verdicts = judgeThresholds(options.thresholds ?? {}, metrics, seconds);
    return { metrics, verdicts, seconds, mostUsers: plan.mostUsers };
  } finally {
    // When one thread failed the others must not go on.
    Atomics.store(steering, cells.stopped, 1);
    closeConnections();
  }
}

async function waitUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Opens and closes the gate for users as the plan says; answers the function that ends it. */
function steer(plan: Plan, shared: Int32Array): () => void {
  const begin = performance.now();
  const set = (): void => {
    const elapsedMs = performance.now() - begin;
    Atomics.store(shared, cells.allowedUsers, plan.usersAt(elapsedMs));
    const isOver = plan.durationMs !== null && elapsedMs >= plan.durationMs;
    if (isOver) Atomics.store(shared, cells.stopped, 1);
    Atomics.notify(shared, cells.allowedUsers);
  };
  Atomics.store(shared, cells.iterationsLeft, plan.iterations ?? unlimited);
  set();
  const timer = setInterval(set, steerEveryMs);
  return () => clearInterval(timer);
}

async function runThread(
  data: Omit<ThreadData, 'httpPort' | 'bell'>,
  hear: (message: ThreadMessage) => void,
): Promise<void> {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const bell = new SharedArrayBuffer(4);
  const cell = new Int32Array(bell);
  ours.on('message', async (call: HttpCall) => {
    ours.postMessage(await sendRequest(call));
    Atomics.store(cell, 0, 1);
    Atomics.notify(cell, 0);
  });
  const workerData: ThreadData = { ...data, httpPort: theirs, bell };
  const worker = new Worker(threadFile, { workerData, transferList: [theirs] });
  worker.on('message', hear);
  try {
    await once(worker, 'exit');
  } finally {
    ours.close();
  }
}
