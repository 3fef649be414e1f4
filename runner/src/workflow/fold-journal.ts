// A run is a fold over its journal. Pure: the same entries give the same state, in whatever process.
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { RecordedEvent } from '../journal/events.ts';
import { applyLoopEvent, noteStep, resumeLoop } from './fold-loop.ts';
import type { RunState, StepState } from './run-state.ts';

export type { RunState, StepState } from './run-state.ts';

const emptyStep = (): StepState => ({
  status: 'dispatched',
  attempts: 0,
  startedAtMs: null,
  finishedAtMs: null,
  sentAtMs: null,
  asks: false,
  probe: null,
  readyAtMs: null,
  port: null,
  through: false,
  input: null,
  output: null,
  error: null,
  why: null,
  request: null,
  response: null,
  child: null,
  logs: null,
});

export const emptyState = (): RunState => ({
  triggerOutput: null,
  chain: [],
  parent: null,
  keyRuns: {},
  startedAtMs: 0,
  steps: new Map(),
  loops: new Map(),
  nextSeq: 0,
  ended: null,
});

function stepOf(state: RunState, id: string): StepState {
  let step = state.steps.get(id);
  if (!step) {
    state.steps.set(id, (step = emptyStep()));
    noteStep(state, id);
  }
  return step;
}

/** What was sent and when, as far as it is known. */
function sentAt({ attempts, sentAtMs, request }: StepState): string {
  const what = isJsonObject(request) ? ` ${String(request.method)} ${String(request.url)}` : '';
  const when = sentAtMs === null ? '' : ` at ${new Date(sentAtMs).toISOString()}`;
  return `Attempt ${attempts}${what} was sent${when}.`;
}

/** An approval that has come to its end; only an approved one leads on the usual way. */
function decided(
  step: StepState,
  atMs: number,
  decision: 'approved' | 'rejected' | 'expired',
  who: { [name: string]: Json },
  why: string,
): void {
  Object.assign(step, {
    status: 'succeeded',
    asks: false,
    readyAtMs: null,
    finishedAtMs: atMs,
    port: decision === 'approved' ? 'done' : 'rejected',
    output: { decision, ...who },
    why,
  });
}

