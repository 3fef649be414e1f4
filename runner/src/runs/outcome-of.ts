// What an attempt's answer means for the step: done, tried again, failed, or not known.
import type { Json } from '@weftline/connectors/json';
import type { EventBody } from '../journal/events.ts';
import {
  longestRetryAfterMs,
  mayRepeat,
  type RepeatSafety,
  retryDelay,
  type RetryPolicy,
} from '../workflow/retry-policy.ts';
import type { StepFailure } from '../workflow/types.ts';
import type { AttemptResult } from './decide-run.ts';

const brief = (value: unknown): Json => (value ?? null) as Json;

/**
 * Inputs: the answer, the attempt's number, the policy, the action's safety, a random number in [0, 1), the database's time in ms.
 * Pure.
 */
export function outcomeOf(
  stepId: string,
  result: AttemptResult,
  attempt: number,
  policy: RetryPolicy | undefined,
  safety: RepeatSafety,
  random: number,
  nowMs: number,
): EventBody {
  const printed = result.logs && result.logs.length > 0 ? { logs: result.logs } : {};
  if (result.ok)
    return {
      type: 'StepCompleted',
      step: stepId,
      payload: {
        output: result.output,
        tookMs: Math.round(result.tookMs),
        // Input and output are kept anyway: of the exchange only what they do not say.
        ...(result.request ? { request: { method: result.request.method, url: result.request.url } } : {}),
        ...(result.response ? { response: { status: result.response.status } } : {}),
        ...printed,
        ...(result.warnings.length > 0
          ? {
              why: `The answer does not fit what the connector promises: ${result.warnings[0]!.path} ${result.warnings[0]!.message}`,
            }
          : {}),
      },
    };
  const { error } = result;
  // Nothing was sent, so it is no attempt: the run waits for its turn, however often another takes it.
  if (error.isHeld === true && error.sent === 'no')
    return {
      type: 'StepWaiting',
      step: stepId,
      payload: {
        attempt,
        untilMs: nowMs + Math.min(error.retryAfterMs ?? 0, longestRetryAfterMs),
        why: `Waits without a worker: ${error.message}`,
      },
    };
  const failure: StepFailure = {
    code: error.code,
    message: error.message,
    type: error.type,
    ...(error.status ? { status: error.status } : {}),
    ...(error.path ? { path: error.path } : {}),
    ...(error.line === undefined ? {} : { line: error.line }),
    ...(error.column === undefined ? {} : { column: error.column }),
  };
  const seen = {
    request: brief(result.request),
    response: brief(result.response),
    tookMs: Math.round(result.tookMs),
    ...printed,
  };
  const retryInMs = retryDelay(policy, attempt, error, safety, random);
  if (retryInMs !== null)
    return { type: 'StepFailed', step: stepId, payload: { attempt, error: failure, retryInMs, ...seen } };
  // A request that only reads has no outcome to wonder about.
  if (error.sent === 'unknown' && safety !== 'safe' && !mayRepeat(error, safety))
    return {
      type: 'StepUnknown',
      step: stepId,
      payload: {
        attempt,
        request: seen.request,
        why: `The request left and no answer came (${error.message}). It may have happened, so it is not sent again by itself. Look at the service, then settle it: it happened, or send it again.`,
      },
    };
  return { type: 'StepFailed', step: stepId, payload: { attempt, error: failure, ...seen } };
}
