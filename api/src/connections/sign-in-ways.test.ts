// Ways to sign in that are neither a typed key nor OAuth 2.0 in the browser: a code typed elsewhere, and OAuth 1.0.
import type { Auth } from '@weftline/connectors/types';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import {
  findInDatabase,
  sampleConnector,
  startWorkingApi,
  type Received,
  type WorkingApi,
} from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let grace: TestPerson;

beforeAll(async () => {
  api = await startWorkingApi({ works: false, builtIns: [] });
  ada = await api.register('Ada');
  grace = await api.register('Grace');
  const { address } = api.service;
  const sample = sampleConnector(api.service);
  const test_ = { method: 'GET', endpointTemplate: '/me' };
  const auth: Auth[] = [
    {
      key: 'code',
      label: 'With a code',
      type: 'OAUTH2',
      oauth2: {
        grant: 'device_code',
        deviceAuthorizationUrl: `http://${address}/device`,
        tokenUrl: `http://${address}/device-token`,
        scopes: [],
      },
      test: test_,
      labelTemplate: '{{test.body.user}}',
    },
    {
      key: 'old',
      label: 'In the browser',
      type: 'OAUTH1',
      signing: {
        scheme: 'oauth1',
        signatureMethod: 'PLAINTEXT',
        requestTokenUrl: `http://${address}/request`,
        authorizationUrl: `http://${address}/allow`,
        accessTokenUrl: `http://${address}/access`,
      },
      test: test_,
      labelTemplate: '{{test.body.user}}',
    },
  ];
  await ada.call('POST', '/apps', { definition: { ...sample, auth } });
  expect((await ada.call('POST', '/apps/acme/publish')).status).toBe(201);
});
afterAll(() => api.stop());

const form = (body: string) => ({ status: 200, body });
beforeEach(() => {
  api.service.respond = null;
});

test('a code is shown, asked for no sooner than the service allows, and becomes a tested connection', async () => {
  let tokens = 0;
  api.service.respond = ({ path }: Received) => {
    if (path === '/device')
      return {
        body: {
          device_code: 'device-secret-code',
          user_code: 'WXYZ-1234',
          verification_uri: 'https://acme.example/type',
          expires_in: 600,
          interval: 1,
        },
      };
    if (path !== '/device-token') return null;
    tokens += 1;
    return tokens === 1
      ? { status: 400, body: { error: 'authorization_pending' } }
      : { body: { access_token: 'good-key-token', token_type: 'Bearer', refresh_token: 'renew-me' } };
  };
  const started = await ada.call('POST', '/connections/oauth/start', {
    app: 'acme',
    auth: 'code',
    name: 'Screen',
    credentials: { clientId: 'client', clientSecret: 'client-secret' },
  });
  expect(started.body).toMatchObject({
    authorizeUrl: 'https://acme.example/type',
    device: { userCode: 'WXYZ-1234', verificationUri: 'https://acme.example/type', interval: 1 },
  });
  expect(started.text).not.toContain('device-secret-code');
  const id = started.body.connectionId as string;
  const ask = (who = ada) => who.call('POST', `/connections/${id}/oauth/poll`);
  // Too soon: the service is not even asked.
  expect((await ask()).body).toMatchObject({ done: false, waitSeconds: 1 });
  expect(tokens).toBe(0);
  expect((await ask(grace)).status).toBe(404);
  const after = async (): Promise<{ done: boolean; ok?: boolean }> => {
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const answers = await Promise.all([ask(), ask(), ask()]);
    return answers.map(({ body }) => body).find(({ done }) => done === true) ?? { done: false };
  };
  expect(await after()).toEqual({ done: false });
  expect(tokens).toBe(1);
  expect(await after()).toMatchObject({ done: true, ok: true });
  expect(tokens).toBe(2);
  expect((await ask()).status).toBe(409);
  expect((await ada.call('GET', `/connections/${id}`)).body).toMatchObject({
    status: 'working',
    account: 'ada',
  });
  for (const secret of ['device-secret-code', 'client-secret', 'good-key-token', 'renew-me'])
    expect(await findInDatabase(api, secret)).toEqual([]);
});

