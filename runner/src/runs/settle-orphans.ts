// Calls that a former owner of the run had sent and whose answer nobody wrote down.
import type { EventBody } from '../journal/events.ts';
import type { RunState } from '../workflow/fold-journal.ts';
import type { RepeatSafety } from '../workflow/retry-policy.ts';

/**
 * What becomes of steps that stand as dispatched when a run is taken over: sent again with the same key where the action is
 * safe or idempotent, else left to a person. `safetyOf` answers for a step's id.
 */
export async function settleOrphans(
  state: RunState,
  safetyOf: (stepId: string) => Promise<RepeatSafety>,
): Promise<EventBody[]> {
  const bodies: EventBody[] = [];
  for (const [id, step] of state.steps) {
    if (step.status !== 'dispatched') continue;
    const safety = await safetyOf(id);
    if (safety === 'unsafe')
      bodies.push({
        type: 'StepUnknown',
        step: id,
        payload: {
          attempt: step.attempts,
          why: 'The request may have left before the process that sent it was lost, and no answer is known. It is not sent again by itself. Look at the service, then settle it: it happened, or send it again.',
        },
      });
    else
      bodies.push({
        type: 'StepFailed',
        step: id,
        payload: {
          attempt: step.attempts,
          error: {
            code: 'outcome_unknown',
            message:
              'The process that made this call was lost before the answer was written down. It is sent again with the same key.',
          },
          retryInMs: 0,
        },
      });
  }
  return bodies;
}
