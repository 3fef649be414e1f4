// What a run does next. Pure: a definition and a state give the answer, so that tests can drive every interleaving.
import { isJsonObject } from '@weftline/connectors/json';
import type { RunState, StepState } from './fold-journal.ts';
import { isInside, iterationAddress, placeStep } from './step-address.ts';
import type { ForEachStep, StepDefinition, WorkflowDefinition } from './types.ts';

/** A loop, or one of its iterations, in which nothing is left to do. Both steps have their address as id. */
export type LoopEnd =
  | { kind: 'iteration'; loop: ForEachStep; index: number; failed: StepDefinition | null }
  | { kind: 'loop'; loop: ForEachStep };

export type NextStep =
  /**
   * Steps that may begin (or be tried again) now, steps that nothing leads to any more, and loops that have come to an end.
   * Steps of a loop's body come placed: their id is their address.
   */
  | { kind: 'go'; ready: StepDefinition[]; skip: { id: string; why: string }[]; ends: LoopEnd[] }
  /** Nothing may begin, but something is in flight in this process. */
  | { kind: 'inFlight' }
  /** Nothing may begin before an instant, or (null) before a person decides. */
  | { kind: 'wait'; untilMs: number | null; why: string }
  | {
      kind: 'end';
      status: 'succeeded' | 'failed';
      code: string | null;
      message: string | null;
      stepId: string | null;
    };

export type Edge = { from: string; port: string | null };

/** `"id"` or `"id:port"`. */
export function parseEdge(text: string): Edge {
  const colon = text.indexOf(':');
  return colon < 0 ? { from: text, port: null } : { from: text.slice(0, colon), port: text.slice(colon + 1) };
}

/** The edges into each step. A step without `after` follows the step before it in the list. */
export function edgesOf(definition: Pick<WorkflowDefinition, 'steps'>): Map<string, Edge[]> {
  const edges = new Map<string, Edge[]>();
  definition.steps.forEach((step, index) => {
    const before = definition.steps[index - 1];
    edges.set(step.id, (step.after ?? (before ? [before.id] : [])).map(parseEdge));
  });
  return edges;
}

/** What a failure of the step means for the run. */
export const onErrorOf = (step: StepDefinition): 'stop' | 'continue' | 'port' =>
  ('onError' in step ? step.onError : undefined) ?? 'stop';

type Lead = 'open' | 'live' | 'dead';

/** The way a finished filter, branch, switch or approval took. One that is kept from an earlier run tells it by its output alone. */
export function wayOf(step: StepState): string | null {
  if (step.port !== null) return step.port;
  if (!isJsonObject(step.output)) return null;
  const { passed, decision, case: taken } = step.output;
  if (taken !== undefined) return typeof taken === 'string' ? `case-${taken}` : 'default';
  if (typeof decision === 'string') return decision === 'approved' ? 'done' : 'rejected';
  return typeof passed === 'boolean' ? String(passed) : null;
}

/** Whether a finished step leads along an edge. `open`: it has not finished. */
function leadOf(edge: Edge, step: StepState | undefined, definition: StepDefinition): Lead {
  if (!step || !isFinished(step)) return 'open';
  const goesOn = edge.port === null || edge.port === 'done';
  // A filter that is passed over lets everything through.
  const throughFilter = goesOn || (definition.kind === 'filter' && edge.port === 'true');
  return isLive(edge, step, definition, goesOn, throughFilter) ? 'live' : 'dead';
}

function isLive(
  edge: Edge,
  step: StepState,
  definition: StepDefinition,
  goesOn: boolean,
  throughFilter: boolean,
): boolean {
  if (step.status === 'skipped') return step.through && throughFilter;
  if (step.status === 'failed') {
    const onError = onErrorOf(definition);
    return onError === 'continue' ? goesOn : onError === 'port' && edge.port === 'error';
  }
  if (definition.kind === 'filter') return wayOf(step) === 'true' ? throughFilter : edge.port === 'false';
  if (definition.kind === 'approval') return wayOf(step) === 'done' ? goesOn : edge.port === 'rejected';
  const isFork = definition.kind === 'branch' || definition.kind === 'switch';
  return goesOn || (isFork && edge.port === wayOf(step));
}

const isFinished = (step: StepState | undefined): boolean =>
  step !== undefined && ['succeeded', 'failed', 'skipped'].includes(step.status);

type Compiled = { edges: Map<string, Edge[]>; byId: Map<string, StepDefinition> };
const compiled = new WeakMap<readonly StepDefinition[], Compiled>();

