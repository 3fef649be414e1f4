// The server's own way in for hooks answers as the described route does, header by header.
import { createServer, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { printRequests } from '../health/count-requests.ts';
import type { TestPerson } from '../testing/start-test-api.ts';
import { startWorkingApi, type WorkingApi } from '../testing/start-working-api.ts';
import { listenRaw } from './listen-raw.ts';

let api: WorkingApi;
const servers: Server[] = [];
let raw = '';
let plain = '';
let key = '';
let ada: TestPerson;

async function listen(make: (app: ReturnType<typeof createApp>) => ReturnType<typeof getRequestListener>) {
  const server = createServer(make(createApp(api.services)) as never);
  servers.push(server);
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  api = await startWorkingApi({ works: false, builtIns: [] });
  ada = await api.register('Ada');
  const made = await ada.call('POST', '/workflows', {
    name: 'Hooked',
    definition: {
      format: 'workflow/1',
      name: 'Hooked',
      trigger: { kind: 'webhook' },
      steps: [{ id: 'on', kind: 'filter', condition: '{{true}}' }],
    },
  });
  key = new URL(made.body.trigger.hookUrl).pathname.split('/').at(-1)!;
  await ada.call('POST', `/workflows/${made.body.id}/publish`);
  await ada.call('POST', `/workflows/${made.body.id}/enable`);
  plain = await listen((app) => getRequestListener(app.fetch));
  raw = await listen((app) => listenRaw(api.services, getRequestListener(app.fetch) as never) as never);
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await api.stop();
});

const own = new Set([
  'date',
  'x-request-id',
  'content-length',
  'keep-alive',
  'connection',
  'transfer-encoding',
]);
async function ask(base: string, path: string, init: RequestInit = {}) {
  const response = await fetch(`${base}${path}`, init);
  const text = await response.text();
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !own.has(name)));
  return { status: response.status, headers, text: text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>') };
}

const json = { 'content-type': 'application/json' };
test.each<[string, (hook: string) => string, RequestInit]>([
  ['a call', (hook) => `/hooks/${hook}`, { method: 'POST', headers: json, body: '{"a":1}' }],
  ['a call by GET with a query', (hook) => `/hooks/${hook}?a=1&a=2&b=%20`, {}],
  ['a call without a body', (hook) => `/hooks/${hook}`, { method: 'PUT' }],
  ['a HEAD', (hook) => `/hooks/${hook}`, { method: 'HEAD' }],
  ['an unknown address', () => '/hooks/nobody', { method: 'POST', body: 'x' }],
  ['an address that is none', () => '/hooks/%E0%A4%A', { method: 'POST', body: 'x' }],
  ['an address with a slash in it', (hook) => `/hooks/${hook}%2Fx`, { method: 'POST', body: 'x' }],
  ['an address below it', (hook) => `/hooks/${hook}/more`, { method: 'POST', body: 'x' }],
  ['no key at all', () => '/hooks/', { method: 'POST', body: 'x' }],
  ['JSON that is none', (hook) => `/hooks/${hook}`, { method: 'POST', headers: json, body: '{' }],
  [
    'a packed body',
    (hook) => `/hooks/${hook}`,
    { method: 'POST', headers: { 'content-encoding': 'gzip' }, body: 'x' },
  ],
  [
    'too long an id',
    (hook) => `/hooks/${hook}`,
    { method: 'POST', headers: { 'webhook-id': 'x'.repeat(300) }, body: 'x' },
  ],
  ['too large a body', (hook) => `/hooks/${hook}`, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) }],
  ['another page', () => '/health', {}],
])('%s', async (_, path, init) => {
  expect(await ask(raw, path(key), init)).toEqual(await ask(plain, path(key), init));
});

test('the same delivery gives the same run by either way', async () => {
  const init = { method: 'POST', headers: { ...json, 'webhook-id': 'once' }, body: '{}' };
  const [first, second] = [
    await fetch(`${raw}/hooks/${key}`, init),
    await fetch(`${plain}/hooks/${key}`, init),
  ];
  expect(await first.json()).toEqual(await second.json());
});

test('a body that never ends is refused with an answer, and headers that come twice are joined', async () => {
  const status = await new Promise<number>((done, fail) => {
    const call = send(`${raw}/hooks/${key}`, { method: 'POST' }, (response) => {
      done(response.statusCode ?? 0);
      response.resume();
    });
    call.on('error', fail);
    const push = () => call.write(Buffer.alloc(64 * 1024), () => call.writableEnded || setImmediate(push));
    push();
    setTimeout(() => call.destroy(), 20_000).unref();
  }).catch((error: Error) => error.message);
  expect(status).toBe(413);
  const id = await new Promise<string | undefined>((done) => {
    const call = send(
      `${raw}/hooks/${key}`,
      { method: 'POST', headers: { 'x-request-id': 'request-of-mine', 'x-twice': ['a', 'b'] } },
      (response) => {
        done(response.headers['x-request-id'] as string);
        response.resume();
      },
    );
    call.end();
  });
  expect(id).toBe('request-of-mine');
  expect(printRequests(api.services)).toContain('route="/hooks/{key}",status="202"');
});

test('what was received was sent by somebody, and a call that got no answer is there once at most (R2 R3)', async () => {
  const sent = Array.from({ length: 60 }, (_, index) => `delivery-${index}`);
  const answered = new Map<string, string>();
  await Promise.all(
    sent.map(
      (id, index) =>
        new Promise<void>((done) => {
          const call = send(
            `${raw}/hooks/${key}`,
            { method: 'POST', headers: { 'webhook-id': id, 'content-type': 'application/json' } },
            (response) => {
              let text = '';
              response.on('data', (piece: Buffer) => (text += piece.toString()));
              response.on('end', () => {
                if (response.statusCode === 202)
                  answered.set(id, (JSON.parse(text) as { runId: string }).runId);
                done();
              });
            },
          );
          call.on('error', () => done());
          call.end('{}');
          // Every second caller goes away without an answer, each a little later than the one before.
          if (index % 2 === 1) setTimeout(() => call.destroy(), index / 4);
        }),
    ),
  );
  const tenantId = ada.tenant.id;
  const rows = await api.services.database.withTenant(tenantId, async (tx) => {
    const receipts = await tx.receipt.findMany({ where: { tenantId, key: { startsWith: 'delivery-' } } });
    return Promise.all(
      receipts.map(async ({ key: id, runId }) => ({
        id,
        runId,
        runs: await tx.workflowRun.count({ where: { tenantId, id: runId } }),
      })),
    );
  });
  expect(rows.filter((row) => !sent.includes(row.id))).toEqual([]);
  expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
  expect(rows.every((row) => row.runs === 1)).toBe(true);
  const received = new Map(rows.map((row) => [row.id, row.runId]));
  expect(answered.size).toBeGreaterThanOrEqual(30);
  for (const [id, runId] of answered) expect(received.get(id)).toBe(runId);
});
