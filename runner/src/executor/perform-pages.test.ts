import type { Json } from '@weftline/connectors/json';
import type { Action, Auth, Connector, Pagination } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, ReceivedRequest } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { findLink } from './find-link.ts';
import type { OpenConnection } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const everything = Array.from({ length: 7 }, (_, index) => ({ id: index + 1 }));
const slice = (from: number, size: number): Json[] => everything.slice(from, from + size);
const auth: Auth[] = [
  { key: 'none', label: 'None', type: 'NONE' },
  { key: 'key', label: 'Key', type: 'API_KEY' },
];

/** Lists all items with this pagination against a service that answers so. */
const list = async (
  pagination: Pagination,
  answer: (query: URLSearchParams, request: ReceivedRequest, host: string, index: number) => FakeAnswer,
  more: Partial<Action> = {},
  extra: Partial<Connector> = {},
  timeoutMs = 5_000,
) => {
  const service = await startFakeService((request, index) =>
    answer(new URL(request.url, 'http://x').searchParams, request, service.host, index),
  );
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connector: Connector = {
    manifestVersion: 1,
    app: { key: 'acme', name: 'Acme' },
    version: '1.0.0',
    baseUrl: `http://${service.host}`,
    auth,
    actions: [
      {
        key: 'list',
        name: 'List',
        effect: 'read',
        method: 'GET',
        endpointTemplate: '/items',
        queryTemplate: { sort: 'id' },
        inputSchema: {},
        outputSchema: { type: 'array' },
        pagination,
        ...more,
      } as Action,
    ],
    ...extra,
  };
  expect(validateConnector(connector, 'save').filter(({ path }) => path !== '/auth/1/test')).toEqual([]);
  const connection: OpenConnection = {
    id: 'c',
    name: 'C',
    authKey: 'key',
    config: {},
    credentials: { apiKey: 'key-1234567' },
    saveCredentials: async () => undefined,
  };
  const result = await callAction(
    {
      tenantId: 't',
      connector,
      action: 'list',
      input: {},
      openConnection: async () => connection,
      run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'K' },
      timeoutMs,
    },
    { egress, now: Date.now },
  );
  const asked = service.received.map(({ url }) => url);
  return { result, asked, received: service.received, output: result.ok ? result.output : result.error };
};

const errorOf = (given: Awaited<ReturnType<typeof list>>) =>
  given.result.ok ? undefined : given.result.error;
const byCursor: Pagination = {
  type: 'cursor',
  items: 'body.items',
  next: 'body.next',
  send: { in: 'query', name: 'cursor' },
};

test('cursor: what the answer names is sent until it names nothing', async () => {
  const given = await list(byCursor, (query) => {
    const from = Number(query.get('cursor') ?? 0);
    return { body: { items: slice(from, 3), next: from + 3 < 7 ? String(from + 3) : null } };
  });
  expect(given.output).toEqual(everything);
  expect(given.asked).toEqual(['/items?sort=id', '/items?sort=id&cursor=3', '/items?sort=id&cursor=6']);
  expect(given.received.map(({ headers }) => headers.authorization)).toEqual(
    Array(3).fill('Bearer key-1234567'),
  );
});

test('cursor: what is asked for next is computed from the page, to the end where nothing is left to compute it from', async () => {
  const given = await list({ ...byCursor, next: '{{base64(items[-1].key)}}' }, (query) => {
    const after = Number(
      Buffer.from(query.get('cursor') ?? 'azA=', 'base64')
        .toString()
        .slice(1),
    );
    return { body: { items: slice(after, 3).map((_, index) => ({ key: `k${after + index + 1}` })) } };
  });
  expect(given.output).toHaveLength(7);
  expect(given.asked.map((url) => new URL(url, 'http://x').searchParams.get('cursor'))).toEqual([
    null,
    'azM=',
    'azY=',
    'azc=',
  ]);
  const mixed = await list({ ...byCursor, next: 'id>{{items[-1].id}}' }, (query) => ({
    body: { items: slice(Number((query.get('cursor') ?? 'id>0').slice(3)), 4) },
  }));
  expect(mixed.output).toEqual(everything);
});

test('the place of a page stands in the path, encoded as one segment', async () => {
  const counted = await list(
    { type: 'page', items: 'body', send: { in: 'path', name: 'page' }, totalPages: "headers['x-pages']" },
    (_, { url }) => ({
      headers: { 'x-pages': '2' },
      body: slice((Number(url.split('/')[2]?.split('?')[0]) - 1) * 4, 4),
    }),
    { endpointTemplate: '/items/{page}' },
  );
  expect(counted.output).toEqual(everything);
  expect(counted.asked).toEqual(['/items/1?sort=id', '/items/2?sort=id']);
  const after = await list(
    {
      ...byCursor,
      send: { in: 'path', name: 'after', endpointTemplate: '/items/after/{after}' },
    },
    (_, { url }) =>
      url.includes('/after/')
        ? { body: { items: slice(3, 9) } }
        : { body: { items: slice(0, 3), next: '../x?y' } },
  );
  expect(after.output).toEqual(everything);
  expect(after.asked[1]).toBe('/items/after/..%2Fx%3Fy');
});

