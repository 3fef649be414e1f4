import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let grace: TestPerson;

beforeAll(async () => {
  api = await startWorkingApi();
  ada = await api.register('Ada');
  grace = await api.register('Grace');
});
afterAll(() => api.stop());

const openApi = (summary = 'Make a thing', more: object = {}) => ({
  openapi: '3.0.3',
  info: { title: 'Thing shop' },
  servers: [{ url: `http://${api.service.address}` }],
  paths: {
    '/things/{id}': {
      put: {
        operationId: 'putThing',
        summary,
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
            },
          },
        },
        responses: {
          200: { description: 'Fine.', content: { 'application/json': { schema: { type: 'object' } } } },
        },
      },
    },
    ...more,
  },
});
const send = (body: object, who = ada) => who.call('POST', '/apps/import/openapi', body);

test('a document becomes a draft that is published and run in the same process', async () => {
  const { status, body } = await send({ document: openApi(), save: true });
  expect({ status, ...body, definition: null }).toMatchObject({
    status: 200,
    operations: 1,
    actions: 1,
    left: [],
    key: 'thing-shop',
    problems: [],
  });
  expect((await ada.call('POST', '/apps/thing-shop/publish')).status).toBe(201);
  const tried = await ada.call('POST', '/apps/thing-shop/actions/put-thing/test', {
    input: { path: { id: 'a/b' }, body: { name: 'x' } },
  });
  expect(tried.body).toMatchObject({
    ok: true,
    output: { echo: { path: '/things/a%2Fb', body: '{"name":"x"}' } },
  });
  const refused = await ada.call('POST', '/apps/thing-shop/actions/put-thing/test', {
    input: { path: { id: 'a' } },
  });
  expect(refused.body).toMatchObject({ ok: false, error: { code: 'invalid_input' } });
});

test('an action whose body is XML sends elements, and an answer in XML is an object', async () => {
  const media = (schema: object) => ({ content: { 'application/xml': { schema } } });
  const note = {
    type: 'object',
    xml: { name: 'note' },
    required: ['lines'],
    properties: {
      id: { type: 'integer', xml: { attribute: true } },
      lines: { type: 'array', xml: { wrapped: true }, items: { type: 'string', xml: { name: 'line' } } },
    },
  };
  const answers = { 200: { description: 'Kept.', content: { 'application/json': {} } } };
  const paths = {
    '/notes': { post: { operationId: 'keepNote', requestBody: media(note), responses: answers } },
  };
  const document = { ...openApi(), info: { title: 'Note shop' }, paths };
  await send({ document, save: true });
  expect((await ada.call('POST', '/apps/note-shop/publish')).status).toBe(201);
  const tried = await ada.call('POST', '/apps/note-shop/actions/keep-note/test', {
    input: { body: { lines: ['<a>', 'b'], id: 7 } },
  });
  expect(tried.body.output.echo.body).toMatch(
    /<note id="7"><lines><line>&lt;a(>|&gt;)<\/line><line>b<\/line><\/lines><\/note>$/,
  );
});

test('webhooks become drafts of triggers on demand, published once their sender is known, and kept by the next import', async () => {
  const hooks = {
    'thing.made': {
      post: { requestBody: { content: { 'application/json': { schema: { type: 'object' } } } } },
    },
  };
  const document = {
    ...openApi(),
    openapi: '3.1.0',
    info: { title: 'Hook shop' },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    webhooks: hooks,
  };
  const plain = await send({ document });
  expect(plain.body).toMatchObject({
    triggers: 0,
    warnings: expect.arrayContaining([expect.stringContaining('thing.made')]),
  });
  const drafts = await send({ document, triggers: true, save: true });
  expect(drafts.body).toMatchObject({ triggers: 1, key: 'hook-shop', problems: [] });
  const refused = await ada.call('POST', '/apps/hook-shop/publish');
  expect({ status: refused.status, ...refused.body.error.details }).toMatchObject({
    status: 422,
    problems: [
      {
        path: '/ingress/receive/verify',
        code: 'unverified_webhook',
        message: expect.stringContaining('the trigger "thing-made": add a sender check'),
      },
    ],
  });
  const edited = structuredClone(drafts.body.definition);
  edited.ingress.receive.verify = [{ scheme: 'standardWebhooks', secret: '{{credentials.signingSecret}}' }];
  const etag = { 'if-match': drafts.body.etag };
  expect((await ada.call('PUT', '/apps/hook-shop/draft', { definition: edited }, etag)).status).toBe(200);
  const again = await send({
    document: { ...document, webhooks: { ...hooks, 'thing.lost': hooks['thing.made'] } },
    save: true,
  });
  expect(again.body.triggers).toBe(2);
  expect(again.body.definition.ingress.receive.verify).toHaveLength(1);
  expect(again.body.diff).toEqual(
    expect.arrayContaining([
      { path: '/triggers/thing-lost', kind: 'added' },
      { path: '/ingress/receive/verify', kind: 'kept_edit' },
    ]),
  );
});

