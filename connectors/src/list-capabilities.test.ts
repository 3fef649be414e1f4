import { expect, test } from 'vitest';
import { capabilities, listCapabilities, type Capability } from './list-capabilities.ts';
import { readFormat } from './read-format.ts';
import type { Connector } from './types.ts';
import { validateConnector } from './validate-connector.ts';

const action: Connector['actions'][number] = {
  key: 'list',
  name: 'List',
  method: 'POST',
  endpointTemplate: '/items',
  effect: 'read',
  inputSchema: { type: 'object' },
  outputSchema: {},
};
const base: Connector = {
  manifestVersion: 1,
  app: { key: 'acme', name: 'Acme' },
  version: '1.0.0',
  baseUrl: 'https://api.acme.example',
  auth: [{ key: 'none', label: 'None', type: 'NONE' }],
  actions: [action],
};
const withAction = (change: object): Connector => ({ ...base, actions: [{ ...action, ...change }] });
const withAuth = (change: object): Connector =>
  ({
    ...base,
    auth: [{ key: 'main', label: 'Main', test: { method: 'GET', endpointTemplate: '/me' }, ...change }],
  }) as Connector;
const request = { method: 'GET', endpointTemplate: '/x' } as const;
const withTrigger = (change: object): Connector =>
  ({
    ...base,
    triggers: [{ key: 'new', name: 'New', outputSchema: {}, sample: {}, ...change }],
  }) as Connector;

/** For each capability a connector that cannot work without it. */
const examples: { [capability in Capability]: Connector } = {
  'auth.oauth2': withAuth({ type: 'OAUTH2' }),
  'auth.session': withAuth({ type: 'SESSION' }),
  'auth.jwt': withAuth({ type: 'JWT' }),
  'auth.oauth1': withAuth({ type: 'OAUTH1' }),
  'auth.sigv4': withAuth({ type: 'AWS_SIGV4' }),
  'auth.hmac': withAuth({ type: 'HMAC' }),
  'auth.other': withAction({ auth: 'main' }),
  'auth.sessionRefresh': withAuth({ type: 'NONE', session: { login: [], refresh: [] } }),
  'auth.sessionLogout': withAuth({ type: 'NONE', session: { login: [], logout: [] } }),
  'body.form': withAction({ bodyFormat: 'form' }),
  'body.multipart': withAction({ bodyFormat: 'multipartRelated' }),
  'body.binary': withAction({ bodyFormat: 'binary' }),
  'body.fileName': withAction({ bodySchema: { properties: { a: { 'x-filename': 'a.json' } } } }),
  'body.xml': withAction({ bodyFormat: 'xml' }),
  'body.graphql': withAction({ bodyFormat: 'graphql' }),
  'body.jsonRpc': withAction({ bodyFormat: 'jsonRpc' }),
  'response.xml': withAction({ responseFormat: 'xml' }),
  'response.xmlNamespaces': { ...base, defaults: { xmlNamespaces: { d: 'DAV:' } } },
  'response.csv': withAction({ responseFormat: 'csv' }),
  'response.ndjson': withAction({ responseFormat: 'ndjson' }),
  'response.sse': withAction({ responseFormat: 'sse' }),
  'response.binary': withAction({ responseFormat: 'binary' }),
  pagination: withAction({ pagination: { type: 'link', items: 'body' } }),
  'pagination.next': withAction({ pagination: { type: 'none', next: '{{items[-1].id}}' } }),
  'pagination.path': withAction({ pagination: { type: 'none', send: { in: 'path', name: 'page' } } }),
  'retryAfter.text': withAction({ retry: { retryAfter: [{ from: { header: 'x' }, unit: 'duration' }] } }),
  rateLimit: { ...base, defaults: { rateLimit: { limit: 1, windowMs: 1000 } } } as Connector,
  steps: withAction({ steps: [{ id: 'a', ...request }] }),
  asyncJob: withAction({ asyncJob: { status: request } }),
  options: { ...base, optionSources: { a: { request } } } as unknown as Connector,
  fields: { ...base, fieldSources: { a: { request } } } as unknown as Connector,
  files: withAction({ inputSchema: { properties: { a: { items: { 'x-file': true } } } } }),
  'input.encode': withAction({ inputSchema: { properties: { a: { type: 'string', 'x-encode': 'hex' } } } }),
  'input.dateFormat': withTrigger({
    inputSchema: { properties: { a: { type: 'string', 'x-dateFormat': 'date' } } },
  }),
  'trigger.poll': withTrigger({ poll: { request } }),
  'trigger.pollUpdated': withTrigger({ poll: { request, updatedKey: '{{item.at}}' } }),
  'trigger.webhook': withTrigger({ webhook: { subscribe: request, unsubscribe: request, receive: {} } }),
  ingress: withTrigger({ ingress: {} }),
};

test.each(Object.entries(examples))(
  '%s is required by a document that uses it, and alone',
  (name, connector) => {
    // What belongs to a poll comes with one.
    const also = name === 'trigger.pollUpdated' ? ['trigger.poll'] : [];
    expect(listCapabilities(connector)).toEqual([...also, name]);
  },
);

test('a plain document requires nothing', () => {
  expect(listCapabilities(base)).toEqual([]);
});

test('the format lists what the code knows', () => {
  const schema = readFormat().get('connector') as unknown as {
    properties: { requires: { items: { enum: string[] } } };
  };
  expect(schema.properties.requires.items.enum).toEqual(capabilities);
});

test('a step and a request of a trigger count as well', () => {
  const step = { id: 'a', ...request, responseFormat: 'csv' as const };
  expect(listCapabilities(withAction({ steps: [step] }))).toEqual(['response.csv', 'steps']);
});

test('a published document that says what it requires says all of it', () => {
  const connector = withAction({ bodyFormat: 'form', responseFormat: 'csv', bodyTemplate: { a: 1 } });
  expect(validateConnector(connector, 'publish')).toEqual([]);
  const few: Connector = { ...connector, requires: ['body.form'] };
  expect(validateConnector(few, 'save')).toEqual([]);
  expect(validateConnector(few, 'publish')).toMatchObject([
    { path: '/requires', code: 'requires_missing', message: expect.stringContaining('response.csv') },
  ]);
  const more: Connector = { ...connector, requires: ['body.form', 'response.csv', 'asyncJob'] };
  expect(validateConnector(more, 'publish')).toEqual([]);
});
