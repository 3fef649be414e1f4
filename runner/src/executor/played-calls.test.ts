// Every fixture of the catalogue whose trigger is called, judged as the door judges it: handshake, sender check, events, answer. What
// the app asks because of it goes over a real socket; only the public host is replaced by loopback.
import type { Json } from '@weftline/connectors/json';
import { loadApps, loadTriggerFixtures } from '@weftline/connectors/load-apps';
import type { FixtureCall, TriggerFixture } from '@weftline/connectors/load-apps';
import { withDefs } from '@weftline/connectors/schemas/compose-schema';
import type { Connector, Receive, Trigger } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeService } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import type { Egress } from '../platform/egress/create-egress.ts';
import { requestForItem, type ItemFetching } from './fetch-item.ts';
import { eventFetcher } from './receive/fetch-event.ts';
import { keepKeys } from './receive/fetch-key.ts';
import type { FilledAnswer } from './receive/fill-answer.ts';
import type { CallValues, IncomingCall } from './receive/incoming-call.ts';
import { keyHostsOf, openCall, secretsOf } from './receive/open-call.ts';
import { listItems, readEventId, readEvents, type EventRules } from './receive/read-events.ts';
import { createRedact } from './redact.ts';

let service: FakeService;
let egress: Egress;
let calls: readonly FixtureCall[] = [];
const calledUrls: string[] = [];

beforeAll(async () => {
  service = await startFakeService((_request, index) => calls[index]?.response ?? { status: 599 });
  const real = createEgress({ allow: [service.host] });
  egress = {
    ...real,
    request: (request) => {
      calledUrls.push(request.url);
      const { pathname, search } = new URL(request.url);
      return real.request({ ...request, url: `http://${service.host}${pathname}${search}` });
    },
  };
});
afterAll(async () => {
  await service.close();
  await egress.close();
});
beforeEach(() => {
  calledUrls.length = 0;
  service.received.length = 0;
});

const found = loadApps().flatMap((connector) =>
  loadTriggerFixtures(connector)
    .filter(({ call }) => call !== undefined)
    .map((fixture) => ({
      name: `${connector.app.key} ${fixture.trigger}: ${fixture.title}`,
      connector,
      fixture,
      trigger: (connector.triggers ?? []).find(({ key }) => key === fixture.trigger)!,
    })),
);

const addressOf = ({ webhook, call }: TriggerFixture): string =>
  call?.url ?? webhook?.url ?? 'https://weftline.example/hooks/k3yforthisworkflow';

