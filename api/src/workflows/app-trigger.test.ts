// Workflows that begin with the trigger of an app, from the draft to the run; the engine, the way out and the service are real.
import type { Trigger } from '@weftline/connectors/types';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import {
  findInDatabase,
  sampleConnector,
  startWorkingApi,
  type WorkingApi,
} from '../testing/start-working-api.ts';

let api: WorkingApi;
let owner: TestPerson;
let connectionId: string;
let orders: { id: number; total: number }[] = [];
const hooks = new Map<string, { url: string; secret: string }>();
let refusal: { status: number; body: unknown } | null = null;
const asked: string[] = [];

const newOrder: Trigger = {
  key: 'new-order',
  name: 'New order',
  type: 'POLL',
  inputSchema: {
    type: 'object',
    required: ['shop'],
    additionalProperties: false,
    properties: { shop: { type: 'string', minLength: 1 } },
  },
  outputSchema: { type: 'object', properties: { number: { type: 'integer' }, total: { type: 'number' } } },
  sample: { number: 1, total: 9.5 },
  poll: {
    request: { method: 'GET', endpointTemplate: '/shops/{{input.shop}}/orders' },
    items: 'body.orders',
    dedupeKey: '{{item.id}}',
    order: 'oldest-first',
    maxItems: 100,
    minIntervalMs: 60_000,
    firstRun: 'skip',
    keepSeen: 1000,
    map: { number: '{{item.id}}', total: '{{item.total}}' },
  },
};
const bigOrder: Trigger = {
  ...newOrder,
  key: 'big-order',
  name: 'Big order',
  sample: { number: 1, total: 99, lines: 1 },
  poll: {
    ...newOrder.poll!,
    filter: '{{item.total >= 10}}',
    fetch: { request: { method: 'GET', endpointTemplate: '/orders/{{item.id}}' } },
    map: { number: '{{item.id}}', total: '{{item.total}}', lines: '{{length(fetched.lines)}}' },
  },
};
const paid: Trigger = {
  key: 'paid',
  name: 'Order paid',
  type: 'WEBHOOK',
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
    receive: { verify: [], secretInUrl: true, eventId: '{{body.id}}' },
  },
};
const byHand: Trigger = {
  key: 'by-hand',
  name: 'Told by hand',
  type: 'WEBHOOK',
  inputSchema: {
    type: 'object',
    additionalProperties: false,
    properties: { folder: { type: 'string' } },
  },
  outputSchema: {},
  sample: { number: 1 },
  webhook: {
    receive: {
      verify: [{ scheme: 'sharedToken', value: '{{headers.token}}', secret: '{{webhook.secret}}' }],
      eventId: '{{body.id}}',
    },
  },
};

beforeAll(async () => {
  api = await startWorkingApi({ builtIns: [] });
  api.service.respond = ({ method, path, body }) => {
    if (path.startsWith('/shops/')) {
      asked.push(path);
      return refusal ?? { body: { orders } };
    }
    if (path.startsWith('/orders/')) return { body: { lines: ['a', 'b'] } };
    if (path === '/hooks' && method === 'POST') {
      if (refusal) return refusal;
      const id = `h${hooks.size + 1}`;
      hooks.set(id, JSON.parse(body) as { url: string; secret: string });
      return { status: 201, body: { id } };
    }
    const id = /^\/hooks\/(.+)$/.exec(path)?.[1];
    if (!id) return null;
    return hooks.delete(id) ? { body: {} } : { status: 404, body: {} };
  };
  owner = await api.register();
  const definition = sampleConnector(api.service, { triggers: [newOrder, bigOrder, paid, byHand] });
  await owner.call('POST', '/apps', { definition });
  const published = await owner.call('POST', '/apps/acme/publish');
  expect(published.status, published.text).toBe(201);
  const made = await owner.call('POST', '/connections', {
    app: 'acme',
    name: 'Acme',
    auth: 'key',
    credentials: { apiKey: 'good-key-0123456789' },
  });
  connectionId = made.body.id;
  await owner.call('POST', `/connections/${connectionId}/test`);
});
afterAll(() => api.stop());
beforeEach(() => {
  orders = [];
  refusal = null;
  hooks.clear();
});

