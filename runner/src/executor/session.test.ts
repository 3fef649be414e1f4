import type { Action, Auth, Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, ReceivedRequest } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { forgetGiven } from './session-names.ts';
import { testConnection } from './test-connection.ts';
import type { OpenConnection } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const credentialsSchema = {
  type: 'object',
  required: ['user', 'password'],
  properties: { user: { type: 'string' }, password: { type: 'string', 'x-secret': true } },
};
const typed = { user: 'ada', password: 'the-password-of-ada' };

const connectorOf = (auth: object, baseUrl = 'https://api.example.com', action: object = {}): Connector =>
  ({
    manifestVersion: 1,
    app: { key: 'sample', name: 'Sample' },
    version: '1.0.0',
    baseUrl,
    defaults: { errors: [{ when: '{{body.ok == false}}', type: 'AUTH', message: '{{body.why}}' }] },
    auth: [
      {
        key: 'way',
        label: 'Way',
        type: 'SESSION',
        credentialsSchema,
        test: { method: 'GET', endpointTemplate: '/me' },
        ...auth,
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
        ...action,
      },
    ],
  }) as unknown as Connector;

const setUp = async (
  auth: Partial<Auth>,
  answer: (request: ReceivedRequest, index: number) => FakeAnswer | Promise<FakeAnswer>,
  action: Partial<Action> = {},
) => {
  const service = await startFakeService(answer);
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connector = connectorOf(auth, `http://${service.host}`, action);
  expect(validateConnector(connector, 'save')).toEqual([]);
  const row: { credentials: { [name: string]: string }; saves: number } = { credentials: typed, saves: 0 };
  const openConnection = async (): Promise<OpenConnection> => ({
    id: `c-${service.host}`,
    name: 'Account',
    authKey: 'way',
    config: {},
    credentials: { ...row.credentials },
    saveCredentials: async (next) => {
      row.credentials = next;
      row.saves += 1;
    },
  });
  const run = { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' };
  const call = (now = Date.now) =>
    callAction({ tenantId: 't', connector, action: 'get', input: {}, openConnection, run }, { egress, now });
  const tryIt = () => testConnection({ tenantId: 't', connector, openConnection }, { egress, now: Date.now });
  const logins = () => service.received.filter(({ url }) => url.startsWith('/login'));
  return { call, tryIt, row, service, logins };
};

const byToken = (session: object = {}): Partial<Auth> => ({
  session: {
    login: [
      {
        id: 'login',
        method: 'POST',
        endpointTemplate: '/login',
        bodyTemplate: { user: '{{credentials.user}}', password: '{{credentials.password}}' },
        capture: { token: 'body.data.token' },
      },
    ],
    ...session,
  },
  apply: [{ in: 'header', name: 'X-Session', value: '{{auth.token}}' }],
});

/** Gives `session-token-1`, `session-token-2`, …; only the newest is good. */
const serve = (more: object = {}) => {
  let count = 0;
  return async ({ url, headers }: ReceivedRequest): Promise<FakeAnswer> => {
    if (url === '/login') {
      count += 1;
      return { delayMs: 10, body: { data: { token: `session-token-${count}` }, ...more } };
    }
    return headers['x-session'] === `session-token-${count}`
      ? { body: { name: 'Ada', echo: headers['x-session'] } }
      : { status: 401, body: {} };
  };
};

test('fifty calls at once log in once, with what was typed in, and no secret is shown', async () => {
  const { call, row, logins } = await setUp(byToken(), serve());
  const results = await Promise.all(Array.from({ length: 50 }, () => call()));
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
  expect(logins().map(({ body }) => JSON.parse(body))).toEqual([typed]);
  expect(row.saves).toBe(1);
  expect(JSON.stringify(results)).not.toMatch(/session-token-1|the-password-of-ada/);
});

test.each([
  ['ttlSeconds', { ttlSeconds: 100 }],
  ['expiresIn', { expiresIn: '{{body.lasts}}' }],
  ['expiresAt', { expiresAt: '{{body.ends}}' }],
])('a session ends as `%s` says, and a new one is got in time', async (_name, session) => {
  const start = 1_700_000_000_000;
  const { call, logins } = await setUp(byToken(session), serve({ lasts: 100, ends: start / 1_000 + 100 }));
  for (const seconds of [0, 50, 70, 80, 90])
    expect((await call(() => start + seconds * 1_000)).ok).toBe(true);
  expect(logins()).toHaveLength(2);
});

test('a session that the service ended is got anew; one that never works is a failure', async () => {
  const { call, row, logins } = await setUp(byToken(), serve());
  await call();
  row.credentials = { ...row.credentials, 'session.token': 'withdrawn-token' };
  expect((await call()).ok).toBe(true);
  expect(logins()).toHaveLength(2);

  const never = await setUp(byToken({ refreshOn: { status: [403] } }), ({ url }) =>
    url === '/login' ? { body: { data: { token: 'useless-token' } } } : { status: 403, body: {} },
  );
  expect(await never.call()).toMatchObject({ ok: false, error: { status: 403 } });
  expect(never.logins()).toHaveLength(2);
});

test('a session that is over is got anew where the app takes that answer for no failure, too', async () => {
  const serveOne = serve();
  const { call, row, logins, service } = await setUp(
    byToken({ refreshOn: { status: [409] } }),
    async (request) => {
      const answer = await serveOne(request);
      return answer.status === 401 ? { status: 409, body: 'The session id is over.' } : answer;
    },
    { errors: [{ when: '{{status == 409}}', type: 'IGNORE' }], response: { map: { name: '{{body.name}}' } } },
  );
  await call();
  row.credentials = { ...row.credentials, 'session.token': 'withdrawn-token' };
  expect(await call()).toMatchObject({ ok: true, output: { name: 'Ada' } });
  expect(logins()).toHaveLength(2);
  expect(service.received).toHaveLength(5);
});

test('a refused login says so once, with a hint and without the password', async () => {
  const { tryIt, logins, row } = await setUp(byToken(), () => ({
    body: { ok: false, why: 'no the-password-of-ada here' },
  }));
  const tested = await tryIt();
  expect(tested).toMatchObject({
    ok: false,
    code: 'remote_refused',
    message: expect.stringContaining('login failed'),
    hint: expect.stringContaining('login'),
  });
  expect(JSON.stringify(tested)).not.toContain('the-password-of-ada');
  expect(logins()).toHaveLength(1);
  expect(row.saves).toBe(0);
  const silent = await setUp(byToken(), () => ({ body: { data: {} } }));
  expect(await silent.call()).toMatchObject({ ok: false, error: { code: 'response_invalid' } });
  const away = await setUp(byToken(), () => ({ status: 503, headers: { 'retry-after': '5' }, body: {} }));
  expect(await away.call()).toMatchObject({ ok: false, error: { sent: 'no' } });
});

test('steps use what the ones before captured, cookies go along, and a login may prove itself in a header', async () => {
  const { call, service } = await setUp(
    {
      session: {
        cookies: true,
        login: [
          {
            id: 'first',
            method: 'GET',
            endpointTemplate: '/login/token',
            queryTemplate: { user: '{{credentials.user}}' },
            capture: { csrf: 'body.token' },
          },
          {
            id: 'second',
            method: 'POST',
            endpointTemplate: '/login',
            bodyFormat: 'form',
            bodyTemplate: { t: '{{steps.first.csrf}}' },
            apply: [
              {
                in: 'header',
                name: 'Authorization',
                value: "Basic {{base64(credentials.user + ':' + credentials.password)}}",
              },
            ],
          },
        ],
      },
    },
    ({ url }) => {
      if (url.startsWith('/login/token'))
        return {
          headers: { 'set-cookie': 'before=cookie-value-0; Path=/; HttpOnly' },
          body: { token: 'csrf-1' },
        };
      if (url === '/login') return { headers: { 'set-cookie': 'sid=cookie-value-1; Secure' }, body: {} };
      return { body: { echo: 'cookie-value-1' } };
    },
  );
  const result = await call();
  expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
  const [first, second, third] = service.received;
  expect(first?.url).toBe('/login/token?user=ada');
  expect(second).toMatchObject({ body: 't=csrf-1', headers: { cookie: 'before=cookie-value-0' } });
  const basic = Buffer.from('ada:the-password-of-ada').toString('base64');
  expect(second?.headers.authorization).toBe(`Basic ${basic}`);
  expect(third?.headers.cookie).toBe('before=cookie-value-0; sid=cookie-value-1');
  expect(third?.headers.authorization).toBeUndefined();
  expect(JSON.stringify(result)).not.toContain('cookie-value-1');
});

test('changed credentials do not live on with an old session', () => {
  const kept = { ...typed, 'session.token': 't', 'session.cookies;': 'a=b', issuedAt: 'x', expiresAt: 'y' };
  expect(forgetGiven(kept)).toEqual(typed);
});

const problemsOf = (auth: object) =>
  validateConnector(connectorOf(auth), 'save').map(
    ({ path, code }) => `${path.replace('/auth/0/', '')} ${code}`,
  );

test('a login is checked: its use, its names, its hosts', () => {
  const good = byToken();
  const [step] = good.session!.login;
  const withStep = (more: object) => problemsOf({ ...good, session: { login: [{ ...step, ...more }] } });
  expect(problemsOf({})).toEqual(['session missing_key']);
  expect(problemsOf({ session: good.session })).toEqual(['apply missing_key']);
  expect(problemsOf({ ...good, type: 'API_KEY', credentialsSchema: {} })).toContain('session unknown_key');
  expect(withStep({ capture: { other: 'body.x' } })).toEqual(['apply/0/value undeclared_name']);
  expect(withStep({ capture: { token: 'data.token' } })).toEqual(['session/login/0/capture/token bad_path']);
  expect(withStep({ endpointTemplate: 'https://evil.example/login' })).toEqual([
    'session/login/0/endpointTemplate host_not_allowed',
  ]);
  expect(withStep({ bodyTemplate: { x: '{{credentials.none}}' } })).toEqual([
    'session/login/0/bodyTemplate/x undeclared_name',
  ]);
  expect(problemsOf({ ...good, session: { login: [step, step] } })).toContain(
    'session/login/1/id duplicate_key',
  );
});
