// Subscriptions at a real HTTP server that keeps them, on a real PostgreSQL; what is registered is compared with what should be.
import type { Json } from '@weftline/connectors/json';
import type { Trigger, Webhook } from '@weftline/connectors/types';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Answer,
  type Asked,
  type Enabled,
  startTriggerWorld,
  type TriggerWorld,
} from '../../../testing/start-trigger-world.ts';
import { openAppTrigger } from '../app-trigger.ts';
import { dropOthers, ensureRow, forgetRows, wantRow } from '../register-trigger.ts';
import { loadTrigger } from '../app-trigger-services.ts';
import { subscribeNow } from './subscribe-now.ts';

let far: TriggerWorld;
beforeAll(async () => {
  far = await startTriggerWorld();
});
afterAll(() => far.stop());

/** What the service has registered, by its own id. */
const hooks = new Map<string, { url: string; secret: string; expires: number }>();
let count = 0;
let fault: ((asked: Asked) => Answer | null | 'hang') | null = null;
const dayMs = 86_400_000;

beforeEach(() => {
  hooks.clear();
  fault = null;
  far.asked.length = 0;
  far.answer(async (asked) => {
    const wrong = fault?.(asked);
    const answer = (): Answer => {
      const id = asked.url.split('/')[2];
      const body = asked.body === '' ? {} : (JSON.parse(asked.body) as { url: string; secret: string });
      if (asked.method === 'POST' && id === undefined) {
        const made = `hook-${(count += 1)}`;
        const { url, secret } = body as { url: string; secret: string };
        hooks.set(made, { url, secret, expires: Date.now() + 7 * dayMs });
        return { status: 201, body: { id: made, expires: hooks.get(made)!.expires } };
      }
      const hook = hooks.get(id ?? '');
      if (!hook) return { status: 404, body: { message: 'No such hook' } };
      if (asked.method === 'DELETE') hooks.delete(id!);
      if (asked.method === 'PATCH') hook.expires = Date.now() + 7 * dayMs;
      return { body: { id: id!, expires: hook.expires } };
    };
    if (wrong === 'hang') {
      answer();
      return new Promise<Answer>(() => {});
    }
    return wrong ?? answer();
  });
});

const trigger = (change: Partial<Webhook> = {}, more: Partial<Trigger> = {}): Trigger => ({
  key: 'changed',
  name: 'Changed',
  type: 'WEBHOOK',
  outputSchema: {},
  sample: {},
  webhook: {
    subscribe: {
      method: 'POST',
      endpointTemplate: '/hooks',
      bodyTemplate: { url: '{{webhook.url}}', secret: '{{webhook.secret}}' },
      capture: { id: 'body.id', expires: 'body.expires' },
      timeoutMs: 500,
    },
    unsubscribe: { method: 'DELETE', endpointTemplate: '/hooks/{{subscription.id}}' },
    check: { method: 'GET', endpointTemplate: '/hooks/{{subscription.id}}' },
    renew: {
      request: {
        method: 'PATCH',
        endpointTemplate: '/hooks/{{subscription.id}}',
        capture: { expires: 'body.expires' },
      },
      expiresAt: '{{subscription.expires}}',
      beforeMs: dayMs,
    },
    receive: { verify: [], secretInUrl: true },
    ...change,
  } as Webhook,
  ...more,
});
const poll: NonNullable<Trigger['poll']> = {
  request: { method: 'GET', endpointTemplate: '/items' },
  items: 'body.items',
  dedupeKey: '{{item.id}}',
  order: 'oldest-first',
  maxItems: 100,
  minIntervalMs: 10_000,
  firstRun: 'skip',
  keepSeen: 100,
};

/** Makes it due and lets one process do what is to be done. */
async function keep(one: Enabled, tender = far.tender()) {
  await far.sql('UPDATE app_triggers SET next_upkeep_at = now(), lease_until = NULL WHERE id = $1', [one.id]);
  await tender.tend();
  await tender.idle();
}
const rowOf = (one: Enabled) =>
  far.world.database.withTenant(one.tenantId, async (tx) => {
    const row = await tx.appTrigger.findFirst({ where: { tenantId: one.tenantId, id: one.id } });
    return row!;
  });
const drop = (one: Enabled) =>
  far.world.database.withTenant(one.tenantId, (tx) => dropOthers(tx, one.tenantId, one.workflowId, null));
const noticesOf = async (one: Enabled) =>
  (await far.sql('SELECT kind, body FROM notifications WHERE tenant_id = $1 ORDER BY at', [one.tenantId]))
    .rows;

