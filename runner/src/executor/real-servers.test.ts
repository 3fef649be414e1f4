// The catalogue against servers nobody here wrote: RabbitMQ's management API and httpbin.
import path from 'node:path';
import type { Json } from '@weftline/connectors/json';
import { appsDirectory, composeApp } from '@weftline/connectors/load-apps';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer, StartedServer } from '../../testing/run-server.ts';
import { skipLoudly } from '../../testing/skip-loudly.ts';
import { startHttpbin } from '../../testing/start-httpbin.ts';
import { startRabbitmq } from '../../testing/start-rabbitmq.ts';
import type { Rabbitmq } from '../../testing/start-rabbitmq.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import type { Egress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { testConnection } from './test-connection.ts';
import type { CallResult, OpenConnection } from './types.ts';

let rabbitmq: StartedServer<Rabbitmq>;
let httpbin: StartedServer<RunningServer>;
let egress: Egress;

beforeAll(async () => {
  [rabbitmq, httpbin] = await Promise.all([startRabbitmq(), startHttpbin()]);
  egress = createEgress({ allow: [rabbitmq.server?.host ?? '', httpbin.server?.host ?? '', '127.0.0.1:9'] });
}, 120_000);
afterAll(async () => {
  await egress?.close();
  await Promise.all([rabbitmq?.server?.stop(), httpbin?.server?.stop()]);
});

const load = (app: string) => composeApp(path.join(appsDirectory, app));
const openAs =
  (authKey: string, credentials: Record<string, string>, config: Record<string, Json>) =>
  async (): Promise<OpenConnection> => ({
    id: 'c',
    name: 'C',
    authKey,
    config,
    credentials,
    saveCredentials: async () => undefined,
  });
const dependencies = () => ({ egress, now: Date.now });
const call = (
  app: string,
  action: string,
  input: Json,
  openConnection: (() => Promise<OpenConnection>) | null,
  key = 'key-of-this-step',
): Promise<CallResult> =>
  callAction(
    {
      tenantId: 't',
      connector: load(app),
      action,
      input,
      openConnection,
      run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: key },
    },
    dependencies(),
  );
const tryConnection = (app: string, openConnection: () => Promise<OpenConnection>) =>
  testConnection({ tenantId: 't', connector: load(app), openConnection }, dependencies());

test('RabbitMQ: a connection is tested, a queue made, a message published and read back', async ({
  skip,
}) => {
  if (rabbitmq.server === null) return skipLoudly(skip, rabbitmq.reason);
  const { url, username, password } = rabbitmq.server;
  const open = openAs('basic', { username, password }, { baseUrl: url });
  expect(await tryConnection('rabbitmq', open)).toMatchObject({ ok: true, account: username });

  const created = await call('rabbitmq', 'create-queue', { name: 'my q/ä' }, open);
  expect(created, JSON.stringify(created)).toMatchObject({ ok: true, warnings: [] });
  const published = await call(
    'rabbitmq',
    'publish-message',
    { routing_key: 'my q/ä', payload: { hello: 'wörld' } },
    open,
  );
  expect(published, JSON.stringify(published)).toMatchObject({
    ok: true,
    output: { routed: true },
    warnings: [],
  });
  const queues = await call('rabbitmq', 'list-queues', {}, open);
  expect(queues.ok && JSON.stringify(queues.output)).toContain('my q/ä');

  const read = await fetch(`${url}/api/queues/%2F/${encodeURIComponent('my q/ä')}/get`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
    body: JSON.stringify({ count: 1, ackmode: 'ack_requeue_false', encoding: 'auto' }),
  });
  expect(await read.json()).toMatchObject([
    { payload: '{"hello":"wörld"}', properties: { message_id: 'key-of-this-step' } },
  ]);
  expect(JSON.stringify([created, published, queues])).not.toContain(password);
});

