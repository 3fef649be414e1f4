// The API behind a real socket, as main.ts serves it: what only shows there.
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestApi, startTestApi } from './testing/start-test-api.ts';

let api: TestApi;
let guarded: TestApi;
let address: string;
let server: ReturnType<typeof serve>;
beforeAll(async () => {
  api = await startTestApi();
  guarded = await startTestApi({ testDatabase: api.testDatabase, env: { METRICS_TOKEN: 'a-long-token' } });
  server = serve({ fetch: api.app.fetch, hostname: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await guarded.stop();
  await api.stop();
});

const post = (path: string, body: string, headers: { [name: string]: string } = {}) =>
  fetch(`${address}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
  });

test('a person signs up and reads about themselves', async () => {
  const body = { email: 'ada@example.com', password: 'long enough', name: 'Ada', tenantName: 'A' };
  const made = await post('/api/v1/auth/register', JSON.stringify(body));
  expect(made.status).toBe(201);
  const { accessToken } = (await made.json()) as { accessToken: string };
  const me = await fetch(`${address}/api/v1/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  expect(me.status).toBe(200);
  expect(me.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('a body that is too large is answered with 413, with and without a length', async () => {
  const large = 'x'.repeat(12 * 1024 * 1024);
  expect((await post('/api/v1/auth/login', large)).status).toBe(413);
  const chunks = new ReadableStream({
    start(controller) {
      for (let at = 0; at < 3; at += 1) controller.enqueue(new TextEncoder().encode('x'.repeat(1024 * 1024)));
      controller.close();
    },
  });
  const response = await fetch(`${address}/api/v1/auth/login`, {
    method: 'POST',
    body: chunks,
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
  } as RequestInit);
  expect(response.status).toBe(413);
});

test('a caller that hangs up in the middle of a body leaves the server well', async () => {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"email"',
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  expect((await fetch(`${address}/health`)).status).toBe(200);
});

test('HEAD and unknown methods are answered without a fault', async () => {
  expect((await fetch(`${address}/health`, { method: 'HEAD' })).status).toBe(200);
  expect((await fetch(`${address}/health`, { method: 'DELETE' })).status).toBe(404);
  expect((await fetch(`${address}/api/v1/me`, { method: 'PROPFIND' })).status).toBe(404);
});

test('metrics answer to this machine, not through a proxy; with a token they ask for it', async () => {
  expect((await fetch(`${address}/metrics`)).status).toBe(200);
  const proxied = await fetch(`${address}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect(proxied.status).toBe(404);
  expect((await guarded.call('GET', '/metrics')).status).toBe(404);
  expect((await guarded.call('GET', '/metrics', { as: 'a-long-tokeN' })).status).toBe(404);
  expect((await guarded.call('GET', '/metrics', { as: 'a-long-token' })).status).toBe(200);
});