describe('the reconciler', () => {
  test('registers the address with a secret of its own, keeps what the service gave sealed, and takes it back', async () => {
    const one = await far.enable(trigger());
    await keep(one);
    expect(hooks.size).toBe(1);
    const [id, hook] = [...hooks][0]!;
    const row = await rowOf(one);
    expect(hook.url).toBe(`https://weftline.example/hooks/${row.hookKey}`);
    expect(hook.secret).toMatch(/^[0-9a-f]{40}$/);
    expect(row).toMatchObject({ status: 'active', registered: true, attempt: null, why: null });
    expect(await openAppTrigger(far.world.vault, { ...row, tenantId: one.tenantId })).toEqual({
      secret: hook.secret,
      subscription: { id, expires: hook.expires },
      stored: {},
    });
    expect(JSON.stringify(await one.row())).not.toContain(hook.secret);
    expect(row.expiresAt?.getTime()).toBe(hook.expires);
    await drop(one);
    await keep(one);
    expect(hooks.size).toBe(0);
    expect(await rowOf(one)).toMatchObject({ registered: false, status: 'off', nextUpkeepAt: null });
    expect(await noticesOf(one)).toEqual([]);
  });

  test('looks whether it is there, and makes it again when it is gone', async () => {
    const one = await far.enable(trigger());
    await keep(one);
    await keep(one);
    expect(far.asked.map(({ method }) => method)).toEqual(['POST', 'GET']);
    hooks.clear();
    await keep(one);
    expect(hooks.size).toBe(1);
    expect(await rowOf(one)).toMatchObject({ status: 'active', registered: true });
  });

  test('renews before it runs out, and keeps the rest of what it knew', async () => {
    const one = await far.enable(trigger());
    await keep(one);
    const [id] = [...hooks.keys()];
    await far.sql("UPDATE app_triggers SET expires_at = now() + interval '23 hours' WHERE id = $1", [one.id]);
    const before = hooks.get(id!)!.expires;
    await keep(one);
    expect(far.asked.at(-1)!.method).toBe('PATCH');
    const row = await rowOf(one);
    const { subscription } = await openAppTrigger(far.world.vault, { ...row, tenantId: one.tenantId });
    expect(subscription).toEqual({ id, expires: hooks.get(id!)!.expires });
    expect(hooks.get(id!)!.expires).toBeGreaterThanOrEqual(before);
    expect(row.nextUpkeepAt!.getTime()).toBeLessThan(Date.now() + 2 * 3_600_000);
  });

  test('tries again what fails, says why, and tells people at the third time', async () => {
    const one = await far.enable(trigger());
    fault = () => ({ status: 503, body: { message: 'Not now' } });
    const waits: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await keep(one);
      const row = await rowOf(one);
      expect(row).toMatchObject({ status: 'failing', registered: false, attempt: null });
      expect(row.why).toContain('Not now');
      waits.push(row.nextUpkeepAt!.getTime() - Date.now());
    }
    expect(waits[2]).toBeGreaterThan(waits[0]!);
    expect((await noticesOf(one)).map(({ kind }) => kind)).toEqual(['trigger.failing']);
    fault = null;
    await keep(one);
    expect(await rowOf(one)).toMatchObject({ status: 'active', registered: true, upkeepFailures: 0 });
  });

  test('does not send again what may have been done, and says so', async () => {
    const one = await far.enable(trigger());
    fault = () => 'hang';
    await keep(one);
    fault = null;
    await keep(one);
    await keep(one);
    expect(far.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
    const row = await rowOf(one);
    expect(row).toMatchObject({ status: 'failing', registered: false, attempt: 'subscribe' });
    expect(row.why).toContain('It is not known whether Shop registered');
    expect((await noticesOf(one))[0]).toMatchObject({ kind: 'trigger.unknown' });
  });

  test('asks instead where the service can tell without knowing what subscribing gave', async () => {
    const check = { method: 'GET' as const, endpointTemplate: '/mine' };
    const one = await far.enable(trigger({ check, renew: undefined as never }));
    let isThere = true;
    fault = ({ url, method }) =>
      url === '/mine'
        ? isThere
          ? { body: {} }
          : { status: 404, body: {} }
        : method === 'POST'
          ? 'hang'
          : null;
    await keep(one);
    await keep(one);
    expect(await rowOf(one)).toMatchObject({ status: 'active', registered: true, attempt: null });
    const two = await far.enable(trigger({ check, renew: undefined as never }));
    await keep(two);
    isThere = false;
    fault = ({ url }) => (url === '/mine' ? { status: 404, body: {} } : null);
    await keep(two);
    expect(await rowOf(two)).toMatchObject({ status: 'active', registered: true });
  });

  test('sends a PUT again: the same once more leads to the same', async () => {
    const subscribe = {
      ...trigger().webhook!.subscribe!,
      method: 'PUT' as const,
      endpointTemplate: '/hooks/mine',
    };
    const one = await far.enable(trigger({ subscribe }));
    let answers = 0;
    fault = ({ method }) =>
      method === 'PUT' ? ((answers += 1) === 1 ? 'hang' : { body: { id: 'mine' } }) : null;
    await keep(one);
    expect(await rowOf(one)).toMatchObject({ status: 'failing', attempt: null });
    await keep(one);
    expect(await rowOf(one)).toMatchObject({ status: 'active', registered: true });
  });

  test('a process that died while subscribing is noticed: nothing is sent blindly', async () => {
    const one = await far.enable(trigger());
    await far.sql("UPDATE app_triggers SET attempt = 'subscribe', attempted_at = now() WHERE id = $1", [
      one.id,
    ]);
    await keep(one);
    expect(far.asked.filter(({ method }) => method === 'POST')).toHaveLength(0);
    expect((await rowOf(one)).why).toContain('It is not known whether');
  });

  test('gives taking back up after two days, and says what is left behind', async () => {
    const one = await far.enable(trigger());
    await keep(one);
    await drop(one);
    fault = () => ({ status: 500, body: { message: 'Broken' } });
    for (let round = 0; round < 14; round += 1) await keep(one);
    const row = await rowOf(one);
    expect(row).toMatchObject({ registered: false, nextUpkeepAt: null });
    const notices = await noticesOf(one);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ kind: 'trigger.left_behind' });
    expect(notices[0]!['body']).toContain(row.hookKey);
  });

  test('forgets the trigger of a deleted workflow when the service has', async () => {
    const one = await far.enable(trigger());
    await keep(one);
    await far.world.database.withTenant(one.tenantId, async (tx) => {
      await tx.workflow.updateMany({
        where: { tenantId: one.tenantId, id: one.workflowId },
        data: { deletedAt: new Date() },
      });
      await forgetRows(tx, one.tenantId, one.workflowId);
    });
    expect(await rowOf(one)).toMatchObject({ registered: true, wanted: false });
    await keep(one);
    expect(hooks.size).toBe(0);
    expect(await rowOf(one)).toBeNull();
  });

  test('two processes do it once', async () => {
    const one = await far.enable(trigger());
    const [a, b] = [far.tender({ name: 'a' }), far.tender({ name: 'b' })];
    await Promise.all([a.tend(), b.tend()]);
    await Promise.all([a.idle(), b.idle()]);
    expect(hooks.size).toBe(1);
    expect(await rowOf(one)).toMatchObject({ registered: true });
  });
});