test('a session ends at the service when its credentials are replaced and when the connection is deleted', async () => {
  let sessions = 0;
  api.service.respond = ({ path, headers }: Received) => {
    if (path === '/login') return { body: { token: `session-token-${(sessions += 1)}` } };
    if (path === '/session') return { body: {} };
    if (path !== '/me' || headers['x-session'] !== `session-token-${sessions}`) return null;
    return { body: { user: 'ada' } };
  };
  const sample = sampleConnector(api.service);
  const apply = [{ in: 'header', name: 'X-Session', value: '{{auth.token}}' }];
  const login = {
    id: 'login',
    method: 'POST',
    endpointTemplate: '/login',
    bodyTemplate: { password: '{{credentials.password}}' },
    capture: { token: 'body.token' },
  };
  const auth = [
    {
      key: 'login',
      label: 'Login',
      type: 'SESSION',
      credentialsSchema: {
        type: 'object',
        required: ['password'],
        properties: { password: { type: 'string', 'x-secret': true } },
      },
      session: {
        login: [login],
        logout: [{ id: 'out', method: 'DELETE', endpointTemplate: '/session', apply }],
      },
      apply,
      test: { method: 'GET', endpointTemplate: '/me' },
    },
  ];
  const definition = { ...sample, app: { ...sample.app, key: 'sessions' }, auth };
  const saved = await ada.call('POST', '/apps', { definition });
  expect(saved.status, saved.text).toBe(201);
  const published = await ada.call('POST', '/apps/sessions/publish');
  expect(published.status, published.text).toBe(201);
  const created = await ada.call('POST', '/connections', {
    app: 'sessions',
    name: 'Session',
    credentials: { password: 'first-password' },
  });
  expect(created.status, created.text).toBe(201);
  const path = `/connections/${created.body.id as string}`;
  const ended = () =>
    api.service.received
      .filter((request) => request.path === '/session')
      .map(({ headers }) => headers['x-session']);
  expect((await ada.call('POST', `${path}/test`)).body).toMatchObject({ ok: true });
  expect((await ada.call('PATCH', path, { name: 'Another name' })).status).toBe(200);
  expect(ended()).toEqual([]);
  const changed = await ada.call('PATCH', path, { credentials: { password: 'second-password' } });
  expect(changed.status, changed.text).toBe(200);
  expect(ended()).toEqual(['session-token-1']);
  expect((await ada.call('POST', `${path}/test`)).body).toMatchObject({ ok: true });
  expect((await ada.call('DELETE', path)).status).toBe(204);
  expect(ended()).toEqual(['session-token-1', 'session-token-2']);
});

test('OAuth 1.0 sends a person to the service and back', async () => {
  api.service.respond = ({ path, headers }: Received) => {
    if (path === '/request')
      return form('oauth_token=temp&oauth_token_secret=ts&oauth_callback_confirmed=true');
    if (path === '/access') return form('oauth_token=good-key&oauth_token_secret=kept-secret');
    return path === '/me' && headers.authorization?.includes('oauth_token="good-key"')
      ? { body: { user: 'ada' } }
      : null;
  };
  const started = await ada.call('POST', '/connections/oauth/start', {
    app: 'acme',
    auth: 'old',
    name: 'Old',
    credentials: { consumerKey: 'key', consumerSecret: 'consumer-secret' },
  });
  expect(started.status, started.text).toBe(200);
  const callback = decodeURIComponent(
    /oauth_callback="([^"]+)"/.exec(
      api.service.received.find(({ path }) => path === '/request')!.headers.authorization!,
    )![1]!,
  );
  const page = await api.call(
    'GET',
    `${new URL(callback).pathname}${new URL(callback).search}&oauth_token=temp&oauth_verifier=v`,
  );
  expect(page.text).toContain('"ok":true');
  const { body } = await ada.call('GET', `/connections/${started.body.connectionId}`);
  expect(body).toMatchObject({ status: 'working', account: 'ada' });
  for (const secret of ['consumer-secret', 'kept-secret'])
    expect(await findInDatabase(api, secret)).toEqual([]);
  const forged = await api.call(
    'GET',
    `${new URL(callback).pathname}?state=${'A'.repeat(43)}&oauth_token=temp&oauth_verifier=v`,
  );
  expect(forged.status).toBe(400);
});

