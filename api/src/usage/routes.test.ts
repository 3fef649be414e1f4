// The small nouns that need no engine: usage, notifications, events, variables and previews.
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApi, type TestPerson, startTestApi } from '../testing/start-test-api.ts';

let api: TestApi;
let ada: TestPerson;
let grace: TestPerson;

beforeAll(async () => {
  api = await startTestApi();
  ada = await api.register('Ada');
  grace = await api.register('Grace');
});
afterAll(() => api.stop());

test('a new workspace has used nothing of its plan', async () => {
  const { body } = await ada.call('GET', '/usage');
  expect(body).toMatchObject({
    plan: 'free',
    workflows: { used: 0, limit: 50 },
    runsPerHour: { used: 0, limit: 100 },
    last24h: { succeeded: 0, failed: 0, cancelled: 0, running: 0 },
  });
  expect(Date.parse(body.runsPerHour.resetsAt) % 3_600_000).toBe(0);
  expect((await api.call('GET', `/api/v1/tenants/${ada.tenant.id}/usage`)).status).toBe(401);
});

describe('notifications', () => {
  const notify = async (person: TestPerson, userId: string | null, title: string) => {
    const id = uuidv7();
    await api.services.database.withTenant(person.tenant.id, (tx) =>
      tx.notification.createMany({
        data: [
          {
            tenantId: person.tenant.id,
            id,
            userId,
            kind: 'test',
            title,
            body: 'b',
            dedupeKey: id,
            at: new Date(),
          },
        ],
      }),
    );
    return id;
  };

  test('are those for everybody and one’s own, the newest first, and are marked as read', async () => {
    const first = await notify(ada, null, 'first');
    const second = await notify(ada, ada.user.id, 'second');
    const other = await notify(ada, uuidv7(), 'somebody else’s');
    const list = await ada.call('GET', '/notifications?limit=1');
    expect(list.body).toMatchObject({ data: [{ id: second, readAt: null }], hasMore: true });
    const cursor = encodeURIComponent(list.body.nextCursor);
    expect((await ada.call('GET', `/notifications?limit=1&cursor=${cursor}`)).body.data).toMatchObject([
      { id: first },
    ]);
    const read = await ada.call('POST', `/notifications/${first}/read`);
    expect(read.body.readAt).toEqual(expect.any(String));
    expect((await ada.call('POST', `/notifications/${first}/read`)).body.readAt).toBe(read.body.readAt);
    const unread = await ada.call('GET', '/notifications?unread=true');
    expect(unread.body.data.map((row: { id: string }) => row.id)).toEqual([second]);
    expect((await ada.call('POST', `/notifications/${other}/read`)).status).toBe(404);
    expect((await grace.call('POST', `/notifications/${first}/read`)).status).toBe(404);
    expect((await grace.call('GET', '/notifications')).body.data).toEqual([]);
  });
});

describe('the journal of a workspace', () => {
  test('is read for a bounded stretch, page by page, and only its own', async () => {
    const tenantId = ada.tenant.id;
    const runId = uuidv7();
    await api.services.database.withTenant(tenantId, (tx) =>
      tx.runEvent.createMany({
        data: [0, 1, 2].map((seq) => ({ tenantId, runId, seq, type: 'Test', payload: '{"a":1}' })),
      }),
    );
    expect((await ada.call('GET', '/events')).body.error.details.problems[0].path).toBe('/from');
    const from = new Date(Date.now() - 60_000).toISOString();
    const page = await ada.call('GET', `/events?from=${from}&limit=2`);
    expect(page.body).toMatchObject({
      data: [{ runId, seq: 0, payload: { a: 1 } }, { seq: 1 }],
      hasMore: true,
    });
    const cursor = encodeURIComponent(page.body.nextCursor);
    expect((await ada.call('GET', `/events?from=${from}&limit=2&cursor=${cursor}`)).body.data).toMatchObject([
      { seq: 2 },
    ]);
    const long = new Date(Date.now() - 40 * 24 * 3_600_000).toISOString();
    expect((await ada.call('GET', `/events?from=${long}`)).status).toBe(422);
    expect(
      (await ada.call('GET', `/events?from=${from}&to=${long}`)).body.error.details.problems[0].path,
    ).toBe('/to');
    expect((await grace.call('GET', `/events?from=${from}`)).body.data).toEqual([]);
  });
});

describe('variables', () => {
  test('are set, changed, listed, read in previews and deleted', async () => {
    expect((await ada.call('PUT', '/variables/city', { value: 'Berlin' })).body).toMatchObject({
      value: 'Berlin',
    });
    expect((await ada.call('PUT', '/variables/city', { value: { name: 'Rome\u0000' } })).status).toBe(200);
    await ada.call('PUT', '/variables/city', { value: { name: 'Rome' } });
    expect((await ada.call('GET', '/variables')).body.data).toMatchObject([
      { name: 'city', value: { name: 'Rome' } },
    ]);
    const preview = await ada.call('POST', '/expressions/preview', { template: '{{vars.city.name}}' });
    expect(preview.body).toEqual({ ok: true, value: 'Rome' });
    expect((await grace.call('GET', '/variables')).body.data).toEqual([]);
    expect((await grace.call('DELETE', '/variables/city')).status).toBe(404);
    expect((await ada.call('DELETE', '/variables/city')).status).toBe(204);
    expect((await ada.call('DELETE', '/variables/city')).status).toBe(404);
    expect((await ada.call('PUT', '/variables/no-name', { value: 1 })).status).toBe(404);
    expect((await ada.call('PUT', '/variables/x', {})).body.error.details.problems[0].path).toBe('/value');
    const viewer = await api.join(ada, 'viewer');
    expect((await viewer.call('PUT', '/variables/x', { value: 1 })).status).toBe(403);
  });
});

describe('a preview', () => {
  const preview = (template: string, samples?: object) =>
    ada.call('POST', '/expressions/preview', { template, ...(samples ? { samples } : {}) });

  test('gives the value with its type, or what is wrong in a sentence', async () => {
    const samples = { trigger: { body: { total: 3 } }, steps: { send: { id: 7 } } };
    expect((await preview('{{trigger.output.body.total * 2}}', samples)).body).toEqual({
      ok: true,
      value: 6,
    });
    expect((await preview('No. {{steps.send.output.id}}', samples)).body).toEqual({
      ok: true,
      value: 'No. 7',
    });
    const missing = await preview('{{trigger.output.body.none}}', samples);
    expect(missing.body).toMatchObject({ ok: false, error: { code: 'unresolved_path' } });
    expect((await preview('{{process.env}}')).body).toMatchObject({
      ok: false,
      error: { message: expect.any(String) },
    });
    expect((await preview('{{a b}}')).body).toMatchObject({
      ok: false,
      error: { code: 'invalid_expression' },
    });
    expect((await preview('x'.repeat(20_001))).body.error.details.problems[0].path).toBe('/template');
  });
});