test('cursor: the id of the last item, as long as the service has more', async () => {
  const given = await list({ ...byCursor, next: 'body.items[-1].id', hasMore: 'body.has_more' }, (query) => {
    const from = Number(query.get('cursor') ?? 0);
    return { body: { items: slice(from, 4), has_more: from + 4 < 7 } };
  });
  expect(given.output).toEqual(everything);
  expect(given.asked).toHaveLength(2);
});

test('cursor: further pages at another address get the cursor alone', async () => {
  const given = await list(
    { ...byCursor, send: { in: 'body', name: 'cursor', endpointTemplate: '/items/continue' } },
    (_, { url, body }) =>
      url === '/items'
        ? { body: { items: slice(0, 4), next: 'abc' } }
        : { body: { items: slice(4, 4), sent: JSON.parse(body) as Json } },
    { method: 'POST', queryTemplate: {}, bodyTemplate: { folder: '/', recursive: true } },
  );
  expect(given.output).toEqual(everything);
  expect(given.received.map(({ url, body }) => `${url} ${body}`)).toEqual([
    '/items {"folder":"/","recursive":true}',
    '/items/continue {"cursor":"abc"}',
  ]);
});

test('page: pages are counted until one is short, or as many were read as the service says', async () => {
  const pagination: Pagination = {
    type: 'page',
    items: 'body',
    send: { in: 'query', name: 'page' },
    size: { in: 'query', name: 'per_page', value: 3 },
  };
  const answer = (query: URLSearchParams): FakeAnswer => ({
    headers: { 'x-pages': '2' },
    body: slice((Number(query.get('page')) - 1) * 3, 3),
  });
  const counted = await list(pagination, answer);
  expect(counted.output).toEqual(everything);
  expect(counted.asked[2]).toBe('/items?sort=id&page=3&per_page=3');
  expect((await list({ ...pagination, totalPages: "headers['x-pages']" }, answer)).asked).toHaveLength(2);
  const unsized: Pagination = { type: 'page', items: 'body', send: { in: 'query', name: 'page' } };
  expect((await list(unsized, answer)).asked).toHaveLength(4);
});

test('offset: items are counted, in the body too', async () => {
  const pagination: Pagination = {
    type: 'offset',
    items: 'body.data',
    send: { in: 'body', name: 'paging.offset' },
    size: { in: 'body', name: 'paging.limit', value: 3 },
    total: 'body.total',
  };
  const given = await list(
    pagination,
    (_, { body }) => {
      const { paging } = JSON.parse(body) as { paging: { offset: number; limit: number } };
      return { body: { data: slice(paging.offset, paging.limit), total: 7 } };
    },
    { method: 'POST', bodyTemplate: { q: 'x' } },
  );
  expect(given.output).toEqual(everything);
  expect(given.received.map(({ body }) => JSON.parse(body))).toEqual(
    [0, 3, 6].map((offset) => ({ q: 'x', paging: { offset, limit: 3 } })),
  );
});

test('link: the header names the next address, if its parameter allows it', async () => {
  const answer = (query: URLSearchParams, _: ReceivedRequest, host: string): FakeAnswer => {
    const from = Number(query.get('after') ?? 0);
    const results = String(from + 4 < 7);
    const link = `<http://${host}/items?after=0>; rel="prev", </items?after=${from + 4}>; rel="next"; results="${results}"`;
    return { headers: { link }, body: slice(from, 4) };
  };
  const given = await list(
    { type: 'link', items: 'body', param: { name: 'results', equals: 'true' } },
    answer,
  );
  expect(given.output).toEqual(everything);
  expect(given.asked).toEqual(['/items?sort=id', '/items?after=4']);
});

test('nextUrl: relative or whole, with the first parameters where asked for', async () => {
  const answer = (query: URLSearchParams, _: ReceivedRequest, host: string): FakeAnswer => {
    const from = Number(query.get('skip') ?? 0);
    const next = from === 0 ? '?skip=4' : `http://${host}/items?skip=${from + 4}`;
    return { body: { value: slice(from, 4), ...(from < 8 ? { '@next': next } : {}) } };
  };
  const given = await list(
    { type: 'nextUrl', items: 'body.value', next: "body['@next']", keepQuery: true },
    answer,
  );
  expect(given.output).toEqual(everything);
  expect(given.asked).toEqual(['/items?sort=id', '/items?skip=4&sort=id', '/items?skip=8&sort=id']);
});

test('range: the header Range, until Content-Range says that this was all', async () => {
  const given = await list({ type: 'range', items: 'body', size: { value: 3 } }, (_, { headers }) => {
    const [from = 0, to = 0] = String(headers.range).split('-').map(Number);
    return { status: 206, headers: { 'content-range': `${from}-${to}/7` }, body: slice(from, to - from + 1) };
  });
  expect(given.output).toEqual(everything);
  expect(given.received.map(({ headers }) => headers.range)).toEqual(['0-2', '3-5', '6-8']);
});

