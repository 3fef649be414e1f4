// A run as a person sees it: derived from its row, its definition and its journal. Pure.
import { countsOf } from './fold-loop.ts';
import type { RunState, StepState } from './fold-journal.ts';
import { knownSteps, wayOf } from './next-step.ts';
import type {
  LoopCounts,
  RunSummary,
  RunView,
  StepDefinition,
  StepStatus,
  StepView,
  WorkflowDefinition,
} from './types.ts';

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function statusOf(
  step: StepState | undefined,
  run: RunSummary['status'],
): { status: StepStatus; why: string | null } {
  const ended = run === 'succeeded' || run === 'failed' || run === 'cancelled';
  if (!step) {
    if (run === 'cancelled') return { status: 'cancelled', why: 'The run was cancelled before this step.' };
    if (ended) return { status: 'skipped', why: 'The run ended before this step.' };
    return { status: 'pending', why: 'The steps before it have not finished.' };
  }
  switch (step.status) {
    case 'dispatched':
      if (run === 'running')
        return { status: 'running', why: 'The service has been called; its answer is awaited.' };
      return {
        status: 'unknown',
        why: 'The request had left when the run was stopped; whether it happened is not known.',
      };
    case 'retrying':
    case 'waiting':
      if (run === 'cancelled')
        return { status: 'cancelled', why: 'The run was cancelled while this step waited.' };
      if (ended && step.status === 'waiting')
        return { status: 'cancelled', why: 'The run ended while this step waited.' };
      return { status: ended ? 'failed' : 'waiting', why: step.why };
    case 'looping':
      if (run === 'cancelled')
        return { status: 'cancelled', why: 'The run was cancelled before the loop was through.' };
      if (ended) return { status: 'cancelled', why: 'The run ended before the loop was through.' };
      return { status: run === 'running' ? 'running' : 'waiting', why: 'Goes through its items.' };
    case 'dropped':
      return { status: 'cancelled', why: 'The loop ended while this step waited.' };
    default:
      return { status: step.status, why: step.why };
  }
}

/** Code that has begun; it has no effect outside that could have happened. */
function statusOfCode(run: RunSummary['status']): { status: StepStatus; why: string } {
  if (run === 'running') return { status: 'running', why: 'The code runs, or waits for a free process.' };
  if (run === 'queued' || run === 'waiting')
    return { status: 'waiting', why: 'The code is run again as soon as the run goes on.' };
  return { status: 'cancelled', why: 'The run ended while the code ran.' };
}

/** How far a loop has come, in a sentence. */
function whyLooping({ total, done, failed, open }: LoopCounts): string {
  const bad = failed > 0 ? `, ${failed} failed` : '';
  return `${done} of ${total} items are done${bad}; ${open} under way.`;
}

/** `loop`: how far it has come, of a loop that has begun. */
export function viewStep(
  definition: StepDefinition,
  step: StepState | undefined,
  run: RunSummary['status'],
  loop?: LoopCounts,
): StepView {
  return {
    id: definition.id,
    name: definition.name ?? null,
    kind: definition.kind,
    ...(definition.kind === 'code' && step?.status === 'dispatched'
      ? statusOfCode(run)
      : statusOf(step, run)),
    attempts: step?.attempts ?? 0,
    startedAt: iso(step?.startedAtMs ?? null),
    finishedAt: iso(step?.finishedAtMs ?? null),
    input: step?.input ?? null,
    output: step?.output ?? null,
    error: step?.error ?? null,
    request: step?.request ?? null,
    response: step?.response ?? null,
    ...(step?.logs ? { logs: step.logs } : {}),
    ...(loop ? { loop } : {}),
    ...(loop && step?.status === 'looping' && run === 'running' ? { why: whyLooping(loop) } : {}),
    ...(step?.child ? { child: step.child } : {}),
  };
}

/** Why a run stands where it stands, in one sentence; every state has one. */
export function whyOf(
  row: Pick<RunSummary, 'status' | 'why' | 'error'>,
  state: RunState,
  definition: WorkflowDefinition,
): string {
  if (row.why) return row.why;
  if (row.status === 'queued')
    return 'Waits for a free place; runs of this workspace begin in the order they came.';
  if (row.status === 'running') {
    const busy = definition.steps
      .filter((step) => state.steps.get(step.id)?.status === 'dispatched')
      .map((step) => step.name ?? step.id);
    const loop = definition.steps.find(({ id }) => state.steps.get(id)?.status === 'looping');
    if (loop) return `Step ${loop.name ?? loop.id}: ${whyLooping(countsOf(state.loops.get(loop.id)!))}`;
    return busy.length > 0 ? `Awaits the answer of ${busy.join(', ')}.` : 'Is being worked on.';
  }
  if (row.status === 'succeeded') {
    const stopped = definition.steps.find(
      ({ id, kind }) => kind === 'filter' && state.steps.has(id) && wayOf(state.steps.get(id)!) === 'false',
    );
    return stopped
      ? `Ended early: ${state.steps.get(stopped.id)!.why}`
      : 'Every step that was led to has finished.';
  }
  if (row.status === 'waiting') {
    for (const { known } of knownSteps(definition.steps, state))
      if (['waiting', 'retrying', 'unknown'].includes(known.status)) return known.why ?? 'Waits to go on.';
    return 'Waits to go on.';
  }
  return row.error?.message ?? (row.status === 'cancelled' ? 'Cancelled by a person.' : 'Failed.');
}

/** Inputs: the run's row, its pinned definition, its folded journal. */
export function viewRun(row: RunSummary, definition: WorkflowDefinition, state: RunState): RunView {
  return {
    ...row,
    why: whyOf(row, state, definition),
    triggerOutput: state.triggerOutput,
    calledBy: state.chain,
    parent: state.parent && { runId: state.parent.runId, stepId: state.parent.step },
    steps: definition.steps.map((step) => {
      const loop = state.loops.get(step.id);
      return viewStep(step, state.steps.get(step.id), row.status, loop && countsOf(loop));
    }),
  };
}
