// Every failure reaches somebody: once for each who can do something about it, over HTTP, a real database and a real engine.
import { randomUUID } from 'node:crypto';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let bea: TestPerson;

beforeAll(async () => {
  api = await startWorkingApi();
  ada = await api.register('Ada');
  bea = await api.join(ada, 'builder');
});
afterAll(() => api.stop());

type Shown = {
  id: string;
  kind: string;
  title: string;
  body: string;
  link: string;
  count: number;
  readAt: string;
};
const list = async (person: TestPerson, query = '') =>
  (await person.call('GET', `/notifications${query}`)).body.data as Shown[];
const unread = async (person: TestPerson) =>
  (await person.call('GET', '/notifications/unread')).body.unread as number;

async function publish(name: string): Promise<string> {
  const steps = [{ id: 'break', kind: 'transform', output: '{{trigger.output.nothing.at.all}}' }];
  const definition = { format: 'workflow/1', name, trigger: { kind: 'manual' }, steps };
  const made = await ada.call('POST', '/workflows', { name, definition });
  await ada.call('POST', `/workflows/${made.body.id}/publish`, {});
  return made.body.id as string;
}
const start = (id: string) => ada.call('POST', `/workflows/${id}/runs`, { input: {} });
const toldOf = async (person: TestPerson, name: string) =>
  (await list(person)).filter(({ title }) => title.includes(name));

describe('notifications', () => {
  test('tell everybody who may mend it of a failed run, in one that counts, and each reads for themselves', async () => {
    const id = await publish('Bills');
    const before = await unread(bea);
    await start(id);
    await expect.poll(() => toldOf(ada, 'Bills'), { timeout: 10_000 }).toHaveLength(1);
    const [first] = await toldOf(ada, 'Bills');
    expect(first).toMatchObject({ kind: 'run.failed', title: '“Bills” failed', count: 1, readAt: null });
    expect(first!.link).toMatch(/^\/runs\//);
    expect(first!.body).toContain('nothing');
    expect(await unread(bea)).toBe(before + 1);

    const read = await ada.call('POST', `/notifications/${first!.id}/read`);
    expect(read.body.readAt).not.toBeNull();
    expect((await ada.call('POST', `/notifications/${first!.id}/read`)).body.readAt).toBe(read.body.readAt);
    expect((await list(ada, '?unread=true')).map((one) => one.id)).not.toContain(first!.id);
    expect((await list(bea, '?unread=true')).map((one) => one.id)).toContain(first!.id);
    expect(await unread(bea)).toBe(before + 1);

    await Promise.all(Array.from({ length: 20 }, () => start(id)));
    await expect
      .poll(async () => (await toldOf(bea, 'Bills')).map(({ count }) => count), { timeout: 15_000 })
      .toEqual([21]);
    expect(await toldOf(ada, 'Bills')).toMatchObject([
      { id: first!.id, title: '“Bills” failed 21 times', readAt: null },
    ]);
    expect(await unread(bea)).toBe(before + 1);
  });

  test('concern those who can do something, and nobody of another workspace', async () => {
    const id = randomUUID();
    await api.services.database.withTenant(ada.tenant.id, (tx) =>
      tx.notification.createMany({
        data: ['connection.refused', 'run.failed'].map((kind, index) => ({
          tenantId: ada.tenant.id,
          id: index === 0 ? id : randomUUID(),
          kind,
          title: `Told ${kind}`,
          body: 'b',
          dedupeKey: randomUUID(),
        })),
      }),
    );
    const [author, viewer] = [await api.join(ada, 'author'), await api.join(ada, 'viewer')];
    const grace = await api.register('Grace');
    expect((await toldOf(bea, 'Told')).length).toBe(2);
    expect((await toldOf(author, 'Told')).map(({ kind }) => kind)).toEqual(['connection.refused']);
    expect(await unread(author)).toBe(1);
    for (const person of [viewer, grace]) {
      expect(await list(person)).toEqual([]);
      expect(await unread(person)).toBe(0);
      expect((await person.call('POST', `/notifications/${id}/read`)).status).toBe(404);
    }
    expect(await unread(author)).toBe(1);
  });

  test('tell once of a run that works over ten times as long as its workflow usually takes', async () => {
    const tenant = ada.tenant.id;
    const add =
      (client: { query(text: string, values: unknown[]): Promise<unknown> }, workflow: string) =>
      async (status: string, ago: string, took: string | null, id = uuidv7()) => {
        await client.query(
          `INSERT INTO workflow_runs (tenant_id, id, workflow_id, workflow_version, workflow_name, trigger_kind, status, started_at, finished_at, lease_until)
           VALUES ($1, $2, $3, 1, $4, 'manual', $5, now() - $6::interval, now() - $6::interval + $7::interval, now() + interval '1 hour')`,
          [tenant, id, workflow, `Length ${workflow}`, status, ago, took],
        );
        return id;
      };
    await withClient(api.testDatabase.adminUrl, async (client) => {
      const [usual, young, slow] = [randomUUID(), randomUUID(), randomUUID()];
      for (let n = 0; n < 6; n += 1) {
        await add(client, usual)('succeeded', '2 days', '30 seconds');
        await add(client, slow)('succeeded', '2 days', '1 hour');
        if (n < 4) await add(client, young)('succeeded', '2 days', '1 second');
      }
      const long = await add(client, usual)('running', '6 minutes', null);
      await add(client, usual)('running', '4 minutes', null);
      await add(client, young)('running', '6 minutes', null);
      await add(client, slow)('running', '6 minutes', null);
      const asked = await add(client, usual)('running', '1 hour', null);
      await client.query(
        `INSERT INTO run_questions (tenant_id, run_id, workflow_id, workflow_name, step, kind, state, answered_at)
         VALUES ($1, $2, $3, 'x', 'ok', 'approval', 'consumed', now() - interval '1 minute')`,
        [tenant, asked, usual],
      );
      const delayed = await add(client, usual)('running', '1 hour', null);
      for (const [seq, type, ago] of [
        [1, 'StepWaiting', '1 hour'],
        [2, 'StepCompleted', '1 minute'],
      ])
        await client.query(
          `INSERT INTO run_events (tenant_id, run_id, seq, type, step, payload, at) VALUES ($1, $2, $3, $4, 'wait', '{}', now() - $5::interval)`,
          [tenant, delayed, seq, type, ago],
        );
      const look = async () =>
        Number((await client.query('SELECT told FROM engine.note_long_runs()')).rows[0].told);
      expect(await look()).toBe(1);
      expect(await look()).toBe(0);
      const told = (await list(bea)).filter(({ kind }) => kind === 'run.long');
      expect(told).toMatchObject([{ link: `/runs/${long}`, body: expect.stringContaining('usually') }]);
      await client.query(
        "UPDATE workflow_runs SET status = 'cancelled' WHERE tenant_id = $1 AND status = 'running'",
        [tenant],
      );
    });
  });
});