test('continue: an object of the answer is merged into the next query', async () => {
  const given = await list({ type: 'continue', items: 'body.pages', merge: 'body.continue' }, (query) => {
    const from = Number(query.get('from') ?? 0);
    return {
      body: { pages: slice(from, 4), ...(from === 0 ? { continue: { from: 4, continue: '-||' } } : {}) },
    };
  });
  expect(given.output).toEqual(everything);
  expect(given.asked[1]).toBe('/items?sort=id&from=4&continue=-%7C%7C');
});

test('reading ends at `maxItems`, and `response.map` sees all items and the last page', async () => {
  const endless = (query: URLSearchParams): FakeAnswer => {
    const from = Number(query.get('cursor') ?? 0);
    return { body: { items: [{ id: from }, { id: from + 1 }], next: from + 2, total: 99 } };
  };
  const given = await list(byCursor, endless, {
    maxItems: 5,
    response: { map: { ids: '{{items[*].id}}', total: '{{body.total}}' } },
  });
  expect(given.output).toEqual({ ids: [0, 1, 2, 3, 4], total: 99 });
  expect(given.asked).toHaveLength(3);
});

test('a failing page fails the call, and secrets stay out of what is told', async () => {
  const given = await list(byCursor, (query) =>
    query.get('cursor') === null
      ? { body: { items: [{ echo: 'key-1234567' }], next: 'a' } }
      : { status: 500, body: { message: 'not key-1234567' } },
  );
  expect(errorOf(given)).toMatchObject({ type: 'TEMPORARY', status: 500 });
  expect(JSON.stringify(given.result)).not.toContain('key-1234567');
});

test('what stands at `items` must be a list; where nothing stands the list is empty', async () => {
  expect((await list(byCursor, () => ({ body: {} }))).output).toEqual([]);
  expect(errorOf(await list(byCursor, () => ({ body: { items: 'x' } })))).toMatchObject({
    code: 'response_invalid',
  });
});

test('the time limit is for all pages together', async () => {
  const slow = (query: URLSearchParams): FakeAnswer => ({
    delayMs: 60,
    body: { items: [], next: Number(query.get('cursor') ?? 0) + 1 },
  });
  const given = await list(byCursor, slow, {}, {}, 200);
  expect(errorOf(given)).toMatchObject({ code: 'step_timeout', type: 'TIMEOUT' });
});

test('the next address stays at the hosts of the app, and credentials with it', async () => {
  const byUrl: Pagination = { type: 'nextUrl', items: 'body.items', next: 'body.next' };
  for (const next of [
    'http://127.0.0.1:1/items',
    'https://evil.example/items',
    'http://169.254.169.254/latest',
    '//evil.example/items',
  ]) {
    const given = await list(byUrl, () => ({ body: { items: [], next } }));
    expect(errorOf(given), next).toMatchObject({ code: 'blocked_address', type: 'BLOCKED' });
    expect(given.received).toHaveLength(1);
  }
  for (const next of ['file:///etc/passwd', 'http://user:pw@evil.example/', 'javascript:1']) {
    const given = await list(byUrl, () => ({ body: { items: [], next } }));
    expect(errorOf(given), next).toMatchObject({ code: 'bad_value' });
  }
});

test('a link is found among many, and nonsense is none', () => {
  expect(findLink('<a>; rel=first, <b>; rel="prev next"', 'next')).toBe('b');
  expect(findLink('<https://x/?a=1,2;3>; rel="next"', 'next')).toBe('https://x/?a=1,2;3');
  expect(findLink('<a>; title="a, \\"b\\"; rel=next"; rel=last', 'next')).toBeUndefined();
  for (const text of [
    '',
    '<',
    '<a',
    'a; rel=next',
    '<a>; rel',
    '"'.repeat(9_999),
    '<>;rel=next',
    ',;'.repeat(9_999),
  ])
    expect(findLink(text, 'next')).toBeUndefined();
});

test('pages of a list of parameters: the place of the offset is a place in the list, before the credential joins it', async () => {
  const { result, received } = await list(
    {
      type: 'offset',
      items: 'body.result',
      send: { in: 'body', name: '0' },
      size: { in: 'body', name: '1', value: 3 },
    },
    (_query, { body }) => {
      const { params } = JSON.parse(body) as { params: [number, number, string[]] };
      return { body: { jsonrpc: '2.0', result: slice(params[0], params[1]) } };
    },
    {
      method: 'POST',
      queryTemplate: {},
      bodyFormat: 'jsonRpc',
      jsonRpc: { method: 'tell' },
      bodyTemplate: [0, 0, ['id']],
    },
  );
  expect(result).toMatchObject({ ok: true, output: everything });
  expect(received.map(({ body }) => (JSON.parse(body) as { params: Json }).params)).toEqual(
    [0, 3, 6].map((offset) => [offset, 3, ['id']]),
  );
});
