// Every fixture of the catalogue's triggers that asks or subscribes, over a real socket: only the public host is replaced by
// loopback. Calls that come in are played beside what takes them.
import { isJsonObject, type Json } from '@weftline/connectors/json';
import { loadApps, loadTriggerFixtures } from '@weftline/connectors/load-apps';
import type { FixtureCall, TriggerFixture } from '@weftline/connectors/load-apps';
import type { Connector, Poll, Trigger } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';
import { withDefs } from '@weftline/connectors/schemas/compose-schema';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeService } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import type { Egress } from '../platform/egress/create-egress.ts';
import { readItems } from '../triggers/poll/read-items.ts';
import { askedCursor, chooseItems, decidePoll, firstCursor, tellItems } from '../triggers/poll/tell-items.ts';
import { askPoll } from './ask-poll.ts';
import { askSubscription, requestOf, type SubscriptionCall } from './ask-subscription.ts';
import type { OpenConnection } from './types.ts';

let service: FakeService;
let egress: Egress;
let calls: readonly FixtureCall[] = [];
let isUnordered = false;
const calledUrls: string[] = [];
const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

beforeAll(async () => {
  service = await startFakeService(({ url }, index) => {
    // Items of a poll are read several at a time, so their order is nobody's.
    const played = isUnordered ? calls.find(({ request }) => pathOf(request.url) === url) : calls[index];
    return played?.response ?? { status: 599 };
  });
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
  isUnordered = false;
});

const openAs = (
  connector: Connector,
  { auth, credentials, config = {} }: TriggerFixture,
): (() => Promise<OpenConnection>) | null => {
  if (credentials === undefined && auth === undefined) return null;
  const authKey = auth ?? connector.auth[0]?.key ?? '';
  return async () => ({
    id: 'c',
    name: 'C',
    authKey,
    config,
    credentials: credentials ?? {},
    saveCredentials: async () => undefined,
  });
};

const readSent = (text: string, expected: Json): Json =>
  typeof expected === 'string' || text === '' ? text : (JSON.parse(text) as Json);

function expectCalls(played: readonly FixtureCall[], result: unknown): void {
  const urls = played.map(({ request }) => request.url);
  const inOrder = (list: readonly string[]) => (isUnordered ? list.toSorted() : list);
  expect(inOrder(calledUrls), JSON.stringify(result)).toEqual(inOrder(urls));
  played.forEach(({ request }, index) => {
    const received = isUnordered
      ? service.received.find(({ url }) => url === pathOf(request.url))
      : service.received[index];
    expect(received?.method).toBe(request.method);
    for (const [name, value] of Object.entries(request.headers ?? {}))
      expect(received?.headers[name.toLowerCase()], name).toBe(value);
    if (request.body === null) expect(received?.body).toBe('');
    else if (request.body !== undefined)
      expect(readSent(received?.body ?? '', request.body)).toEqual(request.body);
  });
}

const found = loadApps().flatMap((connector) =>
  loadTriggerFixtures(connector).map((fixture) => ({
    name: `${connector.app.key} ${fixture.trigger}: ${fixture.title}`,
    connector,
    fixture,
    trigger: (connector.triggers ?? []).find(({ key }) => key === fixture.trigger)!,
  })),
);
const polls = found.filter(({ fixture }) => fixture.poll !== undefined);
const subscriptions = found.filter(({ fixture }) => fixture.subscribe !== undefined);
const clockOf = ({ now }: TriggerFixture) => (now === undefined ? Date.now() : Date.parse(now));

