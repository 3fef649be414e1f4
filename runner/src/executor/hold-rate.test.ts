import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Action, Connector, RateLimit } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { countRates } from './count-rates.ts';
import type { Rates } from './count-rates.ts';
import { holdRate, learnRate } from './hold-rate.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const answerOf = (headers: Record<string, string>) => ({ status: 200, headers, body: null });
const learned: RateLimit = {
  limit: 100,
  windowMs: 60_000,
  remainingHeader: 'X-Left',
  reset: { from: { header: 'x-reset' }, unit: 'seconds' },
};

/** An account of a test's own, with the name of a limit in it. */
const account = (rate: RateLimit, cost = 1) => {
  const rates = countRates();
  const limit = { name: 'a', callsName: 'a calls', rate, cost };
  return {
    ask: (timeoutMs = 60_000) => holdRate(rates, limit, timeoutMs, undefined),
    learn: (headers: Record<string, string>, askedMs?: number) =>
      learnRate(rates, limit, answerOf(headers), askedMs, Date.now()),
  };
};
const busy = { busyMs: expect.any(Number) as number };

test('four fifths of a limit pass at once, the next waits until there is room', async () => {
  const { ask } = account({ limit: 5, windowMs: 1_000 });
  const waits = [];
  for (let call = 0; call < 4; call += 1) waits.push(await ask());
  expect(waits).toEqual([0, 0, 0, 0].map((heldMs) => ({ heldMs })));
  for (const late of await Promise.all([ask(), ask()]))
    expect((late as { heldMs: number }).heldMs).toBeGreaterThan(0);
});

test('a turn that comes too late is not taken, and the answer says when it comes', async () => {
  const { ask } = account({ limit: 1, windowMs: 3_600_000 });
  expect(await ask()).toEqual({ heldMs: 0 });
  for (let again = 0; again < 2; again += 1) {
    const { busyMs } = (await ask()) as { busyMs: number };
    expect(busyMs).toBeLessThanOrEqual(3_601_000);
    expect(busyMs).toBeGreaterThan(3_500_000);
  }
});

test('a wait leaves the request enough of its time', async () => {
  const { ask } = account({ limit: 1, windowMs: 25_000 });
  expect(await ask()).toEqual({ heldMs: 0 });
  expect(await ask(30_000)).toEqual(busy);
  expect(await ask(1)).toEqual(busy);
});

test('a request that counts as several takes the room of several, and one larger than the limit all of it', async () => {
  const hour = { limit: 10, windowMs: 3_600_000 };
  const fours = account(hour, 4);
  expect([await fours.ask(), await fours.ask()]).toEqual([{ heldMs: 0 }, { heldMs: 0 }]);
  expect(await fours.ask()).toEqual(busy);
  const tens = account(hour, 10);
  expect(await tens.ask()).toEqual({ heldMs: 0 });
  expect(await tens.ask()).toEqual(busy);
});

test('an answer that says that little is left, or asks to wait, holds what comes after it', async () => {
  const [plenty, few, asked, odd] = [learned, learned, learned, learned].map((rate) => account(rate));
  await plenty!.learn({ 'x-left': '21', 'x-reset': '60' });
  expect(await plenty!.ask()).toEqual({ heldMs: 0 });
  await few!.learn({ 'x-left': '20', 'x-reset': '60' });
  expect(await few!.ask()).toEqual(busy);
  await asked!.learn({}, 45_000);
  expect(await asked!.ask()).toEqual(busy);
  for (const left of ['', '-1', '1e3', 'none']) await odd!.learn({ 'x-left': left, 'x-reset': '60' });
  expect(await odd!.ask()).toEqual({ heldMs: 0 });
});

