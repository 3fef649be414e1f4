// When a failed step is tried again, and after how long. Pure; the random number is handed in.
import type { CallError } from '../executor/types.ts';
import type { RetryDefinition } from './types.ts';

/** What the step says, over what the action and the app say. A step cannot choose `backoff` and `jitter`; an app can. */
export type RetryPolicy = RetryDefinition & { backoff?: 'fixed' | 'exponential'; jitter?: boolean };

export const defaultRetry: Required<RetryPolicy> = {
  maxRetries: 3,
  initialDelayMs: 1_000,
  maxDelayMs: 60_000,
  backoff: 'exponential',
  jitter: true,
};

/** The longest wait a service may ask for, in ms: a day. */
export const longestRetryAfterMs = 24 * 3600 * 1000;

/** What is known of an action's repeats: `safe` changes nothing, `idempotent` is recognised by the far side as a repeat. */
export type RepeatSafety = 'safe' | 'idempotent' | 'unsafe';

const passing = new Set(['RATE_LIMIT', 'TEMPORARY', 'NETWORK', 'TIMEOUT']);

/** What no rule of an app makes worth a repeat. */
const never = new Set(['BLOCKED', 'CANCELLED']);

/** True if an attempt that ended like this may be sent again without asking anybody. */
export function mayRepeat(error: CallError, safety: RepeatSafety): boolean {
  if (!passing.has(error.type) && (error.isWorthRepeating !== true || never.has(error.type))) return false;
  if (error.hasActed === true && safety === 'unsafe') return false;
  if (error.sent === 'no' || error.type === 'RATE_LIMIT') return true;
  return safety !== 'unsafe';
}

/**
 * The wait before the next attempt in ms, or null when there is none.
 * Inputs: the step's policy, the attempts made so far, the failure, the action's safety, a random number in [0, 1).
 * Doubling each time unless `fixed`, with jitter of half the step (so that many runs do not come back together) unless that
 * is switched off; Retry-After is the least.
 */
export function retryDelay(
  policy: RetryPolicy | undefined,
  attempts: number,
  error: CallError,
  safety: RepeatSafety,
  random: number,
): number | null {
  const { maxRetries, initialDelayMs, maxDelayMs, backoff, jitter } = { ...defaultRetry, ...policy };
  if (attempts > maxRetries || error.isWorthRepeating === false || !mayRepeat(error, safety)) return null;
  const grown = Math.min(
    maxDelayMs,
    backoff === 'fixed' ? initialDelayMs : initialDelayMs * 2 ** (attempts - 1),
  );
  const jittered = jitter === false ? grown : grown / 2 + (grown / 2) * random;
  return Math.round(Math.max(jittered, Math.min(error.retryAfterMs ?? 0, longestRetryAfterMs)));
}
