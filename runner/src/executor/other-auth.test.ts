// Requests that name another way to sign in than their connection was made with, against a service that writes down what it is sent.
import { listCredentialHosts } from '@weftline/connectors/credential-hosts';
import type { Action, Auth, Connector, SubscriptionRequest, Trigger } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { type FakeAnswer, type ReceivedRequest, startFakeService } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { askSubscription } from './ask-subscription.ts';
import { callAction } from './call-action.ts';
import { loadOptions } from './load-options.ts';
import { forgetGiven } from './session-names.ts';
import type { OpenConnection } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const secret = { type: 'string', 'x-secret': true };
const schema = (names: string[]) => ({
  type: 'object',
  required: names,
  properties: Object.fromEntries(names.map((name) => [name, secret])),
});
const probe = { method: 'GET', endpointTemplate: '/me' } as const;
const key = (names: string[] = []): Auth => ({
  key: 'key',
  label: 'Key',
  type: 'API_KEY',
  credentialsSchema: schema(names),
  test: probe,
});
const app: Auth = {
  key: 'app',
  label: 'App key',
  type: 'JWT',
  credentialsSchema: schema(['appKey']),
  jwt: { alg: 'HS256', key: '{{credentials.appKey}}', claims: {}, ttlSeconds: 60 },
  apply: [
    { in: 'header', name: 'X-App', value: '{{credentials.appKey}}' },
    { in: 'header', name: 'X-Signed', value: '{{auth.token}}' },
  ],
  test: probe,
};
const client = (name: string, tokenUrl = '/token'): Auth => ({
  key: name,
  label: name,
  type: 'OAUTH2',
  oauth2: {
    grant: 'client_credentials',
    tokenUrl: `https://here${tokenUrl}`,
    tokenParams: { who: name },
    scopes: [],
  },
  test: probe,
});

