// When a failed step is tried again, and after how long. Pure; the random number is handed in.
import type { CallError } from '../executor/types.ts';
import type { RetryDefinition } from './types.ts';

export const defaultRetry = { maxRetries: 3, initialDelayMs: 1_000, maxDelayMs: 60_000 } as const;

/** The longest wait a service may ask for, in ms: a day. */
export const longestRetryAfterMs = 24 * 3600 * 1000;

/** What is known of an action's repeats: `safe` changes nothing, `idempotent` is recognised by the far side as a repeat. */
export type RepeatSafety = 'safe' | 'idempotent' | 'unsafe';

const passing = new Set(['RATE_LIMIT', 'TEMPORARY', 'NETWORK', 'TIMEOUT']);

/** True if an attempt that ended like this may be sent again without asking anybody. */
export function mayRepeat(error: CallError, safety: RepeatSafety): boolean {
  if (!passing.has(error.type)) return false;
  if (error.sent === 'no' || error.type === 'RATE_LIMIT') return true;
  return safety !== 'unsafe';
}

/**
 * The wait before the next attempt in ms, or null when there is none.
 * Inputs: the step's policy, the attempts made so far, the failure, the action's safety, a random number in [0, 1).
 * Exponential with jitter of half the step (so that many runs do not come back together); Retry-After is the least.
 */
export function retryDelay(
  policy: RetryDefinition | undefined,
  attempts: number,
  error: CallError,
  safety: RepeatSafety,
  random: number,
): number | null {
  const { maxRetries, initialDelayMs, maxDelayMs } = { ...defaultRetry, ...policy };
  if (attempts > maxRetries || !mayRepeat(error, safety)) return null;
  const grown = Math.min(maxDelayMs, initialDelayMs * 2 ** (attempts - 1));
  const jittered = grown / 2 + (grown / 2) * random;
  return Math.round(Math.max(jittered, Math.min(error.retryAfterMs ?? 0, longestRetryAfterMs)));
}
