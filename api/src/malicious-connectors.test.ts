// Cases of the corpus of hostile connectors that only the whole product decides: what the API takes for JSON, and a run
// whose account goes away while it waits.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPerson } from './testing/start-test-api.ts';
import { type WorkingApi, publishSample, startWorkingApi } from './testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
beforeAll(async () => {
  api = await startWorkingApi({ builtIns: [] });
  ada = await api.register('Ada');
  await publishSample(ada, api.service);
});
afterAll(() => api.stop());

test('mal-224: an upload that calls itself JSON is not readable, and no path of a server is ever read', async () => {
  const parts =
    '--x\r\nContent-Disposition: form-data; name="files"; filename="../../etc/passwd"\r\n\r\nhi\r\n--x--\r\n';
  const headers = { 'content-type': 'application/json; boundary=x' };
  const posing = await ada.call('POST', '/apps', parts, headers);
  expect([posing.status, posing.body.error.code]).toEqual([400, 'not_parseable']);
  const form = await ada.call('POST', '/apps', parts, { 'content-type': 'multipart/form-data; boundary=x' });
  expect([form.status, form.body.error.code]).toEqual([400, 'not_parseable']);
  const paths = { files: { 'file-1': { filepath: '/etc/passwd', originalFilename: 'x', mimetype: 'a/b' } } };
  const named = await ada.call('POST', '/apps', paths);
  expect(named.status).toBe(422);
  expect(named.text).not.toContain('root:');
  const kept = await ada.call('POST', '/files', paths);
  expect(kept.status).toBe(201);
  const { text } = await ada.call('GET', `/files/${kept.body.fileId}`);
  expect(text).toBe(JSON.stringify(paths));
});

test('mal-238: a step whose account was deleted while it waited for its next try fails, and says so', async () => {
  const connection = await ada.call('POST', '/connections', {
    app: 'acme',
    name: 'Acme',
    credentials: { apiKey: 'good-key 238' },
  });
  const { id: connectionId } = connection.body;
  await ada.call('POST', `/connections/${connectionId}/test`);
  const made = await ada.call('POST', '/workflows', {
    name: 'Parcels',
    definition: {
      format: 'workflow/1',
      name: 'Parcels',
      trigger: { kind: 'manual' },
      connections: { acme: { app: 'acme', connectionId } },
      steps: [
        {
          id: 'send',
          kind: 'action',
          use: 'acme@1.0.0#send-parcel',
          connection: 'acme',
          input: { to: 'Berlin' },
          retry: { maxRetries: 5, initialDelayMs: 1_500 },
        },
      ],
    },
  });
  const { id } = made.body;
  expect((await ada.call('POST', `/workflows/${id}/publish`, {})).text).toContain('version');
  expect((await ada.call('POST', `/workflows/${id}/enable`, {})).text).toContain('enabled');
  api.service.respond = () => ({ status: 503, body: { message: 'later' } });
  const before = api.service.received.length;
  const { runId } = (await ada.call('POST', `/workflows/${id}/runs`, { input: {} })).body;
  await expect.poll(() => api.service.received.length, { timeout: 10_000 }).toBeGreaterThan(before);
  await ada.call('POST', `/workflows/${id}/disable`, {});
  expect((await ada.call('DELETE', `/connections/${connectionId}`)).status).toBe(204);
  const asked = api.service.received.length;
  const read = async () => (await ada.call('GET', `/runs/${runId}`)).body;
  await expect.poll(async () => (await read()).status, { timeout: 20_000 }).toBe('failed');
  const [step] = (await read()).steps;
  expect(step.error).toMatchObject({ message: expect.stringMatching(/connection.*no longer exists/) });
  expect(api.service.received.length - asked).toBeLessThanOrEqual(1);
  api.service.respond = null;
}, 60_000);