const document = (trigger: object) => ({
  format: 'workflow/1',
  name: 'Orders',
  trigger: { kind: 'app', connection: 'shop', ...trigger },
  connections: { shop: { app: 'acme', connectionId } },
  steps: [{ id: 'note', kind: 'transform', output: { big: '{{trigger.output.total > 10}}' } }],
});
async function make(trigger: object): Promise<string> {
  const made = await owner.call('POST', '/workflows', { name: 'Orders', definition: document(trigger) });
  expect(made.status, made.text).toBe(201);
  expect(made.body.problems).toEqual([]);
  return made.body.id;
}
async function turnOn(id: string) {
  const published = await owner.call('POST', `/workflows/${id}/publish`);
  expect(published.status, published.text).toBe(201);
  return owner.call('POST', `/workflows/${id}/enable`);
}
const read = async (id: string) => (await owner.call('GET', `/workflows/${id}`)).body;
const makeDue = async (id: string) => {
  await api.services.database.withTenant(
    owner.tenant.id,
    (tx) =>
      tx.$executeRaw`UPDATE app_triggers SET next_poll_at = now() WHERE workflow_id = ${id}::uuid AND wanted`,
  );
};
const ordersOf = { use: 'acme@1.0.0#new-order', input: { shop: 'north' } };

