// A step that starts a run of another workflow and waits for its end. Pure.
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { EventBody } from '../journal/events.ts';
import type { StepState } from './fold-journal.ts';
import type { StepFailure, WorkflowStep } from './types.ts';

/** An end of the last moment has been committed by then. */
const graceMs = 500;

/** The run that a step has started, as its output says it. */
export type StartedChild = { runId: string; workflowName: string };

/** The entry after the child was accepted: the step waits for it, or goes on without it. */
export function childStarted(step: WorkflowStep, child: StartedChild, nowMs: number): EventBody {
  const { runId, workflowName } = child;
  const { workflowId } = step;
  if (step.wait === false)
    return {
      type: 'StepCompleted',
      step: step.id,
      payload: {
        output: { runId, status: 'started', output: null },
        child: { runId, workflowId, workflowName },
        why: `Started run ${runId} of “${workflowName}” and went on.`,
      },
    };
  const expiresAtMs = step.timeoutSeconds ? Math.round(nowMs) + step.timeoutSeconds * 1000 : null;
  const until = expiresAtMs === null ? '' : ` until ${new Date(expiresAtMs).toISOString()}`;
  return {
    type: 'ChildAwaited',
    step: step.id,
    payload: {
      runId,
      workflowId,
      workflowName,
      expiresAtMs,
      untilMs: expiresAtMs === null ? null : expiresAtMs + graceMs,
      why: `Waits for run ${runId} of “${workflowName}”${until}.`,
    },
  };
}

/** The entry when the child took too long. The child is cancelled, because nobody waits for it any more. */
export function childExpired(step: WorkflowStep, state: StepState): EventBody {
  const { runId, workflowName } = state.child!;
  return {
    type: 'ChildExpired',
    step: step.id,
    payload: {
      error: {
        code: 'step_timeout',
        message: `Run ${runId} of “${workflowName}” did not end within ${step.timeoutSeconds} seconds and is cancelled.`,
        runId,
      },
    },
  };
}

/**
 * The entry that takes the child's end in.
 * Inputs: the step's address and state, how the child ended, and the payload of the last entry of its journal.
 */
export function childEnded(stepId: string, state: StepState, status: string, ending: Json): EventBody {
  const { runId, workflowName } = state.child!;
  const told = isJsonObject(ending) ? ending : {};
  if (status === 'succeeded')
    return {
      type: 'ChildEnded',
      step: stepId,
      payload: { runId, status, output: told['output'] ?? null },
    };
  const reason =
    status === 'cancelled'
      ? 'was cancelled'
      : `failed: ${typeof told['message'] === 'string' ? told['message'] : 'the reason is not known'}`;
  const error: StepFailure = {
    code: status === 'cancelled' ? 'child_cancelled' : 'child_failed',
    message: `Run ${runId} of “${workflowName}” ${reason}`,
    runId,
    ...(typeof told['code'] === 'string' ? { cause: told['code'] } : {}),
  };
  return {
    type: 'ChildEnded',
    step: stepId,
    payload: { runId, status: status === 'cancelled' ? 'cancelled' : 'failed', error },
  };
}
