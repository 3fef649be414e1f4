import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createRawServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { createEgress } from './create-egress.ts';
import type { EgressOptions, EgressRequest } from './create-egress.ts';
import { readEgressDetails } from './egress-error.ts';

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string };

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      answer(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => new Promise((done) => server.close(done).closeAllConnections()));
  return { seen, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const serveRaw = async (onSocket: (socket: Socket) => void) => {
  const sockets = new Set<Socket>();
  const server = createRawServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const open = (allow: string[], options: Partial<EgressOptions> = {}) => {
  const egress = createEgress({ allow, ...options });
  cleanups.push(() => egress.close());
  return (request: Partial<EgressRequest> & { url: string }) =>
    egress.request({ tenantId: 't', method: 'GET', ...request });
};

const fail = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown as Error & { code: string },
  );
  return { code: error?.code, message: error?.message ?? '', ...readEgressDetails(error) };
};

const secret = { headers: ['authorization'], query: ['key'], inBody: false, values: ['s3cret'] };

test('an answer comes back with status, lower-case headers and its bytes, and the connection is kept', async () => {
  const { seen, host } = await serve((_request, response) => {
    response.writeHead(201, { 'X-One': 'a', 'Set-Cookie': ['a=1', 'b=2'] }).end('hello');
  });
  const request = open([host]);
  const call = { url: `http://${host}/a?b=c`, method: 'post', headers: { 'x-in': 'y' }, body: '{"a":1}' };
  const answer = await request(call);
  await request(call);
  expect(answer).toMatchObject({ status: 201, url: `http://${host}/a?b=c`, redirects: 0 });
  expect(answer.headers).toMatchObject({ 'x-one': 'a', 'set-cookie': 'a=1\nb=2' });
  expect(answer.body.toString()).toBe('hello');
  expect(seen[0]).toMatchObject({ method: 'POST', url: '/a?b=c', body: '{"a":1}' });
  expect(seen[0]?.headers['x-in']).toBe('y');
});

test('a private host:port is called only when it is listed exactly', async () => {
  const { seen, host } = await serve((_request, response) => response.end('ok'));
  const port = host.split(':')[1];
  const request = open([`127.0.0.1:1`, 'example.com:443']);
  expect(await fail(request({ url: `http://${host}/` }))).toMatchObject({
    code: 'blocked_address',
    sent: 'no',
  });
  expect(await fail(open([host])({ url: `http://localhost:${port}/` }))).toMatchObject({
    code: 'blocked_address',
  });
  expect(seen).toHaveLength(0);
  expect(() => createEgress({ allow: ['127.0.0.1'] })).toThrow(/host:port/);
});

test('gzip and br are inflated, every other coding and more than one are refused', async () => {
  const bodies: Record<string, [string, Buffer]> = {
    '/gzip': ['gzip', gzipSync('zipped')],
    '/br': ['br', brotliCompressSync('brotli')],
    '/two': ['gzip, gzip', gzipSync(gzipSync('twice'))],
    '/deflate': ['deflate', Buffer.from('x')],
    '/broken': ['gzip', gzipSync('zipped').subarray(0, 12)],
  };
  const { host } = await serve((request, response) => {
    const [coding, body] = bodies[request.url ?? ''] ?? ['', Buffer.alloc(0)];
    response.writeHead(200, { 'content-encoding': coding }).end(body);
  });
  const request = open([host]);
  expect((await request({ url: `http://${host}/gzip` })).body.toString()).toBe('zipped');
  expect((await request({ url: `http://${host}/br` })).body.toString()).toBe('brotli');
  for (const path of ['two', 'deflate', 'broken'])
    expect(await fail(request({ url: `http://${host}/${path}` }))).toMatchObject({
      code: 'response_invalid',
      sent: 'answered',
    });
});

test('a body is cut off at its limit, told in advance, streamed without end, or inflated from little', async () => {
  const { host } = await serve((request, response) => {
    if (request.url === '/told')
      return void response.writeHead(200, { 'content-length': 20_000_000 }).write('x');
    if (request.url === '/bomb')
      return void response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(50_000_000)));
    const pour = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', pour);
    pour();
  });
  const request = open([host]);
  for (const path of ['told', 'bomb', 'endless'])
    expect(await fail(request({ url: `http://${host}/${path}` }))).toMatchObject({
      code: 'too_large',
      reason: 'size',
    });
});

test('headers over 16 KiB are refused', async () => {
  const host = await serveRaw((socket) =>
    socket.end(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\ncontent-length: 0\r\n\r\n`),
  );
  expect(await fail(open([host])({ url: `http://${host}/` }))).toMatchObject({
    code: 'too_large',
    reason: 'header',
  });
});

test('redirects to the same origin keep credentials, and POST becomes GET as browsers do it', async () => {
  const { seen, host } = await serve((request, response) => {
    if (request.url?.startsWith('/end')) response.end('end');
    else response.writeHead(Number(request.url?.slice(1, 4)), { location: '/end' }).end();
  });
  const request = open([host]);
  for (const [status, method] of [
    [301, 'GET'],
    [302, 'GET'],
    [303, 'GET'],
    [307, 'POST'],
    [308, 'POST'],
  ] as const) {
    seen.length = 0;
    const answer = await request({
      url: `http://${host}/${status}`,
      method: 'POST',
      headers: { authorization: 'Bearer s3cret', 'content-type': 'text/plain' },
      body: 'b',
      credentials: secret,
      followRedirects: true,
    });
    expect(answer.redirects).toBe(1);
    expect(seen[1]).toMatchObject({ method, url: '/end', body: method === 'POST' ? 'b' : '' });
    expect(seen[1]?.headers.authorization).toBe('Bearer s3cret');
  }
});

