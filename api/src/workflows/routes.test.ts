import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, publishSample, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let grace: TestPerson;

const webhook = (change: object = {}) => ({
  format: 'workflow/1',
  name: 'Parcels',
  trigger: { kind: 'webhook' },
  steps: [{ id: 'big', kind: 'filter', condition: '{{trigger.output.body.total > 100}}' }],
  ...change,
});
const sending = (connectionId: string | null, change: object = {}) => ({
  ...webhook(),
  connections: { acme: { app: 'acme', connectionId } },
  steps: [
    {
      id: 'send',
      kind: 'action',
      use: 'acme@1.0.0#send-parcel',
      connection: 'acme',
      input: { to: '{{trigger.output.body.city}}' },
    },
  ],
  ...change,
});
const create = async (definition: object, name = 'Parcels') => {
  const answer = await ada.call('POST', '/workflows', { name, definition });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; etag: string; trigger: { hookUrl: string }; problems: object[] };
};
const connect = async (apiKey = 'good-key') => {
  const answer = await ada.call('POST', '/connections', {
    app: 'acme',
    auth: 'key',
    name: 'Acme account',
    credentials: { apiKey },
  });
  return answer.body.id as string;
};

beforeAll(async () => {
  api = await startWorkingApi();
  ada = await api.register('Ada');
  grace = await api.register('Grace');
  await publishSample(ada, api.service);
});
afterAll(() => api.stop());