/** Starts the service, and calls actions `own` (as the connection is), `other` (as `app`) and `none`. */
const setUp = async (
  auth: Auth[],
  typed: { [name: string]: string },
  answer: (request: ReceivedRequest, index: number) => FakeAnswer = () => ({ body: {} }),
  change: Partial<Connector> & { other?: Partial<Action>; connection?: Partial<OpenConnection> } = {},
) => {
  const { other, connection: given, ...more } = change;
  const tokens: { [who: string]: number } = {};
  const service = await startFakeService((request, index) => {
    if (!request.url.startsWith('/token')) return answer(request, index);
    const who = new URLSearchParams(request.body).get('who') ?? '';
    tokens[who] = (tokens[who] ?? 0) + 1;
    return { body: { access_token: `token-${tokens[who]}-of-${who}`, expires_in: 3_600 } };
  });
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const action: Action = {
    key: 'own',
    name: 'Own',
    effect: 'read',
    method: 'GET',
    endpointTemplate: '/own',
    inputSchema: { type: 'object', properties: {} },
    outputSchema: {},
  };
  const connector = JSON.parse(
    JSON.stringify({
      manifestVersion: 1,
      app: { key: 'acme', name: 'Acme' },
      version: '1.0.0',
      baseUrl: 'https://here',
      auth,
      actions: [
        action,
        { ...action, key: 'other', endpointTemplate: '/other', auth: 'app', ...other },
        { ...action, key: 'none', endpointTemplate: '/none', auth: 'none' },
      ],
      ...more,
    }).replaceAll('https://here', `http://${service.host}`),
  ) as Connector;
  expect(validateConnector(connector, 'save')).toEqual([]);
  const row = { credentials: typed, saves: 0 };
  const openConnection = async (): Promise<OpenConnection> => ({
    id: `c-${service.host}`,
    name: 'Account',
    authKey: auth[0]!.key,
    config: {},
    credentials: { ...row.credentials },
    ...given,
    saveCredentials: async (next) => {
      row.credentials = next;
      row.saves += 1;
    },
  });
  const clock = { now: Date.parse('2030-01-01T00:00:00Z') };
  const dependencies = { egress, now: () => clock.now };
  const run = { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' };
  const call = (actionKey: 'own' | 'other' | 'none', document = connector) =>
    callAction(
      { tenantId: 't', connector: document, action: actionKey, input: {}, openConnection, run },
      dependencies,
    );
  /** What requests to an address carried of a header, one after the other. */
  const sent = (url: string, header = 'authorization') =>
    service.received.filter((request) => request.url.startsWith(url)).map(({ headers }) => headers[header]);
  return { call, sent, row, clock, service, connector, openConnection, dependencies, tokens };
};
const typedKey = { apiKey: 'key-of-the-account', appKey: 'key-of-the-app-0123456789' };

test('a request is signed in as the way it names, the others as the connection is', async () => {
  const { call, sent } = await setUp([key(['appKey']), app], typedKey);
  for (const name of ['own', 'other', 'none'] as const) expect((await call(name)).ok).toBe(true);
  expect(sent('/own')).toEqual(['Bearer key-of-the-account']);
  expect(sent('/own', 'x-app')).toEqual([undefined]);
  expect(sent('/other')).toEqual([undefined]);
  expect(sent('/other', 'x-app')).toEqual(['key-of-the-app-0123456789']);
  expect(sent('/other', 'x-signed')[0]).toMatch(/^eyJ/);
  expect(sent('/none')).toEqual([undefined]);
});

test('the secrets of both ways are taken out of what is shown, whichever of them was sent', async () => {
  const echo = (request: ReceivedRequest): FakeAnswer => ({
    body: { ...typedKey, signed: request.headers['x-signed'] ?? '' },
  });
  const { call } = await setUp([key(['appKey']), app], typedKey, echo);
  for (const name of ['own', 'other', 'none'] as const) {
    const text = JSON.stringify(await call(name));
    for (const value of [...Object.values(typedKey), 'eyJ']) expect(text).not.toContain(value);
  }
});

test('every request of an action, choices and subscriptions may name it', async () => {
  const step = { method: 'POST', endpointTemplate: '/step', auth: 'app' } as const;
  const subscribe: SubscriptionRequest = { ...step, endpointTemplate: '/subscribe' };
  const { sent, call, connector, openConnection, dependencies } = await setUp(
    [key(['appKey']), app],
    typedKey,
    ({ url }) => ({ body: url === '/choices' ? [{ id: 1 }] : { state: 'done' } }),
    {
      other: {
        auth: 'inherit',
        steps: [{ id: 'before', ...step }],
        after: [{ id: 'behind', ...step }],
        asyncJob: {
          status: { ...probe, endpointTemplate: '/job', auth: 'app' },
          statusPath: 'body.state',
          done: ['done'],
          failed: ['failed'],
          intervalMs: 1_000,
          maxWaitMs: 1_000,
        },
      } as Partial<Action>,
      optionSources: {
        list: {
          request: { ...probe, endpointTemplate: '/choices', auth: 'app' },
          items: 'body',
          value: '{{item.id}}',
          label: '{{item.id}}',
        },
      },
    },
  );
  expect((await call('other')).ok).toBe(true);
  const common = { tenantId: 't', connector, openConnection, input: {} };
  const loaded = await loadOptions({ ...common, keepAs: null }, 'list', undefined, dependencies);
  expect(loaded).toMatchObject({ ok: true, options: [{ value: 1 }] });
  const trigger = { key: 'new', webhook: { subscribe } } as unknown as Trigger;
  const webhook = { url: 'https://weftline.example/h', secret: 'secret-of-the-hook' };
  const about = { trigger, webhook, subscription: {}, stored: {}, idempotencyKey: 'k' };
  const subscribed = await askSubscription({ ...common, ...about, act: 'subscribe' }, dependencies);
  expect(subscribed.ok).toBe(true);
  for (const url of ['/step', '/job', '/choices', '/subscribe'])
    for (const value of sent(url, 'x-app')) expect(value, url).toBe(typedKey.appKey);
  expect(sent('/step', 'x-app')).toHaveLength(2);
  expect(sent('/other')).toEqual(['Bearer key-of-the-account']);
});

const typedClient = {
  apiKey: 'key-of-the-account',
  clientId: 'the-client',
  clientSecret: 'secret-of-client',
};

test('a token that the named way gets is kept by itself, used again, renewed when it is over, and sent for nothing else', async () => {
  const { call, sent, row, clock, tokens } = await setUp(
    [key(['clientId', 'clientSecret']), client('app')],
    typedClient,
  );
  await call('other');
  await call('own');
  await call('other');
  expect(sent('/other')).toEqual(['Bearer token-1-of-app', 'Bearer token-1-of-app']);
  expect(sent('/own')).toEqual(['Bearer key-of-the-account']);
  expect(row.credentials).toMatchObject({ ...typedClient, 'auth.app.accessToken': 'token-1-of-app' });
  expect(row.credentials).not.toHaveProperty('accessToken');
  clock.now += 3_700_000;
  await call('other');
  expect(sent('/other').at(-1)).toBe('Bearer token-2-of-app');
  expect(tokens).toEqual({ app: 2 });
});

test('two ways that get tokens keep them apart, and a refusal renews only the one that was refused', async () => {
  const refused = (request: ReceivedRequest): FakeAnswer =>
    request.headers.authorization === 'Bearer token-1-of-app' ? { status: 401, body: {} } : { body: {} };
  const { call, sent, row } = await setUp(
    [client('main'), client('app')],
    { clientId: 'the-client', clientSecret: 'secret-of-client' },
    refused,
  );
  const calls = [call('own'), call('other'), call('own'), call('other')];
  for (const result of await Promise.all(calls)) expect(result.ok).toBe(true);
  expect(new Set(sent('/own'))).toEqual(new Set(['Bearer token-1-of-main']));
  expect(new Set(sent('/other'))).toEqual(new Set(['Bearer token-1-of-app', 'Bearer token-2-of-app']));
  expect(row.credentials).toMatchObject({
    accessToken: 'token-1-of-main',
    'auth.app.accessToken': 'token-2-of-app',
  });
});

test('sessions of two logins are two sessions, with their own cookies', async () => {
  const session = (name: string): Auth => ({
    key: name,
    label: name,
    type: 'SESSION',
    credentialsSchema: schema(['password']),
    session: {
      cookies: true,
      login: [
        {
          id: 'login',
          method: 'POST',
          endpointTemplate: `/login/${name}`,
          capture: { token: 'body.token' },
        },
      ],
    },
    apply: [{ in: 'header', name: 'X-Session', value: '{{auth.token}}' }],
    test: probe,
  });
  let logins = 0;
  const { call, sent, row } = await setUp(
    [session('main'), session('app')],
    { password: 'the-password' },
    ({ url }) => {
      if (!url.startsWith('/login')) return { body: {} };
      logins += 1;
      const name = url.split('/')[2]!;
      return { headers: { 'set-cookie': `sid=cookie-of-${name}` }, body: { token: `session-of-${name}` } };
    },
  );
  for (const name of ['own', 'other', 'own', 'other'] as const) expect((await call(name)).ok).toBe(true);
  expect(logins).toBe(2);
  expect(sent('/own', 'x-session')).toEqual(Array(2).fill('session-of-main'));
  expect(sent('/other', 'x-session')).toEqual(Array(2).fill('session-of-app'));
  expect(new Set(sent('/own', 'cookie'))).toEqual(new Set(['sid=cookie-of-main']));
  expect(new Set(sent('/other', 'cookie'))).toEqual(new Set(['sid=cookie-of-app']));
  expect(Object.keys(forgetGiven(row.credentials))).toEqual(['password']);
});

test('the token of the connection can be placed otherwise, and is renewed as the connection renews it', async () => {
  const placed: Auth = {
    key: 'app',
    label: 'In the address',
    type: 'API_KEY',
    credentialsSchema: schema(['accessToken']),
    apply: [{ in: 'header', name: 'X-Token', value: '{{credentials.accessToken}}' }],
    test: probe,
  };
  const main = client('main');
  main.credentialsSchema = schema(['apiKey']);
  const { call, sent, row } = await setUp(
    [main, placed],
    { clientId: 'the-client', clientSecret: 'secret-of-client', apiKey: 'key-of-the-account' },
    (request) =>
      request.headers['x-token'] === 'token-1-of-main' ? { status: 401, body: {} } : { body: {} },
  );
  expect((await call('other')).ok).toBe(true);
  expect(sent('/other', 'x-token')).toEqual(['token-1-of-main', 'token-2-of-main']);
  expect(sent('/other')).toEqual([undefined, undefined]);
  expect(row.credentials).toMatchObject({ accessToken: 'token-2-of-main' });
});

test('a refusal of the named way does not end the sign-in of a person', async () => {
  const person: Auth = {
    ...client('main'),
    credentialsSchema: schema(['appKey']),
    oauth2: {
      grant: 'authorization_code',
      authorizationUrl: 'https://here/allow',
      tokenUrl: 'https://here/token',
      scopes: [],
    },
  };
  const typed = {
    clientId: 'the-client',
    clientSecret: 'secret-of-client',
    appKey: typedKey.appKey,
    accessToken: 'token-of-a-person',
    refreshToken: 'refresh-of-a-person',
  };
  const { call, sent, row, tokens } = await setUp([person, app], typed, ({ url }) => ({
    status: url === '/other' ? 401 : 200,
    body: {},
  }));
  expect(await call('other')).toMatchObject({ ok: false, error: { type: 'AUTH', code: 'remote_refused' } });
  expect(tokens).toEqual({});
  expect(row.saves).toBe(0);
  await call('own');
  expect(sent('/own')).toEqual(['Bearer token-of-a-person']);
});

test('with changed credentials the token of the old ones is used no more', async () => {
  const { call, sent, row } = await setUp([key(['clientId', 'clientSecret']), client('app')], typedClient);
  await call('other');
  row.credentials = { ...row.credentials, clientSecret: 'another-secret' };
  await call('other');
  expect(sent('/other')).toEqual(['Bearer token-1-of-app', 'Bearer token-2-of-app']);
});

test('S9: the named way sends credentials to agreed hosts alone, and its own address must be among them', async () => {
  const { call, connector, service } = await setUp(
    [key(['clientId', 'clientSecret']), client('app', '/token')],
    typedClient,
    undefined,
    { connection: { credentialHosts: ['elsewhere.example'] } },
  );
  expect(await call('other')).toMatchObject({ ok: false, error: { code: 'hosts_not_agreed', sent: 'no' } });
  expect(service.received).toHaveLength(0);
  const moved = structuredClone(connector);
  moved.auth[1]!.oauth2!.tokenUrl = 'https://login.example/token';
  expect(listCredentialHosts(moved, moved.auth[0]!, {})).toEqual([service.host, 'login.example']);
  let bound: readonly string[] = [];
  const unbound = await setUp([key(['clientId', 'clientSecret']), client('app')], typedClient, undefined, {
    connection: { credentialHosts: [], bindHosts: async (declared) => (bound = declared) },
  });
  expect((await unbound.call('other')).ok).toBe(true);
  expect(bound).toEqual([unbound.service.host]);
});

test('a connection from before it was asked for, and a way that needs a person, are told before anything is sent', async () => {
  const { call, service, connector } = await setUp([key(['appKey']), app], { apiKey: 'key-of-the-account' });
  expect(await call('other')).toMatchObject({
    ok: false,
    error: {
      code: 'invalid_input',
      sent: 'no',
      message:
        'The connection "Account" has no "appKey", which "App key" needs for this request: add it to the connection.',
    },
  });
  const lost = structuredClone(connector);
  lost.actions[1]!.auth = 'gone';
  expect(await call('other', lost)).toMatchObject({ ok: false, error: { code: 'invalid_input' } });
  expect(service.received).toHaveLength(0);
});
