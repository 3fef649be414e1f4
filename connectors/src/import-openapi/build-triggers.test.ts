import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../json.ts';
import { validateConnector } from '../validate-connector.ts';
import { importOpenApi, mergeImports } from './index.ts';

const body = (schema: Json, more: object = {}) => ({
  requestBody: { content: { 'application/json': { schema, ...more } } },
  responses: { 200: { description: 'Taken.' } },
});
const event = (type: string, data: object = {}) => ({
  type: 'object',
  required: ['type'],
  properties: { type: { const: type }, object: { const: 'event' }, data: { type: 'object', ...data } },
});
const document = (more: object): JsonObject =>
  ({
    openapi: '3.1.0',
    info: { title: 'Shop' },
    servers: [{ url: 'https://api.example.com' }],
    paths: { '/me': { get: { responses: { 200: { description: 'Fine.' } } } } },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    ...more,
  }) as unknown as JsonObject;
const draftsOf = (more: object) => {
  const imported = importOpenApi(document(more), { triggers: true });
  expect(validateConnector(imported.definition, 'save')).toEqual([]);
  return imported;
};
const matchesOf = (more: object) =>
  (draftsOf(more).definition.triggers ?? []).map(({ key, ingress }) => [key, ingress?.match]);

const orders = {
  webhooks: {
    'order.created': { post: { summary: 'New order', ...body(event('order.created')) } },
    'order.paid': { post: body(event('order.paid'), { example: { type: 'order.paid', data: { id: 7 } } }) },
  },
};

test('without the wish for triggers, webhooks are said and stand in the way of nothing', () => {
  const { definition, triggers, warnings } = importOpenApi(document(orders));
  expect(triggers).toBe(0);
  expect(definition).not.toHaveProperty('ingress');
  expect(validateConnector(definition, 'publish')).toEqual([]);
  expect(warnings.join()).toContain('2 calls of the service (order.created, order.paid)');
});

test('webhooks become triggers of one address, told apart by what differs, with samples', () => {
  const { definition, triggers } = draftsOf(orders);
  expect(triggers).toBe(2);
  expect(definition.ingress).toEqual({ receive: { verify: [] } });
  expect(definition.triggers).toMatchObject([
    {
      key: 'order-created',
      name: 'New order',
      type: 'INGRESS',
      ingress: { match: "{{body.type == 'order.created'}}" },
      sample: { type: 'order.created', object: 'event' },
    },
    {
      key: 'order-paid',
      name: 'Order paid',
      ingress: { match: "{{body.type == 'order.paid'}}" },
      sample: { type: 'order.paid', data: { id: 7 } },
    },
  ]);
});

test('a draft is published once its sender is known, and not before: the problem says where and how', () => {
  const { definition } = draftsOf(orders);
  expect(validateConnector(definition, 'publish')).toEqual([
    {
      path: '/ingress/receive/verify',
      code: 'unverified_webhook',
      message: expect.stringMatching(
        /"order-created", "order-paid": add a sender check to "verify", such as/,
      ),
    },
  ]);
  const check = { scheme: 'standardWebhooks', secret: '{{credentials.signingSecret}}' } as const;
  const receive = { ...definition.ingress!.receive, verify: [check] };
  expect(validateConnector({ ...definition, ingress: { receive } }, 'publish')).toEqual([]);
});

test('events are told apart by headers, lists of values, members of members and choices', () => {
  const header = (example: string) => [
    { name: 'X-Shop-Event', in: 'header', schema: { type: 'string' }, example },
  ];
  expect(
    matchesOf({
      webhooks: {
        opened: {
          post: { ...body({ properties: { action: { enum: ['opened'] } } }), parameters: header('issue') },
        },
        closed: {
          post: {
            ...body({ properties: { action: { enum: ['closed', 'done'] } } }),
            parameters: header('issue'),
          },
        },
        nested: { post: body({ properties: { event: { properties: { kind: { const: 'nested' } } } } }) },
        several: { post: body({ oneOf: [event('a'), event('b')] }) },
      },
    }),
  ).toEqual([
    ['opened', "{{headers['x-shop-event'] == 'issue' && body.action == 'opened'}}"],
    ['closed', "{{headers['x-shop-event'] == 'issue' && body.action in ['closed', 'done']}}"],
    ['nested', "{{body.event.kind == 'nested'}}"],
    ['several', "{{body.object == 'event' && body.type in ['a', 'b']}}"],
  ]);
});