/** Calls an action of a connector that can be saved, again and again with one connection. */
const start = async (
  rateLimit: RateLimit | undefined,
  answer: FakeAnswer | (() => FakeAnswer | Promise<FakeAnswer>),
  change: Partial<Action> = {},
  rates?: Rates,
) => {
  const service = await startFakeService(typeof answer === 'function' ? answer : () => answer);
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const action: Action = {
    key: 'do',
    name: 'Do',
    method: 'GET',
    endpointTemplate: '/do',
    inputSchema: {},
    outputSchema: {},
  };
  const connector: Connector = {
    manifestVersion: 1,
    app: { key: 'acme', name: 'Acme' },
    version: '1.0.0',
    baseUrl: `http://${service.host}`,
    ...(rateLimit ? { defaults: { rateLimit } } : {}),
    connectionSchema: { type: 'object', properties: { shop: { type: 'string' } } },
    auth: [{ key: 'none', label: 'None', type: 'NONE' }],
    actions: [
      { ...action, ...change },
      { ...action, key: 'other' },
    ],
  };
  expect(validateConnector(connector, 'save')).toEqual([]);
  const tenantId = randomUUID();
  const call = (
    key = 'do',
    connection = 'c1',
    { input = {}, config = {}, credentials = {}, tenant = tenantId } = {} as {
      input?: { [name: string]: string };
      config?: { [name: string]: string };
      credentials?: { [name: string]: string };
      tenant?: string;
    },
  ) =>
    callAction(
      {
        tenantId: tenant,
        connector,
        action: key,
        input,
        openConnection: async () => ({
          id: connection,
          name: 'C',
          authKey: 'none',
          config,
          credentials,
          saveCredentials: async () => undefined,
        }),
        run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' },
      },
      { egress, now: Date.now, ...(rates ? { rates } : {}) },
    );
  return { service, call };
};
const hourly = { limit: 2, windowMs: 3_600_000 };

test('a call over the limit is not sent, is of the kind RATE_LIMIT, and leaves other connections alone', async () => {
  const { service, call } = await start(hourly, { body: {} });
  expect((await call()).ok).toBe(true);
  const refused = await call('other');
  expect(refused).toMatchObject({
    ok: false,
    error: { type: 'RATE_LIMIT', code: 'remote_busy', sent: 'no', isHeld: true },
  });
  expect(service.received).toHaveLength(1);
  expect((await call('do', 'c2')).ok).toBe(true);
});

test('an action may have a limit of its own', async () => {
  const { call } = await start({ limit: 1_000, windowMs: 60_000 }, { body: {} }, { rateLimit: hourly });
  expect((await call()).ok).toBe(true);
  expect((await call()).ok).toBe(false);
  expect((await call('other')).ok).toBe(true);
});

test('what one call was told holds the next one back', async () => {
  const { service, call } = await start(learned, { status: 429, headers: { 'retry-after': '50' }, body: {} });
  expect(await call()).toMatchObject({
    error: { type: 'RATE_LIMIT', sent: 'answered', retryAfterMs: 50_000 },
  });
  expect(await call()).toMatchObject({ error: { type: 'RATE_LIMIT', sent: 'no' } });
  expect(service.received).toHaveLength(1);
});

test('a failure after a request of the same call was sent is an attempt, not a wait', async () => {
  const { call } = await start(
    { limit: 1, windowMs: 3_600_000 },
    { body: { id: 7 } },
    { after: [{ id: 'again', method: 'GET', endpointTemplate: '/again' }] },
  );
  const failed = await call();
  expect(failed).toMatchObject({ ok: false, error: { type: 'RATE_LIMIT' } });
  expect(failed).not.toHaveProperty('error.isHeld');
});

test('a request without a limit asks no account', async () => {
  const refuse = () => Promise.reject(new Error('the account was asked'));
  const { call } = await start(undefined, { body: {} }, {}, { take: refuse, hold: refuse, enter: refuse });
  expect((await call()).ok).toBe(true);
});

test('the limit of an app is shared by the connections of one client, and by nobody of another workspace', async () => {
  const { call } = await start({ ...hourly, scope: 'app' }, { body: {} });
  expect((await call('do', 'c1', { credentials: { clientId: 'one' } })).ok).toBe(true);
  expect((await call('do', 'c2', { credentials: { clientId: 'one' } })).ok).toBe(false);
  expect((await call('do', 'c3', { credentials: { clientId: 'two' } })).ok).toBe(true);
  const tenant = randomUUID();
  expect((await call('do', 'c4', { credentials: { clientId: 'one' }, tenant })).ok).toBe(true);
});

test('the limit of a workspace is shared by all its connections, and by nobody of another one', async () => {
  const { call } = await start({ ...hourly, scope: 'tenant' }, { body: {} });
  expect((await call('do', 'c1', { credentials: { clientId: 'one' } })).ok).toBe(true);
  expect((await call('do', 'c2', { credentials: { clientId: 'two' } })).ok).toBe(false);
  expect((await call('do', 'c3')).ok).toBe(false);
  expect((await call('do', 'c1', { tenant: randomUUID() })).ok).toBe(true);
});