test('what another way to sign in gets for a request that names it is kept sealed, forgotten with changed credentials, and given back', async () => {
  let tokens = 0;
  api.service.respond = ({ path, headers }: Received) => {
    if (path === '/robot-token') return { body: { access_token: `robot-token-${(tokens += 1)}` } };
    if (path === '/robot-revoke') return { body: {} };
    if (path !== '/me' || !headers.authorization?.startsWith('Bearer robot-token-')) return null;
    return { body: { user: 'robot' } };
  };
  const { address } = api.service;
  const sample = sampleConnector(api.service);
  const me = { method: 'GET', endpointTemplate: '/me' };
  const secret = { type: 'string', 'x-secret': true };
  const robot = { grant: 'client_credentials', scopes: [], tokenUrl: `http://${address}/robot-token` };
  const auth = [
    {
      key: 'key',
      label: 'Key',
      type: 'API_KEY',
      credentialsSchema: {
        type: 'object',
        required: ['clientId', 'clientSecret'],
        properties: { clientId: { type: 'string' }, clientSecret: secret },
      },
      test: { ...me, auth: 'robot' },
      labelTemplate: '{{test.body.user}}',
    },
    {
      key: 'robot',
      label: 'Robot',
      type: 'OAUTH2',
      oauth2: { ...robot, revokeUrl: `http://${address}/robot-revoke` },
      test: me,
    },
  ];
  const definition = { ...sample, app: { ...sample.app, key: 'twice' }, auth };
  const saved = await ada.call('POST', '/apps', { definition });
  expect(saved.status, saved.text).toBe(201);
  const published = await ada.call('POST', '/apps/twice/publish');
  expect(published.status, published.text).toBe(201);
  const created = await ada.call('POST', '/connections', {
    app: 'twice',
    name: 'Two ways',
    credentials: { apiKey: 'a-key', clientId: 'robot', clientSecret: 'secret-of-robot' },
  });
  expect(created.status, created.text).toBe(201);
  const path = `/connections/${created.body.id as string}`;
  expect((await ada.call('POST', `${path}/test`)).body).toMatchObject({ ok: true, account: 'robot' });
  expect((await ada.call('POST', `${path}/test`)).body).toMatchObject({ ok: true });
  expect(tokens).toBe(1);
  expect(await findInDatabase(api, 'robot-token-1')).toEqual([]);
  const shown = (await ada.call('GET', path)).body as { credentials: { [name: string]: unknown } };
  const kept = Object.fromEntries(Object.keys(shown.credentials).map((name) => [name, '[REDACTED]']));
  expect(Object.keys(kept).toSorted()).toEqual(['apiKey', 'clientId', 'clientSecret']);
  const changed = await ada.call('PATCH', path, { credentials: { ...kept, clientSecret: 'another-secret' } });
  expect(changed.status, changed.text).toBe(200);
  expect((await ada.call('POST', `${path}/test`)).body).toMatchObject({ ok: true });
  expect(tokens).toBe(2);
  expect((await ada.call('DELETE', path)).status).toBe(204);
  const revoked = api.service.received.filter((request) => request.path === '/robot-revoke');
  expect(revoked.map(({ body }) => body)).toEqual(['token=robot-token-2']);
});
