// What the journal says of loops, applied to the state of a run: a loop keeps what was collected, and of its iterations only those that
// are under way. Pure.
import type { Json } from '@weftline/connectors/json';
import type { KeptLoop, RecordedEvent } from '../journal/events.ts';
import type { LoopState, RunState, StepState } from './run-state.ts';
import { iterationOf } from './step-address.ts';
import type { LoopCounts } from './types.ts';

/** Failed items that a loop tells of in its output; all are counted. */
const mostFailures = 100;

const newLoop = (items: Json[], stops: boolean): LoopState => ({
  items,
  stops,
  next: 0,
  open: new Map(),
  values: Array.from({ length: items.length }),
  size: 0,
  done: 0,
  failed: [],
  failures: [],
  broken: null,
});

export const countsOf = (loop: LoopState): LoopCounts => ({
  total: loop.values.length,
  done: loop.done,
  failed: loop.failed.length,
  open: loop.open.size,
});

/** Tells a loop that a step of one of its iterations has begun. */
export function noteStep(state: RunState, address: string): void {
  const place = iterationOf(address);
  const loop = place && state.loops.get(place.loop);
  if (!place || !loop) return;
  const known = loop.open.get(place.index);
  if (known) known.add(address);
  else loop.open.set(place.index, new Set([address]));
  if (place.index >= loop.next) loop.next = place.index + 1;
  while (loop.next < loop.values.length && loop.values[loop.next] !== undefined) loop.next += 1;
}

function keepValue(loop: LoopState, index: number, value: Json): void {
  loop.values[index] = value;
  loop.size += JSON.stringify(value).length;
  loop.done += 1;
}

/** A loop goes on where a former run left it. */
export function resumeLoop(state: RunState, address: string, kept: KeptLoop): void {
  const loop = newLoop(kept.items, kept.stops);
  for (const [index, value] of kept.done) keepValue(loop, index, value);
  while (loop.next < loop.values.length && loop.values[loop.next] !== undefined) loop.next += 1;
  state.loops.set(address, loop);
}

/** Forgets the steps of an iteration, and the loops among them with theirs. */
function closeIteration(state: RunState, loop: LoopState, index: number): void {
  for (const address of loop.open.get(index) ?? []) {
    const inner = state.loops.get(address);
    if (inner) {
      for (const at of inner.open.keys()) closeIteration(state, inner, at);
      state.loops.delete(address);
    }
    state.steps.delete(address);
  }
  loop.open.delete(index);
}

/** Steps that waited when their loop ended wait no more; what they were is kept for a repeat. */
function dropWaits(state: RunState, loop: LoopState): void {
  for (const addresses of loop.open.values())
    for (const address of addresses) {
      const step = state.steps.get(address);
      const inner = state.loops.get(address);
      if (inner) dropWaits(state, inner);
      if (!step) continue;
      step.asks = false;
      step.readyAtMs = null;
      if (step.status === 'waiting' || step.status === 'retrying' || step.status === 'looping')
        step.status = 'dropped';
    }
}

export type LoopEvent = Extract<
  RecordedEvent,
  { type: 'LoopStarted' | 'IterationCompleted' | 'IterationFailed' | 'LoopCompleted' | 'LoopFailed' }
>;

/** Applies an entry of a loop. `step`: the state of the loop's step, made when it is not there; not asked for by entries of iterations. */
export function applyLoopEvent(state: RunState, event: LoopEvent, stepOf: (id: string) => StepState): void {
  switch (event.type) {
    case 'LoopStarted': {
      const step = stepOf(event.step);
      const { items, stops } = event.payload;
      step.startedAtMs ??= event.atMs;
      Object.assign(step, { status: 'looping', attempts: 1, why: null, input: { count: items.length } });
      state.loops.set(event.step, newLoop(items, stops));
      return;
    }
    case 'IterationCompleted':
    case 'IterationFailed': {
      const place = iterationOf(`${event.step}.`);
      const loop = place && state.loops.get(place.loop);
      if (!place || !loop) return;
      if (event.type === 'IterationCompleted') {
        const { payload } = event;
        const value =
          'of' in payload ? (state.steps.get(`${event.step}.${payload.of}`)?.output ?? null) : payload.value;
        keepValue(loop, place.index, value);
        closeIteration(state, loop, place.index);
        return;
      }
      const { error, stops } = event.payload;
      loop.failed.push(place.index);
      if (loop.failures.length < mostFailures) loop.failures.push({ index: place.index, error });
      if (loop.stops || stops) loop.broken ??= { index: place.index, error };
      else closeIteration(state, loop, place.index);
      return;
    }
    case 'LoopCompleted': {
      const loop = state.loops.get(event.step)!;
      const items = loop.values.map((value) => value ?? null);
      const failures = loop.failures.length > 0 ? { failures: loop.failures } : {};
      Object.assign(stepOf(event.step), {
        status: 'succeeded',
        output: { items, count: items.length, failed: loop.failed.length, ...failures } as Json,
        why: event.payload.why,
        finishedAtMs: event.atMs,
      });
      loop.items = [];
      loop.values = Array.from({ length: items.length });
      return;
    }
    case 'LoopFailed': {
      const loop = state.loops.get(event.step)!;
      dropWaits(state, loop);
      const { error } = event.payload;
      Object.assign(stepOf(event.step), {
        status: 'failed',
        error,
        why: error.message,
        finishedAtMs: event.atMs,
      });
    }
  }
}
