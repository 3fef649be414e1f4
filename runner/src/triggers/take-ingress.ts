// A call at the one address of an app: which connections it belongs to, whether their credentials bear it out, and which triggers of
// enabled workflows it concerns. Everything it starts is one commit.
import { findNewestVersion } from '../apps/find-newest.ts';
import { readTriggerInput } from '../executor/read-trigger-input.ts';
import { eventFetcher } from '../executor/receive/fetch-event.ts';
import { callScope, withRoots } from '../executor/receive/incoming-call.ts';
import { listItems, readEvents, type EventItem } from '../executor/receive/read-events.ts';
import { furthest, type SenderFault } from '../executor/receive/sender-verdict.ts';
import { rememberRedact } from '../executor/remember-redact.ts';
import { CodedError } from '../platform/errors.ts';
import { findAnyOfApp, findIngress, findRouted, mostRouted } from './app-ingress.ts';
import { type AppTrigger, findIngressTriggers } from './app-trigger.ts';
import { loadTrigger } from './app-trigger-services.ts';
import type { HookAnswer } from './hook-answer.ts';
import { type Candidate, greet, openCandidates, routeOf, type Taken } from './ingress-candidates.ts';
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
import { type AppEvent, startAppRuns } from './start-app-runs.ts';

export { ingressPrefix } from './app-ingress.ts';

/** What one trigger makes of the events of its connection. One whose workflow is off only keeps samples. */
async function eventsFor(
  services: ReceiveServices,
  { ingress, rules }: Taken,
  trigger: AppTrigger,
  { connection, opened }: Candidate,
  items: readonly EventItem[],
): Promise<AppEvent[]> {
  const { tenantId } = ingress;
  const facts = {
    tenantId,
    workflowId: trigger.workflowId,
    appKey: ingress.appKey,
    trigger: trigger.triggerKey,
  };
  const loaded = await loadTrigger(services, trigger).catch((error: unknown) => {
    if (error instanceof CodedError && error.code === 'not_found') return null;
    throw error;
  });
  const own = loaded?.trigger.ingress;
  if (!loaded || !own || connection === null) {
    services.logger.warn(
      { ...facts, why: 'its app version has no such trigger any more' },
      'a call was not taken',
    );
    return [];
  }
  const { filter, eventId } = rules.receive;
  const asked = readTriggerInput(loaded.connector, loaded.trigger, trigger.input);
  const input = asked.input as typeof trigger.input;
  const mine = items.map(({ scope, item }) => ({
    scope: withRoots(scope, { input, connection: connection.config }),
    item,
  }));
  const read = await readEvents(
    {
      match: own.match,
      fetch: own.fetch,
      ...(filter === undefined ? {} : { filter }),
      ...(eventId === undefined ? {} : { eventId }),
      ...(own.map === undefined ? {} : { map: own.map }),
    },
    mine,
    eventFetcher({
      tenantId,
      connector: loaded.connector,
      openConnection: () => services.openConnection(tenantId, connection.id),
      input,
      callId: `hook-${trigger.id}`,
      dependencies: services.outside(tenantId),
    }),
  );
  const redact = rememberRedact([...(await opened.secrets()), ...asked.secretInputs]);
  const events = read.map(({ id, output }) => ({ trigger, id, output: redact.value(output) }));
  const outputs = events.map(({ output }) => output);
  warnOfOutputs(services, facts, loaded.connector, loaded.trigger, outputs);
  if (trigger.listeningUntilMs > services.clock()) await keepSamples(services.database, trigger, outputs);
  return trigger.enabled ? events : [];
}

