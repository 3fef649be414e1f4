// Cases of the corpus of hostile connectors that only a run decides: what a service answers, played on loopback.
import { createServer } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { baseConnector, buildCase, readCorpus } from '@weftline/connectors/testing/malicious-connectors';
import type { Action, Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterAll, afterEach, expect, test } from 'vitest';
import { createEgress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { mostPages } from './turn-page.ts';
import type { CallResult } from './types.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

type Answer = (request: IncomingMessage, response: ServerResponse, index: number) => void;
const secret = 'key-of-the-corpus';

/** Calls a connector of the corpus, moved to a service that answers so. */
const call = async (connector: Connector, answer: Answer): Promise<{ result: CallResult; calls: number }> => {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response, calls++);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  cleanups.push(() => void (server.closeAllConnections(), server.close()));
  return { result: await callAt(connector, host, 5_000), calls };
};

/** Calls a connector of the corpus at an address. */
const callAt = async (connector: Connector, host: string, timeoutMs: number): Promise<CallResult> => {
  const egress = createEgress({ allow: [host] });
  cleanups.push(() => egress.close());
  return callAction(
    {
      tenantId: 't',
      connector: { ...connector, baseUrl: `http://${host}` },
      action: connector.actions[0]?.key ?? '',
      input: { path: { id: '1' }, body: { email: 'a@b.example' } },
      openConnection: async () => ({
        id: 'c',
        name: 'C',
        authKey: 'key',
        config: {},
        credentials: { apiKey: secret },
        saveCredentials: async () => undefined,
      }),
      run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' },
      timeoutMs,
    },
    { egress, now: Date.now },
  );
};

const sendJson = (response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};
const codeOf = (result: CallResult): string => (result.ok ? 'ok' : result.error.code);

const corpus = readCorpus();
const connectorOf = (id: string): Connector => {
  const entry = corpus.find((candidate) => candidate.id === id)!;
  const { document } = buildCase({ ...entry, patch: entry.patch ?? [] })!;
  expect(validateConnector(document, 'save')).toEqual([]);
  return document as Connector;
};
const changed = (connector: Connector, change: Partial<Action>): Connector => ({
  ...connector,
  actions: connector.actions.map((action) => ({ ...action, ...change })),
});

const items = [{ id: 1 }];
const byUrl = { pagination: { type: 'nextUrl', items: 'body.items', next: 'body.next' } } as const;
const byPage = {
  pagination: {
    type: 'page',
    items: 'body.items',
    send: { in: 'query', name: 'page' },
    totalPages: 'body.pages',
  },
} as const;

/** What the service does, the change that lets the case speak, how it ends, and the most calls it may cost. */
const pages: {
  [id: string]: { answer: Answer; change?: Partial<Action>; ends: string; most: number };
} = {
  'mal-127': {
    answer: (_, response, index) => sendJson(response, { items, next: index % 2 === 0 ? 'ping' : 'pong' }),
    ends: 'pagination_loop',
    most: 3,
  },
  'mal-128': {
    answer: (_, response, index) => sendJson(response, { items, next: `fresh-${index}` }),
    ends: 'too_large',
    most: mostPages,
  },
  'mal-130': {
    answer: (_, response) => sendJson(response, { items, next: 'https://evil.example/' }),
    change: byUrl,
    ends: 'blocked_address',
    most: 1,
  },
  'mal-131': {
    answer: (_, response) => sendJson(response, { items, next: 'http://127.0.0.1/' }),
    change: byUrl,
    ends: 'blocked_address',
    most: 1,
  },
  'mal-133': {
    answer: (_, response) => sendJson(response, { items, pages: 1e9 }),
    change: byPage,
    ends: 'too_large',
    most: mostPages,
  },
  'mal-134': {
    answer: (_, response, index) => sendJson(response, { items: index === 0 ? items : [], pages: '1e3' }),
    change: byPage,
    ends: 'ok',
    most: 2,
  },
  'mal-136': {
    answer: (_, response) =>
      sendJson(
        response,
        { items },
        { link: Array(10_000).fill('</a>; rel="x"').join(', ').slice(0, 60_000) },
      ),
    change: { pagination: { type: 'link', items: 'body.items' } },
    ends: 'too_large',
    most: 1,
  },
  'mal-137': {
    answer: (_, response, index) => sendJson(response, { items, next: index < 3 ? index + 1 : null }),
    ends: 'ok',
    most: 4,
  },
  'mal-139': {
    answer: (_, response, index) =>
      sendJson(response, { items: [{ id: -index }], next: index < 3 ? index + 1 : null }),
    ends: 'ok',
    most: 4,
  },
};

