// Polls on a real PostgreSQL against a real HTTP server; tenders stand for processes.
import type { Json } from '@weftline/connectors/json';
import type { Poll } from '@weftline/connectors/types';
import { awayFromTheHour } from '@weftline/prisma/testing/away-from-the-hour';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Answer,
  type Enabled,
  startTriggerWorld,
  type TriggerWorld,
} from '../../../testing/start-trigger-world.ts';
import { ids, type Item, numbered, poll, pollOnce } from '../../../testing/poll-orders.ts';
import { dropOthers, ensureRow, wantRow } from '../register-trigger.ts';

let shop: TriggerWorld;
beforeAll(async () => {
  shop = await startTriggerWorld();
});
afterAll(() => shop.stop());

let list: Item[] = [];
const once = (one: Enabled, tender = shop.tender()) => pollOnce(shop, one, tender);
let fault: Answer | null = null;
beforeEach(() => {
  list = [];
  fault = null;
  shop.asked.length = 0;
  shop.answer(() => fault ?? { body: { items: list as unknown as Json } });
});

describe('a poll', () => {
  test('starts nothing the first time, then one run for each new item, the oldest first', async () => {
    list = numbered(1, 3);
    const one = await shop.enable(poll({ order: 'newest-first' }));
    await once(one);
    expect(await one.outputs()).toEqual([]);
    list = [...numbered(4, 3).reverse(), ...numbered(1, 3).reverse()];
    await once(one);
    await once(one);
    expect(ids(await one.outputs())).toEqual([4, 5, 6]);
    const row = await one.row();
    expect(row).toMatchObject({ status: 'active', why: null, primed: true, worker_id: null });
    expect((row['next_poll_at'] as Date).getTime() - (row['last_polled_at'] as Date).getTime()).toBe(300_000);
  });

  test('can begin with the latest item', async () => {
    list = numbered(1, 3);
    const one = await shop.enable(poll({ firstRun: 'emit-latest' }));
    await once(one);
    expect(ids(await one.outputs())).toEqual([3]);
  });

  test('shapes what a run starts with, and hides the key of the account in it', async () => {
    const map = { number: '{{item.id}}', place: '{{index}}', shop: '{{input.shop}}', echo: '{{item.name}}' };
    const one = await shop.enable(poll({ map }), { connected: true, input: { shop: 'north' } });
    await once(one);
    list = [{ id: 7, name: 'good-key-0123456789' }];
    await once(one);
    expect(shop.asked.at(-1)!.headers.authorization).toBe('Bearer good-key-0123456789');
    expect(await one.outputs()).toEqual([{ number: 7, place: 0, shop: 'north', echo: '[REDACTED]' }]);
  });

  test('goes on from its cursor, a little earlier where items show late, and never goes back', async () => {
    const cursor = {
      value: '{{item.at}}',
      pick: 'max' as const,
      type: 'date' as const,
      initial: '2026-01-01T00:00:00Z',
      overlapMs: 60_000,
    };
    const request = {
      method: 'GET' as const,
      endpointTemplate: '/orders',
      queryTemplate: { since: '{{cursor}}' },
    };
    const one = await shop.enable(poll({ cursor, request, order: 'none' }));
    await once(one);
    list = [
      { id: 2, at: '2026-01-02T00:00:00Z' },
      { id: 1, at: '2026-01-01T12:00:00+01:00' },
    ];
    await once(one);
    list = [{ id: 3, at: '2026-01-01T23:59:30Z' }];
    await once(one);
    await once(one);
    expect(shop.asked.map(({ url }) => new URL(url, 'http://x').searchParams.get('since'))).toEqual([
      '2025-12-31T23:59:00Z',
      '2025-12-31T23:59:00Z',
      '2026-01-01T23:59:00Z',
      '2026-01-01T23:59:00Z',
    ]);
    expect(ids(await one.outputs())).toEqual([1, 2, 3]);
    expect((await one.row())['cursor']).toBe('"2026-01-02T00:00:00Z"');
  });

  test('reads pages until one is known whole, and takes the cursor that the service gives', async () => {
    let all = numbered(1, 9).reverse();
    shop.answer(({ url }) => {
      const page = Number(new URL(url, 'http://x').searchParams.get('page'));
      return {
        body: { items: all.slice((page - 1) * 3, page * 3) as unknown as Json, next: `n${all.length}` },
      };
    });
    const pagination: Poll['pagination'] = {
      type: 'page',
      items: 'body.items',
      send: { in: 'query', name: 'page' },
      size: { in: 'query', name: 'size', value: 3 },
    };
    const cursor = { value: '{{body.next}}', pick: 'response' as const };
    const one = await shop.enable(poll({ pagination, order: 'newest-first', cursor }));
    await once(one);
    expect(shop.asked).toHaveLength(4);
    all = [...numbered(10, 4).reverse(), ...all];
    await once(one);
    // 13 12 11, 10 9 8, and the page 7 6 5 that is known whole.
    expect(shop.asked).toHaveLength(7);
    expect(ids(await one.outputs())).toEqual([10, 11, 12, 13]);
    expect((await one.row())['cursor']).toBe('"n13"');
  });

  test('remembers what is still in the list, however few keys are kept', async () => {
    list = numbered(1, 20);
    const one = await shop.enable(poll({ keepSeen: 5 }));
    await once(one);
    list = [...numbered(1, 20), { id: 21 }];
    await once(one);
    await once(one);
    list = list.slice(10);
    await once(one);
    await once(one);
    expect(ids(await one.outputs())).toEqual([21]);
    const { rows } = await shop.sql('SELECT count(*)::int AS n FROM app_trigger_seen WHERE trigger_id = $1', [
      one.id,
    ]);
    expect(rows[0]!['n']).toBe(11);
  });

  test('that finds an item without a key says so and starts nothing', async () => {
    const one = await shop.enable(poll());
    await once(one);
    list = [{ id: 1 }, {} as Item];
    await once(one);
    expect(await one.outputs()).toEqual([]);
    expect((await one.row())['why']).toContain('Item 2 of the answer has no');
  });
});