/** Edges and steps of one list: a workflow's, or a loop's body. */
function compile(steps: StepDefinition[]): Compiled {
  let known = compiled.get(steps);
  if (!known)
    compiled.set(
      steps,
      (known = { edges: edgesOf({ steps }), byId: new Map(steps.map((step) => [step.id, step])) }),
    );
  return known;
}

const isTimed = (step: StepState | undefined): step is StepState & { readyAtMs: number } =>
  (step?.status === 'retrying' || step?.status === 'waiting') && step.readyAtMs !== null;

/** Every step that has begun and is not gone, in the order of the document; bodies of loops in that of their open iterations. */
export function* knownSteps(
  steps: readonly StepDefinition[],
  state: RunState,
  iteration = '',
): Generator<{ step: StepDefinition; known: StepState }> {
  for (const written of steps) {
    const step = placeStep(written, iteration);
    const known = state.steps.get(step.id);
    if (!known) continue;
    yield { step, known };
    if (step.kind !== 'forEach' || known.status !== 'looping') continue;
    for (const index of state.loops.get(step.id)!.open.keys())
      yield* knownSteps(step.steps, state, iterationAddress(step.id, index));
  }
}

function whyWaiting(
  state: RunState,
  definition: WorkflowDefinition,
): { untilMs: number | null; why: string } | null {
  let next: { untilMs: number; why: string } | null = null;
  let asks: string | null = null;
  for (const {
    step: { id },
    known: step,
  } of knownSteps(definition.steps, state)) {
    if (step.status === 'unknown' || (step.status === 'waiting' && step.readyAtMs === null))
      asks ??= `Step ${id}: ${step.why ?? 'waits.'}`;
    else if (isTimed(step) && (next === null || step.readyAtMs < next.untilMs))
      next = {
        untilMs: step.readyAtMs,
        why: `Step ${id}: ${step.why ?? 'waits.'}${step.asks ? '' : ` It goes on at ${new Date(step.readyAtMs).toISOString()}.`}`,
      };
  }
  return next ?? (asks === null ? null : { untilMs: null, why: asks });
}

type Found = Omit<Extract<NextStep, { kind: 'go' }>, 'kind'>;
type Survey = {
  state: RunState;
  nowMs: number;
  inFlight: ReadonlySet<string>;
  found: Found;
};

/** The step of a list whose failure ends what the list belongs to: the run, or an iteration. */
const findFailure = (steps: readonly StepDefinition[], iteration: string, { steps: known }: RunState) =>
  steps.find((step) => {
    const at = iteration === '' ? step.id : `${iteration}.${step.id}`;
    return known.get(at)?.status === 'failed' && onErrorOf(step) === 'stop';
  });

/** Adds what may be done of a list of steps to what was found; answers how many of them have not finished. */
function surveySteps(steps: StepDefinition[], iteration: string, survey: Survey): number {
  const { state, nowMs, inFlight, found } = survey;
  const { edges, byId } = compile(steps);
  const addressOf = (id: string) => (iteration === '' ? id : `${iteration}.${id}`);
  let unfinished = 0;
  for (const step of steps) {
    const address = addressOf(step.id);
    const known = state.steps.get(address);
    if (known) {
      if (isFinished(known)) continue;
      unfinished += 1;
      if (known.status === 'looping') surveyLoop(placeStep(step, iteration) as ForEachStep, survey);
      const isProbed = known.status === 'unknown' && known.probe !== null && !inFlight.has(address);
      if (isProbed || (isTimed(known) && known.readyAtMs <= nowMs))
        found.ready.push(placeStep(step, iteration));
      continue;
    }
    const leads = edges
      .get(step.id)!
      .map((edge) => leadOf(edge, state.steps.get(addressOf(edge.from)), byId.get(edge.from)!));
    const open = leads.filter((lead) => lead === 'open').length;
    const live = leads.filter((lead) => lead === 'live').length;
    if (leads.length === 0 || (step.join === 'any' ? live > 0 : open === 0 && live > 0))
      found.ready.push(placeStep(step, iteration));
    else if (open === 0)
      found.skip.push({
        id: address,
        why: whySkipped(edges.get(step.id)!, (id) => state.steps.get(addressOf(id)), byId),
      });
    unfinished += 1;
  }
  return unfinished;
}

/** Items a loop works on at once, where it does not say. */
const presetAtOnce = 1;

