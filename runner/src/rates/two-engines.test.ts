// Two engines over one database, and a service that counts what comes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector, RateLimit } from '@weftline/connectors/types';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FakeAnswer, type FakeService, startFakeService } from '../../testing/fake-service.ts';
import { settled, startWorld, trigger, type World } from '../../testing/start-test-engine.ts';
import { callAction } from '../executor/call-action.ts';
import type { Call } from '../executor/types.ts';
import { createEgress, type Egress } from '../platform/egress/create-egress.ts';
import type { RetryDefinition } from '../workflow/types.ts';
import { openRates } from './share-rates.ts';

let world: World;
let service: FakeService;
let egress: Egress;
let arrivals: number[];
let respond: (url: string) => FakeAnswer | Promise<FakeAnswer>;
beforeAll(async () => {
  world = await startWorld();
  service = await startFakeService(({ url }) => {
    arrivals.push(performance.now());
    return respond(url);
  });
  egress = createEgress({ allow: [service.host] });
});
afterEach(() => world.stopEngines());
afterAll(async () => {
  await service.close();
  await egress.close();
  await world.stop();
});

const acme = (rateLimit: RateLimit): Connector => ({
  manifestVersion: 1,
  app: { key: 'acme', name: 'Acme' },
  version: '1.0.0',
  baseUrl: `http://${service.host}`,
  defaults: { rateLimit },
  auth: [{ key: 'none', label: 'None', type: 'NONE' }],
  actions: [
    {
      key: 'read',
      name: 'Read',
      method: 'GET',
      endpointTemplate: '/read',
      inputSchema: {},
      outputSchema: {},
    },
  ],
});

/** Two engines that call Acme, and a workflow for each connection. */
const start = async (
  rateLimit: RateLimit,
  answer: typeof respond = () => ({ body: {} }),
  step: { timeoutMs?: number; retry?: RetryDefinition } = {},
) => {
  arrivals = [];
  respond = answer;
  /** The calls of one process. */
  const openProcess = () => {
    const rates = openRates();
    return (call: Call) => {
      const { connection: id } = call.input as { connection: string };
      return callAction(
        {
          ...call,
          connector: acme(rateLimit),
          openConnection: async () => ({
            id,
            name: id,
            authKey: 'none',
            config: {},
            credentials: {},
            saveCredentials: async () => {},
          }),
        },
        { egress, now: Date.now, rates: rates(world.database, call.tenantId) },
      );
    };
  };
  const engines = await Promise.all(['one', 'two'].map((name) => world.start(openProcess(), { name })));
  const tenantId = await world.addTenant('unlimited');
  const workflowId = await world.addWorkflow(tenantId, {
    steps: [
      {
        id: 'read',
        kind: 'action',
        use: 'service@1.0.0#read',
        input: { connection: '{{trigger.output.body.connection}}' },
        ...step,
      },
    ],
  });
  const run = async (engine: number, connection = 'c1') => {
    const accepted = await trigger(engines[engine]!, tenantId, workflowId, { connection });
    return accepted.runId!;
  };
  const see = (id: string, states?: string[]) => settled(engines[0]!, tenantId, id, states);
  /** A call of a third process, without an engine. */
  const callElsewhere = () =>
    openProcess()({
      tenantId,
      connector: acme(rateLimit),
      action: 'read',
      input: { connection: 'c1' },
      openConnection: null,
      run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' },
    });
  return { run, see, callElsewhere };
};

test('two processes together send four fifths of 20 a second, over five windows', async () => {
  const { run, see } = await start({ limit: 20, windowMs: 1_000 });
  // What a first call costs would make the first sixteen late.
  const warm = await Promise.all(Array.from({ length: 16 }, (_, index) => run(index % 2, `warm ${index}`)));
  for (const id of warm) await see(id);
  arrivals = [];
  const ids = await Promise.all(Array.from({ length: 96 }, (_, index) => run(index % 2)));
  for (const id of ids) expect((await see(id)).status).toBe('succeeded');
  expect(arrivals).toHaveLength(96);
  const within = arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 1_000).length);
  expect(Math.max(...within)).toBeLessThanOrEqual(20);
  // 96 are six times sixteen, so five whole windows lie between the first and the last; a request may come a little late.
  expect(arrivals.at(-1)! - arrivals[0]!).toBeGreaterThanOrEqual(4_900);
});

test('what one process learns from an answer holds the other, and no other connection', async () => {
  const { run, see } = await start({ limit: 1_000, windowMs: 60_000 }, () =>
    arrivals.length === 1 ? { status: 429, headers: { 'retry-after': '300' }, body: {} } : { body: {} },
  );
  await see(await run(0), ['waiting']);
  const held = await see(await run(1), ['waiting']);
  expect(held.why).toMatch(/^Step read: Waits without a worker: The limit of Acme is used up for \d+ s/);
  expect(held.steps[0]).toMatchObject({ status: 'waiting', attempts: 0 });
  expect(arrivals).toHaveLength(1);
  expect((await see(await run(1, 'c2'))).status).toBe('succeeded');
  expect(arrivals).toHaveLength(2);
});

test('a run that waits long for a limit holds no worker, loses no attempt, and goes on', async () => {
  const { run, see } = await start({ limit: 1, windowMs: 1_500 }, undefined, {
    timeoutMs: 1_000,
    retry: { maxRetries: 0 },
  });
  const ids = await Promise.all([0, 1, 0, 1].map((engine) => run(engine)));
  const views = await Promise.all(ids.map((id) => see(id)));
  expect(views.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
  expect(views.map(({ steps }) => steps[0]!.attempts)).toEqual([1, 1, 1, 1]);
  expect(arrivals).toHaveLength(4);
});

test('two processes together never have more calls under way than the service takes at once, and make all of them', async () => {
  let open = 0;
  const seen: number[] = [];
  const { run, see } = await start({ limit: 10_000, windowMs: 1_000, concurrency: 3 }, async () => {
    seen.push((open += 1));
    await sleep(15);
    open -= 1;
    return { body: {} };
  });
  const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => run(index % 2)));
  for (const id of ids) expect((await see(id)).status).toBe('succeeded');
  expect(seen).toHaveLength(30);
  expect(Math.max(...seen)).toBe(3);
});

test('a run that waits for the call of another process holds no worker, is no attempt, and goes on', async () => {
  let release: (() => void) | undefined;
  const { run, see, callElsewhere } = await start(
    { limit: 10_000, windowMs: 1_000, concurrency: 1 },
    () =>
      release === undefined
        ? new Promise((resolve) => (release = () => resolve({ body: {} })))
        : { body: {} },
    { timeoutMs: 1_000, retry: { maxRetries: 0 } },
  );
  const elsewhere = callElsewhere();
  await expect.poll(() => release).toBeDefined();
  const id = await run(0);
  const held = await see(id, ['waiting']);
  expect(held.why).toMatch(/^Step read: Waits without a worker: Acme takes one call at once/);
  expect(held.steps[0]).toMatchObject({ status: 'waiting', attempts: 0 });
  release!();
  expect((await elsewhere).ok).toBe(true);
  const view = await see(id);
  expect(view.status).toBe('succeeded');
  expect(view.steps[0]!.attempts).toBe(1);
});