describe('too much at once', () => {
  test('waits in order for the next interval, with the reason', async () => {
    const one = await shop.enable(poll({ maxItems: 3 }));
    await once(one);
    list = numbered(1, 8);
    const tender = shop.tender();
    await once(one, tender);
    expect(ids(await one.outputs())).toEqual([1, 2, 3]);
    expect((await one.row())['held_why']).toBe(
      'More than 3 new items came at once, and that many start in one interval. 5 wait; the oldest go first.',
    );
    expect(await tender.release()).toBe(0);
    const pass = () =>
      shop.sql(
        "UPDATE app_triggers SET window_at = window_at - interval '301 s', next_release_at = now() WHERE id = $1",
        [one.id],
      );
    await pass();
    await tender.release();
    expect(ids(await one.outputs())).toEqual([1, 2, 3, 4, 5, 6]);
    await pass();
    // A process that was started again goes on where the former one was.
    await shop.tender({ name: 'other' }).release();
    expect(ids(await one.outputs())).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await one.row()).toMatchObject({ held_why: null, next_release_at: null });
  });

  test('waits for the hourly quota and is released when it opens, none lost and none twice (W7)', async () => {
    await awayFromTheHour();
    const one = await shop.enable(poll({ maxItems: 1000 }), { plan: 'free' });
    await once(one);
    list = numbered(1, 250);
    const tender = shop.tender();
    await once(one, tender);
    expect(await one.outputs()).toHaveLength(100);
    expect((await one.row())['held_why']).toContain('used its 100 runs of this hour. 150 new items wait');
    const nextHour = async () => {
      await shop.sql("UPDATE usage_hours SET hour = hour - interval '1 hour' WHERE tenant_id = $1", [
        one.tenantId,
      ]);
      await shop.sql('UPDATE app_triggers SET next_release_at = now() WHERE id = $1', [one.id]);
      await Promise.all([tender.release(), shop.tender({ name: 'other' }).release()]);
    };
    await nextHour();
    expect(await one.outputs()).toHaveLength(200);
    await nextHour();
    await once(one, tender);
    expect(ids(await one.outputs())).toEqual(list.map(({ id }) => id));
  });

  test('of ten thousand items in one poll makes ten thousand runs', async () => {
    const one = await shop.enable(poll({ maxItems: 10_000, keepSeen: 20_000 }));
    await once(one);
    list = numbered(1, 10_000);
    const tender = shop.tender();
    const startedAt = performance.now();
    await once(one, tender);
    await tender.release();
    const took = performance.now() - startedAt;
    const outputs = ids(await one.outputs());
    expect(outputs).toHaveLength(10_000);
    expect(new Set(outputs).size).toBe(10_000);
    console.log(`10,000 items: polled and all runs made in ${Math.round(took)} ms`);
    await once(one, tender);
    expect(await one.outputs()).toHaveLength(10_000);
  }, 60_000);
});