test('importing again keeps hand edits, tells the difference, and stores nothing unless asked', async () => {
  const { body: before } = await ada.call('GET', '/apps/thing-shop');
  const edited = structuredClone(before.definition);
  edited.version = '1.1.0';
  edited.actions[0].description = 'By hand';
  const etag = { 'if-match': before.etag };
  expect((await ada.call('PUT', '/apps/thing-shop/draft', { definition: edited }, etag)).status).toBe(200);
  const next = openApi('Put a thing', { '/new': { get: { operationId: 'readNew', responses: {} } } });
  const { body } = await send({ document: next });
  expect(body.diff).toEqual([
    { path: '/version', kind: 'kept_edit' },
    { path: '/actions/put-thing/name', kind: 'changed' },
    { path: '/actions/put-thing/description', kind: 'kept_edit' },
    { path: '/actions/read-new', kind: 'added' },
  ]);
  expect(body.definition.actions[0]).toMatchObject({ name: 'Put a thing', description: 'By hand' });
  expect((await ada.call('GET', '/apps/thing-shop')).body.draft.definition.actions).toHaveLength(1);
  const saved = await send({ document: next, save: true });
  expect(saved.body).toMatchObject({ key: 'thing-shop', problems: [] });
  expect((await ada.call('GET', '/apps/thing-shop')).body.draft.definition.actions).toHaveLength(2);
  expect((await send({ document: next })).body.diff.map(({ kind }: { kind: string }) => kind)).toEqual([
    'kept_edit',
    'kept_edit',
  ]);
});

test('a document is fetched by its address, and only where calls may go', async () => {
  api.service.respond = ({ path }) => (path === '/openapi.json' ? { body: openApi() } : null);
  const { status, body } = await send({ url: `http://${api.service.address}/openapi.json`, app: 'fetched' });
  api.service.respond = null;
  expect({ status, actions: body.actions, key: body.definition.app.key }).toEqual({
    status: 200,
    actions: 1,
    key: 'fetched',
  });
  const blocked = await send({ url: 'http://169.254.169.254/openapi.json' });
  expect(blocked.body.error.code).toBe('blocked_address');
  expect((await send({ url: `http://${api.service.address}/openapi.json` })).status).toBe(422);
});

test('what cannot be imported is refused with a sentence', async () => {
  const refused = async (body: object, status: number, code: string) => {
    const answer = await send(body);
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({ status, code });
  };
  const laughs = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'
      .split('')
      .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]`),
  ].join('\n');
  await refused({}, 422, 'invalid_input');
  await refused({ document: { a: 1 } }, 422, 'invalid_input');
  await refused({ document: 'a: &a [*b]\nb: &b [*a]' }, 400, 'not_parseable');
  await refused({ document: laughs }, 400, 'not_parseable');
  await refused({ document: '!!python/object/apply:os.system ["id"]' }, 400, 'not_parseable');
  await refused(
    { document: { ...openApi(), servers: [{ url: 'http://169.254.169.254' }] } },
    422,
    'invalid_input',
  );
  const file = { '/x': { get: { responses: { 200: { $ref: 'file:///etc/passwd' } } } } };
  await refused({ document: openApi('x', file) }, 422, 'invalid_input');
  await refused({ document: openApi(), app: 'http', save: true }, 409, 'conflict');
});

test('strangers do not see the app, so their import begins anew', async () => {
  const { body } = await send({ document: openApi() }, grace);
  expect(body.diff).toBeUndefined();
  expect((await grace.call('GET', '/apps/thing-shop')).status).toBe(404);
});

test('a cURL line becomes a connector without its credentials', async () => {
  const command = `curl http://${api.service.address}/things -H 'Authorization: Bearer abc-secret' --json '{"a":1}'`;
  const { status, body } = await ada.call('POST', '/apps/import/curl', { command });
  expect(status).toBe(200);
  expect(body.definition.actions[0]).toMatchObject({ method: 'POST', endpointTemplate: '/things' });
  expect(JSON.stringify(body)).not.toContain('abc-secret');
  expect((await ada.call('POST', '/apps/import/curl', { command: 'ls' })).status).toBe(422);
});
