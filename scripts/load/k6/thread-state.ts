// The one mutable place of a virtual user's thread: what the k6 modules and the iteration loop both need.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { HttpAnswer, HttpCall, MetricKind, Sample, ThreadData, ThreadMessage } from './messages.ts';

export const thread = workerData as ThreadData;
const bell = new Int32Array(thread.bell);
const never = new Int32Array(new SharedArrayBuffer(4));
const batchSize = 200;
let samples: Sample[] = [];

/** Says something to the main thread. */
export function tell(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

/** Notes one value; it is sent on with others. */
export function addSample(
  metric: string,
  kind: MetricKind,
  value: number,
  tags: Record<string, string> = {},
): void {
  samples.push({ metric, kind, value, tags });
  if (samples.length >= batchSize) sendSamples();
}

/** Sends what was noted so far. */
export function sendSamples(): void {
  if (samples.length > 0) tell({ kind: 'samples', samples });
  samples = [];
}

/** k6 scripts are synchronous: the thread sleeps until the main thread has the answer. */
export function callAndWait(call: HttpCall): HttpAnswer {
  Atomics.store(bell, 0, 0);
  thread.httpPort.postMessage(call);
  Atomics.wait(bell, 0, 0);
  const received = receiveMessageOnPort(thread.httpPort) as { message: HttpAnswer };
  return received.message;
}

/** Stops this thread for a time. */
export function sleepMs(milliseconds: number): void {
  Atomics.wait(never, 0, 0, Math.max(0, milliseconds));
}
