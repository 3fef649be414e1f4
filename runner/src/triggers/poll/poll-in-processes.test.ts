// Several processes that poll the same triggers, and processes that die; tenders stand for them.
import type { Json } from '@weftline/connectors/json';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ids, type Item, numbered, poll, pollOnce } from '../../../testing/poll-orders.ts';
import { type Enabled, startTriggerWorld, type TriggerWorld } from '../../../testing/start-trigger-world.ts';

let shop: TriggerWorld;
let list: Item[] = [];
const once = (one: Enabled, tender = shop.tender()) => pollOnce(shop, one, tender);
beforeAll(async () => {
  shop = await startTriggerWorld();
});
afterAll(() => shop.stop());
beforeEach(() => {
  list = [];
  shop.asked.length = 0;
  shop.answer(() => ({ body: { items: list as unknown as Json } }));
});

describe('several processes', () => {
  test('make exactly one run of an item, however they meet', async () => {
    const one = await shop.enable(poll({ maxItems: 10_000 }));
    await once(one);
    const tenders = ['a', 'b', 'c'].map((name) => shop.tender({ name }));
    for (let round = 1; round <= 10; round += 1) {
      list = numbered(1, round * 7);
      await shop.makeDue(one.id);
      await Promise.all(tenders.map((tender) => tender.tend()));
      await Promise.all(tenders.map((tender) => tender.idle()));
    }
    expect(ids(await one.outputs())).toEqual(numbered(1, 70).map(({ id }) => id));
    // The claim gave each poll to one of them.
    expect(shop.asked).toHaveLength(11);
  });

  test('ask for one workspace a few at a time, so that its slow services keep nobody else waiting', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = await shop.enable(poll({ request: { method: 'GET', endpointTemplate: '/slow' } }));
    // Nine more of the same workspace, due for longer than anything else.
    await shop.sql(
      `INSERT INTO app_triggers SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'workflow_id', gen_random_uuid(),
        'hook_key', gen_random_uuid()::text, 'identity', n::text, 'next_poll_at', now() - interval '1 hour'))).*
       FROM app_triggers t, generate_series(1, 9) n WHERE t.id = $1`,
      [slow.id],
    );
    await shop.sql(
      `INSERT INTO workflows (tenant_id, id, name, draft) SELECT tenant_id, workflow_id, 'More', '{}' FROM app_triggers
       WHERE tenant_id = $1 AND workflow_id <> $2`,
      [slow.tenantId, slow.workflowId],
    );
    await shop.sql(
      `INSERT INTO triggers (tenant_id, id, kind, enabled, version, hook_key) SELECT tenant_id, workflow_id, 'app', true, 1, hook_key FROM app_triggers
       WHERE tenant_id = $1 AND workflow_id <> $2`,
      [slow.tenantId, slow.workflowId],
    );
    const quick = await shop.enable(poll());
    shop.answer(async ({ url }) => {
      if (url === '/slow') await gate;
      return { body: { items: [] } };
    });
    const tender = shop.tender({ most: 16, mostOfATenant: 4 });
    await tender.tend();
    await tender.tend();
    await expect.poll(async () => (await quick.row())['last_polled_at']).not.toBeNull();
    // The last of the four may still be on its way to the service.
    await expect.poll(() => shop.asked.filter(({ url }) => url === '/slow').length).toBe(4);
    release();
    await tender.idle();
    for (let round = 0; round < 3; round += 1) {
      await tender.tend();
      await tender.idle();
    }
    expect(shop.asked.filter(({ url }) => url === '/slow')).toHaveLength(10);
  });

  test('one that was taken for lost commits nothing any more', async () => {
    const one = await shop.enable(poll());
    await once(one);
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    let calls = 0;
    shop.answer(async () => {
      calls += 1;
      if (calls === 1) await gate;
      return { body: { items: numbered(1, 2) as unknown as Json } };
    });
    const slow = shop.tender({ name: 'slow' });
    await shop.makeDue(one.id);
    await slow.tend();
    await expect.poll(() => calls).toBe(1);
    await once(one, shop.tender({ name: 'quick' }));
    expect(ids(await one.outputs())).toEqual([1, 2]);
    const before = await one.row();
    release();
    await slow.idle();
    expect(ids(await one.outputs())).toEqual([1, 2]);
    expect(await one.row()).toEqual(before);
  });

  test('a death between asking and committing neither loses nor doubles', async () => {
    const one = await shop.enable(poll());
    await once(one);
    list = numbered(1, 5);
    const dying = shop.tender(
      { name: 'dying' },
      {
        query: async (text, values) => {
          if (text.includes('commit_poll')) throw new Error('killed');
          return shop.services.query(text, values);
        },
      },
    );
    await once(one, dying);
    expect(await one.outputs()).toEqual([]);
    const row = await one.row();
    expect(row['worker_id']).toBe('dying');
    // Its lease is over: another process asks from the same place.
    await once(one, shop.tender({ name: 'next' }));
    await once(one);
    expect(ids(await one.outputs())).toEqual([1, 2, 3, 4, 5]);
  });
});
