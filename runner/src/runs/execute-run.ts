// One run from where its journal stands to its end or its next wait. Intent before a call, outcome after it;
// the outcome of a step and the intent of the next share a commit.
import type { Scope } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { CallResult } from '../executor/types.ts';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import type { Journal, Projection } from '../journal/open-journal.ts';
import { isCodedError } from '../platform/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { applyEvent, type RunState } from '../workflow/fold-journal.ts';
import { nextStep } from '../workflow/next-step.ts';
import { failureOf, performStep, reasonToPass, resolveInput, scopeOf } from '../workflow/perform-step.ts';
import type { RepeatSafety } from '../workflow/retry-policy.ts';
import type { ActionStep, RetryDefinition, StepDefinition, WorkflowDefinition } from '../workflow/types.ts';
import { appendSurely } from './append-surely.ts';
import { outcomeOf } from './outcome-of.ts';
import { settleOrphans } from './settle-orphans.ts';

/** A run that this process holds. */
export type RunTicket = {
  tenantId: string;
  runId: string;
  epoch: number;
  workflowId: string;
  version: number;
  workflowName: string;
  state: RunState;
};

/** One attempt of an action step, ready to be made. */
export type Attempt = {
  safety: RepeatSafety;
  retry: RetryDefinition | undefined;
  /** Sent to the far side, the same for every attempt. */
  key: string;
  /** What the step was given, as it goes into the journal. */
  input: Json;
  call(signal: AbortSignal): Promise<CallResult>;
};

export type RunServices = {
  journal: Journal;
  loadDefinition(tenantId: string, workflowId: string, version: number): Promise<WorkflowDefinition>;
  loadVariables(tenantId: string): Promise<{ [name: string]: Json }>;
  /** Finds action and connection. Throws CodedError when there is none. */
  prepareAttempt(
    ticket: RunTicket,
    definition: WorkflowDefinition,
    step: ActionStep,
    input: Json,
    attempt: number,
  ): Promise<Attempt>;
  /** The database's time in ms. */
  clock(): number;
  random(): number;
  /** False when so much of the lease is gone that nothing may be sent or written any more. */
  holds(runId: string): boolean;
  logger: Logger;
  onCall?(seconds: number, outcome: string): void;
};

/** `fenced`: somebody else has the run or it was cancelled. `released`: handed back for a drain. */
export type RunLeft = 'succeeded' | 'failed' | 'waiting' | 'fenced' | 'released';

type Start = { step: ActionStep; attempt: Attempt; number: number };

const projection = (status: Projection['status'], rest: Partial<Projection> = {}): Projection => ({
  status,
  delayMs: null,
  why: null,
  code: null,
  message: null,
  ...rest,
});

/**
 * Works on a run until it ends, waits, is taken away (`lost`), or is handed back (`drain`: nothing new is sent).
 * Throws only when the database stays away for as long as the lease lasts.
 */
