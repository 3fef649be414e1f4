import type { Connector } from '@weftline/connectors/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, sampleConnector, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let connectionId: string;

/** The service echoes, so a list is made of what it was asked. */
const response = { map: [{ id: '{{body.echo.path}}', name: '{{body.user}}' }] };
const sources = (): Partial<Connector> => ({
  optionSources: {
    depots: {
      request: { method: 'GET', endpointTemplate: '/me/depots', response },
      items: 'output',
      value: '{{item.id}}',
      label: '{{item.name}}',
      cacheSeconds: 600,
    },
    shelves: {
      request: {
        method: 'GET',
        endpointTemplate: '/depots/{{input.depot}}/shelves',
        queryTemplate: { q: '{{search}}' },
        response,
      },
      items: 'output',
      value: '{{item.id}}',
      label: '{{item.name}}',
      dependsOn: ['depot'],
    },
    broken: {
      request: { method: 'GET', endpointTemplate: '/depots' },
      items: 'body.user',
      value: '{{item}}',
      label: '{{item}}',
    },
  },
  fieldSources: {
    labels: {
      request: { method: 'GET', endpointTemplate: '/depots/{{input.depot}}/labels', response },
      items: 'output',
      dependsOn: ['depot'],
      field: { key: 'label{{index}}', title: '{{item.id}}' },
    },
  },
});

beforeAll(async () => {
  api = await startWorkingApi({ works: false });
  ada = await api.register('Ada');
  const definition = sampleConnector(api.service, sources());
  expect((await ada.call('POST', '/apps', { definition })).body.problems).toEqual([]);
  expect((await ada.call('POST', '/apps/acme/publish')).status).toBe(201);
  const made = await ada.call('POST', '/connections', {
    app: 'acme',
    name: 'Account',
    credentials: { apiKey: 'good-key' },
  });
  connectionId = made.body.id;
});
afterAll(() => api.stop());

const options = (body: object, as = ada) => as.call('POST', '/apps/acme/options', body);
const fields = (body: object, as = ada) => as.call('POST', '/apps/acme/fields', body);

test('choices and fields come from the service, with the credentials of the connection', async () => {
  const loaded = await options({ source: 'shelves', connectionId, input: { depot: 'a/b' }, search: 'top' });
  expect(loaded.status).toBe(200);
  expect(loaded.body).toEqual({
    options: [{ value: '/depots/a%2Fb/shelves?q=top', label: 'ada' }],
    hasMore: false,
  });
  expect(api.service.received.at(-1)?.headers.authorization).toContain('good-key');
  const found = await fields({ source: 'labels', version: '1.0.0', connectionId, input: { depot: 1 } });
  expect(found.status).toBe(200);
  expect(found.body).toEqual({
    schema: {
      type: 'object',
      properties: { label0: { type: 'string', 'x-label': '/depots/1/labels' } },
    },
  });
});

test('an input that must be filled in first is named by its place', async () => {
  for (const answer of [
    await options({ source: 'shelves', connectionId, input: { depot: '{{trigger.output.x}}' } }),
    await fields({ source: 'labels', connectionId }),
  ]) {
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({
      code: 'invalid_input',
      message: 'Fill in "depot" first.',
      details: { problems: [{ path: '/input/depot', code: 'required_first' }] },
    });
  }
});

test('what is kept is asked anew when the connection changes', async () => {
  const count = async () => {
    const before = api.service.received.length;
    const { status } = await options({ source: 'depots', connectionId });
    return [status, api.service.received.length - before];
  };
  expect(await count()).toEqual([200, 1]);
  expect(await count()).toEqual([200, 0]);
  const read = await ada.call('GET', `/connections/${connectionId}`);
  const changed = await ada.call(
    'PATCH',
    `/connections/${connectionId}`,
    { credentials: { apiKey: 'bad' } },
    { 'if-match': read.headers.get('etag')! },
  );
  expect(changed.status).toBe(200);
  expect(await count()).toEqual([422, 1]);
  await ada.call(
    'PATCH',
    `/connections/${connectionId}`,
    { credentials: { apiKey: 'good-key' } },
    { 'if-match': changed.headers.get('etag')! },
  );
  expect(await count()).toEqual([200, 1]);
});

test('what the service answers is told in words and as a code', async () => {
  const odd = await options({ source: 'broken', connectionId });
  expect([odd.status, odd.body.error.code]).toEqual([502, 'response_invalid']);
  const alone = await options({ source: 'depots' });
  expect([alone.status, alone.body.error.message]).toEqual([422, 'Acme needs a connection: choose one.']);
});

test('a draft can be asked, and its answers are not kept', async () => {
  const definition = sampleConnector(api.service, { ...sources(), version: '1.1.0' });
  const { body, headers } = await ada.call('GET', '/apps/acme');
  expect(body.draft).toBeUndefined();
  await ada.call('PUT', '/apps/acme/draft', { definition }, { 'if-match': headers.get('etag')! });
  const before = api.service.received.length;
  for (let time = 0; time < 2; time += 1)
    expect((await options({ version: 'draft', source: 'depots', connectionId })).status).toBe(200);
  expect(api.service.received.length - before).toBe(2);
});

test('what is not there, or another’s, is not found; who may not use connections may not ask', async () => {
  const grace = await api.register('Grace');
  expect((await options({ source: 'nothing', connectionId })).status).toBe(404);
  expect((await options({ source: 'labels', connectionId })).status).toBe(404);
  expect((await options({ source: 'depots', version: '7.0.0' })).status).toBe(404);
  expect((await options({ source: 'depots', connectionId }, grace)).status).toBe(404);
  const http = await ada.call('POST', '/apps/http/options', { source: 'depots', connectionId });
  expect(http.status).toBe(422);
  const viewer = await api.join(ada, 'viewer');
  expect((await options({ source: 'depots', connectionId }, viewer)).status).toBe(403);
  expect((await options({ source: '' })).status).toBe(422);
});