/** Looks at the iterations under way, at most `atOnce`, and begins the next ones: never at all items. */
function surveyLoop(step: ForEachStep, survey: Survey): void {
  const { state, inFlight, found } = survey;
  const loop = state.loops.get(step.id)!;
  const isBusy = (around: string) => {
    for (const address of inFlight) if (isInside(address, around)) return true;
    return false;
  };
  // What is in flight may finish and be recorded; nothing new begins.
  if (loop.broken) {
    if (!isBusy(step.id)) found.ends.push({ kind: 'loop', loop: step });
    return;
  }
  const failures = [...loop.open.keys()].flatMap((index) => {
    const failed = findFailure(step.steps, iterationAddress(step.id, index), state);
    return failed ? [{ index, failed }] : [];
  });
  for (const { index, failed } of failures) {
    const iteration = iterationAddress(step.id, index);
    if (!isBusy(iteration))
      found.ends.push({ kind: 'iteration', loop: step, index, failed: placeStep(failed, iteration) });
  }
  if (loop.stops && failures.length > 0) return;
  const failing = new Set(failures.map(({ index }) => index));
  for (const index of loop.open.keys())
    if (!failing.has(index) && surveySteps(step.steps, iterationAddress(step.id, index), survey) === 0)
      found.ends.push({ kind: 'iteration', loop: step, index, failed: null });
  let room = (step.atOnce ?? presetAtOnce) - loop.open.size;
  for (let index = loop.next; room > 0 && index < loop.values.length; index += 1) {
    if (loop.values[index] !== undefined) continue;
    surveySteps(step.steps, iterationAddress(step.id, index), survey);
    room -= 1;
  }
  if (loop.open.size === 0 && loop.next >= loop.values.length) found.ends.push({ kind: 'loop', loop: step });
}

/**
 * Decides what comes next. Inputs: the definition, the run's state, the database's time in ms, and which steps are
 * in flight in this process (a dispatched step that is not in flight here is the caller's to settle first).
 */
export function nextStep(
  definition: WorkflowDefinition,
  state: RunState,
  nowMs: number,
  inFlight: ReadonlySet<string>,
): NextStep {
  const failure = findFailure(definition.steps, '', state);
  if (failure) {
    // What is in flight may finish and be recorded; nothing new begins.
    if (inFlight.size > 0) return { kind: 'inFlight' };
    const error = state.steps.get(failure.id)!.error;
    return {
      kind: 'end',
      status: 'failed',
      code: error?.code ?? 'internal',
      message: `Step ${failure.name ?? failure.id} failed: ${error?.message ?? 'unknown'}`,
      stepId: failure.id,
    };
  }
  const found: Found = { ready: [], skip: [], ends: [] };
  const unfinished = surveySteps(definition.steps, '', { state, nowMs, inFlight, found });
  if (found.ready.length > 0 || found.skip.length > 0 || found.ends.length > 0)
    return { kind: 'go', ...found };
  if (inFlight.size > 0) return { kind: 'inFlight' };
  if (unfinished === 0) return { kind: 'end', status: 'succeeded', code: null, message: null, stepId: null };
  const wait = whyWaiting(state, definition);
  if (wait) return { kind: 'wait', ...wait };
  const stuck = definition.steps.filter((step) => !isFinished(state.steps.get(step.id))).map(({ id }) => id);
  return {
    kind: 'end',
    status: 'failed',
    code: 'deadlock',
    message: `Nothing can go on: ${stuck.join(', ')} wait for each other.`,
    stepId: stuck[0] ?? null,
  };
}

function whySkipped(
  edges: Edge[],
  stateOf: (id: string) => StepState | undefined,
  byId: Map<string, StepDefinition>,
): string {
  const reasons = edges.map(({ from, port }) => {
    const before = stateOf(from);
    const kind = byId.get(from)?.kind;
    if (before?.status === 'skipped') return `${from} was skipped`;
    if (before?.status === 'failed') return `${from} failed`;
    if (kind === 'filter') return /because (.*)\.$/s.exec(before?.why ?? '')?.[1] ?? `${from} stopped here`;
    if (kind === 'approval')
      return before?.port === 'done' ? `${from} was approved` : `${from} was not approved`;
    if (kind === 'branch' || kind === 'switch')
      return `${from} took the way "${before && wayOf(before)}", not "${port}"`;
    return `${from} did not lead here`;
  });
  return `Skipped because ${[...new Set(reasons)].join(' and ')}.`;
}
