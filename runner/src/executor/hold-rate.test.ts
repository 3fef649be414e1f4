import { randomUUID } from 'node:crypto';
import type { Action, Connector, RateLimit } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
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

test('four fifths of a limit pass at once, the next waits until there is room', async () => {
  const name = randomUUID();
  const rate = { limit: 5, windowMs: 1_000 };
  const waits = [];
  for (let call = 0; call < 4; call += 1) waits.push(await holdRate(name, rate, 30_000, undefined));
  expect(waits).toEqual([0, 0, 0, 0]);
  const late = await Promise.all([1, 2].map(() => holdRate(name, rate, 30_000, undefined)));
  for (const waited of late) expect(waited).toBeGreaterThan(0);
});

test('a turn that comes too late is not taken, and the failure says when it comes', async () => {
  const name = randomUUID();
  const rate = { limit: 1, windowMs: 3_600_000 };
  expect(await holdRate(name, rate, 30_000, undefined)).toBe(0);
  for (let again = 0; again < 2; again += 1) {
    const refused = await holdRate(name, rate, 30_000, undefined).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'remote_busy' });
    expect((refused as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(3_600_000);
    expect((refused as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(3_500_000);
  }
  expect(await holdRate(randomUUID(), rate, 30_000, undefined)).toBe(0);
});

test('an answer that says that little is left, or asks to wait, holds what comes after it', async () => {
  const busy = { code: 'remote_busy' };
  const ask = (name: string) => holdRate(name, learned, 30_000, undefined);
  const [plenty, few, asked, odd] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  learnRate(plenty, learned, answerOf({ 'x-left': '21', 'x-reset': '60' }), undefined, Date.now());
  expect(await ask(plenty)).toBe(0);
  learnRate(few, learned, answerOf({ 'x-left': '20', 'x-reset': '60' }), undefined, Date.now());
  await expect(ask(few)).rejects.toMatchObject(busy);
  learnRate(asked, learned, answerOf({}), 45_000, Date.now());
  await expect(ask(asked)).rejects.toMatchObject(busy);
  for (const left of ['', '-1', '1e3', 'none'])
    learnRate(odd, learned, answerOf({ 'x-left': left, 'x-reset': '60' }), undefined, Date.now());
  expect(await ask(odd)).toBe(0);
});

/** Calls an action of a connector that can be saved, again and again with one connection. */
const start = async (rateLimit: RateLimit, answer: FakeAnswer, change: Partial<Action> = {}) => {
  const service = await startFakeService(() => answer);
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
    defaults: { rateLimit },
    auth: [{ key: 'none', label: 'None', type: 'NONE' }],
    actions: [
      { ...action, ...change },
      { ...action, key: 'other' },
    ],
  };
  expect(validateConnector(connector, 'save')).toEqual([]);
  const tenantId = randomUUID();
  const call = (key = 'do', connection = 'c1') =>
    callAction(
      {
        tenantId,
        connector,
        action: key,
        input: {},
        openConnection: async () => ({
          id: connection,
          name: 'C',
          authKey: 'none',
          config: {},
          credentials: {},
          saveCredentials: async () => undefined,
        }),
        run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' },
      },
      { egress, now: Date.now },
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
    error: { type: 'RATE_LIMIT', code: 'remote_busy', sent: 'no' },
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
