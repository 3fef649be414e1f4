import type { Action, Connector } from '@weftline/connectors/types';
import type { Json } from '@weftline/connectors/json';
import { expect, test } from 'vitest';
import { buildRequest } from './build-request.ts';

const run = { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' };

function build(action: Partial<Action>, input: Json) {
  const request: Action = {
    key: 'a',
    name: 'A',
    method: 'POST',
    endpointTemplate: '/x',
    outputSchema: {},
    ...action,
  };
  const connector: Connector = {
    manifestVersion: 1,
    app: { key: 'app', name: 'App' },
    version: '1.0.0',
    baseUrl: 'https://api.example.com',
    auth: [{ key: 'none', label: 'None', type: 'NONE' }],
    actions: [request],
  };
  return buildRequest({ connector, request, input, config: {}, run, now: 0 });
}
const path = (style: object, value: Json): string =>
  build(
    { endpointTemplate: '/x/{id}', pathSchema: { type: 'object', properties: { id: { ...style } } } },
    { path: { id: value } },
  ).url.slice('https://api.example.com/x/'.length);
const query = (style: object, value: Json): string =>
  build(
    { querySchema: { type: 'object', properties: { q: { ...style } } } },
    { query: { q: value } },
  ).url.slice('https://api.example.com/x'.length);

test('values of a path are written in the styles simple, label and matrix', () => {
  const object = { a: 1, b: 'x y' };
  expect([
    path({}, 'a/b'),
    path({}, [1, 'b,c']),
    path({}, object),
    path({ 'x-explode': true }, object),
  ]).toEqual(['a%2Fb', '1,b%2Cc', 'a,1,b,x%20y', 'a=1,b=x%20y']);
  const label = { 'x-pathStyle': 'label' };
  expect([path(label, 'v.1'), path(label, [1, 2]), path({ ...label, 'x-explode': true }, [1, 2])]).toEqual([
    '.v%2E1',
    '.1,2',
    '.1.2',
  ]);
  expect([path(label, object), path({ ...label, 'x-explode': true }, object)]).toEqual([
    '.a,1,b,x%20y',
    '.a=1.b=x%20y',
  ]);
  const matrix = { 'x-pathStyle': 'matrix' };
  expect([path(matrix, 5), path(matrix, [1, 2]), path({ ...matrix, 'x-explode': true }, [1, 2])]).toEqual([
    ';id=5',
    ';id=1,2',
    ';id=1;id=2',
  ]);
  expect([path(matrix, object), path({ ...matrix, 'x-explode': true }, object)]).toEqual([
    ';id=a,1,b,x%20y',
    ';a=1;b=x%20y',
  ]);
});

test('no style lets a value mean another resource', () => {
  for (const value of ['', '.', '..', [], ['..'], {}]) expect(() => path({}, value)).toThrow();
  for (const value of ['', '.', []]) expect(() => path({ 'x-pathStyle': 'label' }, value)).toThrow();
  expect(path({ 'x-pathStyle': 'matrix' }, '../x;y=1')).toBe(';id=..%2Fx%3By%3D1');
});

test('reserved characters stay only where they end nothing', () => {
  expect(query({ 'x-allowReserved': true }, 'https://a.b/c?d=e&f#g+h;i')).toBe(
    '?q=https://a.b/c?d%3De%26f%23g%2Bh%3Bi',
  );
  expect(query({}, 'a/b')).toBe('?q=a%2Fb');
});

test('a parameter in JSON is one text, whatever its value', () => {
  const json = { 'x-contentType': 'application/json' };
  expect(query(json, { a: [1] })).toBe(`?q=${encodeURIComponent('{"a":[1]}')}`);
  expect(query(json, 'text')).toBe('?q=%22text%22');
  expect(path(json, [1])).toBe('%5B1%5D');
});

test('lists are parted by tabs where an API asks for it, and an empty one is not sent', () => {
  expect(query({ 'x-arrayStyle': 'tab' }, ['a', 'b'])).toBe('?q=a%09b');
  expect(query({ 'x-arrayStyle': 'csv' }, [])).toBe('');
});

test('headers hold lists and objects, and JSON without characters that a header cannot carry', () => {
  const { headers } = build(
    {
      headersSchema: {
        type: 'object',
        properties: {
          'X-List': {},
          'X-Object': { 'x-explode': true },
          'X-Json': { 'x-contentType': 'application/json' },
        },
      },
    },
    { headers: { 'X-List': ['a', 1], 'X-Object': { a: 1, b: 2 }, 'X-Json': { a: 'ü→' }, 'X-None': null } },
  );
  expect(headers).toMatchObject({
    'x-list': 'a,1',
    'x-object': 'a=1,b=2',
    'x-json': '{"a":"\\u00fc\\u2192"}',
  });
  expect(headers).not.toHaveProperty('x-none');
});

test('cookies of the input become one header; no value can add another cookie', () => {
  const cookiesSchema = {
    type: 'object',
    properties: { list: { 'x-explode': true }, flat: { 'x-explode': true }, csv: {} },
  };
  const { headers } = build(
    { cookiesSchema },
    { cookies: { a: 'x; b=1', list: [1, 2], flat: { k: 'v' }, csv: ['a', 'b'], none: null } },
  );
  expect(headers['cookie']).toBe('a=x%3B%20b%3D1; list=1; list=2; k=v; csv=a,b');
  expect(() => build({ cookiesSchema }, { cookies: { 'a=1; b': 'x' } })).toThrow();
});

test('parts of a form have the content types and styles that their schemas name', () => {
  const { body } = build(
    {
      bodyFormat: 'multipart',
      bodySchema: {
        type: 'object',
        properties: {
          meta: { 'x-contentType': 'application/json' },
          count: { 'x-contentType': 'text/plain' },
          list: { 'x-arrayStyle': 'csv' },
          deep: { 'x-objectStyle': 'brackets' },
          image: { 'x-contentType': 'image/png' },
        },
      },
    },
    { body: { meta: 'a', count: 3, list: ['a', 'b c'], deep: { k: 'v' }, image: { base64: 'AAAA' } } },
  );
  const text = Buffer.from(body!.bytes!).toString('latin1');
  expect(text).toContain('name="meta"\r\nContent-Type: application/json\r\n\r\n"a"');
  expect(text).toContain('name="count"\r\nContent-Type: text/plain\r\n\r\n3');
  expect(text).toContain('name="list"\r\n\r\na,b c\r\n');
  expect(text).toContain('name="deep[k]"\r\n\r\nv\r\n');
  expect(text).toContain('name="image"; filename="file"\r\nContent-Type: image/png\r\n\r\n\0\0\0');
});

test('a part that its schema names is a file of that name, unless its content brings one', () => {
  const named = { 'x-filename': 'data.json', 'x-contentType': 'application/json' };
  const { body } = build(
    {
      bodyFormat: 'multipart',
      bodySchema: { type: 'object', properties: { a: named, b: { 'x-filename': 'note.txt' }, c: named } },
    },
    { body: { a: { x: 1 }, b: 'hello', c: { base64: 'e30=', fileName: 'own.json' } } },
  );
  const text = Buffer.from(body?.bytes ?? []).toString();
  expect(text).toContain('name="a"; filename="data.json"\r\nContent-Type: application/json\r\n\r\n{"x":1}');
  expect(text).toContain('name="b"; filename="note.txt"');
  expect(text).toContain('name="c"; filename="own.json"\r\nContent-Type: application/json\r\n\r\n{}');
});
