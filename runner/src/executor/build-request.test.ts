import { readFileSync } from 'node:fs';
import type { Json } from '@weftline/connectors/json';
import type { Action, Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { buildRequest } from './build-request.ts';

const run = { id: 'run1', stepId: 'step1', attempt: 1, idempotencyKey: 'KEY' };

const base: Connector = {
  manifestVersion: 1,
  app: { key: 'acme', name: 'Acme' },
  version: '1.0.0',
  baseUrl: 'https://api.example.com/v1',
  auth: [{ key: 'none', label: 'None', type: 'NONE' }],
  actions: [],
};

const build = (action: Partial<Action>, input: Json, connector: Partial<Connector> = {}, config = {}) =>
  buildRequest({
    connector: { ...base, ...connector },
    request: {
      key: 'a',
      name: 'A',
      method: 'POST',
      endpointTemplate: '/x',
      outputSchema: {},
      inputSchema: {},
      ...action,
    } as Action,
    input,
    config,
    run,
    now: Date.parse('2026-11-21T00:00:00Z'),
  });

test('the same action, input and clock give the same request', () => {
  const action = {
    endpointTemplate: '/things/{{input.id}}',
    bodyTemplate: { name: '{{input.name}}', at: '{{now}}' },
  };
  const input = { id: 7, name: 'Ada' };
  expect(build(action, input)).toEqual(build(action, input));
  expect(build(action, input)).toMatchObject({
    method: 'POST',
    url: 'https://api.example.com/v1/things/7',
    body: { text: '{"name":"Ada","at":"2026-11-21T00:00:00.000Z"}', contentType: 'application/json' },
  });
});

test('absent optional inputs drop their member, parameter and header; null is sent as null in JSON', () => {
  const built = build(
    {
      queryTemplate: { a: '{{input.a}}', b: '{{input.b}}' },
      headersTemplate: { 'X-A': '{{input.a}}', 'X-B': '{{input.b}}' },
      bodyTemplate: {
        a: '{{input.a}}',
        b: '{{input.b}}',
        n: '{{input.n}}',
        list: ['{{input.a}}', '{{input.b}}'],
      },
    },
    { b: 2, n: null },
  );
  expect(built.url).toBe('https://api.example.com/v1/x?b=2');
  expect(built.headers).not.toHaveProperty('x-a');
  expect(built.headers['x-b']).toBe('2');
  expect(built.body?.value).toEqual({ b: 2, n: null, list: [2] });
});

test('wire mode takes path, query, headers and body from the input and writes lists as the schema says', () => {
  const built = build(
    {
      inputSchema: undefined,
      endpointTemplate: '/repos/{owner}/files/{+path}',
      querySchema: {
        properties: { tags: { 'x-arrayStyle': 'brackets' }, ids: {}, where: { 'x-objectStyle': 'brackets' } },
      },
    } as never,
    {
      path: { owner: 'a/b', path: 'docs/read me.md' },
      query: { tags: ['x', 'y'], ids: [1, 2], where: { status: 'open' }, none: null },
      headers: { 'X-Trace': 'abc' },
      body: { title: 'T' },
    },
  );
  expect(built.url).toBe(
    'https://api.example.com/v1/repos/a%2Fb/files/docs/read%20me.md?tags%5B%5D=x&tags%5B%5D=y&ids=1&ids=2&where%5Bstatus%5D=open',
  );
  expect(built.headers['x-trace']).toBe('abc');
  expect(built.body?.text).toBe('{"title":"T"}');
  expect(() =>
    build({ inputSchema: undefined, endpointTemplate: '/repos/{owner}' } as never, { path: {} }),
  ).toThrow('owner');
});

test('the idempotency key goes where the action says, on unsafe methods alone', () => {
  const of = (idempotency: Action['idempotency'], method = 'POST') =>
    build({ method, idempotency, bodyTemplate: method === 'GET' ? undefined : { a: 1 } } as never, {});
  expect(of({ mode: 'header', name: 'Idempotency-Key' }).headers['idempotency-key']).toBe('KEY');
  expect(of({ mode: 'header', name: 'Idempotency-Key' }, 'GET').headers).not.toHaveProperty(
    'idempotency-key',
  );
  expect(of({ mode: 'query', name: 'requestId' }).url).toMatch(/\?requestId=KEY$/);
  expect(of({ mode: 'field', name: 'meta.id', value: 'w-{{run.idempotencyKey}}' }).body?.value).toEqual({
    a: 1,
    meta: { id: 'w-KEY' },
  });
  expect(of({ mode: 'natural' }).headers).not.toHaveProperty('idempotency-key');
});

test('bodies are written as JSON, form, text, or as their value says', () => {
  const of = (bodyFormat: string, body: Json) =>
    build({ bodyFormat, bodyTemplate: '{{input.body}}' }, { body }).body;
  expect(of('form', { a: '1&2', b: ['x', 'y'], c: null })).toMatchObject({
    text: 'a=1%262&b=x&b=y',
    contentType: 'application/x-www-form-urlencoded',
  });
  expect(of('text', 'plain')).toMatchObject({ text: 'plain', contentType: 'text/plain; charset=utf-8' });
  expect(of('auto', { a: 1 })).toMatchObject({ text: '{"a":1}', contentType: 'application/json' });
  expect(of('auto', 'plain')).toMatchObject({ text: 'plain' });
  expect(of('auto', null)).toBeNull();
  expect(of('none', 'x')).toBeNull();
  expect(of('json', '')).toMatchObject({ text: '""' });
  expect(() => of('form', 'x')).toThrow('form body');
  expect(() => build({ method: 'GET', bodyTemplate: { a: 1 } }, {})).toThrow('has no body');
});

test('headers that belong to the connection or to the transport cannot be set, nor values with line breaks', () => {
  const set = (headers: Json) => build({ headersTemplate: '{{input.headers}}' }, { headers });
  for (const name of [
    'Authorization',
    'Cookie',
    'Idempotency-Key',
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'bad name',
  ])
    expect(() => set({ [name]: 'x' }), name).toThrow();
  for (const value of ['a\nX-Admin: 1', 'a\r\n\r\nGET /', '\u560a\u560dX: 1', '\u0000'])
    expect(() => set({ 'X-Name': value })).toThrow();
  expect(set({ 'Content-Type': 'text/markdown' }).headers['content-type']).toBe('text/markdown');
});

test('a host that the app does not list is not called', () => {
  const absolute = { endpointTemplate: '{{input.url}}' };
  expect(() => build(absolute, { url: 'https://evil.example/x' })).toThrow('not a host of the app');
  expect(
    build(absolute, { url: 'https://files.example.com/x#y' }, { allowedHosts: ['*.example.com'] }).url,
  ).toBe('https://files.example.com/x');
  expect(() =>
    build(absolute, { url: 'https://api.example.com.evil.example/' }, { allowedHosts: ['*.example.com'] }),
  ).toThrow();
  expect(build(absolute, { url: 'http://any.example/' }, { allowedHosts: ['*'] }).url).toBe(
    'http://any.example/',
  );
  for (const url of ['not an address', '', '/relative', 7])
    expect(() => build(absolute, { url }, { allowedHosts: ['*'] })).toThrow('whole address');
  expect(() => build(absolute, { url: 'https://user:pass@any.example/' }, { allowedHosts: ['*'] })).toThrow(
    'connection',
  );
});

test('base addresses may come from the settings of the connection', () => {
  const templated = { baseUrl: 'https://{{connection.sub}}.example.com/v2' };
  expect(build({}, {}, templated, { sub: 'acme' }).url).toBe('https://acme.example.com/v2/x');
  expect(build({}, {}, { baseUrl: '{{connection.url}}/api' }, { url: 'http://127.0.0.1:15672/' }).url).toBe(
    'http://127.0.0.1:15672/api/x',
  );
  expect(build({ server: 'files' }, {}, { servers: { files: 'https://files.example.com' } }).url).toBe(
    'https://files.example.com/x',
  );
});

type Case = { id: string; class: string; url: string; data?: string; expect: string };
const cases = (
  JSON.parse(readFileSync(new URL('../../fixtures/corpora/ssrf.json', import.meta.url), 'utf8')) as {
    cases: Case[];
  }
).cases.filter((item) => item.class === 'templated-url');

test.each(cases)(
  '$id: data in an address changes neither host nor number of segments',
  ({ url, data = '', expect: wanted }) => {
    const name = /\{\{(\w+)\}\}/.exec(url)?.[1] ?? '';
    const isHost =
      new URL(url.replace(/\{\{\w+\}\}/, 'x')).host !== new URL(url.replace(/\{\{\w+\}\}/, 'y')).host;
    const root = isHost ? 'connection' : 'input';
    const template = url.replace(`{{${name}}}`, `{{${root}.${name}}}`);
    const whole = () =>
      build(
        { method: 'GET', endpointTemplate: isHost ? '/' : template },
        { [name]: data },
        {
          ...(isHost ? { baseUrl: template.replace(/\/$/, '') } : {}),
          allowedHosts: ['*.example.com', 'api.example.com'],
        },
        { [name]: data },
      );
    if (wanted === 'block') return void expect(whole).toThrow();
    const built = new URL(whole().url);
    const model = new URL(url.replace(`{{${name}}}`, 'x'));
    expect(built.origin).toBe(model.origin);
    expect(built.pathname.split('/')).toHaveLength(model.pathname.split('/').length);
    expect([...built.searchParams.keys()]).toEqual([...model.searchParams.keys()]);
  },
);

test('10,000 random values leave host, segments and parameters as the template has them', () => {
  assert(
    property(string({ unit: 'binary', minLength: 1 }), (value) => {
      let url: URL;
      try {
        url = new URL(
          build({ endpointTemplate: '/a/{{input.v}}/b', queryTemplate: { q: '{{input.v}}' } }, { v: value })
            .url,
        );
      } catch {
        return;
      }
      expect(url.host).toBe('api.example.com');
      expect(url.pathname.split('/')).toHaveLength(5);
      expect([...url.searchParams]).toEqual([['q', value]]);
    }),
    { numRuns: 10_000 },
  );
}, 60_000);

test('an empty endpoint is the base address itself, and a slash is a slash', () => {
  expect(build({ endpointTemplate: '' }, {}).url).toBe('https://api.example.com/v1');
  expect(build({ endpointTemplate: '', queryTemplate: { q: '{{input.q}}' } }, { q: 'a b' }).url).toBe(
    'https://api.example.com/v1?q=a%20b',
  );
  expect(build({ endpointTemplate: '/' }, {}, { baseUrl: 'https://api.example.com/v1/' }).url).toBe(
    'https://api.example.com/v1/',
  );
  const document = {
    ...base,
    actions: [{ key: 'a', name: 'A', method: 'GET', endpointTemplate: '', outputSchema: {} }],
  };
  expect(validateConnector(document as Connector, 'save')).toEqual([]);
  expect(validateConnector({ ...document, baseUrl: '' } as Connector, 'save')).toMatchObject([
    { path: '/baseUrl', code: 'bad_address' },
  ]);
});

test('services that know several forms are asked for the one that is read, unless the app says it itself', () => {
  const acceptOf = (more: Partial<Action>) => build(more, {}).headers['accept'];
  expect(acceptOf({})).toBe('application/json, */*;q=0.8');
  expect(acceptOf({ responseFormat: 'text' })).toMatch(/^text\/plain,/);
  expect(acceptOf({ responseFormat: 'xml' })).toMatch(/^application\/xml,/);
  expect(acceptOf({ responseFormat: 'file' })).toBe('*/*');
  expect(acceptOf({ responseFormat: 'xml', headersTemplate: { Accept: 'text/calendar' } })).toBe(
    'text/calendar',
  );
});

test('a number in a path of the body is a place in a list', () => {
  const action: Partial<Action> = {
    bodyTemplate: { ids: ['a', 'b'] },
    idempotency: { mode: 'field', name: 'ids.1' },
  };
  expect(build(action, {}).body?.text).toBe('{"ids":["a","KEY"]}');
  expect(build({ ...action, idempotency: { mode: 'field', name: 'ids.2' } }, {}).body?.text).toBe(
    '{"ids":["a","b","KEY"]}',
  );
  for (const name of ['ids.3', 'ids.key'])
    expect(() => build({ ...action, idempotency: { mode: 'field', name } }, {})).toThrow(/has no place/);
});

test('slashes of an input stay where the app says so, and nothing else gets through', () => {
  const at = (endpointTemplate: string, input: Json, more: Partial<Action> = {}) =>
    build({ endpointTemplate, ...more }, input).url;
  expect(at('/v2/{+repository}/tags', { repository: 'a b/one' })).toBe(
    'https://api.example.com/v1/v2/a%20b/one/tags',
  );
  expect(at('/v2/{{input.repository}}', { repository: 'a/one' })).toBe(
    'https://api.example.com/v1/v2/a%2Fone',
  );
  // A step of an action in wire mode has no schema of its own; its input is that of the action.
  expect(at('/{+repository}/x', { path: { repository: 'a/one' } })).toBe(
    'https://api.example.com/v1/a/one/x',
  );
  expect(at('/{+path}', { path: 'a/b' })).toBe('https://api.example.com/v1/a/b');
  for (const repository of ['../x', 'a/../b', '/etc', 'a//b', 'a?b', 'a#b', 'a\\b', '', null])
    expect(() => at('/v2/{+repository}', { repository }), String(repository)).toThrow();
});
