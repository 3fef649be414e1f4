// Refusals of the plan, with what a caller needs to act: limit, use, and for the hour the time until it ends.
import { CodedError } from '@weftline/runner/platform/errors';
import { limitHeaders } from './middleware/limit-headers.ts';

const hourSeconds = 3_600;

/** When the clock hour ends. */
export const nextHour = (now: Date): Date => {
  const hourMs = hourSeconds * 1000;
  return new Date((Math.floor(now.getTime() / hourMs) + 1) * hourMs);
};
const secondsToNextHour = (now: Date): number =>
  Math.max(1, Math.ceil((nextHour(now).getTime() - now.getTime()) / 1000));

/** 429 without Retry-After: waiting does not help. */
export const workflowQuota = (used: number, limit: number): CodedError =>
  new CodedError({
    code: 'quota_workflows',
    message: `This workspace has ${used} of ${limit} workflows. Delete one you no longer need, or choose a larger plan.`,
    details: { used, limit, policy: { name: 'workflows', limit, used } },
  });

const runsPolicy = (used: number, limit: number, now: Date) => ({
  name: 'runs-per-hour',
  limit,
  used,
  windowSeconds: hourSeconds,
  resetsInSeconds: secondsToNextHour(now),
});

/** 429 with Retry-After to the edge of the hour. */
export function runQuota(limit: number, now: Date): CodedError {
  const seconds = secondsToNextHour(now);
  return new CodedError({
    code: 'quota_runs_per_hour',
    message: `This workspace has used its ${limit} runs of this hour. Try again in ${Math.ceil(seconds / 60)} minutes, or choose a larger plan.`,
    retryAfterMs: seconds * 1000,
    details: {
      used: limit,
      limit,
      resetsAt: nextHour(now).toISOString(),
      policy: runsPolicy(limit, limit, now),
    },
  });
}

/** RateLimit headers of a run that was admitted; `used` counts it. */
export const runLimitHeaders = (used: number, limit: number, now: Date) =>
  limitHeaders(runsPolicy(used, limit, now));
