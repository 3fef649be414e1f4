// Polls with a condition and with a further request for each new item, on a real PostgreSQL against a real HTTP server.
import type { Json } from '@weftline/connectors/json';
import type { Poll } from '@weftline/connectors/types';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ids, type Item, numbered, poll, pollOnce } from '../../../testing/poll-orders.ts';
import {
  type Answer,
  type Enabled,
  startTriggerWorld,
  type TriggerWorld,
} from '../../../testing/start-trigger-world.ts';

let shop: TriggerWorld;
beforeAll(async () => {
  shop = await startTriggerWorld();
});
afterAll(() => shop.stop());

let list: Item[] = [];
let faults = new Map<number, Answer>();
const once = (one: Enabled, tender = shop.tender()) => pollOnce(shop, one, tender);
const read = () => shop.asked.map(({ url }) => url).filter((url) => url.startsWith('/orders/'));
beforeEach(() => {
  list = [];
  faults = new Map();
  shop.asked.length = 0;
  shop.answer(({ url }): Answer => {
    const id = /^\/orders\/(\d+)$/.exec(url)?.[1];
    if (id !== undefined)
      return faults.get(Number(id)) ?? { body: { id: Number(id), lines: [`line ${id}`] } };
    const { searchParams } = new URL(url, 'http://x');
    const since = Number(searchParams.get('since') ?? -1);
    const page = searchParams.get('page');
    const asked = list.filter(({ id: own }) => own > since);
    return {
      body: {
        items: (page ? asked.slice((Number(page) - 1) * 3, Number(page) * 3) : asked) as unknown as Json,
      },
    };
  });
});

const fetch: Poll['fetch'] = { request: { method: 'GET', endpointTemplate: '/orders/{{item.id}}' } };
const since: Poll['request'] = {
  method: 'GET',
  endpointTemplate: '/orders',
  queryTemplate: { since: '{{cursor}}' },
};
const cursor: Poll['cursor'] = { value: '{{item.id}}', pick: 'max', type: 'number', initial: '0' };

test('items that do not pass the condition are known, counted and start nothing, also when the condition would hold later', async () => {
  const one = await shop.enable(poll({ filter: "{{item.name == 'big'}}" }));
  list = [{ id: 1, name: 'small' }];
  await once(one);
  list = [...list, { id: 2, name: 'small' }, { id: 3, name: 'big' }, { id: 4 }];
  await once(one);
  list = list.map((item) => ({ ...item, name: 'big' }));
  await once(one);
  expect(ids(await one.outputs())).toEqual([3]);
  expect(await one.row()).toMatchObject({ filtered: '2', status: 'active', why: null });
});

test('each new item is read once, with the account, and its run starts with all of it', async () => {
  list = numbered(1, 2);
  const map = { id: '{{item.id}}', line: '{{fetched.lines[0]}}' };
  const one = await shop.enable(poll({ fetch, map, filter: '{{item.id != 4}}' }), { connected: true });
  await once(one);
  expect(read()).toEqual([]);
  list = numbered(1, 5);
  await once(one);
  await once(one);
  expect(read().toSorted()).toEqual(['/orders/3', '/orders/5']);
  expect(shop.asked.every(({ headers }) => headers.authorization === 'Bearer good-key-0123456789')).toBe(
    true,
  );
  expect(await one.outputs()).toEqual([
    { id: 3, line: 'line 3' },
    { id: 5, line: 'line 5' },
  ]);
});

test('W6: an item that cannot be read holds the cursor and nobody else up, and starts its run when it can', async () => {
  const one = await shop.enable(poll({ fetch, request: since, cursor }));
  await once(one);
  list = numbered(1, 4);
  faults.set(2, { status: 500, body: { message: 'broken record' } });
  await once(one);
  expect(ids(await one.outputs())).toEqual([1, 3, 4]);
  expect(await one.row()).toMatchObject({
    cursor: '1',
    status: 'active',
    poll_failures: 1,
    why: 'A new item could not be read from the service: Shop has a fault of its own (500): broken record. It stays new and is asked for again; the others are not held up.',
  });
  list = numbered(1, 5);
  await once(one);
  await once(one);
  expect(ids(await one.outputs())).toEqual([1, 3, 4, 5]);
  expect(await one.row()).toMatchObject({ cursor: '1', status: 'failing', poll_failures: 3 });
  const notices = await shop.sql('SELECT title FROM notifications WHERE tenant_id = $1', [one.tenantId]);
  expect(notices.rows).toEqual([{ title: '“Test” cannot look for new items' }]);
  faults.clear();
  await once(one);
  await once(one);
  expect(ids(await one.outputs())).toEqual([1, 3, 4, 5, 2]);
  expect(await one.row()).toMatchObject({
    cursor: '5',
    status: 'active',
    why: null,
    unread_keys: [],
    unread_failed: 0,
  });
});