/** Applies one entry. Changes `state` in place: a run of 10,000 entries is folded without copying. */
export function applyEvent(state: RunState, event: RecordedEvent): void {
  state.nextSeq = event.seq + 1;
  switch (event.type) {
    case 'WorkflowStarted':
      state.triggerOutput = event.payload.output;
      state.chain = event.payload.chain ?? [];
      state.parent = event.payload.parent ?? null;
      state.keyRuns = event.payload.keyRuns ?? {};
      state.startedAtMs = event.atMs;
      for (const [id, kept] of Object.entries(event.payload.loops ?? {})) {
        resumeLoop(state, id, kept);
        const input = { count: kept.items.length };
        Object.assign(stepOf(state, id), { status: 'looping', attempts: 1, startedAtMs: event.atMs, input });
      }
      for (const [id, output] of Object.entries(event.payload.kept ?? {}))
        Object.assign(stepOf(state, id), {
          status: 'succeeded',
          output,
          finishedAtMs: event.atMs,
          startedAtMs: event.atMs,
          why: 'Kept from the run that this one repeats.',
        });
      return;
    case 'StepDispatched': {
      const step = stepOf(state, event.step);
      step.status = 'dispatched';
      step.attempts = event.payload.attempt;
      step.startedAtMs ??= event.atMs;
      step.sentAtMs = event.atMs;
      step.readyAtMs = null;
      step.input = event.payload.input;
      step.why = null;
      return;
    }
    case 'StepCompleted': {
      const step = stepOf(state, event.step);
      const { payload } = event;
      Object.assign(step, {
        status: 'succeeded',
        output: payload.output,
        port: payload.port ?? null,
        why: payload.why ?? null,
        error: null,
        probe: null,
        readyAtMs: null,
        finishedAtMs: event.atMs,
      });
      step.startedAtMs ??= event.atMs;
      step.attempts ||= 1;
      if (payload.input !== undefined) step.input = payload.input;
      if (payload.child) step.child = payload.child;
      step.request = payload.request ?? null;
      step.response = payload.response ?? null;
      step.logs = payload.logs ?? null;
      return;
    }
    case 'StepFailed': {
      const step = stepOf(state, event.step);
      const { payload } = event;
      step.attempts = payload.attempt;
      step.startedAtMs ??= event.atMs;
      step.error = payload.error;
      if (payload.input !== undefined) step.input = payload.input;
      step.request = payload.request ?? null;
      step.response = payload.response ?? null;
      step.logs = payload.logs ?? null;
      if (payload.retryInMs === undefined)
        Object.assign(step, {
          status: 'failed',
          finishedAtMs: event.atMs,
          readyAtMs: null,
          why: payload.error.message,
        });
      else
        Object.assign(step, {
          status: 'retrying',
          readyAtMs: event.atMs + payload.retryInMs,
          why: `Attempt ${payload.attempt} failed: ${payload.error.message}`,
        });
      return;
    }
    case 'StepSkipped':
      Object.assign(stepOf(state, event.step), {
        status: 'skipped',
        why: event.payload.why,
        through: event.payload.through ?? false,
        finishedAtMs: event.atMs,
      });
      return;
    case 'StepWaiting': {
      const step = stepOf(state, event.step);
      step.startedAtMs ??= event.atMs;
      Object.assign(step, { status: 'waiting', readyAtMs: event.payload.untilMs, why: event.payload.why });
      if (event.payload.attempt !== undefined) step.attempts = event.payload.attempt - 1;
      return;
    }
    case 'StepUnknown':
    case 'StepDoubted': {
      const step = stepOf(state, event.step);
      step.status = 'unknown';
      step.asks = event.type === 'StepUnknown';
      step.probe = event.type === 'StepDoubted' ? 'due' : null;
      step.request = event.payload.request ?? null;
      step.why = step.sentAtMs === null ? event.payload.why : `${sentAt(step)} ${event.payload.why}`;
      return;
    }
    case 'ProbeDispatched':
      stepOf(state, event.step).probe = 'sent';
      return;
    case 'ProbeCompleted':
      stepOf(state, event.step).probe = null;
      return;
    case 'StepSettled': {
      const step = stepOf(state, event.step);
      const { by, decision, output } = event.payload;
      step.asks = false;
      if (decision === 'happened')
        Object.assign(step, {
          status: 'succeeded',
          output: output ?? null,
          error: null,
          readyAtMs: null,
          finishedAtMs: event.atMs,
          why: `${sentAt(step)} No answer came, and ${by} settled that it happened.`,
        });
      else
        Object.assign(step, {
          status: 'retrying',
          readyAtMs: event.atMs,
          why: `${sentAt(step)} No answer came, and ${by} chose to send it again.`,
        });
      return;
    }
    case 'ApprovalRequested': {
      const step = stepOf(state, event.step);
      const { title, message, approvers, untilMs, why } = event.payload;
      step.startedAtMs ??= event.atMs;
      Object.assign(step, {
        status: 'waiting',
        asks: true,
        readyAtMs: untilMs,
        why,
        input: { title, message, approvers },
      });
      return;
    }
    case 'ApprovalApplied': {
      const { decision, by, note, decidedAt } = event.payload;
      const why = `${decision === 'approved' ? 'Approved' : 'Rejected'} by ${by}${note ? `: ${note}` : ''}.`;
      decided(stepOf(state, event.step), event.atMs, decision, { by, note, decidedAt }, why);
      return;
    }
    case 'ApprovalExpired':
      decided(
        stepOf(state, event.step),
        event.atMs,
        'expired',
        { by: null, note: null, decidedAt: null },
        event.payload.why,
      );
      return;
    case 'HookAwaited': {
      const step = stepOf(state, event.step);
      const { url, expiresAtMs, untilMs: readyAtMs, why } = event.payload;
      step.startedAtMs ??= event.atMs;
      const input = { url, expiresAt: new Date(expiresAtMs).toISOString() };
      Object.assign(step, { status: 'waiting', asks: true, readyAtMs, why, input });
      return;
    }
    case 'HookReceived':
      Object.assign(stepOf(state, event.step), {
        status: 'succeeded',
        asks: false,
        readyAtMs: null,
        finishedAtMs: event.atMs,
        output: event.payload.output,
        why: `Its address was called at ${event.payload.at}.`,
      });
      return;
    case 'HookExpired':
      Object.assign(stepOf(state, event.step), {
        status: 'failed',
        asks: false,
        readyAtMs: null,
        finishedAtMs: event.atMs,
        error: event.payload.error,
        why: event.payload.error.message,
      });
      return;
    case 'LoopStarted':
    case 'IterationCompleted':
    case 'IterationFailed':
    case 'LoopCompleted':
    case 'LoopFailed':
      applyLoopEvent(state, event, (id) => stepOf(state, id));
      return;
    case 'ChildAwaited': {
      const { runId, workflowId, workflowName, untilMs: readyAtMs, why } = event.payload;
      const child = { runId, workflowId, workflowName };
      Object.assign(stepOf(state, event.step), { status: 'waiting', asks: true, readyAtMs, why, child });
      return;
    }
    case 'ChildEnded': {
      const { payload } = event;
      const ending =
        payload.status === 'succeeded'
          ? {
              status: 'succeeded',
              output: { runId: payload.runId, status: payload.status, output: payload.output },
              why: `Run ${payload.runId} has succeeded.`,
            }
          : { status: 'failed', error: payload.error, why: payload.error.message };
      Object.assign(stepOf(state, event.step), {
        asks: false,
        readyAtMs: null,
        finishedAtMs: event.atMs,
        ...ending,
      });
      return;
    }
    case 'ChildExpired':
      Object.assign(stepOf(state, event.step), {
        status: 'failed',
        asks: false,
        readyAtMs: null,
        finishedAtMs: event.atMs,
        error: event.payload.error,
        why: event.payload.error.message,
      });
      return;
    case 'WorkflowSucceeded':
      state.ended = { status: 'succeeded', code: null, message: null };
      return;
    case 'WorkflowFailed':
      state.ended = { status: 'failed', code: event.payload.code, message: event.payload.message };
      return;
    case 'ExecutionAborted':
      state.ended = {
        status: 'cancelled',
        code: 'cancelled',
        message: event.payload.by.startsWith('run:')
          ? 'Cancelled because the run that waited for it goes on without it.'
          : 'Cancelled by a person.',
      };
      return;
  }
}

/** The state of a run from its journal, in the order of `seq`. */
export function foldJournal(events: readonly RecordedEvent[]): RunState {
  const state = emptyState();
  for (const event of events) applyEvent(state, event);
  return state;
}
