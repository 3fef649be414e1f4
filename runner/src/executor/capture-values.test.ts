import type { Auth, Capture, Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, ReceivedRequest } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { finishOauth, startOauth } from './oauth2.ts';
import { testConnection } from './test-connection.ts';
import type { OpenConnection } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const learned = (name: string, more: object = {}) => ({
  [name]: { type: 'string', readOnly: true, ...more },
});

const setUp = async (
  auth: Partial<Auth>,
  properties: object,
  answer: (request: ReceivedRequest) => FakeAnswer,
  credentials: { [name: string]: string },
) => {
  const service = await startFakeService(answer);
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connector = {
    manifestVersion: 1,
    app: { key: 'sample', name: 'Sample' },
    version: '1.0.0',
    baseUrl: `http://${service.host}`,
    connectionSchema: { type: 'object', properties, additionalProperties: false },
    auth: [{ key: 'way', label: 'Way', type: 'API_KEY', ...auth }],
    actions: [],
  } as unknown as Connector;
  expect(validateConnector(connector, 'save')).toEqual([]);
  const row: { config: OpenConnection['config']; credentials: { [name: string]: string } } = {
    config: {},
    credentials,
  };
  const open = async (): Promise<OpenConnection> => ({
    id: `c-${service.host}`,
    name: 'Account',
    authKey: 'way',
    config: { ...row.config },
    credentials: { ...row.credentials },
    saveCredentials: async (next) => void (row.credentials = next),
    saveConfig: async (values) => void (row.config = { ...row.config, ...values }),
  });
  const tryIt = () =>
    testConnection({ tenantId: 't', connector, openConnection: open }, { egress, now: Date.now });
  return { connector, egress, row, service, tryIt };
};

const sites: Capture = {
  name: 'site',
  from: 'request',
  request: { method: 'GET', endpointTemplate: '/sites' },
  path: 'body.values',
  choose: { label: 'item.name', value: 'item.id' },
};

test('what a token answer tells becomes a setting, in time for the first call', async () => {
  const { row, service, tryIt } = await setUp(
    {
      type: 'OAUTH2',
      oauth2: { grant: 'client_credentials', tokenUrl: 'http://127.0.0.1:9/token', scopes: [] },
      capture: [{ name: 'account', from: 'tokenResponse', path: 'body.account.id' }],
      test: { method: 'GET', endpointTemplate: '/{{connection.account}}/me' },
      labelTemplate: '{{test.body.name}} at {{connection.account}}',
    },
    learned('account', { pattern: '^[a-z0-9]+$' }),
    ({ url }) =>
      url === '/token'
        ? { body: { access_token: 'good-token', account: { id: 'acme1' } } }
        : { status: url === '/acme1/me' ? 200 : 404, body: { name: 'Ada' } },
    { clientId: 'a', clientSecret: 'the-secret' },
  ).then((made) => {
    const [auth] = made.connector.auth;
    auth!.oauth2!.tokenUrl = `http://${made.service.host}/token`;
    return made;
  });
  expect(await tryIt()).toMatchObject({ ok: true, account: 'Ada at acme1' });
  expect(row.config).toEqual({ account: 'acme1' });
  expect(service.received).toHaveLength(2);
});

test('a value that the schema of its setting refuses is not kept: it could lead calls elsewhere', async () => {
  const { row, connector, service, tryIt } = await setUp(
    {
      type: 'OAUTH2',
      oauth2: { grant: 'client_credentials', tokenUrl: 'http://127.0.0.1:9/token', scopes: [] },
      capture: [{ name: 'region', from: 'tokenResponse', path: 'body.region' }],
      test: { method: 'GET', endpointTemplate: '/me' },
    },
    learned('region', { pattern: '^[a-z0-9-]+$' }),
    () => ({ body: { access_token: 'good-token', region: 'evil.example/' } }),
    { clientId: 'a', clientSecret: 'the-secret' },
  );
  connector.auth[0]!.oauth2!.tokenUrl = `http://${service.host}/token`;
  expect(await tryIt()).toMatchObject({ ok: false, code: 'response_invalid' });
  expect(row.config).toEqual({});
});

