import { loadApps } from '@weftline/connectors/load-apps';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, sampleConnector, startWorkingApi } from '../testing/start-working-api.ts';
import { publishBuiltInApps } from './publish-built-ins.ts';

let api: WorkingApi;
let ada: TestPerson;
let grace: TestPerson;

beforeAll(async () => {
  api = await startWorkingApi({ works: false });
  ada = await api.register('Ada');
  grace = await api.register('Grace');
});
afterAll(() => api.stop());

describe('built-in apps', () => {
  test('everybody finds them by words of their name', async () => {
    const all = await ada.call('GET', '/apps');
    expect(all.status).toBe(200);
    expect(all.body.data.map((app: { key: string }) => app.key)).toContain('http');
    const found = await ada.call('GET', '/apps?search=rabbit');
    expect(found.body.data.map((app: { key: string }) => app.key)).toEqual(['rabbitmq']);
    expect(found.body.data[0]).toMatchObject({ builtIn: true, draft: false, authTypes: ['BASIC'] });
    expect(found.body.data[0].latestVersion).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('a list is read page by page', async () => {
    const first = await ada.call('GET', '/apps?limit=2');
    expect(first.body).toMatchObject({ hasMore: true });
    const second = await ada.call('GET', `/apps?limit=2&cursor=${encodeURIComponent(first.body.nextCursor)}`);
    const keys = [...first.body.data, ...second.body.data].map((app: { key: string }) => app.key);
    expect(new Set(keys).size).toBe(4);
  });

  test('they cannot be changed, and their keys are taken', async () => {
    const { body, headers } = await ada.call('GET', '/apps/http');
    const definition = { ...body.definition, version: '9.0.0' };
    const etag = headers.get('etag')!;
    expect((await ada.call('PUT', '/apps/http/draft', { definition }, { 'if-match': etag })).status).toBe(
      409,
    );
    expect((await ada.call('POST', '/apps', { definition })).status).toBe(409);
    expect((await ada.call('POST', '/apps/http/publish')).status).toBe(409);
  });

  test('say in the list what each app can do, when asked', async () => {
    const plain = await ada.call('GET', '/apps?limit=200');
    expect(plain.body.data.every((row: object) => !('parts' in row))).toBe(true);
    const told = await ada.call('GET', '/apps?limit=200&parts=yes');
    const http = told.body.data.find((row: { key: string }) => row.key === 'http');
    expect(http.parts).toContainEqual(
      expect.objectContaining({ kind: 'action', key: 'request', name: expect.any(String) }),
    );
    expect(http.parts).toHaveLength(http.actions + http.triggers);
  });

  test('publishing them again changes nothing, and a changed document under its version is refused', async () => {
    const apps = loadApps();
    expect(await publishBuiltInApps(api.services.database, apps)).toEqual({ published: [] });
    const changed = apps.map((app) => ({ ...app, changelog: 'Quietly different.' }));
    await expect(publishBuiltInApps(api.services.database, changed)).rejects.toThrow(
      /differs from what was published under this version/,
    );
  });
});

describe('own apps', () => {
  test('a draft with faults is kept, and each fault has its path', async () => {
    const definition = { ...sampleConnector(api.service), app: { key: 'faulty', name: 'Faulty' }, auth: [] };
    const made = await ada.call('POST', '/apps', { definition });
    expect(made.status).toBe(201);
    expect(made.body.problems[0]).toMatchObject({ path: '/auth' });
    const refused = await ada.call('POST', '/apps/faulty/publish');
    expect(refused.status).toBe(422);
    expect(refused.body.error.details.problems[0].path).toBe('/auth');
    const tried = await ada.call('POST', '/apps/faulty/actions/send-parcel/test', { input: { to: 'x' } });
    expect(tried.status).toBe(422);
  });

  test('what has no usable key is refused with the path', async () => {
    for (const definition of [{}, { app: null }, { app: { key: 'Not Kebab' } }, { app: { key: '../x' } }]) {
      const answer = await ada.call('POST', '/apps', { definition });
      expect(answer.status).toBe(422);
      expect(answer.body.error.details.problems[0].path).toBe('/definition/app/key');
    }
    expect((await ada.call('POST', '/apps', { definition: [] })).status).toBe(422);
    expect((await ada.call('POST', '/apps', '{')).status).toBe(400);
  });

  test('anything may be sent to be judged', async () => {
    for (const definition of [null, 1, 'x', [], {}]) {
      const answer = await ada.call('POST', '/apps/validate', { definition });
      expect(answer.status).toBe(200);
      expect(answer.body.problems.length).toBeGreaterThan(0);
    }
    const good = await ada.call('POST', '/apps/validate', { definition: sampleConnector(api.service) });
    expect(good.body).toEqual({ problems: [] });
  });

  test('an app is drafted, tried, published, changed and published again under a fitting version', async () => {
    const definition = sampleConnector(api.service);
    const made = await ada.call('POST', '/apps', { definition });
    expect(made.body).toEqual({ key: 'acme', etag: '"1"', problems: [] });
    expect((await ada.call('POST', '/apps', { definition })).status).toBe(409);

    const connection = await ada.call('POST', '/connections', {
      app: 'acme',
      name: 'Draft account',
      credentials: { apiKey: 'good-key' },
    });
    expect(connection.status).toBe(201);
    const tried = await ada.call('POST', '/apps/acme/actions/send-parcel/test', {
      version: 'draft',
      connectionId: connection.body.id,
      input: { to: 'Berlin' },
    });
    expect(tried.body).toMatchObject({ ok: true, output: { user: 'ada' }, response: { status: 200 } });
    expect(tried.body.request).toMatchObject({ method: 'POST', body: { to: 'Berlin' } });
    expect(tried.text).not.toContain('good-key');
    const wrongInput = await ada.call('POST', '/apps/acme/actions/send-parcel/test', {
      input: { note: 'x' },
    });
    expect(wrongInput.body).toMatchObject({ ok: false, error: { path: '/to' } });

    const published = await ada.call('POST', '/apps/acme/publish');
    expect(published.status).toBe(201);
    expect(published.body).toMatchObject({
      version: '1.0.0',
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await ada.call('POST', '/apps/acme/publish')).status).toBe(409);

    const read = await ada.call('GET', '/apps/acme');
    expect(read.body).toMatchObject({
      latestVersion: '1.0.0',
      definition: { version: '1.0.0' },
      builtIn: false,
    });
    expect(read.body.draft).toBeUndefined();
    expect((await ada.call('GET', '/apps/acme/versions/1.0.0')).body.definition).toEqual(definition);
    expect((await ada.call('GET', '/apps/acme/versions/7.0.0')).status).toBe(404);

    const narrower = structuredClone(definition) as unknown as {
      version: string;
      actions: { inputSchema: { required: string[] } }[];
    };
    narrower.version = '1.1.0';
    narrower.actions[0]!.inputSchema.required.push('note');
    const etag = read.headers.get('etag')!;
    expect((await ada.call('PUT', '/apps/acme/draft', { definition: narrower })).status).toBe(428);
    expect(
      (await ada.call('PUT', '/apps/acme/draft', { definition: narrower }, { 'if-match': '"1"' })).status,
    ).toBe(412);
    const saved = await ada.call('PUT', '/apps/acme/draft', { definition: narrower }, { 'if-match': etag });
    expect(saved.status).toBe(200);
    const diff = await ada.call('GET', '/apps/acme/diff');
    expect(diff.body).toMatchObject({ from: '1.0.0', to: 'draft', bump: 'major' });
    const refused = await ada.call('POST', '/apps/acme/publish');
    expect(refused.status).toBe(422);
    expect(refused.body.error.details.problems[0]).toMatchObject({ path: '/version' });
    const renamed = { ...narrower, app: { key: 'other', name: 'Other' } };
    const other = await ada.call(
      'PUT',
      '/apps/acme/draft',
      { definition: renamed },
      { 'if-match': saved.body.etag },
    );
    expect(other.status).toBe(422);
    narrower.version = '2.0.0';
    await ada.call('PUT', '/apps/acme/draft', { definition: narrower }, { 'if-match': saved.body.etag });
    expect((await ada.call('POST', '/apps/acme/publish')).body).toMatchObject({ version: '2.0.0' });
    expect(
      (await ada.call('GET', '/apps/acme')).body.versions.map((row: { version: string }) => row.version),
    ).toEqual(['2.0.0', '1.0.0']);
  });

  test('its examples are played, and one that lies holds the version back', async () => {
    const told = (body: object) => {
      const definition = structuredClone(sampleConnector(api.service)) as unknown as {
        app: { key: string };
        actions: { examples?: unknown }[];
      };
      definition.app.key = 'told';
      definition.actions[0]!.examples = [
        { title: 'a parcel', input: { to: 'Ulm' }, expect: { request: { method: 'POST', body } } },
      ];
      return definition;
    };
    const lie = await ada.call('POST', '/apps/examples', { definition: told({ to: 'Bonn' }) });
    expect(lie.body).toMatchObject({
      problems: [],
      examples: [{ action: 'send-parcel', title: 'a parcel', ok: false, request: { body: { to: 'Ulm' } } }],
    });
    expect(lie.body.examples[0].faults[0]).toContain('the example expects {"to":"Bonn"}');
    const made = await ada.call('POST', '/apps', { definition: told({ to: 'Bonn' }) });
    const refused = await ada.call('POST', '/apps/told/publish');
    expect(refused.status).toBe(422);
    expect(refused.body.error.details.problems).toMatchObject([
      { path: '/actions/0/examples/0', code: 'example_differs' },
    ]);
    const mended = { definition: told({ to: 'Ulm' }) };
    await ada.call('PUT', '/apps/told/draft', mended, { 'if-match': made.body.etag });
    expect((await ada.call('POST', '/apps/told/publish')).status).toBe(201);
    const junk = await ada.call('POST', '/apps/examples', { definition: 7 });
    expect(junk.body.problems.length).toBeGreaterThan(0);
  });

  test('for another workspace it does not exist', async () => {
    const list = await grace.call('GET', '/apps?search=acme');
    expect(list.body.data).toEqual([]);
    for (const [method, path, body] of [
      ['GET', '/apps/acme'],
      ['GET', '/apps/acme/versions/1.0.0'],
      ['GET', '/apps/acme/diff'],
      ['POST', '/apps/acme/publish'],
      ['POST', '/apps/acme/actions/send-parcel/test', { input: { to: 'x' } }],
      ['POST', '/connections', { app: 'acme', name: 'x', credentials: { apiKey: 'x' } }],
    ] as const)
      expect([path, (await grace.call(method, path, body)).status]).toEqual([path, 404]);
    const own = await grace.call('POST', '/apps', { definition: sampleConnector(api.service) });
    expect(own.status).toBe(201);
  });

  test('nobody in particular gets 401, and a viewer may look but not change', async () => {
    expect((await api.call('GET', `/api/v1/tenants/${ada.tenant.id}/apps`)).status).toBe(401);
    const viewer = await api.join(ada, 'viewer');
    expect((await viewer.call('GET', '/apps/acme')).status).toBe(200);
    const definition = sampleConnector(api.service, { app: { key: 'mine', name: 'Mine' } });
    expect((await viewer.call('POST', '/apps', { definition })).status).toBe(403);
  });
});