export async function executeRun(
  ticket: RunTicket,
  services: RunServices,
  drain: AbortSignal,
  lost: AbortSignal,
): Promise<RunLeft> {
  const { journal, clock } = services;
  const { state, tenantId, runId, epoch } = ticket;
  const definition = await services.loadDefinition(tenantId, ticket.workflowId, ticket.version);
  const variables = JSON.stringify(definition.steps).includes('vars')
    ? await services.loadVariables(tenantId)
    : {};
  const run = { id: runId, workflowId: ticket.workflowId, workflowName: ticket.workflowName };
  const deadlineMs = definition.settings?.deadlineSeconds
    ? state.startedAtMs + definition.settings.deadlineSeconds * 1000
    : null;
  const calls = new AbortController();
  const inFlight = new Set<string>();
  let outcomes: EventBody[] = [];
  let wake: () => void = () => {};
  const onLost = () => {
    calls.abort();
    wake();
  };
  lost.addEventListener('abort', onLost, { once: true });

  const scope = (): Scope => scopeOf(state, run, variables);
  /** Puts an entry into the next commit and into the state that decisions are made from. */
  const push = (bodies: EventBody[], body: EventBody): void => {
    bodies.push(body);
    applyEvent(state, { ...body, seq: state.nextSeq, atMs: clock() } as RecordedEvent);
  };

  async function prepare(step: ActionStep): Promise<Start | EventBody> {
    const known = state.steps.get(step.id);
    const number = (known?.attempts ?? 0) + 1;
    try {
      if (number === 1) {
        const why = reasonToPass(step, scope());
        if (why) return { type: 'StepSkipped', step: step.id, payload: { why, through: true } };
      }
      // A repeat sends what the first attempt sent.
      const resolved = known
        ? { ok: true as const, input: known.input }
        : resolveInput(step.input ?? {}, scope());
      if (!resolved.ok)
        return { type: 'StepFailed', step: step.id, payload: { attempt: number, error: resolved.error } };
      return {
        step,
        number,
        attempt: await services.prepareAttempt(ticket, definition, step, resolved.input, number),
      };
    } catch (error) {
      const failure = isCodedError(error) ? { code: error.code, message: error.message } : failureOf(error);
      return { type: 'StepFailed', step: step.id, payload: { attempt: number, error: failure } };
    }
  }

  /** Lets everything happen that can happen without waiting; answers how the run is left, if it is. */
  async function advance(
    bodies: EventBody[],
    starts: Start[],
  ): Promise<{ left: RunLeft; end: Projection } | null> {
    for (;;) {
      if (deadlineMs !== null && clock() > deadlineMs && inFlight.size === 0) {
        const message = `The run did not end within its deadline of ${definition.settings!.deadlineSeconds} seconds.`;
        push(bodies, { type: 'WorkflowFailed', step: null, payload: { code: 'deadline_exceeded', message } });
        return {
          left: 'failed',
          end: projection('failed', { code: 'deadline_exceeded', message, why: message }),
        };
      }
      const next = nextStep(definition, state, clock(), inFlight);
      if (next.kind === 'inFlight') return null;
      if (next.kind === 'wait') {
        const untilMs =
          deadlineMs === null ? next.untilMs : Math.min(next.untilMs ?? Infinity, deadlineMs + 1);
        return {
          left: 'waiting',
          end: projection('waiting', {
            delayMs: untilMs === null ? null : Math.max(0, untilMs - clock()),
            why: next.why,
          }),
        };
      }
      if (next.kind === 'end') {
        if (next.status === 'succeeded') push(bodies, { type: 'WorkflowSucceeded', step: null, payload: {} });
        else
          push(bodies, {
            type: 'WorkflowFailed',
            step: null,
            payload: {
              code: next.code!,
              message: next.message!,
              ...(next.stepId ? { stepId: next.stepId } : {}),
            },
          });
        return {
          left: next.status,
          end: projection(next.status, { code: next.code, message: next.message, why: next.message }),
        };
      }
      for (const { id, why } of next.skip) push(bodies, { type: 'StepSkipped', step: id, payload: { why } });
      const moved = await takeSteps(next.ready, bodies, starts);
      if (!moved && next.skip.length === 0) {
        if (inFlight.size > 0) return null;
        return { left: 'released', end: projection('queued', { delayMs: 0 }) };
      }
    }
  }

  /** Performs or prepares steps; false when a drain kept all of them back. */
  async function takeSteps(ready: StepDefinition[], bodies: EventBody[], starts: Start[]): Promise<boolean> {
    let moved = false;
    for (const step of ready) {
      if (step.kind !== 'action') {
        push(bodies, performStep(step, scope(), clock(), state.steps.get(step.id)?.readyAtMs ?? null)!);
        moved = true;
      } else if (!drain.aborted) {
        const prepared = await prepare(step);
        if ('type' in prepared) push(bodies, prepared);
        else {
          const { number, attempt } = prepared;
          push(bodies, {
            type: 'StepDispatched',
            step: step.id,
            payload: { attempt: number, input: attempt.input, key: attempt.key },
          });
          inFlight.add(step.id);
          starts.push(prepared);
        }
        moved = true;
      }
    }
    return moved;
  }

  function begin({ step, attempt, number }: Start): void {
    const started = performance.now();
    void attempt
      .call(calls.signal)
      .catch((error: unknown): CallResult => {
        services.logger.error({ tenantId, runId, stepId: step.id, err: error }, 'a call failed inside');
        return {
          ok: false,
          error: {
            code: 'internal',
            type: 'PERMANENT',
            message: 'Something failed inside Weftline while the service was called.',
            sent: 'unknown',
          },
          request: null,
          response: null,
          tookMs: performance.now() - started,
        };
      })
      .then((result) => {
        services.onCall?.(
          (performance.now() - started) / 1000,
          result.ok ? 'succeeded' : result.error.type.toLowerCase(),
        );
        inFlight.delete(step.id);
        outcomes.push(outcomeOf(step.id, result, number, attempt.retry, attempt.safety, services.random()));
        wake();
      });
  }

  try {
    const orphans = await settleOrphans(state, async (stepId) => {
      const step = definition.steps.find((candidate) => candidate.id === stepId) as ActionStep;
      return (
        (
          await services
            .prepareAttempt(ticket, definition, step, state.steps.get(stepId)!.input, 0)
            .catch(() => null)
        )?.safety ?? 'unsafe'
      );
    });
    outcomes = orphans;
    for (;;) {
      const firstSeq = state.nextSeq;
      const bodies: EventBody[] = [];
      for (const body of outcomes.splice(0)) push(bodies, body);
      const starts: Start[] = [];
      const leave = await advance(bodies, starts);
      if (lost.aborted) return 'fenced';
      if (bodies.length > 0 || leave) {
        const written = await appendSurely(
          journal,
          { tenantId, runId, epoch, firstSeq, events: bodies, projection: leave?.end ?? null },
          () => !lost.aborted && services.holds(runId),
        );
        if (!written) return 'fenced';
      }
      if (leave) return leave.left;
      for (const start of starts) {
        if (!services.holds(runId)) return 'fenced';
        begin(start);
      }
      if (outcomes.length === 0 && !lost.aborted) await new Promise<void>((resolve) => (wake = resolve));
      if (lost.aborted) return 'fenced';
    }
  } finally {
    lost.removeEventListener('abort', onLost);
    calls.abort();
  }
}