test('what the document does not tell apart is marked, and publishing asks for it', () => {
  const { definition, warnings } = draftsOf({
    webhooks: { first: { post: body({ type: 'object' }) }, second: { post: body(true) } },
  });
  expect(definition.triggers!.map(({ ingress }) => ingress!.match)).toEqual(['{{false}}', '{{false}}']);
  expect(definition.triggers![0]!.description).toContain('To be filled in: ingress.match');
  expect(warnings.join()).toContain('webhook first: the document does not say');
  expect(validateConnector(definition, 'publish').map(({ path, code }) => [path, code])).toEqual([
    ['/ingress/receive/verify', 'unverified_webhook'],
    ['/triggers/0/ingress/match', 'unfinished_trigger'],
    ['/triggers/1/ingress/match', 'unfinished_trigger'],
  ]);
});

test('callbacks of operations, and webhooks of older versions, become triggers too', () => {
  const post = {
    operationId: 'subscribe',
    responses: {},
    callbacks: {
      onData: { '{$request.body#/url}': { post: body(event('data')) } },
      missing: { $ref: '#/components/callbacks/Gone' },
    },
  };
  expect(
    matchesOf({
      openapi: '3.0.3',
      paths: { '/subscribe': { post } },
      'x-webhooks': { alone: { post: body({ properties: { type: { enum: ['alone'] } } }) } },
    }),
  ).toEqual([
    ['alone', "{{body.type == 'alone'}}"],
    ['subscribe-on-data', "{{body.type == 'data' && body.object == 'event'}}"],
  ]);
});

test('a webhook that is alone takes what comes; an example that does not fit is replaced; names may repeat', () => {
  const odd = {
    type: 'object',
    required: ['a', 'at'],
    properties: {
      a: { type: 'integer', minimum: 5 },
      at: { type: 'string', format: 'date-time' },
      s: { type: 'string', pattern: '^[A-Z]{9}$' },
    },
  };
  const { definition } = draftsOf({ webhooks: { only: { post: body(odd, { example: { a: 'x' } }) } } });
  expect(definition.triggers).toMatchObject([
    { ingress: { match: "{{method != ''}}" }, sample: { a: 5, at: '2026-01-31T12:00:00Z' } },
  ]);
  const keys = matchesOf({ webhooks: { 'a.b': { post: body({}) }, a_b: { post: body({}) } } }).map(
    ([key]) => key,
  );
  expect(new Set(keys).size).toBe(2);
});

test('what a document cannot mean as a webhook is passed over', () => {
  expect(
    matchesOf({
      webhooks: { none: null, text: 'x', gone: { $ref: '#/nowhere' }, empty: {}, bad: { post: 5 } },
    }),
  ).toEqual([]);
  expect(matchesOf({ webhooks: [] })).toEqual([]);
});

test('another import keeps the check of the sender and tells new and lost webhooks', () => {
  const baseline = draftsOf(orders).definition;
  const edited = structuredClone(baseline);
  edited.ingress!.receive.verify = [{ scheme: 'standardWebhooks', secret: '{{credentials.signingSecret}}' }];
  edited.triggers![0]!.name = 'An order came';
  const { 'order.created': kept } = orders.webhooks;
  const next = draftsOf({
    webhooks: { 'order.created': kept, 'order.lost': { post: body(event('order.lost')) } },
  }).definition;
  const merged = mergeImports(baseline as unknown as JsonObject, edited as unknown as JsonObject, next);
  expect(merged.definition.ingress!.receive.verify).toHaveLength(1);
  expect(merged.definition.triggers!.map(({ name }) => name)).toEqual(['An order came', 'Order lost']);
  expect(merged.diff).toEqual(
    expect.arrayContaining([
      { path: '/triggers/order-lost', kind: 'added' },
      { path: '/triggers/order-paid', kind: 'removed' },
      { path: '/triggers/order-created/name', kind: 'kept_edit' },
      { path: '/ingress/receive/verify', kind: 'kept_edit' },
    ]),
  );
  expect(validateConnector(merged.definition, 'publish')).toEqual([]);
});