/** Takes one call. Null: no app has this address. */
export async function takeIngress(
  services: ReceiveServices,
  call: HookCall,
  isSecondLook = false,
): Promise<HookAnswer | null> {
  const { database, logger } = services;
  const ingress = await findIngress(database, call.key);
  if (!ingress) return null;
  const { tenantId, appKey } = ingress;
  const version = await findNewestVersion(database, tenantId, appKey);
  const connector = version === null ? null : await services.findApp(tenantId, appKey, version);
  const rules = connector?.ingress;
  if (!connector || !rules) return null;
  const { receive } = rules;
  const nowMs = services.clock();
  const incoming = incomingCall(call, services.publicUrl);
  const taken: Taken = { ingress, connector, rules, incoming, nowMs };

  // Which connections to check with can only be read from the call itself; nothing else is done with it before it is checked.
  const items = listItems(receive, callScope(incoming, receive.bodyFormat, { nowMs }));
  const routes = items.map((item) => routeOf(rules, item));
  // Without a route the credentials alone say whose events these are.
  const setting = rules.routeBy?.connection;
  const named = new Set(routes.filter((route) => route !== null));
  const routed =
    setting === undefined
      ? await findAnyOfApp(database, ingress, mostRouted)
      : await findRouted(database, ingress, setting, [...named]);
  if (routed.length === mostRouted)
    logger.warn(
      { tenantId, appKey, connections: mostRouted },
      'a call names more connections than are looked at',
    );
  const ids = routed.length > 0 ? routed : await findAnyOfApp(database, ingress);
  const candidates = await openCandidates(services, taken, call, ids);

  const greeted = await greet(services, taken, candidates);
  if (greeted) return greeted;

  const verified: Candidate[] = [];
  const reasons: SenderFault[] = [];
  for (const candidate of candidates) {
    const verdict = await candidate.opened.verify();
    if (verdict.ok) verified.push(candidate);
    else reasons.push(verdict.reason);
  }
  const hasAny = candidates.some(({ connection }) => connection !== null);
  if (verified.length === 0 && hasAny) {
    const reason = furthest(reasons);
    services.onCall?.('refused');
    logger.info(
      { tenantId, appKey, reason, connections: candidates.length },
      'a call of a service was refused',
    );
    return refusal(reason);
  }
  const [judge = candidates[0]!] = verified;
  const answer = async (runIds: readonly string[]): Promise<HookAnswer> =>
    declaredAnswer(await judge.opened.answer(receive.respond), receive.respond !== undefined, runIds);
  if (routed.length === 0) {
    services.onCall?.('unrouted');
    const why = hasAny
      ? `no connection of this app has the "${setting}" that the call names`
      : 'this workspace has no connection of this app';
    logger.info({ tenantId, appKey, why }, 'a call of a service started nothing');
    return answer([]);
  }
  if (isOnlyLook(call, receive.verify)) return answer([]);

  judge.opened.checkBody();
  const connectionIds = verified.flatMap(({ connection }) => connection?.id ?? []);
  const triggers = await findIngressTriggers(database, tenantId, appKey, connectionIds, nowMs);
  const events: AppEvent[] = [];
  for (const trigger of triggers) {
    const candidate = verified.find(({ connection }) => connection?.id === trigger.connectionId);
    if (!candidate) continue;
    const own = setting === undefined ? null : String(candidate.connection?.config[setting]);
    const mine = own === null ? items : items.filter((_, index) => routes[index] === own);
    if (mine.length > 0) events.push(...(await eventsFor(services, taken, trigger, candidate, mine)));
  }
  services.onCall?.(events.length === 0 ? 'nothing' : 'taken');
  if (events.length === 0) {
    const why =
      triggers.length === 0
        ? 'no enabled workflow listens to this connection'
        : 'no trigger of an enabled workflow wants these events';
    logger.info({ tenantId, appKey, events: items.length, why }, 'a call of a service started nothing');
  }
  const started = await startAppRuns(services, events, call.chain);
  if (started.kind === 'over') return started.answer;
  if (started.kind === 'gone') {
    if (!isSecondLook) return takeIngress(services, call, true);
    throw new CodedError({
      code: 'unavailable',
      message:
        'A workflow is being changed at this moment, so nothing of this call was taken. Send it again.',
      retryAfterMs: 1_000,
    });
  }
  return answer(started.runIds);
}
