import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../json.ts';
import { validateConnector } from '../validate-connector.ts';
import { importOpenApi } from './index.ts';

const fine = { responses: { 200: { description: 'Fine.' } } };
const importOf = (more: object, url?: string) => {
  const imported = importOpenApi(
    {
      openapi: '3.0.3',
      info: { title: 'Shop' },
      servers: [{ url: 'https://api.example.com' }],
      paths: { '/me': { get: fine } },
      ...(more as JsonObject),
    },
    { url },
  );
  expect(validateConnector(imported.definition, 'publish')).toEqual([]);
  return imported;
};
const base = (servers: JsonObject[], url?: string) => {
  const { baseUrl, connectionSchema } = importOf({ servers }, url).definition;
  return [
    baseUrl,
    connectionSchema?.['required'],
    Object.keys((connectionSchema?.['properties'] ?? {}) as object),
  ];
};

test('servers become a base address, with settings for what is left open', () => {
  expect(base([{ url: 'https://api.example.com/v1/' }])).toEqual([
    'https://api.example.com/v1',
    undefined,
    [],
  ]);
  expect(base([{ url: 'api.example.com/v1' }])).toEqual(['https://api.example.com/v1', undefined, []]);
  expect(
    base([
      {
        url: 'https://{region}.example.com/{v}',
        variables: { region: { default: 'eu', enum: ['eu', 'us'] }, v: { default: 'v2' } },
      },
    ]),
  ).toEqual([
    "https://{{connection.region ?? 'eu'}}.example.com/{{connection.v ?? 'v2'}}",
    undefined,
    ['region', 'v'],
  ]);
  expect(base([{ url: 'https://{your-domain}.example.com' }])).toEqual([
    'https://{{connection.yourDomain}}.example.com',
    ['yourDomain'],
    ['yourDomain'],
  ]);
  expect(
    base([
      {
        url: '{scheme}://{host}/api',
        variables: { scheme: { default: 'https' }, host: { default: 'x.example.com' } },
      },
    ]),
  ).toEqual(["{{connection.baseUrl ?? 'https://x.example.com/api'}}", undefined, ['baseUrl']]);
  expect(base([{ url: 'https://a.example.com' }, { url: 'https://b.example.com' }])).toEqual([
    "{{connection.server ?? 'https://a.example.com'}}",
    undefined,
    ['server'],
  ]);
  expect(base([{ url: '/api/v3' }])).toEqual(['{{connection.baseUrl}}', ['baseUrl'], ['baseUrl']]);
  expect(base([])).toEqual(['{{connection.baseUrl}}', ['baseUrl'], ['baseUrl']]);
  expect(base([{ url: '/api/v3' }], 'https://docs.example.com/x/openapi.json')).toEqual([
    'https://docs.example.com/api/v3',
    undefined,
    [],
  ]);
});

test('ways to sign in: alternatives stand apart, what is needed together stands together', () => {
  const securitySchemes = {
    key: { type: 'apiKey', in: 'header', name: 'X-Key' },
    id: { type: 'apiKey', in: 'query', name: 'id' },
    basic: { type: 'http', scheme: 'basic' },
    token: { type: 'http', scheme: 'bearer' },
    digest: { type: 'http', scheme: 'digest' },
    tls: { type: 'mutualTLS' },
    sign: {
      type: 'oauth2',
      flows: {
        authorizationCode: {
          authorizationUrl: 'https://x.example/a',
          tokenUrl: '/t',
          scopes: { read: 'Read' },
        },
        clientCredentials: { tokenUrl: 'https://x.example/t', scopes: {} },
        implicit: { authorizationUrl: 'https://x.example/a', scopes: {} },
      },
    },
  };
  const components = { securitySchemes };
  const { definition } = importOf({
    components,
    security: [{ key: [], id: [] }, { sign: ['read'] }, { digest: [] }, { tls: [] }, {}],
  });
  expect(definition.auth.map(({ key, type }) => [key, type])).toEqual([
    ['key-id', 'API_KEY'],
    ['sign-authorization-code', 'OAUTH2'],
    ['sign-client-credentials', 'OAUTH2'],
    ['digest', 'CUSTOM_HEADER'],
    ['none', 'NONE'],
  ]);
  expect(definition.auth[0]).toMatchObject({
    credentialsSchema: { required: ['id'] },
    apply: [
      { in: 'header', name: 'X-Key', value: '{{credentials.apiKey}}' },
      { in: 'query', name: 'id', value: '{{credentials.id}}' },
    ],
    test: { action: 'get-me' },
  });
  expect(definition.auth[1]!.oauth2).toMatchObject({
    tokenUrl: 'https://api.example.com/t',
    scopes: [{ name: 'read', default: true }],
  });
  expect(importOf({ components }).definition.auth).toHaveLength(7);
  expect(importOf({}).definition.auth).toEqual([{ key: 'none', label: 'No sign-in', type: 'NONE' }]);
});

