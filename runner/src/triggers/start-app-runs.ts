// The runs of one call: all of them in one commit, or none. Half of a call taken would leave the service unable to send the rest.
import type { Json } from '@weftline/connectors/json';
import type { Accepted, AcceptRequest } from '../engine.ts';
import type { AppTrigger } from './app-trigger.ts';
import { appReceiptKey } from './app-trigger.ts';
import { notify } from './app-trigger-services.ts';
import type { ReceiveServices } from './receive-services.ts';
import { guardChain } from './guard-chain.ts';
import { secondsToNextHour } from './seconds-to-next-hour.ts';
import type { HookAnswer } from './hook-answer.ts';

export type AppEvent = { trigger: AppTrigger; id: string | null; output: Json };

export type StartedRuns =
  | { kind: 'started'; runIds: string[] }
  /** A workflow was switched off or published again meanwhile: look at the triggers anew. */
  | { kind: 'gone' }
  | { kind: 'over'; answer: HookAnswer };

const requestOf = ({ trigger, id, output }: AppEvent, chain: string[]): AcceptRequest => ({
  tenantId: trigger.tenantId,
  workflowId: trigger.workflowId,
  workflowName: trigger.workflowName,
  version: trigger.workflowVersion,
  triggerKind: 'app',
  actor: null,
  guarded: true,
  receiptKey: id === null ? null : appReceiptKey(trigger, id),
  triggerOutput: output,
  ...(chain.length > 0 ? { chain } : {}),
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

/** Once an hour for each workflow: a service may give up sending, and then these events are lost. */
async function tellOfRefusal(
  services: Pick<ReceiveServices, 'database' | 'logger'>,
  events: readonly AppEvent[],
  { allowed }: Accepted,
  nowMs: number,
): Promise<void> {
  const hour = Math.floor(nowMs / 3_600_000);
  const rest =
    events.length > allowed
      ? `It brought ${events.length} events at once, more than the plan's whole hour, so it can never be taken: choose a larger plan, or let the service send fewer at once.`
      : 'The service was asked to send it again in the next hour; some give up after a while.';
  for (const { tenantId, workflowId } of new Map(
    events.map(({ trigger }) => [trigger.workflowId, trigger]),
  ).values())
    await notify(
      services,
      { tenantId, workflowId },
      {
        kind: 'events.refused',
        title: (workflow) => `Events of ${workflow} were refused`,
        body: `A call of the service came when the ${allowed} runs of this hour were used up. ${rest}`,
        dedupeKey: `events-refused:${workflowId}:${hour}`,
      },
    ).catch((error: unknown) => {
      services.logger.error({ tenantId, workflowId, err: error }, 'nobody could be told of refused events');
    });
}

/** Resolves after the commit. `header` says which workflows led here. @throws CodedError `call_cycle` */
export async function startAppRuns(
  services: Pick<ReceiveServices, 'engine' | 'clock' | 'database' | 'logger' | 'vault'>,
  events: readonly AppEvent[],
  header?: string | undefined,
): Promise<StartedRuns> {
  const { engine, clock } = services;
  if (events.length === 0) return { kind: 'started', runIds: [] };
  const requests: AcceptRequest[] = [];
  for (const event of events)
    requests.push(requestOf(event, await guardChain(services, event.trigger, header)));
  const accepted =
    requests.length === 1 ? [await engine.accept(requests[0]!)] : await engine.acceptAll(requests);
  const over = accepted.find(({ verdict }) => verdict === 'over');
  if (over) {
    const nowMs = clock();
    await tellOfRefusal(services, events, over, nowMs);
    return { kind: 'over', answer: overAnswer(over, events.length, nowMs) };
  }
  if (accepted.some(({ verdict }) => verdict === 'gone')) return { kind: 'gone' };
  return { kind: 'started', runIds: [...new Set(accepted.flatMap(({ runId }) => runId ?? []))] };
}
