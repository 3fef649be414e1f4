import type { Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, ReceivedRequest } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { logOut } from './session.ts';
import type { OpenConnection } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const steps = {
  login: {
    id: 'login',
    method: 'POST',
    endpointTemplate: '/login',
    bodyTemplate: { password: '{{credentials.password}}' },
    capture: { token: 'body.token', again: 'body.again' },
  },
  refresh: {
    id: 'refresh',
    method: 'POST',
    endpointTemplate: '/refresh',
    bodyTemplate: { again: '{{auth.again}}' },
    capture: { token: 'body.token' },
  },
  logout: {
    id: 'logout',
    method: 'DELETE',
    endpointTemplate: '/session',
    apply: [{ in: 'header', name: 'X-Session', value: '{{auth.token}}' }],
  },
};

const connectorOf = (baseUrl: string, session: object): Connector =>
  ({
    manifestVersion: 1,
    app: { key: 'sample', name: 'Sample' },
    version: '1.0.0',
    baseUrl,
    auth: [
      {
        key: 'way',
        label: 'Way',
        type: 'SESSION',
        credentialsSchema: {
          type: 'object',
          required: ['password'],
          properties: { password: { type: 'string', 'x-secret': true } },
        },
        test: { method: 'GET', endpointTemplate: '/me' },
        session: {
          login: [steps.login],
          refresh: [steps.refresh],
          logout: [steps.logout],
          ttlSeconds: 1_000,
          ...session,
        },
        apply: [{ in: 'header', name: 'X-Session', value: '{{auth.token}}' }],
      },
    ],
    actions: [
      {
        key: 'get',
        name: 'Get',
        method: 'GET',
        endpointTemplate: '/me',
        inputSchema: { type: 'object' },
        outputSchema: {},
      },
    ],
  }) as unknown as Connector;

const start = 1_700_000_000_000;