test('a certificate beside a key leaves the key, and a way to sign in that is not described is said', () => {
  const securitySchemes = { tls: { type: 'mutualTLS' }, key: { type: 'apiKey', in: 'header', name: 'K' } };
  const { definition, warnings } = importOf({
    components: { securitySchemes },
    security: [{ tls: [], key: [] }, { nowhere: [] }],
  });
  expect(definition.auth.map(({ type }) => type)).toEqual(['API_KEY']);
  expect(warnings.join()).toContain('mutual TLS');
  expect(warnings.join()).toContain('"nowhere" is not described');
});

test('where nothing can be read without input, a connection is tested by whether it is refused', () => {
  const { definition, warnings } = importOf({
    paths: { '/send': { post: fine } },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  });
  expect(definition.auth[0]!.test).toMatchObject({ method: 'GET', endpointTemplate: '/' });
  expect(warnings.join()).toContain('refuses them');
});

test('keys are readable, different, and do not depend on the order', () => {
  const paths: JsonObject = {
    '/users/{id}': { get: fine, delete: { ...fine, operationId: 'users/deleteById' } },
    '/a': { get: { ...fine, operationId: 'same' } },
    '/b': { get: { ...fine, operationId: 'same' } },
    '/c': { post: { ...fine, operationId: '日本' } },
    '/d': { post: { ...fine, operationId: `very${'Long'.repeat(30)}` } },
    '/e': { post: { ...fine, operationId: '2fa' } },
  };
  const keysOf = (given: JsonObject) => importOf({ paths: given }).definition.actions.map(({ key }) => key);
  const keys = keysOf(paths);
  expect(keys.slice(0, 2)).toEqual(['get-users-by-id', 'users-delete-by-id']);
  expect(keys.slice(2, 4).every((key) => /^same-[0-9a-f]{6}$/.test(key))).toBe(true);
  expect(keys.slice(4)).toEqual(['post-c', expect.stringMatching(/^very-long-.*-[0-9a-f]{6}$/), 'call-2fa']);
  expect(keysOf(Object.fromEntries(Object.entries(paths).toReversed())).toSorted()).toEqual(keys.toSorted());
});

test('what is read only is not sent, what is written only does not come back, and null is a type', () => {
  const schema = {
    type: 'object',
    required: ['id', 'name', 'pin'],
    properties: {
      id: { type: 'integer', readOnly: true },
      name: { type: 'string', nullable: true },
      pin: { type: 'string', writeOnly: true },
    },
  };
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/User' } } };
  const { definition } = importOf({
    components: { schemas: { User: schema } },
    paths: {
      '/me': { put: { requestBody: { content }, responses: { 200: { description: 'x', content } } } },
    },
  });
  expect(definition.$defs).toMatchObject({
    User: { required: ['id', 'name'], properties: { name: { type: ['string', 'null'] } } },
    'User-input': { required: ['name', 'pin'], properties: { pin: { type: 'string' } } },
  });
  expect(definition.$defs!['User']!['properties']).not.toHaveProperty('pin');
  expect(definition.$defs!['User-input']!['properties']).not.toHaveProperty('id');
  expect(definition.actions[0]).toMatchObject({ effect: 'update', idempotency: { mode: 'natural' } });
});

test('what cannot be taken over is said', () => {
  const { warnings } = importOf({
    webhooks: {},
    paths: {
      '/list': {
        get: {
          parameters: [
            { name: 'cursor', in: 'query', schema: { type: 'string', pattern: 'a(?!b)' } },
            { name: 'Authorization', in: 'header', schema: { type: 'string' } },
            { name: 'gone', in: 'path', schema: { type: 'string' } },
            { $ref: 'other.yaml#/x' },
          ],
          responses: {
            200: {
              description: 'x',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Nowhere' } } },
            },
          },
        },
      },
    },
  });
  const all = warnings.join('\n');
  for (const words of [
    'a(?!b)',
    'belongs to the connection',
    'gone is not in the path',
    'points out of the document',
    'Nowhere is not there',
    'in pages (cursor',
  ])
    expect(all).toContain(words);
});

