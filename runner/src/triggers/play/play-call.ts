// One call that comes in as a fixture tells it: handshake, sender check, events, answer.
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@weftline/connectors/json';
import type { TriggerFixture } from '@weftline/connectors/load-apps';
import type { Connector, Trigger } from '@weftline/connectors/types';
import { requestForItem, type ItemFetching } from '../../executor/fetch-item.ts';
import { readTriggerInput } from '../../executor/read-trigger-input.ts';
import { eventFetcher } from '../../executor/receive/fetch-event.ts';
import { keepKeys } from '../../executor/receive/fetch-key.ts';
import type { FilledAnswer } from '../../executor/receive/fill-answer.ts';
import type { CallValues, IncomingCall } from '../../executor/receive/incoming-call.ts';
import { keyHostsOf, openCall, secretsOf } from '../../executor/receive/open-call.ts';
import { listItems, readEventId, readEvents } from '../../executor/receive/read-events.ts';
import { createRedact } from '../../executor/redact.ts';
import type { PlayedTrigger } from './play-poll.ts';
import { clockOf, connectionOf, tellCalls } from './tell-calls.ts';

type CallFixture = TriggerFixture & { call: NonNullable<TriggerFixture['call']> };

const addressOf = ({ webhook, call }: CallFixture): string =>
  call.url ?? webhook?.url ?? 'https://weftline.example/hooks/key';

const callOf = (fixture: CallFixture): IncomingCall => {
  const { method, headers, body } = fixture.call;
  const url = addressOf(fixture);
  const { searchParams } = new URL(url);
  const query = Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const values = searchParams.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { method, url, query, headers: Object.fromEntries(lower), rawBody: Buffer.from(body, 'utf8') };
};

const refused = { status: 401, headers: {}, body: null };

const compareAnswer = (wanted: TriggerFixture['answer'], answer: FilledAnswer): string[] => {
  if (wanted === undefined) return [];
  const faults: string[] = [];
  if (answer.status !== wanted.status) faults.push(`The call is answered ${answer.status}.`);
  for (const [name, value] of Object.entries(wanted.headers ?? {}))
    if (answer.headers[name.toLowerCase()] !== value)
      faults.push(`The header ${name} of the answer is ${answer.headers[name.toLowerCase()] ?? 'absent'}.`);
  if (wanted.body === undefined || answer.status >= 400) return faults;
  const isText = typeof wanted.body === 'string' || answer.body === null;
  const body: Json = isText ? answer.body : (JSON.parse(answer.body ?? '') as Json);
  return isDeepStrictEqual(body, wanted.body)
    ? faults
    : [...faults, `The body of the answer is ${JSON.stringify(body)}.`];
};

/** @param fixture one with `call` */
export const playCall = async (
  connector: Connector,
  trigger: Trigger,
  fixture: CallFixture,
): Promise<PlayedTrigger> => {
  const receive = trigger.webhook?.receive ?? connector.ingress?.receive;
  if (receive === undefined) return { events: [], faults: ['The trigger receives no calls.'] };
  const told = tellCalls(fixture.call.calls ?? []);
  const { credentials, config = {}, subscription = {}, stored = {} } = fixture;
  const { input } = readTriggerInput(connector, trigger, fixture.input ?? {});
  const nowMs = clockOf(fixture);
  const dependencies = { egress: told.egress, now: () => nowMs };
  const values: CallValues = {
    ...(credentials ? { credentials } : {}),
    connection: config,
    webhook: trigger.webhook
      ? { url: addressOf(fixture), secret: fixture.webhook?.secret ?? null }
      : { url: addressOf(fixture) },
    subscription,
    stored,
    input: input as CallValues['input'] & object,
    nowMs,
  };
  const opened = openCall({
    receive,
    call: callOf(fixture),
    values,
    fetchKey: keepKeys()({
      ...dependencies,
      tenantId: 'example',
      allowedHosts: keyHostsOf(connector, config),
    }),
    ownSecrets: secretsOf(connector, fixture.auth ?? connector.auth[0]?.key ?? '', credentials),
  });
  const fetching: ItemFetching = {
    tenantId: 'example',
    connector,
    openConnection: connectionOf(connector, fixture),
    input: values.input ?? {},
    callId: 'fixture',
    dependencies,
  };
  const end = (answer: FilledAnswer, events: Json[] = [], more: string[] = []): PlayedTrigger => ({
    events,
    faults: [...told.faults(), ...compareAnswer(fixture.answer, answer), ...more],
  });
  const greeted = await opened.handshake();
  if (greeted.kind === 'refused') return end(refused);
  if (greeted.kind === 'answer') {
    const confirmed = greeted.confirm
      ? await requestForItem(fetching, greeted.confirm, opened.scope)
      : undefined;
    const why = confirmed?.ok === false ? [`The confirmation failed: ${confirmed.error.message}`] : [];
    return end(await opened.answer(greeted.respond ?? { status: 200 }), [], why);
  }
  if (!(await opened.verify()).ok) return end(refused);
  opened.checkBody();
  const own = trigger.ingress;
  const rules = own
    ? { filter: receive.filter, eventId: receive.eventId, match: own.match, map: own.map, fetch: own.fetch }
    : receive;
  const routeBy = own ? connector.ingress?.routeBy : undefined;
  const items = listItems(receive, opened.scope).filter(
    ({ scope }) =>
      routeBy === undefined || readEventId(routeBy.event, scope) === String(config[routeBy.connection]),
  );
  const given = Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
  const read = await readEvents(given, items, eventFetcher(fetching), own ? {} : { subscription });
  const redact = createRedact(await opened.secrets());
  const nameless = receive.eventId !== undefined && read.some(({ id }) => id === null);
  return end(
    await opened.answer(receive.respond),
    read.map(({ output }) => redact.value(output)),
    nameless ? ['"eventId" gives nothing for an event.'] : [],
  );
};