/** A service that answers when it is told to, and what it has seen of calls at the same moment. */
const gate = () => {
  const waiting: (() => void)[] = [];
  let open = 0;
  let most = 0;
  return {
    most: () => most,
    waiting: () => waiting.length,
    release: () => waiting.shift()?.(),
    answer: async (): Promise<FakeAnswer> => {
      open += 1;
      most = Math.max(most, open);
      await new Promise<void>((resolve) => waiting.push(resolve));
      open -= 1;
      return { body: {} };
    },
  };
};
const plenty = { limit: 10_000, windowMs: 1_000 };

test('no more calls are under way than a service takes at once; the others wait in a line and follow', async () => {
  const door = gate();
  const { call } = await start({ ...plenty, concurrency: 2 }, door.answer);
  const calls = [call(), call('other'), call(), call(), call()];
  for (let answered = 0; answered < 5; answered += 1) {
    await expect.poll(door.waiting).toBe(Math.min(2, 5 - answered));
    door.release();
  }
  expect((await Promise.all(calls)).map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
  expect(door.most()).toBe(2);
});

test('calls of other connections and other keys are counted by themselves', async () => {
  const inputSchema = { type: 'object', properties: { channel: { type: 'string' } } };
  const own: Partial<Action> = {
    inputSchema,
    rateLimit: { ...plenty, concurrency: 1, key: '{{input.channel}}' },
  };
  const door = gate();
  const { call } = await start(undefined, door.answer, own);
  const calls = [
    call('do', 'c1', { input: { channel: 'a' } }),
    call('do', 'c1', { input: { channel: 'b' } }),
    call('do', 'c2', { input: { channel: 'a' } }),
    call('other'),
  ];
  await expect.poll(door.waiting).toBe(4);
  for (const _ of calls) door.release();
  expect((await Promise.all(calls)).every(({ ok }) => ok)).toBe(true);
});

test('a call that waits too long for others is not sent, says why, and is no attempt; failures give their place back', async () => {
  let fails = true;
  const door = gate();
  const { call, service } = await start(
    { ...plenty, concurrency: 1 },
    () => (fails ? { status: 500, body: {} } : door.answer()),
    { timeoutMs: 400 },
  );
  expect((await call()).ok).toBe(false);
  fails = false;
  const first = call('other');
  await expect.poll(door.waiting).toBe(1);
  expect(await call()).toMatchObject({
    ok: false,
    error: {
      type: 'RATE_LIMIT',
      sent: 'no',
      isHeld: true,
      message: 'Acme takes one call at once, and others are under way, so the request was not sent.',
    },
  });
  expect(service.received).toHaveLength(2);
  door.release();
  expect((await first).ok).toBe(true);
});

test('what a request says of the time is said after its wait', async () => {
  let enteredAt = Infinity;
  const rates: Rates = {
    ...countRates(),
    enter: async () => {
      await sleep(20);
      enteredAt = Date.now();
      return { waitedMs: 20, leave: async () => undefined };
    },
  };
  const headersTemplate = { 'x-time': '{{now}}' };
  const { call, service } = await start(
    { ...plenty, concurrency: 1 },
    { body: {} },
    { headersTemplate },
    rates,
  );
  expect((await call()).ok).toBe(true);
  expect(Date.parse(String(service.received[0]!.headers['x-time']))).toBeGreaterThanOrEqual(enteredAt);
});

test('a key counts each of its values by itself', async () => {
  const inputSchema = { type: 'object', properties: { channel: { type: 'string' } } };
  const rateLimit: RateLimit = { ...hourly, key: '{{input.channel}}' };
  const { call } = await start(undefined, { body: {} }, { inputSchema, rateLimit });
  for (const input of [{ channel: 'a' }, { channel: 'b' }, {}] as { [name: string]: string }[]) {
    expect((await call('do', 'c1', { input })).ok).toBe(true);
    expect((await call('do', 'c1', { input })).ok).toBe(false);
  }
  const shops = await start({ ...hourly, scope: 'app', key: '{{connection.shop}}' }, { body: {} });
  expect((await shops.call('do', 'c1', { config: { shop: 'x' } })).ok).toBe(true);
  expect((await shops.call('do', 'c2', { config: { shop: 'x' } })).ok).toBe(false);
  expect((await shops.call('do', 'c3', { config: { shop: 'y' } })).ok).toBe(true);
});

test('an action that costs more takes more of the limit of all', async () => {
  const { call } = await start({ limit: 10, windowMs: 3_600_000 }, { body: {} }, { rateCost: 8 });
  expect((await call('other')).ok).toBe(true);
  expect((await call()).ok).toBe(false);
  expect((await call('other')).ok).toBe(true);
});