describe('turning on', () => {
  /** As turning a workflow on does it. */
  async function turnOn(one: Enabled, wanted: Trigger, input: { [name: string]: Json } = {}) {
    const { tenantId, workflowId } = one;
    const asked = { appKey: 'shop', appVersion: '1.0.0', trigger: wanted, connectionId: null, input };
    const { database } = far.world;
    const row = await database.withTenant(tenantId, (tx) => ensureRow(tx, tenantId, workflowId, asked));
    const found = await loadTrigger(far.services, row);
    const subscribed = await subscribeNow(far.services, row, found);
    await database.withTenant(tenantId, async (tx) => {
      await wantRow(tx, tenantId, workflowId, row, asked);
      if (!subscribed) return;
      const { id, epoch } = subscribed.held;
      const data = { ...subscribed.columns, workerId: null, leaseUntil: null };
      const { count: changed } = await tx.appTrigger.updateMany({ where: { tenantId, id, epoch }, data });
      expect(changed).toBe(1);
    });
    return database.withTenant(tenantId, (tx) =>
      tx.appTrigger.findFirst({ where: { tenantId, id: row.id } }),
    );
  }

  test('subscribes while somebody waits, and once however often it is pressed', async () => {
    const one = await far.enable(trigger());
    await drop(one);
    expect(await turnOn(one, trigger())).toMatchObject({ status: 'active', registered: true, wanted: true });
    await turnOn(one, trigger());
    expect(hooks.size).toBe(1);
    expect(far.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
    // Off and on again before anybody has taken it back: it is still there.
    await drop(one);
    expect(await turnOn(one, trigger())).toMatchObject({ status: 'active', registered: true });
    expect(hooks.size).toBe(1);
  });

  test('another input is another registration; the former one is taken back', async () => {
    const one = await far.enable(trigger());
    await keep(one);
    const next = await turnOn(one, trigger(), { folder: 'b' });
    expect(next!.id).not.toBe(one.id);
    expect(hooks.size).toBe(2);
    await keep(one);
    expect([...hooks.values()].map(({ url }) => url)).toEqual([
      `https://weftline.example/hooks/${next!.hookKey}`,
    ]);
  });

  test('fails with the service’s reason, and leaves nothing behind', async () => {
    const one = await far.enable(trigger());
    await drop(one);
    fault = () => ({ status: 422, body: { message: 'The address must begin with https' } });
    await expect(turnOn(one, trigger())).rejects.toMatchObject({
      code: 'remote_refused',
      message: expect.stringContaining('The address must begin with https'),
    });
    expect(await rowOf(one)).toMatchObject({
      status: 'off',
      wanted: false,
      registered: false,
      attempt: null,
    });
  });

  test('polls instead where the trigger can, says so, and registers later', async () => {
    const both = trigger({}, { fallback: 'POLL', poll });
    const one = await far.enable(both);
    await drop(one);
    fault = ({ url }) => (url.startsWith('/hooks') ? { status: 503, body: { message: 'Down' } } : null);
    const row = await turnOn(one, both);
    expect(row).toMatchObject({ status: 'failing', wanted: true, registered: false });
    expect(row!.why).toContain('Until it is registered, new items are asked for.');
    expect(row!.nextPollAt).not.toBeNull();
    fault = null;
    await keep(one);
    expect(await rowOf(one)).toMatchObject({ status: 'active', registered: true });
  });
});