describe('when the service fails', () => {
  test('a request to wait is honoured, and others wait longer each time', async () => {
    const one = await shop.enable(poll());
    await once(one);
    fault = { status: 429, headers: { 'retry-after': '4000' }, body: { message: 'slow down' } };
    await once(one);
    const wait = async () => {
      const { rows } = await shop.sql(
        'SELECT extract(epoch FROM next_poll_at - now())::float8 AS s FROM app_triggers WHERE id = $1',
        [one.id],
      );
      return rows[0]!['s'] as number;
    };
    expect(await wait()).toBeGreaterThan(3_900);
    expect(await one.row()).toMatchObject({ status: 'active' });
    fault = { status: 500, body: { message: 'broken' } };
    const waits: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      await once(one);
      waits.push(Math.round(await wait()));
    }
    expect(waits.every((wait, index) => index === 0 || wait >= waits[index - 1]! - 2)).toBe(true);
    expect(waits.at(-1)).toBeGreaterThan(1_800);
    expect(await one.row()).toMatchObject({ status: 'failing', why: expect.stringContaining('broken') });
    const notices = await shop.sql('SELECT title FROM notifications WHERE tenant_id = $1', [one.tenantId]);
    expect(notices.rows).toEqual([{ title: '“Test” cannot look for new items' }]);
    fault = null;
    list = [{ id: 1 }];
    await once(one);
    expect(await one.row()).toMatchObject({ status: 'active', why: null, poll_failures: 0 });
    expect(ids(await one.outputs())).toEqual([1]);
  });

  test('an account that is refused is marked, asked no more, and asked again when it works', async () => {
    const one = await shop.enable(poll(), { connected: true });
    await once(one);
    fault = { status: 401, body: { message: 'Bad key' } };
    await once(one);
    const account = () =>
      shop
        .sql('SELECT status FROM connections WHERE id = $1', [one.connectionId])
        .then(({ rows }) => rows[0]);
    expect(await account()).toEqual({ status: 'failing' });
    expect(await one.row()).toMatchObject({ status: 'failing', why: expect.stringContaining('press Test') });
    const asked = shop.asked.length;
    await once(one);
    expect(shop.asked).toHaveLength(asked);
    await shop.sql("UPDATE connections SET status = 'working' WHERE id = $1", [one.connectionId]);
    fault = null;
    list = [{ id: 1 }];
    await once(one);
    expect(await one.row()).toMatchObject({ status: 'active', why: null });
    expect(ids(await one.outputs())).toEqual([1]);
    const notices = await shop.sql('SELECT kind FROM notifications WHERE tenant_id = $1 ORDER BY kind', [
      one.tenantId,
    ]);
    expect(notices.rows.map(({ kind }) => kind)).toEqual(['connection.refused', 'trigger.failing']);
  });
});

test('an address that stays begins anew when it asks for something else', async () => {
  const byHand = {
    ...poll(),
    type: 'WEBHOOK' as const,
    fallback: 'POLL' as const,
    webhook: { receive: { verify: [], secretInUrl: true, eventId: '{{body.id}}' } },
  };
  const one = await shop.enable(byHand, { input: { shop: 'a' } });
  await once(one);
  const { hook_key: hookKey } = await one.row();
  const { tenantId, workflowId } = one;
  list = numbered(1, 5);
  await shop.world.database.withTenant(tenantId, async (tx) => {
    const wanted = {
      appKey: 'shop',
      appVersion: '1.0.0',
      trigger: byHand,
      connectionId: null,
      input: { shop: 'b' },
    };
    await wantRow(tx, tenantId, workflowId, await ensureRow(tx, tenantId, workflowId, wanted), wanted);
  });
  expect(await one.row()).toMatchObject({ hook_key: hookKey, primed: false, input: '{"shop":"b"}' });
  await once(one);
  list = numbered(1, 6);
  await once(one);
  expect(ids(await one.outputs())).toEqual([6]);
});

test('turned off and on again, it starts nothing for what came meanwhile', async () => {
  const one = await shop.enable(poll());
  await once(one);
  list = [{ id: 1 }];
  await once(one);
  const { tenantId, workflowId, connector } = one;
  await shop.world.database.withTenant(tenantId, (tx) => dropOthers(tx, tenantId, workflowId, null));
  list = numbered(1, 3);
  await once(one);
  expect(await one.row()).toMatchObject({ status: 'off', wanted: false, next_poll_at: null });
  await shop.world.database.withTenant(tenantId, async (tx) => {
    const trigger = connector.triggers![0]!;
    const wanted = { appKey: 'shop', appVersion: '1.0.0', trigger, connectionId: null, input: {} };
    const row = await ensureRow(tx, tenantId, workflowId, wanted);
    await wantRow(tx, tenantId, workflowId, row, wanted);
  });
  await once(one);
  list = numbered(1, 4);
  await once(one);
  expect(ids(await one.outputs())).toEqual([1, 4]);
});
