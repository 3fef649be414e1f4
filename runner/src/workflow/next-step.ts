// What a run does next. Pure: a definition and a state give the answer, so that tests can drive every interleaving.
import { isJsonObject } from '@weftline/connectors/json';
import type { RunState, StepState } from './fold-journal.ts';
import type { StepDefinition, WorkflowDefinition } from './types.ts';

export type NextStep =
  /** Steps that may begin (or be tried again) now, and steps that nothing leads to any more. */
  | { kind: 'go'; ready: StepDefinition[]; skip: { id: string; why: string }[] }
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
export function edgesOf(definition: WorkflowDefinition): Map<string, Edge[]> {
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
  if (!step || ['dispatched', 'retrying', 'waiting', 'unknown'].includes(step.status)) return 'open';
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

const compiled = new WeakMap<
  WorkflowDefinition,
  { edges: Map<string, Edge[]>; byId: Map<string, StepDefinition> }
>();

function compile(definition: WorkflowDefinition) {
  let known = compiled.get(definition);
  if (!known)
    compiled.set(
      definition,
      (known = {
        edges: edgesOf(definition),
        byId: new Map(definition.steps.map((step) => [step.id, step])),
      }),
    );
  return known;
}

const isTimed = (step: StepState | undefined): step is StepState & { readyAtMs: number } =>
  (step?.status === 'retrying' || step?.status === 'waiting') && step.readyAtMs !== null;

function whyWaiting(
  state: RunState,
  definition: WorkflowDefinition,
): { untilMs: number | null; why: string } | null {
  let next: { untilMs: number; why: string } | null = null;
  let asks: string | null = null;
  for (const { id } of definition.steps) {
    const step = state.steps.get(id);
    if (step?.status === 'unknown' || (step?.status === 'waiting' && step.readyAtMs === null))
      asks ??= `Step ${id}: ${step.why ?? 'waits.'}`;
    else if (isTimed(step) && (next === null || step.readyAtMs < next.untilMs))
      next = {
        untilMs: step.readyAtMs,
        why: `Step ${id}: ${step.why ?? 'waits.'}${step.asks ? '' : ` It goes on at ${new Date(step.readyAtMs).toISOString()}.`}`,
      };
  }
  return next ?? (asks === null ? null : { untilMs: null, why: asks });
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
  const { edges, byId } = compile(definition);
  const failure = definition.steps.find(
    (step) => state.steps.get(step.id)?.status === 'failed' && onErrorOf(step) === 'stop',
  );
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
  const ready: StepDefinition[] = [];
  const skip: { id: string; why: string }[] = [];
  let unfinished = 0;
  for (const step of definition.steps) {
    const known = state.steps.get(step.id);
    if (known) {
      if (isFinished(known)) continue;
      unfinished += 1;
      const isProbed = known.status === 'unknown' && known.probe !== null && !inFlight.has(step.id);
      if (isProbed || (isTimed(known) && known.readyAtMs <= nowMs)) ready.push(step);
      continue;
    }
    const leads = edges
      .get(step.id)!
      .map((edge) => leadOf(edge, state.steps.get(edge.from), byId.get(edge.from)!));
    const open = leads.filter((lead) => lead === 'open').length;
    const live = leads.filter((lead) => lead === 'live').length;
    if (leads.length === 0 || (step.join === 'any' ? live > 0 : open === 0 && live > 0)) ready.push(step);
    else if (open === 0) skip.push({ id: step.id, why: whySkipped(step, edges.get(step.id)!, state, byId) });
    unfinished += 1;
  }
  if (ready.length > 0 || skip.length > 0) return { kind: 'go', ready, skip };
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
  step: StepDefinition,
  edges: Edge[],
  state: RunState,
  byId: Map<string, StepDefinition>,
): string {
  const reasons = edges.map(({ from, port }) => {
    const before = state.steps.get(from);
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