test('what the service says is gone starts no run and is not asked for again', async () => {
  const one = await shop.enable(poll({ fetch }));
  await once(one);
  list = numbered(1, 3);
  faults.set(1, { status: 404 }).set(3, { status: 410 });
  await once(one);
  await once(one);
  expect(ids(await one.outputs())).toEqual([2]);
  expect(read()).toHaveLength(3);
  expect(await one.row()).toMatchObject({ status: 'active', why: null });
});

test('more than a hundred new items are read a hundred at a time, and one that fails does not take the place of others', async () => {
  const one = await shop.enable(poll({ fetch, request: since, cursor, maxItems: 1000 }));
  await once(one);
  list = numbered(1, 150);
  for (let id = 1; id <= 20; id += 1) faults.set(id, { status: 500 });
  await once(one);
  expect(await one.outputs()).toHaveLength(80);
  expect(read()).toHaveLength(100);
  expect(await one.row()).toMatchObject({ cursor: '"0"', unread_failed: 20 });
  await once(one);
  expect(await one.outputs()).toHaveLength(130);
  faults.clear();
  await once(one);
  expect(ids(await one.outputs()).toSorted((a, b) => a - b)).toEqual(list.map(({ id }) => id));
  expect(await one.row()).toMatchObject({ cursor: '150', unread_keys: [] });
});

test('of a list with the newest first pages are read until what was not read before is met again', async () => {
  const pagination: Poll['pagination'] = {
    type: 'page',
    items: 'body.items',
    send: { in: 'query', name: 'page' },
    size: { in: 'query', name: 'size', value: 3 },
  };
  list = numbered(1, 6).reverse();
  const one = await shop.enable(poll({ fetch, pagination, order: 'newest-first' }));
  await once(one);
  list = numbered(1, 7).reverse();
  faults.set(7, { status: 503 });
  await once(one);
  list = numbered(1, 16).reverse();
  await once(one);
  faults.clear();
  shop.asked.length = 0;
  await once(one);
  // 7 stands on the fourth page, behind three that are known whole; the fifth is known whole and the last.
  expect(shop.asked.filter(({ url }) => url.includes('page='))).toHaveLength(5);
  expect(ids(await one.outputs())).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 7]);
});

test('one that leaves the list before it could be read is told of, not forgotten silently', async () => {
  const one = await shop.enable(poll({ fetch }));
  await once(one);
  list = numbered(1, 2);
  faults.set(1, { status: 500 });
  await once(one);
  list = numbered(2, 2);
  await once(one);
  expect(ids(await one.outputs())).toEqual([2, 3]);
  const notices = await shop.sql('SELECT kind, title FROM notifications WHERE tenant_id = $1', [
    one.tenantId,
  ]);
  expect(notices.rows).toEqual([{ kind: 'trigger.missed', title: '“Test” missed an item' }]);
});

test('an account that is refused, or a rate that is used up, ends the reading at once', async () => {
  const one = await shop.enable(poll({ fetch }), { connected: true });
  await once(one);
  list = numbered(1, 40);
  for (let id = 1; id <= 40; id += 1) faults.set(id, { status: 429, headers: { 'retry-after': '4000' } });
  await once(one);
  expect(read().length).toBeLessThanOrEqual(8);
  const { rows } = await shop.sql(
    'SELECT extract(epoch FROM next_poll_at - now())::float8 AS s FROM app_triggers WHERE id = $1',
    [one.id],
  );
  expect(rows[0]!['s']).toBeGreaterThan(3_900);
  for (let id = 1; id <= 40; id += 1) faults.set(id, { status: 401, body: { message: 'Bad key' } });
  await once(one);
  expect(await one.outputs()).toEqual([]);
  expect(await one.row()).toMatchObject({ status: 'failing', why: expect.stringContaining('press Test') });
  const account = await shop.sql('SELECT status FROM connections WHERE id = $1', [one.connectionId]);
  expect(account.rows).toEqual([{ status: 'failing' }]);
});

test('the first poll may begin with the newest item that passes, also when it can be read later only', async () => {
  list = numbered(1, 3);
  faults.set(2, { status: 500 });
  const one = await shop.enable(
    poll({
      fetch,
      firstRun: 'emit-latest',
      filter: '{{item.id < 3}}',
      request: since,
      cursor: { ...cursor, initial: '0' },
    }),
  );
  await once(one);
  expect(await one.outputs()).toEqual([]);
  expect(await one.row()).toMatchObject({ primed: true, cursor: '1', filtered: '0' });
  faults.clear();
  await once(one);
  await once(one);
  expect(ids(await one.outputs())).toEqual([2]);
});