describe('a draft', () => {
  test('begins empty, under its own hook address, and is kept with its faults', async () => {
    const made = await ada.call('POST', '/workflows', { name: 'New' });
    expect(made.body).toMatchObject({
      name: 'New',
      enabled: false,
      publishedVersion: null,
      hasUnpublishedChanges: true,
      draft: { format: 'workflow/1', name: 'New', trigger: { kind: 'manual' }, steps: [] },
      trigger: { kind: 'manual', enabled: false },
      lastRun: null,
    });
    expect(made.headers.get('etag')).toBe('"1"');
    const { trigger } = await create(webhook());
    expect(trigger.hookUrl).toMatch(/^http:\/\/localhost\/hooks\/[a-z2-7]{32}$/);
    const faulty = await create({ steps: [{ id: 'Bad Id', kind: 'magic' }] });
    expect(faulty.problems.length).toBeGreaterThan(0);
    const refused = await ada.call('POST', `/workflows/${faulty.id}/publish`);
    expect(refused.status).toBe(422);
    expect(refused.body.error.details.problems[0]).toMatchObject({ path: expect.stringMatching(/^\//) });
  });

  test('without a name, or with a body that is no object, is refused with the path', async () => {
    const nameless = await ada.call('POST', '/workflows', {});
    expect(nameless.status).toBe(422);
    expect(nameless.body.error.details.problems[0].path).toBe('/name');
    const list = await ada.call('POST', '/workflows', { name: 'x', definition: [] });
    expect(list.body.error.details.problems[0].path).toBe('/definition');
    const nul = await ada.call('PATCH', `/workflows/${(await create(webhook())).id}`, {
      layout: { a: 'x\u0000' },
    });
    expect(nul.status).toBe(422);
    expect(nul.body.error.details.problems[0].path).toBe('/layout');
  });

  test('is changed from the version that was read', async () => {
    const { id, etag } = await create(webhook());
    const change = {
      definition: webhook({ steps: [] }),
      layout: { notes: 'x' },
      samples: { trigger: { value: 1 } },
    };
    expect((await ada.call('PATCH', `/workflows/${id}`, change)).status).toBe(428);
    const saved = await ada.call('PATCH', `/workflows/${id}`, change, { 'if-match': etag });
    expect(saved.status).toBe(200);
    expect(saved.body).toMatchObject({
      etag: '"2"',
      layout: { notes: 'x' },
      samples: { trigger: { value: 1 } },
    });
    expect(saved.body.problems[0]).toMatchObject({ path: '/steps' });
    expect((await ada.call('PATCH', `/workflows/${id}`, { name: 'x' }, { 'if-match': etag })).status).toBe(
      412,
    );
    const renamed = await ada.call('PATCH', `/workflows/${id}`, { name: 'Other' }, { 'if-match': '"2"' });
    expect(renamed.body).toMatchObject({ name: 'Other', draft: { name: 'Other', steps: [] } });
    const parallel = await Promise.all(
      [1, 2, 3].map((n) => ada.call('PATCH', `/workflows/${id}`, { name: `N${n}` }, { 'if-match': '"3"' })),
    );
    expect(parallel.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });

  test('of another workspace does not exist', async () => {
    const { id } = await create(webhook());
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { name: 'x' }],
      ['DELETE', '', undefined],
      ['POST', '/publish', {}],
      ['POST', '/enable', undefined],
      ['POST', '/disable', undefined],
      ['POST', '/duplicate', {}],
      ['GET', '/versions', undefined],
      ['GET', '/versions/1', undefined],
      ['POST', '/restore', { version: 1 }],
      ['POST', '/listen', undefined],
      ['GET', '/samples', undefined],
      ['GET', '/samples/stream', undefined],
      ['POST', '/webhook-secret/rotate', undefined],
      ['POST', '/steps/big/test', {}],
      ['POST', '/runs', { input: {} }],
    ] as const) {
      const headers = { 'if-match': '"1"' };
      expect([path, (await grace.call(method, `/workflows/${id}${path}`, body, headers)).status]).toEqual([
        path,
        404,
      ]);
    }
    expect((await grace.call('GET', '/workflows')).body.data).toEqual([]);
    const viewer = await api.join(ada, 'viewer');
    expect((await viewer.call('GET', `/workflows/${id}`)).status).toBe(200);
    expect((await viewer.call('POST', `/workflows/${id}/publish`, {})).status).toBe(403);
  });
});

describe('publishing and enabling', () => {
  test('need tested connections, and name those that are not', async () => {
    const connectionId = await connect();
    const { id } = await create(sending(connectionId));
    const early = await ada.call('POST', `/workflows/${id}/enable`);
    expect(early.status).toBe(409);
    const published = await ada.call('POST', `/workflows/${id}/publish`, { note: 'First' });
    expect(published).toMatchObject({ status: 201, body: { version: 1 } });
    const refused = await ada.call('POST', `/workflows/${id}/enable`);
    expect(refused.status).toBe(422);
    expect(refused.body.error).toMatchObject({
      code: 'connection_not_tested',
      details: { connections: [{ slot: 'acme', connectionId, name: 'Acme account', status: 'untested' }] },
    });
    expect(refused.body.error.message).toContain('Acme account');
    expect((await ada.call('GET', `/workflows/${id}`)).body.enabled).toBe(false);
    await ada.call('POST', `/connections/${connectionId}/test`);
    expect((await ada.call('POST', `/workflows/${id}/enable`)).body).toEqual({ enabled: true });
    const shown = (await ada.call('GET', `/workflows/${id}`)).body;
    expect(shown).toMatchObject({
      enabled: true,
      publishedVersion: 1,
      hasUnpublishedChanges: false,
      trigger: { enabled: true },
      connections: [{ slot: 'acme', connectionId, status: 'working' }],
    });
    expect((await ada.call('POST', `/workflows/${id}/disable`)).body).toEqual({ enabled: false });
  });

  test('a connection of another workspace is not one of ours', async () => {
    await publishSample(grace, api.service);
    const theirs = await grace.call('POST', '/connections', {
      app: 'acme',
      name: 'G',
      credentials: { apiKey: 'x' },
    });
    const { id, problems } = await create(sending(theirs.body.id));
    expect(problems).toMatchObject([{ path: '/connections/acme/connectionId', code: 'unknown_connection' }]);
    expect((await ada.call('POST', `/workflows/${id}/publish`, {})).status).toBe(422);
  });

  test('versions are exact, numbered, and can be made the draft again', async () => {
    const loose = webhook({
      steps: [
        {
          id: 'call',
          kind: 'action',
          use: 'http#request',
          input: { method: 'GET', url: 'https://example.com' },
        },
      ],
    });
    const { id, problems } = await create(loose);
    expect(problems).toEqual([]);
    await ada.call('POST', `/workflows/${id}/publish`, {});
    const first = (await ada.call('GET', `/workflows/${id}/versions/1`)).body;
    expect(first.definition.steps[0].use).toMatch(/^http@\d+\.\d+\.\d+#request$/);
    // The same draft again is the same version.
    expect((await ada.call('POST', `/workflows/${id}/publish`, {})).body).toEqual({ version: 1 });
    await ada.call('PATCH', `/workflows/${id}`, { definition: webhook() }, { 'if-match': '*' });
    expect((await ada.call('GET', `/workflows/${id}`)).body.hasUnpublishedChanges).toBe(true);
    expect((await ada.call('POST', `/workflows/${id}/publish`, {})).body).toEqual({ version: 2 });
    const list = (await ada.call('GET', `/workflows/${id}/versions`)).body.data;
    expect(list).toMatchObject([
      { version: 2, current: true },
      { version: 1, current: false },
    ]);
    const restored = await ada.call('POST', `/workflows/${id}/restore`, { version: 1 });
    expect(restored.body.draft.steps[0].id).toBe('call');
    expect((await ada.call('POST', `/workflows/${id}/restore`, { version: 9 })).status).toBe(404);
  });

  test('a schedule gets its next instant when it goes live, and keeps it when published again', async () => {
    const schedule = { kind: 'schedule', cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' };
    const { id } = await create(
      webhook({ trigger: schedule, steps: [{ id: 'out', kind: 'transform', output: 1 }] }),
    );
    await ada.call('POST', `/workflows/${id}/publish`, {});
    expect((await ada.call('GET', `/workflows/${id}`)).body.trigger.nextFireAt).toBeNull();
    await ada.call('POST', `/workflows/${id}/enable`);
    const { nextFireAt } = (await ada.call('GET', `/workflows/${id}`)).body.trigger;
    expect(Date.parse(nextFireAt)).toBeGreaterThan(Date.now());
    const other = webhook({ trigger: schedule, steps: [{ id: 'out', kind: 'transform', output: 2 }] });
    await ada.call('PATCH', `/workflows/${id}`, { definition: other }, { 'if-match': '*' });
    await ada.call('POST', `/workflows/${id}/publish`, {});
    expect((await ada.call('GET', `/workflows/${id}`)).body.trigger).toMatchObject({
      nextFireAt,
      enabled: true,
    });
    const bad = await create(webhook({ trigger: { kind: 'schedule', cron: '99 * * * *' } }));
    expect(bad.problems).toMatchObject([{ path: '/trigger/cron' }]);
  });

  test('a duplicate has its own hook and is not live', async () => {
    const { id, trigger } = await create(webhook());
    await ada.call('POST', `/workflows/${id}/publish`, {});
    const copy = await ada.call('POST', `/workflows/${id}/duplicate`, {});
    expect(copy.status).toBe(201);
    expect(copy.body).toMatchObject({ name: 'Parcels (copy)', enabled: false, publishedVersion: null });
    expect(copy.body.trigger.hookUrl).not.toBe(trigger.hookUrl);
  });

  test('the list is the newest first, page by page, and searched by name', async () => {
    await create(webhook(), 'Zebra one');
    await create(webhook(), 'Zebra two');
    const found = await ada.call('GET', '/workflows?search=zebra&limit=1');
    expect(found.body.data.map((row: { name: string }) => row.name)).toEqual(['Zebra two']);
    expect(found.body.data[0].draft).toBeUndefined();
    const cursor = encodeURIComponent(found.body.nextCursor);
    const next = await ada.call('GET', `/workflows?search=zebra&limit=1&cursor=${cursor}`);
    expect(next.body).toMatchObject({ data: [{ name: 'Zebra one' }], hasMore: false });
  });
});

describe('a webhook’s secret', () => {
  test('is shown once, to somebody who may change workflows, and anew after it was replaced', async () => {
    const { id } = await create(webhook({ trigger: { kind: 'webhook', verify: 'standard-webhooks' } }));
    const viewer = await api.join(ada, 'viewer');
    expect((await viewer.call('GET', `/workflows/${id}`)).body.trigger.secret).toBeUndefined();
    const readers = await Promise.all([1, 2, 3].map(() => ada.call('GET', `/workflows/${id}`)));
    const secrets = readers.map(({ body }) => body.trigger.secret).filter(Boolean);
    expect(secrets).toHaveLength(1);
    expect(secrets[0]).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    const rotated = await ada.call('POST', `/workflows/${id}/webhook-secret/rotate`);
    expect(rotated.text).not.toContain('whsec_');
    const fresh = (await ada.call('GET', `/workflows/${id}`)).body.trigger.secret;
    expect(fresh).toMatch(/^whsec_/);
    expect(fresh).not.toBe(secrets[0]);
    expect((await ada.call('GET', `/workflows/${id}`)).body.trigger.secret).toBeUndefined();
  });
});

describe('building with samples', () => {
  test('calls of the hook are caught before publishing, listed and streamed', async () => {
    const { id, trigger } = await create(webhook());
    const hook = new URL(trigger.hookUrl).pathname;
    expect((await api.call('POST', hook, { body: { total: 1 } })).status).toBe(404);
    const listened = await ada.call('POST', `/workflows/${id}/listen`);
    expect(Date.parse(listened.body.until)).toBeGreaterThan(Date.now());
    const stream = await api.app.request(`/api/v1/tenants/${ada.tenant.id}/workflows/${id}/samples/stream`, {
      headers: { authorization: `Bearer ${ada.accessToken}` },
    });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    const caught = await api.call('POST', `${hook}?a=1&a=2`, { body: { total: 120 } });
    expect(caught).toMatchObject({ status: 202, body: { runId: null, captured: true } });
    let text = '';
    while (!text.includes('event: sample')) text += (await reader.read()).value ?? '';
    expect(text).toContain('"total":120');
    await reader.cancel();
    const listed = await ada.call('GET', `/workflows/${id}/samples`);
    expect(listed.body.data).toMatchObject([
      { output: { method: 'POST', query: { a: ['1', '2'] }, body: { total: 120 } } },
    ]);
  });

  test('a filter, a transform and a delay say what they would do and why', async () => {
    const { id } = await create(
      webhook({
        steps: [
          { id: 'big', kind: 'filter', condition: '{{trigger.output.body.total > 100}}' },
          { id: 'out', kind: 'transform', output: { city: '{{trigger.output.body.city}}' } },
          { id: 'rest', kind: 'delay', seconds: 60 },
        ],
      }),
    );
    const tried = (stepId: string, trigger?: object) =>
      ada.call('POST', `/workflows/${id}/steps/${stepId}/test`, trigger ? { samples: { trigger } } : {});
    const trigger = { body: { total: 120, city: 'Berlin' } };
    expect((await tried('big', trigger)).body).toMatchObject({
      ok: true,
      output: { passed: true },
      why: expect.any(String),
    });
    expect((await tried('out', trigger)).body).toMatchObject({ ok: true, output: { city: 'Berlin' } });
    expect((await tried('rest', trigger)).body).toMatchObject({
      ok: true,
      output: { until: expect.any(String) },
    });
    const missing = await tried('big', { body: {} });
    expect(missing.body).toMatchObject({ ok: false, error: { code: 'unresolved_path' } });
    expect((await tried('big')).body).toMatchObject({ ok: false, error: { code: 'unresolved_path' } });
    expect((await tried('nothing', trigger)).status).toBe(404);
  });

  test('an action really calls, with its input filled and its credentials taken out', async () => {
    const { id } = await create(sending(await connect('good-key-of-step')));
    const samples = {
      trigger: { value: { body: { city: 'Berlin' } }, source: 'typed', at: new Date().toISOString() },
    };
    await ada.call('PATCH', `/workflows/${id}`, { samples }, { 'if-match': '*' });
    const tried = await ada.call('POST', `/workflows/${id}/steps/send/test`, {});
    expect(tried.body).toMatchObject({
      ok: true,
      resolvedInput: { to: 'Berlin' },
      output: { user: 'ada' },
      request: { method: 'POST', headers: { authorization: expect.stringContaining('[REDACTED]') } },
      response: { status: 200 },
    });
    expect(tried.text).not.toContain('good-key-of-step');
    const own = await ada.call('POST', `/workflows/${id}/steps/send/test`, { input: { to: 'Rome' } });
    expect(own.body.resolvedInput).toEqual({ to: 'Rome' });
    const faulty = await create(sending(null));
    const refused = await ada.call('POST', `/workflows/${faulty.id}/steps/send/test`, { input: { to: 'x' } });
    expect(refused.body).toMatchObject({ ok: false, error: { code: 'not_found' } });
  });

  test('a step in a loop is tried on the first item of the samples, or on one that is given', async () => {
    const action = {
      ...sending('x').steps[0]!,
      use: 'acme@1.0.0#send-parcel',
      input: { to: '{{item.city}}' },
    };
    const { id } = await create(
      sending(await connect(), {
        steps: [
          {
            id: 'each',
            kind: 'forEach',
            items: '{{trigger.output.body.parcels}}',
            steps: [action, { id: 'mark', kind: 'transform', output: '{{index}}: {{item.city}}' }],
          },
        ],
      }),
    );
    const trigger = { body: { parcels: [{ city: 'Berlin' }, { city: 'Rome' }] } };
    const tried = (stepId: string, samples: object) =>
      ada.call('POST', `/workflows/${id}/steps/${stepId}/test`, { samples: { trigger, ...samples } });
    expect((await tried('send', {})).body).toMatchObject({ ok: true, resolvedInput: { to: 'Berlin' } });
    expect((await tried('send', { item: { city: 'Oslo' } })).body.resolvedInput).toEqual({ to: 'Oslo' });
    expect((await tried('mark', { index: 1 })).body).toMatchObject({ ok: true, output: '1: Rome' });
    expect((await tried('each', {})).body).toMatchObject({ ok: true, output: { count: 2 } });
    expect((await ada.call('POST', `/workflows/${id}/publish`, {})).status).toBe(201);
  });
});