test('credentials never follow to another origin, in headers, in the query or echoed in the new address', async () => {
  const { seen, host: other } = await serve((_request, response) => response.end('other'));
  let location = `http://${other}/x?key=s3cret&q=1`;
  const { host } = await serve((_request, response) => response.writeHead(302, { location }).end());
  const request = open([host, other]);
  const call = {
    url: `http://${host}/`,
    headers: { authorization: 'Bearer s3cret', 'x-custom-token': 's3cret', accept: 'text/html' },
    credentials: secret,
    followRedirects: true,
  };
  await request(call);
  expect(seen[0]?.url).toBe('/x?q=1');
  expect(JSON.stringify(seen)).not.toContain('s3cret');
  expect(seen[0]?.headers.accept).toBe('text/html');
  location = `http://${other}/s3cret`;
  expect(await fail(request(call))).toMatchObject({
    code: 'blocked_address',
    reason: 'redirect',
    sent: 'answered',
  });
  expect(await fail(request({ ...call, credentials: null, mayFollow: () => false }))).toMatchObject({
    code: 'blocked_address',
  });
  expect(seen).toHaveLength(1);
});

test('more than five redirects end with an error, a redirect that is not wanted is an answer', async () => {
  const { seen, host } = await serve((_request, response) =>
    response.writeHead(302, { location: '/again' }).end(),
  );
  const request = open([host]);
  expect(await fail(request({ url: `http://${host}/`, followRedirects: true }))).toMatchObject({
    reason: 'redirect',
  });
  expect(seen).toHaveLength(6);
  expect((await request({ url: `http://${host}/` })).status).toBe(302);
});

test('credentials over plain http go only to a listed host:port', async () => {
  const attempts: string[] = [];
  const request = open([], {
    resolve: async () => ['93.184.215.14'],
    buildConnect: () => (options, callback) => {
      attempts.push(options.hostname);
      callback(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), null);
    },
  });
  expect(await fail(request({ url: 'http://example.com/', credentials: secret }))).toMatchObject({
    code: 'blocked_address',
    reason: 'plain_http',
  });
  expect(attempts).toEqual([]);
  expect(await fail(request({ url: 'http://example.com/' }))).toMatchObject({
    reason: 'refused',
    sent: 'no',
  });
  expect(attempts).toEqual(['93.184.215.14']);
});

test('an error says whether the request had left: not when refused, unknown when cut off', async () => {
  const closed = await serveRaw(() => undefined);
  const cut = await serveRaw((socket) => socket.once('data', () => socket.destroy()));
  const half = await serveRaw((socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
      setTimeout(() => socket.destroy(), 20);
    }),
  );
  const garbage = await serveRaw((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n')));
  const request = open([closed, cut, half, garbage, '127.0.0.1:9']);
  expect(await fail(request({ url: 'http://127.0.0.1:9/' }))).toMatchObject({
    reason: 'refused',
    sent: 'no',
  });
  expect(await fail(request({ url: `http://${cut}/`, method: 'POST' }))).toMatchObject({
    code: 'remote_unreachable',
    sent: 'unknown',
  });
  expect(await fail(request({ url: `http://${half}/` }))).toMatchObject({ sent: 'unknown' });
  expect(await fail(request({ url: `http://${garbage}/` }))).toMatchObject({ code: 'response_invalid' });
  expect(await fail(request({ url: `http://${closed}/`, timeoutMs: 50 }))).toMatchObject({
    code: 'step_timeout',
    sent: 'unknown',
  });
});

test('cancelling closes the socket', async () => {
  const closed = Promise.withResolvers<void>();
  const controller = new AbortController();
  const host = await serveRaw((socket) => {
    socket.once('data', () => controller.abort());
    socket.once('close', () => closed.resolve());
  });
  expect(await fail(open([host])({ url: `http://${host}/`, signal: controller.signal }))).toMatchObject({
    code: 'cancelled',
    sent: 'unknown',
  });
  await closed.promise;
  expect(await fail(open([host])({ url: `http://${host}/`, signal: AbortSignal.abort() }))).toMatchObject({
    code: 'cancelled',
    sent: 'no',
  });
});

test('two tenants never share a connection', async () => {
  const tenantsOf = new Map<number | undefined, Set<string | undefined>>();
  const { host } = await serve((request, response) => {
    const port = request.socket.remotePort;
    tenantsOf.set(port, (tenantsOf.get(port) ?? new Set()).add(request.url));
    response.end('ok');
  });
  const request = open([host]);
  // Often, and not in step with a pool that takes its connections by turns: one that were shared would be used by both.
  for (let turn = 0; turn < 12; turn += 1)
    for (const tenantId of ['a', 'b', 'b']) await request({ url: `http://${host}/${tenantId}`, tenantId });
  expect([...tenantsOf.values()].map(({ size }) => size)).toEqual([...tenantsOf].map(() => 1));
  expect(tenantsOf.size).toBeLessThan(36);
});

test('a pool that is given up for a new one takes no request with it', async () => {
  const { host } = await serve((_request, response) => setTimeout(() => response.end('ok'), 20));
  const request = open([host], { caps: { maxPools: 2 } });
  const tenants = Array.from({ length: 12 }, (_, index) => `tenant-${index}`);
  const answers = await Promise.all(tenants.map((tenantId) => request({ url: `http://${host}/`, tenantId })));
  for (const tenantId of tenants) answers.push(await request({ url: `http://${host}/`, tenantId }));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
});
