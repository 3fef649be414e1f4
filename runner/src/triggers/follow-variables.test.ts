// Triggers whose input reads the workspace's named values, on a real PostgreSQL against a real HTTP server.
import type { Json } from '@weftline/connectors/json';
import type { Trigger } from '@weftline/connectors/types';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ids, type Item, numbered, poll, pollOnce } from '../../testing/poll-orders.ts';
import {
  type Answer,
  type Enabled,
  startTriggerWorld,
  type TriggerWorld,
} from '../../testing/start-trigger-world.ts';
import { noteVariable } from './follow-variables.ts';

let shop: TriggerWorld;
beforeAll(async () => {
  shop = await startTriggerWorld();
});
afterAll(() => shop.stop());

let lists: { [shop: string]: Item[] } = {};
let hooks = new Map<string, string>();
beforeEach(() => {
  lists = {};
  hooks = new Map();
  shop.asked.length = 0;
  shop.answer(({ method, url, body }): Answer => {
    const [, first = '', second = ''] = url.split('/');
    if (first !== 'hooks') return { body: { items: (lists[first] ?? []) as unknown as Json } };
    if (method === 'DELETE') return { status: hooks.delete(second) ? 200 : 404, body: {} };
    const id = `h${hooks.size + 1}`;
    hooks.set(id, (JSON.parse(body) as { shop: string }).shop);
    return { status: 201, body: { id } };
  });
});

const request = { method: 'GET' as const, endpointTemplate: '/{{input.shop}}/orders' };
const inputSchema = { type: 'object', properties: { shop: { type: 'string', minLength: 2 } } };
const asking = { ...poll({ request }), inputSchema } as Trigger;
const calling = {
  ...asking,
  type: 'WEBHOOK',
  poll: undefined,
  webhook: {
    subscribe: {
      method: 'POST',
      endpointTemplate: '/hooks',
      bodyTemplate: { url: '{{webhook.url}}', shop: '{{input.shop}}' },
      capture: { id: 'body.id' },
    },
    unsubscribe: { method: 'DELETE', endpointTemplate: '/hooks/{{subscription.id}}' },
    receive: { verify: [], secretInUrl: true, eventId: '{{body.id}}' },
  },
} as unknown as Trigger;

async function set(one: Enabled, value: Json | undefined): Promise<void> {
  const { tenantId } = one;
  await shop.world.database.withTenant(tenantId, async (tx) => {
    await tx.variable.deleteMany({ where: { tenantId, name: 'shop' } });
    if (value !== undefined)
      await tx.variable.createMany({ data: [{ tenantId, name: 'shop', value: JSON.stringify(value) }] });
    await noteVariable(tx, tenantId, 'shop');
  });
}
async function enable(trigger: Trigger, shopName: string): Promise<Enabled> {
  const inputTemplate = { shop: '{{lower(vars.shop)}}' };
  const one = await shop.enable(trigger, { input: { shop: shopName }, inputTemplate });
  await set(one, shopName);
  return one;
}
const rowsOf = async ({ workflowId }: Enabled) =>
  (await shop.sql('SELECT * FROM app_triggers WHERE workflow_id = $1 ORDER BY created_at', [workflowId]))
    .rows;
/** Lets one process do all that is due, until nothing is. */
async function tend(): Promise<void> {
  const tender = shop.tender();
  for (let round = 0; round < 4; round += 1) {
    await tender.tend();
    await tender.idle();
  }
}
const urls = () => shop.asked.map(({ method, url }) => `${method} ${url}`);

test('a poll asks for the new value of a variable with its next poll, as another trigger: what is there starts nothing', async () => {
  const one = await enable(asking, 'north');
  lists = { north: numbered(1, 2), south: numbered(1, 5) };
  await pollOnce(shop, one, shop.tender());
  lists['north'] = numbered(1, 3);
  await pollOnce(shop, one, shop.tender());
  expect(ids(await one.outputs())).toEqual([3]);
  await set(one, 'SOUTH');
  expect(urls()).toHaveLength(2);
  await shop.makeDue(one.id);
  await tend();
  expect(urls()).toEqual(['GET /north/orders', 'GET /north/orders', 'GET /south/orders']);
  const [now, ...others] = await rowsOf(one);
  expect(others).toEqual([]);
  expect(now).toMatchObject({ wanted: true, input: '{"shop":"south"}', primed: true, status: 'active' });
  // The number 6 of the new list and 3 of the former one are other items, whatever their keys.
  lists['south'] = [...numbered(1, 5), { id: 6 }];
  await shop.makeDue(now!['id'] as string);
  await tend();
  expect(ids(await one.outputs())).toEqual([3, 6]);
});

test('a variable that is gone, or does not fit, stops the poll with the reason; nothing is lost meanwhile', async () => {
  const one = await enable(asking, 'north');
  await pollOnce(shop, one, shop.tender());
  await set(one, undefined);
  lists = { north: numbered(1, 1) };
  for (let count = 0; count < 3; count += 1) await pollOnce(shop, one, shop.tender());
  expect(urls()).toHaveLength(1);
  expect(await one.row()).toMatchObject({
    status: 'failing',
    why: 'The trigger’s input cannot be filled in. shop: The workspace has no variable "shop": set it, correct the name, or give a default, as in {{vars.shop ?? \'none\'}}.',
  });
  await set(one, 'n');
  await pollOnce(shop, one, shop.tender());
  expect((await one.row())['why']).toContain('shop: ');
  await set(one, 'north');
  await pollOnce(shop, one, shop.tender());
  expect(ids(await one.outputs())).toEqual([1]);
  expect(await one.row()).toMatchObject({ status: 'active', why: null });
});

test('a subscription is made anew for the new value at once, and the former one is taken back', async () => {
  const one = await enable(calling, 'north');
  await tend();
  expect([...hooks.values()]).toEqual(['north']);
  const [before] = await rowsOf(one);
  expect(before).toMatchObject({ registered: true, status: 'active' });
  expect(before!['next_upkeep_at']).not.toBeNull();
  await set(one, 'north');
  await tend();
  expect(urls()).toEqual(['POST /hooks']);
  await set(one, 'South');
  await tend();
  expect([...hooks.values()]).toEqual(['south']);
  expect(urls()).toEqual(['POST /hooks', 'POST /hooks', 'DELETE /hooks/h1']);
  const rows = await rowsOf(one);
  expect(rows.filter(({ wanted }) => wanted)).toMatchObject([
    { input: '{"shop":"south"}', registered: true },
  ]);
});

test('a subscription whose variable is gone stays as it is and says so', async () => {
  const one = await enable(calling, 'north');
  await tend();
  await set(one, undefined);
  await tend();
  expect([...hooks.values()]).toEqual(['north']);
  const [row] = await rowsOf(one);
  expect(row).toMatchObject({ status: 'failing', registered: true, wanted: true });
  expect(row!['why']).toContain('has no variable "shop"');
  await set(one, 'north');
  await tend();
  expect((await rowsOf(one))[0]).toMatchObject({ status: 'active', why: null });
  expect(urls()).toEqual(['POST /hooks']);
});

test('an address that a person registered stays when a variable changes what is asked', async () => {
  const byHand = { ...calling, webhook: { receive: calling.webhook!.receive } } as Trigger;
  const one = await enable(byHand, 'north');
  await set(one, 'south');
  await tend();
  const rows = await rowsOf(one);
  expect(rows).toMatchObject([{ id: one.id, wanted: true, input: '{"shop":"south"}' }]);
  expect(rows[0]!['next_upkeep_at']).not.toBeNull();
});