test('answers that the document shows become samples when they fit', () => {
  const answer = (example: object) => ({
    200: {
      description: 'x',
      content: {
        'application/json': {
          schema: { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } },
          example,
        },
      },
    },
  });
  const { definition } = importOf({
    paths: {
      '/a': { get: { responses: answer({ a: 1 }) } },
      '/b': { get: { responses: answer({ a: 'x' }) } },
    },
  });
  expect(definition.actions.map(({ sample }) => sample)).toEqual([{ a: 1 }, undefined]);
});

test('an idempotency key that must be a UUID is one', () => {
  const header = { name: 'Idempotency-Key', in: 'header', schema: { type: 'string', format: 'uuid' } };
  const { definition } = importOf({ paths: { '/pay': { post: { ...fine, parameters: [header] } } } });
  expect(definition.actions[0]!.idempotency).toEqual({
    mode: 'header',
    name: 'Idempotency-Key',
    value: '{{uuid(run.idempotencyKey)}}',
  });
});

test('an XML body is described by its members where its root has a name, else it is a text', () => {
  const post = (schema: Json) => ({
    post: { requestBody: { required: true, content: { 'text/xml': { schema } } }, responses: {} },
  });
  const Note = {
    type: 'object',
    properties: {
      id: { type: 'integer', xml: { attribute: true } },
      lines: { type: 'array', items: { type: 'string', xml: { name: 'line' } }, xml: { wrapped: true } },
      tags: { type: 'array', nullable: true, items: { type: 'string' } },
    },
  };
  const { definition } = importOf({
    components: { schemas: { Note } },
    paths: {
      '/a': post({ $ref: '#/components/schemas/Note' }),
      '/b': post({ ...Note, xml: { name: 'memo', namespace: 'urn:m' } }),
      '/c': post(Note),
      '/d': post({ type: 'object', properties: { Only: Note } }),
      '/e': post({ type: 'string' }),
      '/f': post({ type: 'array', items: Note }),
    },
  });
  const [a, b, c, d, e, f] = definition.actions;
  expect([a, b, c, d, e, f].map((action) => action!.bodyFormat)).toEqual([
    'xml',
    'xml',
    'text',
    'xml',
    'text',
    'text',
  ]);
  expect(a!.bodySchema).toMatchObject({ $ref: '#/$defs/Note-xml', 'x-xml': { name: 'Note' } });
  expect(b!.bodySchema!['x-xml']).toEqual({ name: 'memo', namespace: 'urn:m' });
  expect(d!.bodySchema).toMatchObject({ required: ['Only'], additionalProperties: false });
  expect(definition.$defs!['Note-xml']!['properties']).toMatchObject({
    id: { 'x-xml': { attribute: true } },
    lines: { 'x-xml': { wrapped: true }, items: { 'x-xml': { name: 'line' } } },
    // Nothing at all is how an empty list would stand there.
    tags: { type: 'array', minItems: 1 },
  });
});

test('an answer in XML is read by its schema', () => {
  const answer = (schema: Json) => ({
    get: { responses: { 200: { description: 'x', content: { 'application/xml': { schema } } } } },
  });
  const { definition } = importOf({
    paths: {
      '/a': answer({ type: 'object', properties: { a: { type: 'integer' } } }),
      '/b': answer({ type: 'string' }),
    },
  });
  expect(definition.actions[0]).toMatchObject({ responseFormat: 'auto', outputSchema: { 'x-xml': {} } });
  expect(definition.actions[1]).toMatchObject({ outputSchema: {} });
});

test('a form has no null: a choice of a file and nothing is a file', () => {
  const orNull = (schema: Json): Json => ({ anyOf: [schema, { type: 'null' }] });
  const properties = {
    file: orNull({ type: 'string', format: 'binary' }),
    word: orNull({ type: 'string' }),
    either: { anyOf: [{ type: 'string' }, { type: 'integer' }, { type: 'null' }] },
  };
  const schema: Json = { type: 'object', required: ['word'], properties };
  const { definition } = importOf({
    openapi: '3.1.0',
    paths: {
      '/a': { post: { requestBody: { content: { 'multipart/form-data': { schema } } }, responses: {} } },
    },
  });
  expect(definition.actions[0]!.bodySchema!['properties']).toMatchObject({
    file: { 'x-file': true },
    word: { type: 'string' },
    either: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
  });
});
