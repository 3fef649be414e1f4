// A file through a run: put in over the API, sent by one step, fetched as a file by another, and downloaded from the run.
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type WorkingApi, startWorkingApi } from '../testing/start-working-api.ts';
import type { TestPerson } from '../testing/start-test-api.ts';

let api: WorkingApi;
let ada: TestPerson;
beforeAll(async () => {
  api = await startWorkingApi({ builtIns: [] });
  ada = await api.register('Ada');
});
afterAll(() => api.stop());

const connector = () => ({
  manifestVersion: 1,
  app: { key: 'shelf', name: 'Shelf' },
  version: '1.0.0',
  baseUrl: `http://${api.service.address}`,
  auth: [{ key: 'none', label: 'None', type: 'NONE' }],
  actions: [
    {
      key: 'fetch',
      name: 'Fetch',
      effect: 'read',
      method: 'GET',
      endpointTemplate: '/shelf/report.json',
      responseFormat: 'file',
      inputSchema: { type: 'object' },
      outputSchema: { type: 'object' },
    },
    {
      key: 'put',
      name: 'Put',
      effect: 'create',
      idempotency: { mode: 'none' },
      method: 'POST',
      endpointTemplate: '/shelf',
      bodyFormat: 'binary',
      bodyTemplate: '{{input.file}}',
      inputSchema: { type: 'object', required: ['file'], properties: { file: { 'x-file': true } } },
      outputSchema: {},
    },
  ],
});

const read = async (path: string) => (await ada.call('GET', path)).body;

test('a run hands files on by reference, and keeps what it made and used', async () => {
  expect((await ada.call('POST', '/apps', { definition: connector() })).status).toBe(201);
  const published = await ada.call('POST', '/apps/shelf/publish', {});
  expect(published.text).toContain('1.0.0');
  const upload = await api.app.request(`/api/v1/tenants/${ada.tenant.id}/files?name=a.txt`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ada.accessToken}`, 'content-type': 'text/plain' },
    body: 'from outside',
  });
  const file = await upload.json();
  const made = await ada.call('POST', '/workflows', {
    name: 'Files',
    definition: {
      format: 'workflow/1',
      name: 'Files',
      trigger: { kind: 'manual' },
      steps: [
        { id: 'fetch', kind: 'action', use: 'shelf@1.0.0#fetch', input: {} },
        {
          id: 'first',
          kind: 'action',
          use: 'shelf@1.0.0#put',
          after: ['fetch'],
          input: { file: '{{trigger.output.file}}' },
        },
        {
          id: 'again',
          kind: 'action',
          use: 'shelf@1.0.0#put',
          after: ['first'],
          input: { file: '{{steps.fetch.output}}' },
        },
      ],
    },
  });
  const { id } = made.body;
  expect((await ada.call('POST', `/workflows/${id}/publish`, {})).status).toBe(201);
  expect((await ada.call('POST', `/workflows/${id}/enable`, {})).status).toBe(200);
  const { runId } = (await ada.call('POST', `/workflows/${id}/runs`, { input: { file } })).body;
  await expect
    .poll(async () => (await read(`/runs/${runId}`)).status, { timeout: 15_000 })
    .toMatch(/succeeded|failed/);
  const run = await read(`/runs/${runId}`);
  expect(run.steps.map(({ status }: { status: string }) => status)).toEqual(Array(3).fill('succeeded'));
  const fetched = run.steps[0].output;
  expect(fetched).toMatchObject({ name: 'report.json', contentType: 'application/json' });

  const sent = api.service.received.filter(({ method }) => method === 'POST');
  expect(sent.map(({ headers }) => headers['content-type'])).toEqual(['text/plain', 'application/json']);
  expect(sent[0]?.body).toBe('from outside');
  const downloaded = await api.call('GET', `/api/v1/tenants/${ada.tenant.id}/files/${fetched.fileId}`, {
    as: ada.accessToken,
  });
  expect(downloaded.text).toBe(sent[1]?.body);
  const days = await withClient(api.testDatabase.adminUrl, async (client) => {
    const { rows } = await client.query(
      'SELECT round(extract(epoch FROM expires_at - now()) / 86400) AS days FROM stored_files',
    );
    return rows.map((row) => Number(row.days));
  });
  expect(days).toEqual([90, 90]);
});
