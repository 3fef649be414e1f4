// What a run does next, as entries for one commit and calls to make after it. Takes no decision twice and writes nothing itself.
import type { Scope } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { Problem } from '@weftline/connectors/problem';
import type { CallError, SeenRequest, SeenResponse } from '../executor/types.ts';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import type { Projection } from '../journal/open-journal.ts';
import { isCodedError } from '../platform/errors.ts';
import { applyEvent, type RunState } from '../workflow/fold-journal.ts';
import { endLoop } from '../workflow/end-loop.ts';
import { childExpired } from '../workflow/await-child.ts';
import { nextStep } from '../workflow/next-step.ts';
import { failureOf, performStep, reasonToPass, resolveInput, scopeOf } from '../workflow/perform-step.ts';
import { findStep, iterationOf, iterationsAround, walkSteps } from '../workflow/step-address.ts';
import type { RepeatSafety, RetryPolicy } from '../workflow/retry-policy.ts';
import { type CalledStep, isCalled } from '../workflow/place-work.ts';
import type { Turn } from '../workflow/turn-of-run.ts';
import type { StepDefinition, WorkflowDefinition } from '../workflow/types.ts';
import type { Calendar } from '../workflow/working-hours.ts';
import { type Answer, applyAnswers, isAsking } from '../questions/answers.ts';
import { doubt, type Probe } from './ask-probe.ts';
import { overdue, readTurn, withOutput } from './end-of-run.ts';
import { addressesOf, hasAddressesInLoops, withoutEmpty } from './addresses-of-run.ts';
import { settleOrphans } from './settle-orphans.ts';

/** A run that this process holds, or is about to. */
export type RunTicket = {
  tenantId: string;
  runId: string;
  epoch: number;
  workflowId: string;
  version: number;
  workflowName: string;
  state: RunState;
};

/** What came of an attempt: a service's answer, or what code returned, which has no request. */
export type AttemptResult = {
  request: SeenRequest | null;
  response: SeenResponse | null;
  /** What the code printed; absent for calls. */
  logs?: string[];
  tookMs: number;
} & (
  | { ok: true; output: Json; warnings: Problem[] }
  /** `line` and `column`: where in the author's source, counted from 1. */
  | { ok: false; error: CallError & { line?: number; column?: number } }
);

/** One attempt of a step that is done elsewhere, ready to be made. */
export type Attempt = {
  safety: RepeatSafety;
  retry: RetryPolicy | undefined;
  /** Sent to the far side, the same for every attempt. */
  key: string;
  /** What the step was given, as it goes into the journal. */
  input: Json;
  call(signal: AbortSignal): Promise<AttemptResult>;
  /** What its outcome means, where that is more than the end of the step. */
  conclude?(outcome: EventBody): EventBody;
  /** How to find out whether it happened, where the action says how. */
  probe?: Probe;
};

export type DecisionServices = {
  loadDefinition(tenantId: string, workflowId: string, version: number): Promise<WorkflowDefinition>;
  loadVariables(tenantId: string): Promise<{ [name: string]: Json }>;
  /** When the workspace works; absent: the preset. Asked for only where a delay goes by it. */
  loadCalendar?(tenantId: string): Promise<Calendar>;
  /** Finds action and connection, or the pool that runs code. Throws CodedError when there is none. */
  prepareAttempt(
    ticket: RunTicket,
    definition: WorkflowDefinition,
    step: CalledStep,
    input: Json,
    attempt: number,
  ): Promise<Attempt>;
  /** What the run was answered from outside and has not taken in. Asked for only while it asks something. */
  loadAnswers(ticket: RunTicket): Promise<Answer[]>;
  /** The one-time address of a step that waits for a call: the same whenever it is asked for. */
  hookUrl(ticket: RunTicket, stepId: string): Promise<string>;
  /** The address of the page where an approval can be decided: the same whenever it is asked for. Absent: approvals have no links. */
  approvalUrl?(ticket: RunTicket, stepId: string): Promise<string>;
  /** The database's time in ms. */
  clock(): number;
};

/** `fenced`: somebody else has the run or it was cancelled. `released`: handed back for a drain. */
export type RunLeft = 'succeeded' | 'failed' | 'waiting' | 'fenced' | 'released';

/** A call to make: the step's own, or the probe that asks whether an earlier one happened. */
export type Start = { step: CalledStep; attempt: Attempt; number: number; probe?: Probe };

/** One commit and what follows it: `events` first, then the calls in `starts`, or the run is left as `leave` says. */
export type Decision = {
  firstSeq: number;
  events: EventBody[];
  starts: Start[];
  leave: { left: RunLeft; projection: Projection } | null;
  /** There is more to decide at once: it was cut, so that one commit does not grow with a loop's items. */
  hasMore?: boolean;
};

