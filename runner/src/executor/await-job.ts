// Asks a service again and again how a job goes, until it is over or the time is.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AsyncJob } from '@weftline/connectors/types';
import { egressError } from '../platform/egress/egress-error.ts';
import { performRequest } from './perform-request.ts';
import type { Performance, Performed } from './perform-request.ts';
import { thrownError } from './read-error.ts';
import { readAnswerPath } from './turn-page.ts';
import type { ExecutorDependencies } from './types.ts';

/** Failures of a question that say nothing about the job. */
const passing = new Set(['RATE_LIMIT', 'TEMPORARY', 'NETWORK']);

/**
 * @param given what all requests of the action share
 * @param endsAt when the action's time is over (performance.now())
 * @returns the answer in which the job is done, or the failure: a failed job, a lasting refusal, or the time
 */
export const awaitJob = async (
  job: AsyncJob,
  given: Omit<Performance, 'request' | 'timeoutMs'>,
  endsAt: number,
  dependencies: ExecutorDependencies,
): Promise<Performed> => {
  const waitsUntil = Math.min(performance.now() + job.maxWaitMs, endsAt);
  for (;;) {
    const timeoutMs = Math.max(1, Math.round(waitsUntil - performance.now()));
    const performed = await performRequest({ ...given, request: job.status, timeoutMs }, dependencies);
    if (!performed.ok && !passing.has(performed.error.type)) return performed;
    const state = performed.ok ? readAnswerPath(job.statusPath, performed.answer) : undefined;
    if (performed.ok && job.done.includes(String(state))) return performed;
    const asked = performed.ok ? 0 : (performed.error.retryAfterMs ?? 0);
    const waitMs = Math.max(job.intervalMs, asked);
    const isFailed = state !== undefined && job.failed.includes(String(state));
    if (!isFailed && performance.now() + waitMs < waitsUntil) {
      // An abort ends the wait; the next request then says that it was cancelled.
      await sleep(waitMs, undefined, { signal: given.signal }).catch(() => undefined);
      continue;
    }
    const error = isFailed
      ? egressError(
          'remote_refused',
          'protocol',
          'answered',
          `The job at the service ended as "${String(state).slice(0, 100)}".`,
        )
      : egressError(
          'step_timeout',
          'timeout',
          'answered',
          `The job at the service was not over after ${job.maxWaitMs} ms.`,
        );
    const { request, response, redact } = performed;
    const failure = thrownError(error, 'answered');
    return {
      ok: false,
      error: { ...failure, message: redact.text(failure.message) },
      request,
      response,
      redact,
    };
  }
};