function callOf(fixture: TriggerFixture): IncomingCall {
  const call = fixture.call!;
  const url = addressOf(fixture);
  const { searchParams } = new URL(url);
  const query = Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const values = searchParams.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
  const headers = Object.fromEntries(
    Object.entries(call.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return { method: call.method, url, query, headers, rawBody: Buffer.from(call.body, 'utf8') };
}

type Played = { answer: FilledAnswer; events: Json[]; ids: (string | null)[] };
const refused = (status: number): Played => ({
  answer: { status, headers: {}, body: null },
  events: [],
  ids: [],
});

async function play(connector: Connector, trigger: Trigger, fixture: TriggerFixture): Promise<Played> {
  const receive: Receive = trigger.webhook?.receive ?? connector.ingress!.receive;
  const nowMs = fixture.now === undefined ? Date.now() : Date.parse(fixture.now);
  const { credentials, config = {}, input = {}, subscription = {}, stored = {} } = fixture;
  const authKey = fixture.auth ?? connector.auth[0]?.key ?? '';
  const values: CallValues = {
    ...(credentials ? { credentials } : {}),
    connection: config,
    webhook: trigger.webhook
      ? { url: fixture.webhook?.url ?? addressOf(fixture), secret: fixture.webhook?.secret ?? null }
      : { url: addressOf(fixture) },
    subscription,
    stored,
    input: input as CallValues['input'] & object,
    nowMs,
  };
  const dependencies = { egress, now: () => nowMs };
  const opened = openCall({
    receive,
    call: callOf(fixture),
    values,
    fetchKey: keepKeys()({ ...dependencies, tenantId: 't', allowedHosts: keyHostsOf(connector, config) }),
    ownSecrets: secretsOf(connector, authKey, credentials),
  });
  const fetching: ItemFetching = {
    tenantId: 't',
    connector,
    openConnection:
      credentials === undefined && fixture.auth === undefined
        ? null
        : async () => ({
            id: 'c',
            name: 'C',
            authKey,
            config,
            credentials: credentials ?? {},
            saveCredentials: async () => undefined,
          }),
    input: values.input ?? {},
    callId: 'fixture-call',
    dependencies,
  };
  const greeted = await opened.handshake();
  if (greeted.kind === 'refused') return refused(401);
  if (greeted.kind === 'answer') {
    if (greeted.confirm) {
      const confirmed = await requestForItem(fetching, greeted.confirm, opened.scope);
      expect(confirmed.ok, JSON.stringify(confirmed)).toBe(true);
    }
    return { answer: await opened.answer(greeted.respond ?? { status: 200 }), events: [], ids: [] };
  }
  if (!(await opened.verify()).ok) return refused(401);
  opened.checkBody();
  const own = trigger.ingress;
  const rules: EventRules = own
    ? {
        filter: receive.filter!,
        eventId: receive.eventId!,
        match: own.match,
        map: own.map!,
        fetch: own.fetch,
      }
    : receive;
  const items = listItems(receive, opened.scope).filter(({ scope }) => {
    if (!own || !connector.ingress?.routeBy) return true;
    const { event, connection } = connector.ingress.routeBy;
    return readEventId(event, scope) === String(config[connection]);
  });
  const read = await readEvents(rules, items, eventFetcher(fetching), own ? {} : { subscription });
  const redact = createRedact(await opened.secrets());
  return {
    answer: await opened.answer(receive.respond),
    events: read.map(({ output }) => redact.value(output)),
    ids: read.map(({ id }) => id),
  };
}

const readBody = (text: string | null, expected: Json): Json =>
  typeof expected === 'string' || text === null ? text : (JSON.parse(text) as Json);

test.each(found)('$name', async ({ connector, fixture, trigger }) => {
  calls = fixture.call!.calls ?? [];
  const { answer, events, ids } = await play(connector, trigger, fixture);
  const wanted = fixture.answer;
  if (wanted !== undefined) {
    expect(answer.status).toBe(wanted.status);
    for (const [name, value] of Object.entries(wanted.headers ?? {}))
      expect(answer.headers[name.toLowerCase()], name).toBe(value);
    if (wanted.body !== undefined && answer.status < 400)
      expect(readBody(answer.body, wanted.body)).toEqual(wanted.body);
  }
  expect(events).toEqual(fixture.events ?? []);
  expect(calledUrls).toEqual(calls.map(({ request }) => request.url));
  calls.forEach(({ request }, index) => {
    const received = service.received[index];
    expect(received?.method).toBe(request.method);
    for (const [name, value] of Object.entries(request.headers ?? {}))
      expect(received?.headers[name.toLowerCase()], name).toBe(value);
  });
  for (const event of events)
    expect(validateValue(withDefs(connector, trigger.outputSchema), event)).toEqual([]);
  // Where the app says what makes an event itself, every event of its own fixtures has it.
  const receive = trigger.webhook?.receive ?? connector.ingress!.receive;
  if (receive.eventId !== undefined) expect(ids.filter((id) => id === null)).toEqual([]);
});

test('every app that is called brings a call that starts a run', () => {
  const isCalled = ({ type }: Trigger) => type === 'WEBHOOK' || type === 'INGRESS';
  const missing = loadApps()
    .filter(({ triggers = [] }) => triggers.some(isCalled))
    .filter(
      ({ app }) =>
        !found.some(
          ({ connector, fixture }) => connector.app.key === app.key && (fixture.events ?? []).length > 0,
        ),
    );
  console.log(
    `played: ${found.length} calls of ${new Set(found.map(({ connector }) => connector.app.key)).size} apps`,
  );
  expect(missing.map(({ app }) => app.key)).toEqual([]);
});
