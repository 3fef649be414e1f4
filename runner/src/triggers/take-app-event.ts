// A call at the address of a workflow's app trigger: a handshake is answered, the sender checked, its events read and committed.
// The answer is given only after the commit.
import type { Json } from '@weftline/connectors/json';
import type { Receive } from '@weftline/connectors/types';
import { readTriggerInput } from '../executor/read-trigger-input.ts';
import type { ItemFetching } from '../executor/fetch-item.ts';
import { eventFetcher } from '../executor/receive/fetch-event.ts';
import type { CallValues } from '../executor/receive/incoming-call.ts';
import { appSecretsOf } from '../executor/other-auth.ts';
import { keyHostsOf, openCall, secretsOf } from '../executor/receive/open-call.ts';
import { listItems, readEvents } from '../executor/receive/read-events.ts';
import { rememberRedact } from '../executor/remember-redact.ts';
import { CodedError } from '../platform/errors.ts';
import { type AppTrigger, findAppTriggerByHook, openAppTrigger, storeForAppTrigger } from './app-trigger.ts';
import { loadTrigger } from './app-trigger-services.ts';
import { keepSamples } from './keep-sample.ts';
import type { HookCall } from './read-hook-body.ts';
import {
  declaredAnswer,
  incomingCall,
  isOnlyLook,
  type ReceiveServices,
  refusal,
  warnOfOutputs,
} from './receive-services.ts';
import { startAppRuns } from './start-app-runs.ts';
import { finishHandshake, openIfThere } from './finish-handshake.ts';
import type { HookAnswer } from './hook-answer.ts';

/** Whether a handshake that proves nothing may keep these: first come, or while the subscription is being made. */
async function mayStore(
  { database }: Pick<ReceiveServices, 'database'>,
  trigger: AppTrigger,
  known: { [name: string]: Json },
  values: { [name: string]: Json },
): Promise<boolean> {
  const isNew = Object.entries(values).every(
    ([name, value]) => !Object.hasOwn(known, name) || known[name] === value,
  );
  if (isNew || !trigger.enabled) return true;
  const { tenantId, id } = trigger;
  const row = await database.withTenant(tenantId, (tx) =>
    tx.appTrigger.findFirst({ where: { tenantId, id }, select: { attempt: true } }),
  );
  return row?.attempt != null;
}

/** Takes one call. Null: no app trigger has this address, or it is switched off and nobody listens. */
export async function takeAppEvent(
  services: ReceiveServices,
  call: HookCall,
  isSecondLook = false,
): Promise<HookAnswer | null> {
  const { database, vault, logger } = services;
  const trigger = await findAppTriggerByHook(database, call.key);
  if (!trigger || trigger.type !== 'WEBHOOK') return null;
  const { tenantId, workflowId, appKey } = trigger;
  const facts = { tenantId, workflowId, appKey, trigger: trigger.triggerKey };
  const loaded = await loadTrigger(services, trigger).catch((error: unknown) => {
    if (error instanceof CodedError && error.code === 'not_found') return null;
    throw error;
  });
  const receive: Receive | undefined = loaded?.trigger.webhook?.receive;
  if (!loaded || !receive) {
    logger.warn({ ...facts, why: 'its app version has no such webhook any more' }, 'a call was not taken');
    return null;
  }
  const { connector } = loaded;
  const asked = readTriggerInput(connector, loaded.trigger, trigger.input);
  const input = asked.input as typeof trigger.input;
  const [connection, sealed] = await Promise.all([
    openIfThere(services, tenantId, trigger.connectionId),
    openAppTrigger(vault, trigger),
  ]);
  const incoming = incomingCall(call, services.publicUrl);
  const nowMs = services.clock();
  const values: CallValues = {
    ...(connection ? { credentials: connection.credentials, connection: connection.config } : {}),
    webhook: { url: `${services.publicUrl}/hooks/${call.key}`, secret: sealed.secret },
    subscription: sealed.subscription,
    stored: sealed.stored,
    input,
    nowMs,
  };
  const outside = services.outside(tenantId);
  const opened = openCall({
    receive,
    call: incoming,
    values,
    fetchKey: services.fetchKeys({
      ...outside,
      tenantId,
      allowedHosts: keyHostsOf(connector, connection?.config),
    }),
    ownSecrets: [
      ...secretsOf(connector, connection?.authKey, connection?.credentials),
      ...(connection ? appSecretsOf(connection) : []),
      ...asked.secretInputs,
      call.key,
    ],
  });
  const fetching: ItemFetching = {
    tenantId,
    connector,
    openConnection: connection === null ? null : () => services.openConnection(tenantId, connection.id),
    input,
    callId: `hook-${trigger.id}`,
    dependencies: outside,
  };

  const greeted = await finishHandshake(
    services,
    opened,
    facts,
    async (found, isVerified) =>
      (isVerified || (await mayStore(services, trigger, sealed.stored, found))) &&
      storeForAppTrigger({ database, vault }, trigger, found),
    fetching,
  );
  if (greeted) return greeted;
  const isListening = trigger.listeningUntilMs > nowMs;
  if (!trigger.enabled && !isListening) return null;

  const verdict = await opened.verify();
  const redact = rememberRedact(await opened.secrets());
  if (!verdict.ok) {
    services.onCall?.('refused');
    logger.info({ ...facts, reason: verdict.reason }, 'a call of a service was refused');
    return refusal(verdict.reason);
  }
  const answer = async (runIds: readonly string[]): Promise<HookAnswer> =>
    declaredAnswer(await opened.answer(receive.respond), receive.respond !== undefined, runIds);
  if (isOnlyLook(call, receive.verify)) return answer([]);

  opened.checkBody();
  const items = listItems(receive, opened.scope);
  const { deliveryId } = verdict;
  const found = await readEvents(receive, items, eventFetcher(fetching), {
    subscription: sealed.subscription,
  });
  const events = found.map(({ id, output }, index) => ({
    trigger,
    id: id ?? (deliveryId !== undefined && receive.eventId === undefined ? `${deliveryId}:${index}` : null),
    output: redact.value(output),
  }));
  const outputs = events.map(({ output }) => output);
  warnOfOutputs(services, facts, connector, loaded.trigger, outputs);
  if (isListening && !isSecondLook) await keepSamples(database, trigger, outputs);
  services.onCall?.(events.length === 0 ? 'nothing' : 'taken');
  if (events.length === 0)
    logger.info(
      { ...facts, events: items.length, why: 'none of its events passes the filter' },
      'a call started nothing',
    );
  if (!trigger.enabled) return answer([]);
  const started = await startAppRuns(services, events, call.chain);
  if (started.kind === 'over') return started.answer;
  if (started.kind === 'gone') return isSecondLook ? null : takeAppEvent(services, call, true);
  return answer(started.runIds);
}