test('what the callback of a sign-in brings is told to the caller', async () => {
  const { connector, egress, service } = await setUp(
    {
      type: 'OAUTH2',
      oauth2: {
        grant: 'authorization_code',
        authorizationUrl: 'http://127.0.0.1:9/auth',
        tokenUrl: 'http://127.0.0.1:9/token',
        scopes: [],
      },
      capture: [
        { name: 'realm', from: 'callbackQuery', path: 'callback.realmId' },
        { name: 'team', from: 'tokenResponse', path: 'body.team.id' },
        { name: 'nothing', from: 'tokenResponse', path: 'body.absent' },
      ],
      test: { method: 'GET', endpointTemplate: '/me' },
    },
    { ...learned('realm'), ...learned('team'), ...learned('nothing') },
    () => ({ body: { access_token: 'good-token', team: { id: 'T1' } } }),
    {},
  );
  connector.auth[0]!.oauth2!.tokenUrl = `http://${service.host}/token`;
  const given = {
    tenantId: 't',
    connector,
    authKey: 'way',
    config: {},
    credentials: { clientId: 'a', clientSecret: 'the-secret' },
    redirectUri: 'http://127.0.0.1:9/back',
    state: 's',
  };
  const { codeVerifier } = await startOauth(given, { egress });
  const callback = new URLSearchParams({ state: 's', code: 'c', realmId: '4711' });
  const finished = await finishOauth({ ...given, callback, codeVerifier }, { egress, now: Date.now });
  expect(finished.learned).toEqual({ realm: '4711', team: 'T1' });
});

test('of several accounts the person chooses one, an only one is taken, none is a failure', async () => {
  let values = [
    { id: 's-1', name: 'First' },
    { id: 's-2', name: 'Second' },
  ];
  const { row, tryIt } = await setUp(
    {
      capture: [sites],
      test: { method: 'GET', endpointTemplate: '/sites/{{connection.site}}' },
      labelTemplate: '{{test.body.path}}',
    },
    { site: { type: 'string' } },
    ({ url }) => ({ body: url === '/sites' ? { values } : { path: url } }),
    { apiKey: 'the-key' },
  );
  expect(await tryIt()).toMatchObject({
    ok: false,
    code: 'invalid_input',
    message: 'Several fit "site", choose one: First ("s-1"), Second ("s-2").',
    hint: expect.stringContaining('settings'),
  });
  row.config = { site: 's-2' };
  expect(await tryIt()).toMatchObject({ ok: true, account: '/sites/s-2' });
  row.config = {};
  values = values.slice(0, 1);
  expect(await tryIt()).toMatchObject({ ok: true, account: '/sites/s-1' });
  expect(row.config).toEqual({ site: 's-1' });
  values = [];
  expect(await tryIt()).toMatchObject({ ok: false, code: 'invalid_input' });
});

test('a service that refuses the question fails the test with its own words', async () => {
  const { tryIt } = await setUp(
    { capture: [sites], test: { method: 'GET', endpointTemplate: '/me' } },
    { site: { type: 'string' } },
    () => ({ status: 401, body: { message: 'Bad key' } }),
    { apiKey: 'the-key' },
  );
  expect(await tryIt()).toMatchObject({ ok: false, status: 401, hint: expect.stringContaining('key') });
});

const problemsOf = (capture: object, properties: object = learned('site'), more: object = {}) =>
  validateConnector(
    {
      manifestVersion: 1,
      app: { key: 'sample', name: 'Sample' },
      version: '1.0.0',
      baseUrl: 'https://api.example.com',
      connectionSchema: { type: 'object', properties, ...more },
      auth: [{ key: 'way', label: 'Way', type: 'API_KEY', capture: [capture] }],
      actions: [],
    },
    'save',
  ).map(({ path, code }) => `${path.replace('/auth/0/capture/0/', '')} ${code}`);

test('a capture has a source, a path into it and a declared setting', () => {
  const { choose: _none, ...plain } = sites;
  const { request: _asked, ...silent } = plain;
  expect(problemsOf(plain)).toEqual([]);
  expect(problemsOf({ ...plain, from: 'tokenResponse' })).toEqual([
    'from wrong_value',
    'request unknown_key',
  ]);
  expect(problemsOf({ ...plain, from: 'callbackQuery' })).toContain('path bad_path');
  expect(problemsOf(silent)).toContain('request missing_key');
  expect(problemsOf({ ...plain, path: 'values' })).toEqual(['path bad_path']);
  expect(problemsOf({ ...plain, name: 'other' })).toEqual(['name undeclared_name']);
  expect(problemsOf(plain, { site: { type: 'string' } })).toEqual([
    '/connectionSchema/properties/site/readOnly missing_key',
  ]);
  expect(problemsOf(plain, learned('site'), { required: ['site'] })).toEqual([
    '/connectionSchema/required wrong_value',
  ]);
  expect(problemsOf({ ...plain, request: { action: 'none' } })).toEqual(['request/action unknown_action']);
  expect(problemsOf({ ...plain, request: { method: 'DELETE', endpointTemplate: '/x' } })).toContain(
    'request/method unsafe_test',
  );
});