const setUp = async (answer: (request: ReceivedRequest) => FakeAnswer, session: object = {}) => {
  const service = await startFakeService(answer);
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connector = connectorOf(`http://${service.host}`, session);
  expect(validateConnector(connector, 'save')).toEqual([]);
  let credentials: { [name: string]: string } = { password: 'the-password-of-ada' };
  const openConnection = async (): Promise<OpenConnection> => ({
    id: `c-${service.host}`,
    name: 'Account',
    authKey: 'way',
    config: {},
    credentials: { ...credentials },
    saveCredentials: async (next) => {
      credentials = next;
    },
  });
  const run = { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' };
  const call = (seconds: number) =>
    callAction(
      { tenantId: 't', connector, action: 'get', input: {}, openConnection, run },
      { egress, now: () => start + seconds * 1_000 },
    );
  const end = () =>
    logOut({
      tenantId: 't',
      connector,
      auth: connector.auth[0]!,
      config: {},
      credentials,
      egress,
      now: () => start,
      signal: undefined,
    });
  const asked = () => service.received.map(({ url }) => url).filter((url) => url !== '/me');
  return { call, end, asked, service };
};

/** Gives `login-token-1`, `refresh-token-2`, …; only the newest is good, and the newest only while `isGood`. */
const serve = (refuse: () => FakeAnswer | null = () => null) => {
  const state = { count: 0, token: '', isGood: true };
  const answer = ({ url, headers }: ReceivedRequest): FakeAnswer => {
    const refused = url === '/refresh' ? refuse() : null;
    if (refused) return refused;
    if (url === '/me')
      return state.isGood && headers['x-session'] === state.token
        ? { body: { name: 'Ada' } }
        : { status: 401, body: {} };
    if (url === '/session') return { status: 204 };
    state.count += 1;
    state.isGood = true;
    state.token = `${url.slice(1)}-token-${state.count}`;
    return { body: { token: state.token, again: `prolong-${state.count}` } };
  };
  return { state, answer };
};

test('a session that is over is prolonged without another login, and what is not given anew stays', async () => {
  const { state, answer } = serve();
  const { call, asked, service } = await setUp(answer);
  for (const seconds of [0, 1_000, 2_000, 2_100]) expect((await call(seconds)).ok).toBe(true);
  expect(asked()).toEqual(['/login', '/refresh', '/refresh']);
  const bodies = service.received.filter(({ url }) => url === '/refresh').map(({ body }) => JSON.parse(body));
  expect(bodies).toEqual([{ again: 'prolong-1' }, { again: 'prolong-1' }]);
  state.isGood = false;
  expect((await call(2_500)).ok).toBe(true);
  expect(asked()).toEqual(['/login', '/refresh', '/refresh', '/refresh']);
});

test('a refused refresh, and a session refused when it is young, is followed by a login; a busy service is not', async () => {
  let refusal: FakeAnswer | null = { status: 403, body: {} };
  const { state, answer } = serve(() => refusal);
  const { call, asked } = await setUp(answer);
  await call(0);
  expect((await call(1_000)).ok).toBe(true);
  expect(asked()).toEqual(['/login', '/refresh', '/login']);
  state.isGood = false;
  expect((await call(1_010)).ok).toBe(true);
  expect(asked().slice(3)).toEqual(['/login']);
  refusal = { body: { nothing: true } };
  expect((await call(3_000)).ok).toBe(true);
  expect(asked().slice(4)).toEqual(['/refresh', '/login']);
  refusal = { status: 503, headers: { 'retry-after': '5' }, body: {} };
  expect(await call(5_000)).toMatchObject({ ok: false, error: { sent: 'no' } });
  expect(asked().slice(6)).toEqual(['/refresh']);
});

test('cookies of a session go along when it is prolonged and when it ends', async () => {
  const { call, end, service } = await setUp(
    ({ url }) => ({
      ...(url === '/me' ? {} : { headers: { 'set-cookie': `sid=cookie-of-${url.slice(1)}; Path=/` } }),
      body: { token: 'token-of-ada', again: 'prolong-ada' },
    }),
    { cookies: true, refresh: [{ ...steps.refresh, capture: {} }] },
  );
  expect(await end()).toBe(false);
  expect((await call(0)).ok).toBe(true);
  expect((await call(1_000)).ok).toBe(true);
  expect(await end()).toBe(true);
  expect(service.received.map(({ url, headers }) => [url, headers.cookie])).toEqual([
    ['/login', undefined],
    ['/me', 'sid=cookie-of-login'],
    ['/refresh', 'sid=cookie-of-login'],
    ['/me', 'sid=cookie-of-refresh'],
    ['/session', 'sid=cookie-of-refresh'],
  ]);
  expect(service.received.at(-1)?.headers['x-session']).toBe('token-of-ada');
});

test('a refresh and a logout are checked: what they read, what they give anew, where they go', () => {
  const problemsOf = (session: object) =>
    validateConnector(connectorOf('https://api.example.com', session), 'save').map(
      ({ path, code }) => `${path.replace('/auth/0/session/', '')} ${code}`,
    );
  expect(problemsOf({})).toEqual([]);
  expect(problemsOf({ refresh: [{ ...steps.refresh, capture: { other: 'body.x' } }] })).toEqual([
    'refresh/0/capture/other undeclared_name',
  ]);
  expect(problemsOf({ refresh: [{ ...steps.refresh, bodyTemplate: { a: '{{auth.none}}' } }] })).toEqual([
    'refresh/0/bodyTemplate/a undeclared_name',
  ]);
  expect(problemsOf({ login: [{ ...steps.login, bodyTemplate: { a: '{{auth.token}}' } }] })).toEqual([
    'login/0/bodyTemplate/a unknown_root',
  ]);
  expect(problemsOf({ refresh: [{ ...steps.refresh, capture: {} }] })).toContain('refresh missing_key');
  expect(problemsOf({ logout: [{ ...steps.logout, endpointTemplate: 'https://evil.example/x' }] })).toEqual([
    'logout/0/endpointTemplate host_not_allowed',
  ]);
});