const upstream: { [id: string]: { answer: Answer; check: (result: CallResult) => void } } = {
  'mal-140': {
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(30 * 1024 * 1024)));
    },
    check: (result) => expect(codeOf(result)).toBe('too_large'),
  },
  'mal-142': {
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'zstd' });
      response.end('x');
    },
    check: (result) => expect(codeOf(result)).toBe('response_invalid'),
  },
  'mal-152': {
    answer: (_, response) =>
      sendJson(
        response,
        Object.fromEntries(Array.from({ length: 200_000 }, (_entry, at) => [String(at), 1])),
      ),
    check: (result) => expect(codeOf(result)).toBe('ok'),
  },
  'mal-154': {
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"big":12345678901234567890,"huge":1e400}');
    },
    check: (result) =>
      expect(result.ok && result.output).toEqual({ big: '12345678901234567890', huge: '1e400' }),
  },
  'mal-158': {
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('<html><script>alert(1)</script>');
    },
    check: (result) => expect(codeOf(result)).toBe('response_invalid'),
  },
  'mal-164': {
    answer: (request, response) =>
      sendJson(
        response,
        { echo: request.headers['x-api-key'] },
        { 'x-echo': String(request.headers['x-api-key']) },
      ),
    check: (result) => {
      expect(codeOf(result)).toBe('ok');
      expect(JSON.stringify(result)).not.toContain(secret);
    },
  },
  'mal-166': {
    answer: (_, response) => {
      response.writeHead(429, { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' });
      response.end();
    },
    check: (result) => expect(result.ok ? 0 : result.error.retryAfterMs).toBe(24 * 3_600_000),
  },
};

const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** What a service writes on its socket, however it likes. */
const sockets: { [id: string]: { write: (socket: Socket) => void; check: (result: CallResult) => void } } = {
  'mal-146': {
    write: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x-more: 1\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    },
    check: (result) => expect(['step_timeout', 'too_large']).toContain(codeOf(result)),
  },
  'mal-148': {
    write: (socket) => {
      socket.write(`${head}content-length: 2\r\n\r\n{}`);
      const piece = Buffer.alloc(1024 * 1024, 'x');
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', more);
      more();
    },
    check: (result) => expect(['ok', 'response_invalid', 'remote_unreachable']).toContain(codeOf(result)),
  },
  'mal-160': {
    write: (socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n'.repeat(10_000));
      socket.write(`${head}content-length: 2\r\n\r\n{}`);
    },
    check: (result) => expect(['ok', 'response_invalid', 'too_large']).toContain(codeOf(result)),
  },
};

test.each(Object.entries(pages))('%s: pages end bounded (X6)', async (id, { answer, change, ends, most }) => {
  const connector = changed(connectorOf(id), { ...change });
  expect(validateConnector(connector, 'save')).toEqual([]);
  const { result, calls } = await call(connector, answer);
  expect(codeOf(result), JSON.stringify(result).slice(0, 500)).toBe(ends);
  expect(calls).toBeLessThanOrEqual(most);
  expect(JSON.stringify(result)).not.toContain(secret);
});

test.each(Object.entries(sockets))('%s: a socket is bounded (X5)', async (id, { write, check }) => {
  const server = createSocketServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => write(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => void server.close());
  const result = await callAt(connectorOf(id), `127.0.0.1:${(server.address() as AddressInfo).port}`, 800);
  check(result);
});

test('mal-058: a member called __proto__ stays a plain member, mapped and merged', async () => {
  const output = '{"__proto__":{"isAdmin":true},"a":1}';
  const map = { whole: '{{merge(body, body)}}', only: '{{pick(body, "__proto__")}}' };
  const connector = changed(baseConnector() as unknown as Connector, { response: { map } });
  const { result } = await call(connector, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(output);
  });
  expect(JSON.stringify(result.ok && result.output)).toBe(
    `{"whole":${output},"only":{"__proto__":{"isAdmin":true}}}`,
  );
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
});

test.each(Object.entries(upstream))('%s: an answer is bounded (X5)', async (id, { answer, check }) => {
  check((await call(connectorOf(id), answer)).result);
});

afterAll(() => {
  const wanted = corpus
    .filter((entry) => ['pagination', 'upstream'].includes(entry.class))
    .map(({ id }) => id);
  const decided = [pages, upstream, sockets].flatMap((cases) => Object.keys(cases));
  console.log(`hostile services: ${decided.length} of ${wanted.length} cases decided here, and mal-058`);
  expect(decided.toSorted()).toEqual(wanted.toSorted());
});
