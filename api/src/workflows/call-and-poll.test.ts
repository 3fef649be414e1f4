// A trigger that is called and polls besides: an event starts one run, whichever way it comes first. Everything is real.
import { createHmac } from 'node:crypto';
import type { Trigger } from '@weftline/connectors/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { sampleConnector, startWorkingApi, type WorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let owner: TestPerson;
let connectionId: string;
let orders: { id: number }[] = [];
const hooks: { url: string; secret: string }[] = [];
let mayRegister = true;

const changed: Trigger = {
  key: 'order-made',
  name: 'Order made',
  type: 'WEBHOOK',
  fallback: 'POLL',
  outputSchema: {},
  sample: { number: 1 },
  webhook: {
    subscribe: {
      method: 'POST',
      endpointTemplate: '/hooks',
      bodyTemplate: { url: '{{webhook.url}}', secret: '{{webhook.secret}}' },
      capture: { id: 'body.id' },
    },
    unsubscribe: { method: 'DELETE', endpointTemplate: '/hooks/{{subscription.id}}' },
    receive: {
      verify: [
        {
          scheme: 'hmac',
          algorithm: 'sha256',
          secret: '{{webhook.secret}}',
          content: '{{rawBody}}',
          signature: "{{headers['x-signature']}}",
          encoding: 'hex',
        },
      ],
      eventId: '{{body.order.id}}',
      map: { number: '{{body.order.id}}', by: 'call' },
    },
  },
  poll: {
    request: { method: 'GET', endpointTemplate: '/orders' },
    items: 'body.orders',
    dedupeKey: '{{item.id}}',
    order: 'oldest-first',
    maxItems: 100,
    minIntervalMs: 60_000,
    firstRun: 'skip',
    keepSeen: 1000,
    map: { number: '{{item.id}}', by: 'poll' },
  },
};

beforeAll(async () => {
  api = await startWorkingApi({ builtIns: [] });
  api.service.respond = ({ method, path, body }) => {
    if (path === '/orders') return { body: { orders } };
    if (path !== '/hooks' || method !== 'POST') return null;
    if (!mayRegister) return { status: 503, body: { message: 'Closed for tonight' } };
    hooks.push(JSON.parse(body) as (typeof hooks)[number]);
    return { status: 201, body: { id: `h${hooks.length}` } };
  };
  owner = await api.register();
  await owner.call('POST', '/apps', { definition: sampleConnector(api.service, { triggers: [changed] }) });
  const published = await owner.call('POST', '/apps/acme/publish');
  expect(published.status, published.text).toBe(201);
  const credentials = { apiKey: 'good-key-0123456789' };
  const made = await owner.call('POST', '/connections', {
    app: 'acme',
    name: 'Acme',
    auth: 'key',
    credentials,
  });
  connectionId = made.body.id;
  await owner.call('POST', `/connections/${connectionId}/test`);
});
afterAll(() => api.stop());

async function turnOn(): Promise<string> {
  const definition = {
    format: 'workflow/1',
    name: 'Orders',
    trigger: { kind: 'app', use: 'acme#order-made', connection: 'shop' },
    connections: { shop: { app: 'acme', connectionId } },
    steps: [{ id: 'note', kind: 'transform', output: '{{trigger.output.by}}' }],
  };
  const made = await owner.call('POST', '/workflows', { name: 'Orders', definition });
  const id = made.body.id as string;
  expect((await owner.call('POST', `/workflows/${id}/publish`)).status).toBe(201);
  const enabled = await owner.call('POST', `/workflows/${id}/enable`);
  expect(enabled.status, enabled.text).toBe(200);
  await expect.poll(async () => (await read(id)).trigger.lastPolledAt, { timeout: 10_000 }).not.toBeNull();
  return id;
}
const read = async (id: string) => (await owner.call('GET', `/workflows/${id}`)).body;
/** Asks now, and waits until it was asked. */
async function poll(id: string): Promise<void> {
  const before = (await read(id)).trigger.lastPolledAt;
  await api.services.database.withTenant(
    owner.tenant.id,
    (tx) =>
      tx.$executeRaw`UPDATE app_triggers SET next_poll_at = now() WHERE workflow_id = ${id}::uuid AND wanted`,
  );
  await expect.poll(async () => (await read(id)).trigger.lastPolledAt, { timeout: 10_000 }).not.toBe(before);
}
const call = (order: { id: number }) => {
  const { url, secret } = hooks.at(-1)!;
  const body = JSON.stringify({ order });
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return api.call('POST', new URL(url).pathname, { body, headers: { 'x-signature': signature } });
};
async function outputs(id: string): Promise<unknown[]> {
  const { data } = (await owner.call('GET', `/runs?workflowId=${id}`)).body as { data: { id: string }[] };
  const runs = await Promise.all(data.map(async (run) => (await owner.call('GET', `/runs/${run.id}`)).body));
  return runs.map((run) => run.triggerOutput).toReversed();
}

test('an event that is called and polled starts one run, whichever comes first', async () => {
  const id = await turnOn();
  expect((await read(id)).trigger).toMatchObject({ status: 'active', everySeconds: 900 });
  expect((await call({ id: 1 })).status).toBe(200);
  orders = [{ id: 1 }, { id: 2 }];
  await poll(id);
  expect((await call({ id: 2 })).status).toBe(200);
  await poll(id);
  expect(await outputs(id)).toEqual([
    { number: 1, by: 'call' },
    { number: 2, by: 'poll' },
  ]);
  await owner.call('POST', `/workflows/${id}/disable`);
});

test('a service that does not register us is asked instead, says why, and is registered later', async () => {
  orders = [];
  mayRegister = false;
  const id = await turnOn();
  const { trigger } = await read(id);
  expect(trigger).toMatchObject({ status: 'failing', subscription: null });
  expect(trigger.why).toContain('Closed for tonight');
  expect(trigger.why).toContain('new items are asked for');
  orders = [{ id: 7 }];
  await poll(id);
  expect(await outputs(id)).toEqual([{ number: 7, by: 'poll' }]);
  mayRegister = true;
  await api.services.database.withTenant(
    owner.tenant.id,
    (tx) =>
      tx.$executeRaw`UPDATE app_triggers SET next_upkeep_at = now() WHERE workflow_id = ${id}::uuid AND wanted`,
  );
  await expect.poll(async () => (await read(id)).trigger.status, { timeout: 10_000 }).toBe('active');
  expect((await call({ id: 8 })).status).toBe(200);
  expect(await outputs(id)).toEqual([
    { number: 7, by: 'poll' },
    { number: 8, by: 'call' },
  ]);
});