describe('polls', () => {
  test.each(polls)('$name', async ({ connector, fixture, trigger }) => {
    const played = fixture.poll!;
    calls = played.calls;
    const now = clockOf(fixture);
    const poll = trigger.poll!;
    const input = fixture.input ?? {};
    const isFirst = played.isFirst === true;
    const kept =
      played.cursor ??
      (isFirst
        ? firstCursor(poll, { input, connection: fixture.config ?? {}, now: new Date(now).toISOString() })
        : undefined);
    const seen = new Set(played.seen ?? []);
    isUnordered = poll.fetch !== undefined;
    const asked = await askPoll(
      {
        tenantId: 't',
        connector,
        trigger: trigger as Trigger & { poll: Poll },
        input,
        openConnection: openAs(connector, fixture),
        cursor: askedCursor(poll, kept),
        isFirst,
        enough: async (page) => tellItems(poll, page, { input }).every(({ key }) => seen.has(key)),
      },
      { egress, now: () => now },
    );
    if (!asked.ok) expectCalls(played.calls, asked);
    expect(asked.ok, JSON.stringify(asked)).toBe(true);
    if (!asked.ok) return;
    const told = tellItems(poll, asked.items, asked.scope);
    const isKnown = (key: string) => seen.has(key);
    const { starting } = chooseItems(poll, told, { isFirst, scope: asked.scope, isKnown });
    const read = poll.fetch
      ? await readItems(poll.fetch, starting, asked.scope, {
          tenantId: 't',
          connector,
          openConnection: openAs(connector, fixture),
          input: isJsonObject(input) ? input : {},
          callId: 'poll',
          dependencies: { egress, now: () => now },
        })
      : null;
    expectCalls(played.calls, read ?? asked);
    expect(read?.failed ?? [], JSON.stringify(read?.error)).toEqual([]);
    const decided = decidePoll(
      poll,
      told,
      starting,
      { ...asked, kept },
      read === null ? undefined : { fetched: read.fetched, unread: new Set() },
    );
    const events = decided.items.flatMap(({ output }) => (output === undefined ? [] : [output]));
    expect(events).toEqual(fixture.events ?? []);
    if (played.cursorAfter !== undefined) expect(decided.cursor).toEqual(played.cursorAfter);
    for (const event of events)
      expect(validateValue(withDefs(connector, trigger.outputSchema), event)).toEqual([]);
  });
});

describe('subscriptions', () => {
  test.each(subscriptions)('$name', async ({ connector, fixture, trigger }) => {
    const played = fixture.subscribe!;
    calls = played.calls;
    const subscribing: SubscriptionCall = {
      tenantId: 't',
      connector,
      trigger,
      act: 'subscribe',
      input: fixture.input ?? {},
      openConnection: openAs(connector, fixture),
      webhook: fixture.webhook ?? { url: 'https://weftline.example/hooks/key', secret: 'secret' },
      subscription: fixture.subscription ?? {},
      stored: fixture.stored ?? {},
      idempotencyKey: 'fixture-idempotency-key',
    };
    const dependencies = { egress, now: () => clockOf(fixture) };
    const asked = await askSubscription(subscribing, dependencies);
    expectCalls(played.calls, asked);
    expect(asked.ok, JSON.stringify(asked)).toBe(true);
    if (!asked.ok) return;
    expect(asked.captured).toEqual(played.subscription);
    // What was kept is enough to look at it, to renew it and to take it back: each of these requests can be made.
    const subscription = { ...fixture.subscription, ...asked.captured };
    for (const act of ['check', 'renew', 'unsubscribe'] as const) {
      if (!requestOf(trigger.webhook, act)) continue;
      calls = [];
      const later = await askSubscription({ ...subscribing, act, subscription }, dependencies);
      if (!later.ok) expect(later.error.sent, `${act}: ${later.error.message}`).toBe('answered');
    }
  });
});

test('fixtures name triggers that are there, and every app that polls or subscribes plays it', () => {
  expect(found.filter(({ trigger }) => trigger === undefined).map(({ name }) => name)).toEqual([]);
  const plays = (app: string, what: 'poll' | 'subscribe') =>
    found.some(({ connector, fixture }) => connector.app.key === app && fixture[what] !== undefined);
  const missing = loadApps().flatMap(({ app, triggers = [] }) => [
    ...(triggers.some(({ poll }) => poll) && !plays(app.key, 'poll') ? [`${app.key}: poll`] : []),
    ...(triggers.some(({ webhook }) => webhook?.subscribe) && !plays(app.key, 'subscribe')
      ? [`${app.key}: subscribe`]
      : []),
  ]);
  console.log(`played: ${polls.length} polls and ${subscriptions.length} subscriptions`);
  expect(missing).toEqual([]);
});
