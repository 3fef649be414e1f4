import type { Accepted } from '@weftline/runner/engine';
import { conflict } from '../fail.ts';
import { runLimitHeaders, runQuota } from '../quota-errors.ts';

/** 202 with the run and what is left of the hour. @throws CodedError quota_runs_per_hour, conflict */
export function answerAccepted({ verdict, runId, used, allowed }: Accepted, now: Date) {
  if (verdict === 'over') throw runQuota(allowed, now);
  if (verdict === 'gone' || runId === null) throw conflict('The workflow changed meanwhile. Try again.');
  const counted = verdict === 'fresh' ? used + 1 : used;
  return { status: 202, body: { runId }, headers: runLimitHeaders(counted, allowed, now) };
}