describe('a workflow that asks', () => {
  test('starts a run for each new item, and says when it asked and when it asks next', async () => {
    orders = [{ id: 1, total: 5 }];
    const id = await make({ ...ordersOf, use: 'acme#new-order', everySeconds: 60 });
    expect((await read(id)).trigger).toMatchObject({ kind: 'app', status: 'off', use: 'acme#new-order' });
    expect((await turnOn(id)).status).toBe(200);
    await expect.poll(async () => (await read(id)).trigger.lastPolledAt, { timeout: 10_000 }).not.toBeNull();
    orders = [...orders, { id: 2, total: 50 }, { id: 3, total: 7 }];
    await makeDue(id);
    const runsOf = async () => (await owner.call('GET', `/runs?workflowId=${id}`)).body.data;
    await expect.poll(async () => (await runsOf()).length, { timeout: 10_000 }).toBe(2);
    await expect
      .poll(async () => (await runsOf()).map((run: { status: string }) => run.status), { timeout: 10_000 })
      .toEqual(['succeeded', 'succeeded']);
    const [, first] = await runsOf();
    const run = (await owner.call('GET', `/runs/${first.id}`)).body;
    expect(run).toMatchObject({ trigger: { kind: 'app' }, triggerOutput: { number: 2, total: 50 } });
    expect(run.steps[0].output).toEqual({ big: true });
    const { trigger } = await read(id);
    expect(trigger).toMatchObject({
      kind: 'app',
      connection: 'shop',
      status: 'active',
      why: null,
      everySeconds: 60,
      subscription: null,
      held: 0,
    });
    expect(Date.parse(trigger.nextPollAt) - Date.parse(trigger.lastPolledAt)).toBe(60_000);
    expect(trigger.hookUrl).toBeUndefined();
    await owner.call('POST', `/workflows/${id}/disable`);
    expect((await read(id)).trigger).toMatchObject({ status: 'off', nextPollAt: null });
  });

  test('keeps its place when only its steps are published anew', async () => {
    const id = await make(ordersOf);
    await turnOn(id);
    await expect.poll(async () => (await read(id)).trigger.lastPolledAt, { timeout: 10_000 }).not.toBeNull();
    const definition = { ...document(ordersOf), steps: [{ id: 'other', kind: 'transform', output: 1 }] };
    const { etag } = await read(id);
    await owner.call('PATCH', `/workflows/${id}`, { definition }, { 'if-match': etag });
    expect((await owner.call('POST', `/workflows/${id}/publish`)).body).toEqual({ version: 2 });
    orders = [{ id: 8, total: 1 }];
    await makeDue(id);
    const runs = async () => (await owner.call('GET', `/runs?workflowId=${id}`)).body.data;
    await expect.poll(async () => (await runs()).length, { timeout: 10_000 }).toBe(1);
    const [run] = await runs();
    expect((await owner.call('GET', `/runs/${run.id}`)).body.workflowVersion).toBe(2);
    await owner.call('POST', `/workflows/${id}/disable`);
  });

  test('shows what passes its condition when it is tried, and counts what does not while it is on', async () => {
    orders = [
      { id: 1, total: 5 },
      { id: 2, total: 50 },
    ];
    const id = await make({ ...ordersOf, use: 'acme@1.0.0#big-order' });
    const tried = await owner.call('POST', `/workflows/${id}/trigger/test`, {});
    expect(tried.body).toMatchObject({
      ok: true,
      found: 2,
      samples: [{ number: 2, total: 50, lines: 2 }],
      note: '2 found, of which 1 passes the condition of this trigger. Others start no run.',
    });
    await turnOn(id);
    await expect.poll(async () => (await read(id)).trigger.lastPolledAt, { timeout: 10_000 }).not.toBeNull();
    orders = [...orders, { id: 3, total: 9 }, { id: 4, total: 70 }];
    await makeDue(id);
    await expect.poll(async () => (await read(id)).trigger.filtered, { timeout: 10_000 }).toBe(1);
    const runs = (await owner.call('GET', `/runs?workflowId=${id}`)).body.data;
    expect(runs).toHaveLength(1);
    const run = (await owner.call('GET', `/runs/${runs[0].id}`)).body;
    expect(run.triggerOutput).toEqual({ number: 4, total: 70, lines: 2 });
    await owner.call('POST', `/workflows/${id}/disable`);
  });

  test('is refused with the place and how to mend it', async () => {
    const problemsOf = async (trigger: object) => {
      const made = await owner.call('POST', '/workflows', { name: 'x', definition: document(trigger) });
      return made.body.problems.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`);
    };
    expect(await problemsOf({ use: 'acme@1.0.0#new-order' })).toEqual(['/trigger/input/shop required']);
    expect(await problemsOf({ use: 'acme@1.0.0#nothing' })).toEqual(['/trigger/use unknown_trigger']);
    expect(await problemsOf({ use: 'acme@9.0.0#new-order' })).toEqual(['/trigger/use unknown_app']);
    expect(await problemsOf({ ...ordersOf, connection: null })).toEqual([
      '/trigger/connection connection_missing',
    ]);
    expect(await problemsOf({ ...ordersOf, everySeconds: 20 })).toEqual(['/trigger/everySeconds too_often']);
    expect(await problemsOf({ ...ordersOf, input: { shop: '{{vars.nowhere}}' } })).toEqual([
      '/trigger/input/shop unresolved_path',
    ]);
    expect(await problemsOf({ ...ordersOf, input: { shop: '{{trigger.output.shop}}' } })).toEqual([
      '/trigger/input/shop unknown_root',
    ]);
  });

  test('reads the workspace’s named values: what is missing is told, and a change counts from the next poll on', async () => {
    const input = { shop: '{{lower(vars.branch)}}' };
    const made = await owner.call('POST', '/workflows', {
      name: 'Orders',
      definition: document({ use: 'acme@1.0.0#new-order', input }),
    });
    const { id } = made.body;
    const [problem] = made.body.problems;
    expect(problem).toMatchObject({ path: '/trigger/input/shop', code: 'unresolved_path' });
    expect(problem.message).toContain('no variable "branch": set it');
    expect((await owner.call('POST', `/workflows/${id}/publish`)).status).toBe(422);
    expect((await owner.call('PUT', '/variables/branch', { value: 'North' })).status).toBe(200);
    expect((await read(id)).problems).toEqual([]);
    asked.length = 0;
    const tried = await owner.call('POST', `/workflows/${id}/trigger/test`, {});
    expect(tried.body).toMatchObject({ ok: true });
    expect(asked).toEqual(['/shops/north/orders']);
    expect((await turnOn(id)).status).toBe(200);
    await expect.poll(async () => (await read(id)).trigger.lastPolledAt, { timeout: 10_000 }).not.toBeNull();
    expect(asked).toEqual(['/shops/north/orders', '/shops/north/orders']);
    await owner.call('PUT', '/variables/branch', { value: 'South' });
    await makeDue(id);
    await expect.poll(() => asked.at(-1), { timeout: 10_000 }).toBe('/shops/south/orders');
    await owner.call('POST', `/workflows/${id}/disable`);
    await owner.call('DELETE', '/variables/branch');
    const refused = await owner.call('POST', `/workflows/${id}/enable`);
    expect(refused.status).toBe(422);
    expect(refused.body.error.details.problems).toMatchObject([{ path: '/trigger/input/shop' }]);
  });

  test('is not turned on while its connection is not tested, and the connection is not deleted while it is on', async () => {
    const id = await make(ordersOf);
    await owner.call('PATCH', `/connections/${connectionId}`, { name: 'Acme' });
    const setStatus = (status: string) =>
      api.services.database.withTenant(owner.tenant.id, (tx) =>
        tx.connection.updateMany({
          where: { tenantId: owner.tenant.id, id: connectionId },
          data: { status },
        }),
      );
    await setStatus('untested');
    const refused = await turnOn(id);
    expect(refused.status).toBe(422);
    expect(refused.body.error.code).toBe('connection_not_tested');
    await setStatus('working');
    expect((await turnOn(id)).status).toBe(200);
    const kept = await owner.call('DELETE', `/connections/${connectionId}`);
    expect(kept.status).toBe(409);
    expect(kept.text).toContain('“Orders”');
    await owner.call('POST', `/workflows/${id}/disable`);
  });
});

describe('a workflow that is called', () => {
  test('is registered when it is turned on and taken back when it is turned off', async () => {
    const id = await make({ use: 'acme@1.0.0#paid' });
    expect((await turnOn(id)).status).toBe(200);
    const [hook] = [...hooks.values()];
    expect(hook!.url).toMatch(/^http:\/\/localhost\/hooks\/[a-z0-9]{32}$/);
    const { trigger } = await read(id);
    expect(trigger).toMatchObject({ kind: 'app', status: 'active', nextPollAt: null });
    expect(trigger.subscription.since).not.toBeNull();
    expect(JSON.stringify(await read(id))).not.toContain(hook!.secret);
    expect(await findInDatabase(api, hook!.secret)).toEqual([]);
    await owner.call('POST', `/workflows/${id}/disable`);
    await expect.poll(() => hooks.size, { timeout: 10_000 }).toBe(0);
    expect((await read(id)).trigger.subscription).toBeNull();
  });

  test('stays off with the service’s reason when the service does not agree', async () => {
    refusal = { status: 403, body: { message: 'Only on the paid plan' } };
    const id = await make({ use: 'acme@1.0.0#paid' });
    const answer = await turnOn(id);
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({ code: 'remote_refused' });
    expect(answer.body.error.message).toContain('Only on the paid plan');
    expect(await read(id)).toMatchObject({ enabled: false, trigger: { status: 'off' } });
  });

  test('a deleted one is taken back too', async () => {
    const id = await make({ use: 'acme@1.0.0#paid' });
    await turnOn(id);
    expect(hooks.size).toBe(1);
    expect((await owner.call('DELETE', `/workflows/${id}`)).status).toBe(204);
    await expect.poll(() => hooks.size, { timeout: 10_000 }).toBe(0);
  });

  test('another trigger is registered at publishing, and the former one is taken back', async () => {
    const id = await make({ use: 'acme@1.0.0#paid' });
    await turnOn(id);
    const { etag } = await read(id);
    await owner.call('PATCH', `/workflows/${id}`, { definition: document(ordersOf) }, { 'if-match': etag });
    expect((await owner.call('POST', `/workflows/${id}/publish`)).status).toBe(201);
    await expect.poll(() => hooks.size, { timeout: 10_000 }).toBe(0);
    expect((await read(id)).trigger).toMatchObject({
      status: 'active',
      subscription: null,
      everySeconds: 300,
    });
    await owner.call('POST', `/workflows/${id}/disable`);
  });

  test('by hand keeps its address, which is told before it is turned on', async () => {
    const id = await make({ use: 'acme@1.0.0#by-hand' });
    const tried = await owner.call('POST', `/workflows/${id}/trigger/test`);
    expect(tried.body).toMatchObject({ ok: true, samples: [{ number: 1 }], found: 0 });
    expect(tried.body.secret).toMatch(/^[0-9a-f]{40}$/);
    expect((await read(id)).trigger.hookUrl).toBe(tried.body.hookUrl);
    await turnOn(id);
    expect((await read(id)).trigger).toMatchObject({ status: 'active', hookUrl: tried.body.hookUrl });
    await owner.call('POST', `/workflows/${id}/disable`);
    await turnOn(id);
    const again = await owner.call('POST', `/workflows/${id}/trigger/test`);
    expect(again.body).toMatchObject({ hookUrl: tried.body.hookUrl, secret: tried.body.secret });
  });
});

test('an edit of the draft leaves what is on as it is, and its trial too', async () => {
  const definition = (folder: string) => ({
    ...document({ use: 'acme@1.0.0#by-hand', input: { folder } }),
  });
  const made = await owner.call('POST', '/workflows', { name: 'Folders', definition: definition('a') });
  const id = made.body.id as string;
  expect(made.body.problems).toEqual([]);
  await turnOn(id);
  const { etag } = await read(id);
  await owner.call('PATCH', `/workflows/${id}`, { definition: definition('b') }, { 'if-match': etag });
  expect((await owner.call('POST', `/workflows/${id}/trigger/test`)).status).toBe(200);
  const inputOf = () =>
    api.services.database.withTenant(owner.tenant.id, async (tx) => {
      const row = await tx.appTrigger.findFirst({ where: { tenantId: owner.tenant.id, workflowId: id } });
      return [row?.input, row?.hookKey];
    });
  const [input, hookKey] = await inputOf();
  expect(input).toBe('{"folder":"a"}');
  expect((await owner.call('POST', `/workflows/${id}/publish`)).status).toBe(201);
  expect(await inputOf()).toEqual(['{"folder":"b"}', hookKey]);
});

describe('trying a trigger', () => {
  test('answers what runs would start with, request and answer without the key, and starts nothing', async () => {
    orders = Array.from({ length: 12 }, (_, index) => ({ id: index, total: index }));
    const id = await make(ordersOf);
    const tried = await owner.call('POST', `/workflows/${id}/trigger/test`);
    expect(tried.status).toBe(200);
    expect(tried.body).toMatchObject({ ok: true, found: 12 });
    expect(tried.body.samples).toHaveLength(10);
    expect(tried.body.samples[0]).toEqual({ number: 11, total: 11 });
    expect(tried.body.request).toMatchObject({ method: 'GET', headers: { authorization: '[REDACTED]' } });
    expect(tried.text).not.toContain('good-key');
    expect((await owner.call('GET', `/runs?workflowId=${id}`)).body.data).toEqual([]);
  });

  test('answers the service’s refusal, and the sample where there is nothing yet', async () => {
    const id = await make(ordersOf);
    const nothing = await owner.call('POST', `/workflows/${id}/trigger/test`);
    expect(nothing.body).toMatchObject({ ok: true, found: 0, samples: [{ number: 1, total: 9.5 }] });
    refusal = { status: 404, body: { message: 'No such shop' } };
    const refused = await owner.call('POST', `/workflows/${id}/trigger/test`);
    expect(refused.body).toMatchObject({ ok: false, samples: [] });
    expect(refused.body.error.message).toContain('No such shop');
  });

  test('is for those who may change workflows', async () => {
    const id = await make(ordersOf);
    const viewer = await api.join(owner, 'viewer');
    const path = `/api/v1/tenants/${owner.tenant.id}/workflows/${id}/trigger/test`;
    expect((await api.call('POST', path, { as: viewer.accessToken })).status).toBe(403);
    const stranger = await api.register('Eve');
    expect((await api.call('POST', path, { as: stranger.accessToken })).status).toBe(404);
  });

  test('a step is tried on the trigger’s sample before anything was caught', async () => {
    const id = await make(ordersOf);
    const tried = await owner.call('POST', `/workflows/${id}/steps/note/test`, {});
    expect(tried.body).toMatchObject({ ok: true, output: { big: false } });
  });
});