test('RabbitMQ: a wrong password and a wrong address fail with a hint', async ({ skip }) => {
  if (rabbitmq.server === null) return skipLoudly(skip, rabbitmq.reason);
  const { url, username, host } = rabbitmq.server;
  expect(
    await tryConnection(
      'rabbitmq',
      openAs('basic', { username, password: 'not-the-password' }, { baseUrl: url }),
    ),
  ).toMatchObject({
    ok: false,
    code: 'remote_refused',
    status: 401,
    hint: expect.stringContaining('password'),
  });
  const credentials = { username, password: 'x' };
  expect(
    await tryConnection('rabbitmq', openAs('basic', credentials, { baseUrl: `${url}/nowhere` })),
  ).toMatchObject({ ok: false, status: 404, hint: expect.stringContaining('address') });
  expect(
    await tryConnection('rabbitmq', openAs('basic', credentials, { baseUrl: 'http://127.0.0.1:9' })),
  ).toMatchObject({
    ok: false,
    code: 'remote_unreachable',
    hint: expect.stringContaining('Nothing listens'),
  });
  expect(
    await tryConnection('rabbitmq', openAs('basic', credentials, { baseUrl: `https://${host}` })),
  ).toMatchObject({ ok: false, hint: expect.stringContaining('certificate') });
  expect(
    await tryConnection('rabbitmq', openAs('basic', credentials, { baseUrl: 'http://10.0.0.1:15672' })),
  ).toMatchObject({ ok: false, code: 'blocked_address' });
  expect(await tryConnection('rabbitmq', openAs('basic', credentials, { baseUrl: 'ftp://x' }))).toMatchObject(
    { ok: false, code: 'invalid_input' },
  );
  expect(
    await tryConnection(
      'rabbitmq',
      openAs('basic', { username, password: 'x' }, { baseUrl: 'https://does-not-exist.invalid' }),
    ),
  ).toMatchObject({ ok: false, code: 'remote_unreachable', hint: expect.stringContaining('host name') });
});

test('httpbin: keys and custom headers arrive, and their echo is redacted', async ({ skip }) => {
  if (httpbin.server === null) return skipLoudly(skip, httpbin.reason);
  const config = { baseUrl: httpbin.server.url };
  const secret = 'a-key-that-nobody-may-see';
  for (const [authKey, credentials] of [
    ['bearer', { apiKey: secret }],
    ['api-key', { apiKey: secret }],
    ['header', { headerName: 'X-Token', headerValue: secret }],
    ['basic', { username: 'user', password: 'passwd' }],
  ] as const) {
    const open = openAs(authKey, credentials, config);
    expect(await tryConnection('httpbin', open), authKey).toMatchObject({ ok: true });
    const result = await call('httpbin', 'post', { query: { a: [1, 2] }, body: { hello: 'world' } }, open);
    expect(result, JSON.stringify(result)).toMatchObject({
      ok: true,
      output: { args: { a: ['1', '2'] }, json: { hello: 'world' } },
    });
    expect(JSON.stringify(result)).not.toContain(secret);
    if (authKey !== 'basic') expect(JSON.stringify(result.ok && result.output)).toContain('[REDACTED]');
  }
  expect(
    await tryConnection('httpbin', openAs('basic', { username: 'user', password: 'wrong-password' }, config)),
  ).toMatchObject({ ok: false, status: 401 });
});

test('httpbin: statuses, waiting, redirects and compressed answers come through the http app', async ({
  skip,
}) => {
  if (httpbin.server === null) return skipLoudly(skip, httpbin.reason);
  const { url } = httpbin.server;
  const request = (input: { [name: string]: Json }) => call('http', 'request', input, null);
  expect(await request({ method: 'POST', url: `${url}/anything`, body: { a: 1 } })).toMatchObject({
    ok: true,
    output: {
      status: 200,
      body: { method: 'POST', json: { a: 1 }, headers: { 'Idempotency-Key': 'key-of-this-step' } },
    },
  });
  for (const coding of ['gzip', 'brotli'])
    expect(await request({ url: `${url}/${coding}` })).toMatchObject({ ok: true, output: { status: 200 } });
  expect(await request({ url: `${url}/deflate` })).toMatchObject({
    ok: false,
    error: { code: 'response_invalid' },
  });
  expect(await request({ url: `${url}/redirect/3` })).toMatchObject({
    ok: true,
    output: { body: { url: `${url}/get` } },
  });
  expect(await request({ url: `${url}/redirect/6` })).toMatchObject({
    ok: false,
    error: { reason: 'redirect' },
  });
  expect(await request({ url: `${url}/redirect-to?url=http://169.254.169.254/` })).toMatchObject({
    ok: false,
    error: { code: 'blocked_address' },
  });
  expect(await request({ url: `${url}/status/404` })).toMatchObject({
    ok: false,
    error: { code: 'remote_refused', status: 404 },
  });
  expect(await request({ url: `${url}/status/429` })).toMatchObject({
    ok: false,
    error: { code: 'remote_busy' },
  });
  expect(await request({ url: `${url}/status/503` })).toMatchObject({
    ok: false,
    error: { code: 'remote_busy' },
  });
  expect(await request({ url: `${url}/status/500` })).toMatchObject({
    ok: false,
    error: { code: 'remote_unreachable' },
  });
  expect(await request({ url: `${url}/bytes/20` })).toMatchObject({
    ok: true,
    output: { body: { bytes: 20 } },
  });
  expect(
    await request({
      method: 'POST',
      url: `${url}/anything`,
      bodyFormat: 'form',
      body: { a: '1&b', c: ['x', 'y'] },
    }),
  ).toMatchObject({
    ok: true,
    output: { body: { form: { a: '1&b', c: ['x', 'y'] } } },
  });
});
