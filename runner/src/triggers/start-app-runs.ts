// The runs of one call: all of them in one commit, or none. Half of a call taken would leave the service unable to send the rest.
import type { Json } from '@weftline/connectors/json';
import type { Accepted, AcceptRequest } from '../engine.ts';
import type { AppTrigger } from './app-trigger.ts';
import { appReceiptKey } from './app-trigger.ts';
import type { ReceiveServices } from './receive-services.ts';
import { secondsToNextHour } from './seconds-to-next-hour.ts';
import type { HookAnswer } from './hook-answer.ts';

export type AppEvent = { trigger: AppTrigger; id: string | null; output: Json };

export type StartedRuns =
  | { kind: 'started'; runIds: string[] }
  /** A workflow was switched off or published again meanwhile: look at the triggers anew. */
  | { kind: 'gone' }
  | { kind: 'over'; answer: HookAnswer };

const requestOf = ({ trigger, id, output }: AppEvent): AcceptRequest => ({
  tenantId: trigger.tenantId,
  workflowId: trigger.workflowId,
  workflowName: trigger.workflowName,
  version: trigger.workflowVersion,
  triggerKind: 'app',
  actor: null,
  guarded: true,
  receiptKey: id === null ? null : appReceiptKey(trigger, id),
  triggerOutput: output,
});

function overAnswer({ used, allowed }: Accepted, count: number, nowMs: number): HookAnswer {
  const never =
    count > allowed
      ? ` It brings ${count} events at once, more than the ${allowed} runs an hour of this workspace's plan.`
      : '';
  return {
    status: 429,
    code: 'quota_runs_per_hour',
    message: `This workspace has ${Math.max(0, allowed - used)} of its ${allowed} runs of this hour left, so nothing of this call was taken.${never} Send it again in the next hour.`,
    retryAfterSeconds: secondsToNextHour(nowMs),
    used,
    allowed,
  };
}

/** Resolves after the commit. */
export async function startAppRuns(
  { engine, clock }: Pick<ReceiveServices, 'engine' | 'clock'>,
  events: readonly AppEvent[],
): Promise<StartedRuns> {
  if (events.length === 0) return { kind: 'started', runIds: [] };
  const requests = events.map(requestOf);
  const accepted =
    requests.length === 1 ? [await engine.accept(requests[0]!)] : await engine.acceptAll(requests);
  const over = accepted.find(({ verdict }) => verdict === 'over');
  if (over) return { kind: 'over', answer: overAnswer(over, events.length, clock()) };
  if (accepted.some(({ verdict }) => verdict === 'gone')) return { kind: 'gone' };
  return { kind: 'started', runIds: [...new Set(accepted.flatMap(({ runId }) => runId ?? []))] };
}