export type OpenRun = {
  ticket: RunTicket;
  /** What the run waits behind others for before it begins. */
  turn: Turn | null;
  /** Takes in what came back from calls and decides until everything waits or the run is left. */
  decide(outcomes: EventBody[]): Promise<Decision>;
  /** The call of a step has come back; its outcome goes into the next decision. */
  landed(stepId: string): void;
};

const projectionOf = (status: Projection['status'], rest: Partial<Projection> = {}): Projection => ({
  status,
  delayMs: null,
  why: null,
  code: null,
  message: null,
  ...rest,
});

/** Opens a run for deciding. `drain`: nothing new is started any more. Throws when its version cannot be loaded. */
export async function openRun(
  ticket: RunTicket,
  services: DecisionServices,
  drain: AbortSignal,
): Promise<OpenRun> {
  const { clock } = services;
  const { state, tenantId, runId } = ticket;
  const definition = await services.loadDefinition(tenantId, ticket.workflowId, ticket.version);
  const calendar = usesCalendar(definition) ? await services.loadCalendar?.(tenantId) : undefined;
  const variables = usesVariables(definition) ? await services.loadVariables(tenantId) : {};
  const addresses = await addressesOf(services, ticket, definition.steps, '');
  const { workflowId, workflowName } = ticket;
  const run = { id: runId, workflowId, workflowName, ...withoutEmpty(addresses) };
  const limit = definition.settings?.deadlineSeconds;
  const deadlineMs = limit ? state.startedAtMs + limit * 1000 : null;
  const { turn, fault: keyFault } = readTurn(definition, state.triggerOutput);
  const inFlight = new Set<string>();
  let orphansSettled = false;

  const scope = (iteration = ''): Scope => scopeOf(state, run, variables, iteration);

  /** What a step may read at its place. */
  async function scopeAt(address: string): Promise<Scope> {
    const around = iterationsAround(address);
    const inner = scope(around.at(-1));
    if (around.length === 0 || !hasAddressesInLoops(definition)) return inner;
    const own = { hooks: { ...addresses.hooks }, approvals: { ...addresses.approvals } };
    for (const iteration of around) {
      const loop = findStep(definition, iterationOf(`${iteration}.`)!.loop);
      if (loop?.kind !== 'forEach') continue;
      const inside = await addressesOf(services, ticket, loop.steps, iteration);
      Object.assign(own.hooks, inside.hooks);
      Object.assign(own.approvals, inside.approvals);
    }
    return { ...inner, run: { ...(inner['run'] as { [member: string]: Json }), ...withoutEmpty(own) } };
  }

  async function prepare(step: CalledStep): Promise<Start | EventBody> {
    const known = state.steps.get(step.id);
    const number = (known?.attempts ?? 0) + 1;
    try {
      const scope = await scopeAt(step.id);
      if (!known) {
        const why = reasonToPass(step, scope);
        if (why) return { type: 'StepSkipped', step: step.id, payload: { why, through: true } };
      }
      const resolved = resolveInput(step.input ?? {}, scope);
      if (!resolved.ok && !known)
        return { type: 'StepFailed', step: step.id, payload: { attempt: number, error: resolved.error } };
      const filled = resolved.ok ? resolved.input : known!.input;
      let attempt = await services.prepareAttempt(ticket, definition, step, filled, number);
      // A repeat sends what the first attempt sent, also when a named value of the workspace has changed since.
      if (known && JSON.stringify(attempt.input) !== JSON.stringify(known.input))
        attempt = await services.prepareAttempt(ticket, definition, step, known.input, number);
      return { step, number, attempt };
    } catch (error) {
      const failure = isCodedError(error) ? { code: error.code, message: error.message } : failureOf(error);
      return { type: 'StepFailed', step: step.id, payload: { attempt: number, error: failure } };
    }
  }

  async function decide(outcomes: EventBody[]): Promise<Decision> {
    const decision: Decision = { firstSeq: state.nextSeq, events: [], starts: [], leave: null };
    /** Puts an entry into this commit and into the state that decisions are made from. */
    let size = 0;
    const push = (body: EventBody): void => {
      decision.events.push(body);
      // Many entries of one decision come from loops alone.
      if (body.step?.includes('[')) size += JSON.stringify(body.payload).length;
      applyEvent(state, { ...body, seq: state.nextSeq, atMs: clock() } as RecordedEvent);
    };
    if (!orphansSettled) {
      orphansSettled = true;
      for (const body of await settleOrphans(state, safetyOfStep))
        push(doubt(body, body.type === 'StepUnknown' ? (await attemptOf(body.step))?.probe : undefined));
    }
    if (isAsking(state))
      for (const body of applyAnswers(state, await services.loadAnswers(ticket))) push(body);
    for (const body of outcomes) push(body);
    while (decision.leave === null) {
      if (decision.events.length >= mostTogether || size >= mostCharacters) {
        if (drain.aborted && inFlight.size === 0)
          decision.leave = { left: 'released', projection: projectionOf('queued', { delayMs: 0 }) };
        else decision.hasMore = true;
        break;
      }
      // Past the deadline nothing new begins; what is in flight may finish.
      const isOver = deadlineMs !== null && clock() > deadlineMs;
      if (isOver && inFlight.size > 0) break;
      const next = isOver ? overdue(limit!) : (keyFault ?? nextStep(definition, state, clock(), inFlight));
      if (next.kind === 'inFlight') break;
      if (next.kind === 'wait') {
        const untilMs =
          deadlineMs === null ? next.untilMs : Math.min(next.untilMs ?? Infinity, deadlineMs + 1);
        const delayMs = untilMs === null ? null : Math.max(0, untilMs - clock());
        decision.leave = { left: 'waiting', projection: projectionOf('waiting', { delayMs, why: next.why }) };
      } else if (next.kind === 'end') {
        const { status, code, message, stepId, output } = withOutput(next, definition, state, () =>
          scopeOf(state, run, variables),
        );
        if (status === 'succeeded')
          push({ type: 'WorkflowSucceeded', step: null, payload: output === undefined ? {} : { output } });
        else
          push({
            type: 'WorkflowFailed',
            step: null,
            payload: { code: code!, message: message!, ...(stepId ? { stepId } : {}) },
          });
        decision.leave = { left: status, projection: projectionOf(status, { code, message, why: message }) };
      } else {
        for (const { id, why } of next.skip) push({ type: 'StepSkipped', step: id, payload: { why } });
        for (const end of next.ends) push(endLoop(end, state, scope));
        const moved = await takeSteps(next.ready, decision, push);
        if (moved || next.skip.length > 0 || next.ends.length > 0) continue;
        // A drain keeps everything back: what is left goes back to the queue, its journal as it stands.
        if (inFlight.size > 0) break;
        decision.leave = { left: 'released', projection: projectionOf('queued', { delayMs: 0 }) };
      }
    }
    return decision;
  }

  /** Performs or prepares steps; false when a drain kept all of them back. */
  async function takeSteps(
    ready: StepDefinition[],
    decision: Decision,
    push: (body: EventBody) => void,
  ): Promise<boolean> {
    let moved = false;
    for (const step of ready) {
      if (isCalled(step) && drain.aborted) continue;
      moved = true;
      if (!isCalled(step)) {
        push(
          performStep(
            step,
            await scopeAt(step.id),
            clock(),
            state.steps.get(step.id)?.readyAtMs ?? null,
            calendar,
          )!,
        );
        continue;
      }
      const known = state.steps.get(step.id);
      if (step.kind === 'workflow' && known?.asks) {
        push(childExpired(step, known));
        continue;
      }
      if (known?.status === 'unknown') {
        const attempt = await attemptOf(step.id);
        if (!attempt?.probe) {
          const { attempts, request } = known;
          const why =
            'The app that could be asked whether it happened is gone. Look at the service and settle it.';
          push({ type: 'StepUnknown', step: step.id, payload: { attempt: attempts, why, request } });
          continue;
        }
        const { action, input } = attempt.probe;
        push({ type: 'ProbeDispatched', step: step.id, payload: { action, input } });
        inFlight.add(step.id);
        decision.starts.push({ step, attempt, number: known.attempts, probe: attempt.probe });
        continue;
      }
      const prepared = await prepare(step);
      if ('type' in prepared) {
        push(prepared);
        continue;
      }
      const { number, attempt } = prepared;
      push({
        type: 'StepDispatched',
        step: step.id,
        payload: { attempt: number, input: attempt.input, key: attempt.key },
      });
      inFlight.add(step.id);
      decision.starts.push(prepared);
    }
    return moved;
  }

  /** A step's attempt as it was sent, to ask about it. Null: its app or connection is gone. */
  async function attemptOf(stepId: string): Promise<Attempt | null> {
    const step = findStep(definition, stepId) as CalledStep;
    const input = state.steps.get(stepId)!.input;
    return services.prepareAttempt(ticket, definition, step, input, 0).catch(() => null);
  }

  const safetyOfStep = async (stepId: string): Promise<RepeatSafety> =>
    (await attemptOf(stepId))?.safety ?? 'unsafe';

  return { ticket, turn, decide, landed: (stepId) => void inFlight.delete(stepId) };
}

/** Entries of one commit, about: a loop without calls would else decide all its items at once. */
const mostTogether = 500;

/** Their size as JSON, about. */
const mostCharacters = 4_194_304;

const usesCalendar = (definition: WorkflowDefinition): boolean => {
  for (const { step } of walkSteps(definition.steps))
    if (step.kind === 'delay' && step.workingHours) return true;
  return false;
};

const readers = new WeakMap<WorkflowDefinition, boolean>();

function usesVariables(definition: WorkflowDefinition): boolean {
  let uses = readers.get(definition);
  if (uses === undefined) readers.set(definition, (uses = /\bvars\b/.test(JSON.stringify(definition.steps))));
  return uses;
}
