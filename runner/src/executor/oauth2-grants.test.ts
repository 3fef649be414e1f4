// Grants without a person against a real provider, and the habits of services that differ from RFC 6749.
import { generateKeyPairSync } from 'node:crypto';
import { composeApp, appsDirectory } from '@weftline/connectors/load-apps';
import type { Auth, Connector, OAuth2 } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { jwtVerify } from 'jose';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, ReceivedRequest } from '../../testing/fake-service.ts';
import { skipLoudly } from '../../testing/skip-loudly.ts';
import { redirectUri, startOidc } from '../../testing/start-oidc.ts';
import type { Oidc } from '../../testing/start-oidc.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import type { Egress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { finishOauth, revokeOauth, startOauth } from './oauth2.ts';
import { testConnection } from './test-connection.ts';
import type { OpenConnection } from './types.ts';

let oidc: Oidc | null = null;
let reason = '';
const cleanups: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  const started = await startOidc(60);
  if (started.server === null) ({ reason } = started);
  else oidc = started.server;
});
afterAll(() => oidc?.stop());
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const openEgress = (...allow: string[]): Egress => {
  const egress = createEgress({ allow });
  cleanups.push(() => egress.close());
  return egress;
};
const demo = composeApp(path.join(appsDirectory, 'oauth-demo'));
const addresses = { tokenUrl: '{{connection.issuer}}/token', scopes: [] };

const connectorWith = (oauth2: Partial<OAuth2>, auth: Partial<Auth> = {}): Connector => {
  const { labelTemplate: _none, ...base } = demo.auth[0]!;
  const connector = {
    ...demo,
    auth: [{ ...base, oauth2: { ...addresses, ...oauth2 } as OAuth2, ...auth }],
  };
  expect(validateConnector(connector, 'save')).toEqual([]);
  return connector;
};

const createRow = (credentials: { [name: string]: string }, config: OpenConnection['config']) => {
  const row = { credentials, saves: 0 };
  const open = async (): Promise<OpenConnection> => ({
    id: `c-${JSON.stringify(config)}`,
    name: 'My account',
    authKey: 'oauth',
    config,
    credentials: { ...row.credentials },
    saveCredentials: async (next) => {
      row.credentials = next;
      row.saves += 1;
    },
  });
  return { row, open };
};
const callOf = (connector: Connector, open: () => Promise<OpenConnection>) => ({
  tenantId: 't',
  connector,
  action: 'get-me',
  input: {},
  openConnection: open,
  run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' },
});

const withPrivateKey = {
  credentialsSchema: {
    type: 'object',
    properties: { privateKey: { type: 'string', 'x-secret': true, 'x-multiline': true } },
  },
};
const assertion: OAuth2['jwt'] = { alg: 'RS256', key: '{{credentials.privateKey}}', claims: {} };

/** The provider's own page about a token: proof that the token is a real one. */
const introspect = async (token: string) => {
  const basic = Buffer.from('service:service-secret-0123456789').toString('base64');
  const response = await fetch(`${oidc!.url}/token/introspection`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ token }),
  });
  return (await response.json()) as { active: boolean; client_id?: string; scope?: string };
};

test('a real provider gives a token to a client by its secret, without a browser, and takes it back', async ({
  skip,
}) => {
  if (oidc === null) return skipLoudly(skip, reason);
  const egress = openEgress(oidc.host);
  const connector = connectorWith({
    grant: 'client_credentials',
    revokeUrl: '{{connection.issuer}}/token/revocation',
    scopes: [{ name: 'api:read', default: true }],
  });
  const config = { issuer: oidc.url };
  const good = { clientId: 'service', clientSecret: 'service-secret-0123456789' };
  const { row, open } = createRow(good, config);
  await callAction(callOf(connector, open), { egress, now: Date.now });
  const accessToken = row.credentials['accessToken'] ?? '';
  expect(await introspect(accessToken)).toMatchObject({
    active: true,
    client_id: 'service',
    scope: 'api:read',
  });
  const given = { tenantId: 't', connector, authKey: 'oauth', config, credentials: row.credentials, egress };
  expect(await revokeOauth(given)).toBe(true);
  expect(await introspect(accessToken)).toMatchObject({ active: false });

  const wrong = createRow({ ...good, clientSecret: 'not-the-secret-0123456789' }, config);
  const refused = await testConnection(
    { tenantId: 't', connector, openConnection: wrong.open },
    { egress, now: Date.now },
  );
  expect(refused).toMatchObject({
    ok: false,
    code: 'remote_refused',
    hint: expect.stringContaining('client secret'),
  });
  expect(JSON.stringify(refused)).not.toContain('not-the-secret');
});

test('a real provider gives a token to a client that signs (private_key_jwt)', async ({ skip }) => {
  if (oidc === null) return skipLoudly(skip, reason);
  const egress = openEgress(oidc.host);
  const connector = connectorWith(
    {
      grant: 'client_credentials',
      tokenAuthMethod: 'private_key_jwt',
      jwt: { ...assertion, header: { kid: 'key-1' } },
    },
    withPrivateKey,
  );
  // Pasted into a field of one line, a PEM loses its line breaks.
  const privateKey = oidc.privateKey.replaceAll('\n', ' ');
  const { row, open } = createRow({ clientId: 'service-key', privateKey }, { issuer: oidc.url });
  await callAction(callOf(connector, open), { egress, now: Date.now });
  expect(await introspect(row.credentials['accessToken'] ?? '')).toMatchObject({
    active: true,
    client_id: 'service-key',
  });
  const broken = createRow({ clientId: 'service-key', privateKey: 'no key' }, { issuer: oidc.url });
  const failed = await callAction(callOf(connector, broken.open), { egress, now: Date.now });
  expect(failed).toMatchObject({ ok: false, error: { message: expect.stringContaining('private key') } });
});

test('a real provider that rotates refresh tokens is asked once by fifty at a time, again and again', async ({
  skip,
}) => {
  if (oidc === null) return skipLoudly(skip, reason);
  const egress = openEgress(oidc.host);
  const config = { issuer: oidc.url };
  const given = {
    tenantId: 't',
    connector: demo,
    authKey: 'oauth',
    config,
    credentials: { clientId: 'app', clientSecret: 'app-secret-0123456789' },
    redirectUri,
    state: 'state-of-this-sign-in',
  };
  const { authorizeUrl, codeVerifier } = await startOauth(given, { egress });
  const callback = (await oidc.consent(authorizeUrl, 'ada')).searchParams;
  const { credentials } = await finishOauth({ ...given, callback, codeVerifier }, { egress, now: Date.now });
  const { row, open } = createRow(credentials, config);
  for (const expiry of [1, 2, 3]) {
    const now = () => Date.now() + expiry * 120_000;
    const calls = Array.from({ length: 50 }, () => callAction(callOf(demo, open), { egress, now }));
    const results = await Promise.all(calls);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(row.saves).toBe(expiry);
  }
});

const setUp = async (
  oauth2: Partial<OAuth2>,
  answer: (request: ReceivedRequest, index: number) => FakeAnswer,
  more: { auth?: Partial<Auth>; credentials?: { [name: string]: string } } = {},
) => {
  const service = await startFakeService((request, index) =>
    request.url.startsWith('/token') || request.url.startsWith('/renew')
      ? answer(request, index)
      : request.headers.authorization?.startsWith('Bearer good')
        ? { body: { sub: 'x' } }
        : { status: 401, body: {} },
  );
  cleanups.push(() => service.close());
  const config = { issuer: `http://${service.host}` };
  const credentials = { clientId: 'the-client', clientSecret: 'the-secret-of-it', ...more.credentials };
  const connector = connectorWith(oauth2, more.auth);
  const { row, open } = createRow(credentials, config);
  const egress = openEgress(service.host);
  const call = (now = Date.now) => callAction(callOf(connector, open), { egress, now });
  const asked = () => service.received.filter(({ url }) => !url.startsWith('/me'));
  return { service, connector, config, egress, row, open, call, asked };
};
const token = (more: object = {}) => ({ body: { access_token: 'good-token-1', expires_in: 3_600, ...more } });

test('fifty parallel calls with rotating refresh tokens renew once for each expiry, and sequential ones not at all', async () => {
  let renewals = 0;
  const { row, call } = await setUp({ grant: 'client_credentials', rotatesRefreshToken: true }, () => {
    renewals += 1;
    return token({
      access_token: `good-token-${renewals}`,
      refresh_token: `next-${renewals}`,
      expires_in: 60,
    });
  });
  for (const minutes of [0, 2, 4]) {
    const now = () => Date.now() + minutes * 60_000;
    const results = await Promise.all(Array.from({ length: 50 }, () => call(now)));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect((await call(now)).ok).toBe(true);
  }
  expect(renewals).toBe(3);
  expect(row).toMatchObject({ saves: 3, credentials: { refreshToken: 'next-3' } });
});

test('a password grant sends what was typed in, and starts anew when its refresh token is refused', async () => {
  const properties = { username: { type: 'string' }, password: { type: 'string', 'x-secret': true } };
  const { call, asked } = await setUp(
    { grant: 'password', tokenAuthMethod: 'client_secret_post' },
    ({ body }) =>
      body.includes('grant_type=refresh_token')
        ? { status: 400, body: { error: 'invalid_grant' } }
        : token({ refresh_token: 'used-up', expires_in: 60 }),
    {
      auth: { credentialsSchema: { type: 'object', properties } },
      credentials: { username: 'ada', password: 'p w&' },
    },
  );
  expect((await call()).ok).toBe(true);
  expect(Object.fromEntries(new URLSearchParams(asked()[0]?.body))).toEqual({
    grant_type: 'password',
    username: 'ada',
    password: 'p w&',
    client_id: 'the-client',
    client_secret: 'the-secret-of-it',
  });
  expect((await call(() => Date.now() + 120_000)).ok).toBe(true);
  expect(asked().map(({ body }) => new URLSearchParams(body).get('grant_type'))).toEqual([
    'password',
    'refresh_token',
    'password',
  ]);
});

test('a service account signs its assertion, and needs no client', async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { call, asked, config } = await setUp(
    {
      grant: 'jwt_bearer',
      scopes: [{ name: 'a', required: true }],
      omitParams: ['scope'],
      jwt: {
        alg: 'ES256',
        key: '{{credentials.privateKey}}',
        claims: { iss: '{{credentials.email}}', scope: 'a b', sub: '{{credentials.subject}}' },
        ttlSeconds: 600,
      },
    },
    () => token(),
    {
      auth: {
        credentialsSchema: {
          type: 'object',
          properties: {
            privateKey: { type: 'string', 'x-secret': true },
            email: { type: 'string' },
            subject: { type: 'string' },
          },
        },
      },
      credentials: {
        clientId: '',
        email: 'robot@a.example',
        privateKey: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      },
    },
  );
  expect((await call()).ok).toBe(true);
  const sent = new URLSearchParams(asked()[0]?.body);
  expect([...sent.keys()].toSorted()).toEqual(['assertion', 'grant_type']);
  const { payload } = await jwtVerify(sent.get('assertion') ?? '', pair.publicKey, {
    audience: `${config.issuer}/token`,
    issuer: 'robot@a.example',
  });
  expect(payload).toMatchObject({ scope: 'a b', jti: expect.any(String) });
  expect(payload).not.toHaveProperty('sub');
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
});

test.each([
  ['JSON', { tokenBodyFormat: 'json' }, 'POST', '/token'],
  ['the query', { tokenBodyFormat: 'query' }, 'POST', '/token?'],
  ['GET', { tokenBodyFormat: 'query', tokenMethod: 'GET' }, 'GET', '/token?'],
] as const)('a token is asked for by %s', async (_title, form, method, address) => {
  const { call, asked } = await setUp(
    {
      grant: 'account_credentials',
      tokenAuthMethod: 'client_secret_post',
      scopeParam: 'permissions',
      scopeSeparator: ',',
      scopes: [{ name: 'a', default: true }, { name: 'b', required: true }, { name: 'c' }],
      tokenParams: { account_id: 'acc-{{credentials.clientId}}' },
      tokenHeaders: { 'X-Version': '2' },
      ...form,
    },
    () => token(),
  );
  expect((await call()).ok).toBe(true);
  const [request] = asked();
  expect(request).toMatchObject({ method, url: expect.stringContaining(address) });
  expect(request?.headers['x-version']).toBe('2');
  const sent: unknown =
    form.tokenBodyFormat === 'json'
      ? JSON.parse(request?.body ?? '')
      : Object.fromEntries(new URL(request?.url ?? '', 'http://x').searchParams);
  expect(sent).toEqual({
    grant_type: 'account_credentials',
    client_id: 'the-client',
    client_secret: 'the-secret-of-it',
    permissions: 'a,b',
    account_id: 'acc-the-client',
  });
});

test('tokens are found where the connector says, and a refusal inside a 200 is one', async () => {
  const ends = Date.now() + 7_200_000;
  const answers = [
    { body: { code: 17, message: 'no such client the-secret-of-it' } },
    { body: { code: 0, data: { token: 'good-token-9', renew: 'r-1', ends } } },
  ];
  const { call, row } = await setUp(
    {
      grant: 'client_credentials',
      tokenResponse: {
        accessToken: 'body.data.token',
        refreshToken: 'body.data.renew',
        expiresAt: 'body.data.ends',
        errorWhen: '{{body.code != 0}}',
      },
    },
    (_request, index) => answers[index] ?? {},
  );
  const refused = await call();
  expect(refused).toMatchObject({ ok: false, error: { code: 'remote_refused', type: 'AUTH', sent: 'no' } });
  expect(JSON.stringify(refused)).not.toContain('the-secret-of-it');
  expect((await call()).ok).toBe(true);
  expect(row.credentials).toMatchObject({ accessToken: 'good-token-9', refreshToken: 'r-1' });
  expect(Date.parse(row.credentials['expiresAt'] ?? '')).toBe(ends);
});

test('renewing has an address and parameters of its own, and a life when the service names none', async () => {
  const { call, asked, row } = await setUp(
    {
      grant: 'client_credentials',
      refreshUrl: '{{connection.issuer}}/renew',
      refreshParams: { why: 'old' },
      accessTokenTtlSeconds: 100,
    },
    () => ({ body: { access_token: 'good-token-1', refresh_token: 'r' } }),
  );
  const start = 1_700_000_000_000;
  await call(() => start);
  expect(Date.parse(row.credentials['expiresAt'] ?? '')).toBe(start + 100_000);
  await call(() => start + 50_000);
  expect(asked()).toHaveLength(1);
  await call(() => start + 76_000);
  expect(asked().map(({ url }) => url)).toEqual(['/token', '/renew']);
  expect(Object.fromEntries(new URLSearchParams(asked()[1]?.body))).toMatchObject({
    why: 'old',
    refresh_token: 'r',
  });
});

test('an answer that the connector names means that the token is over, also inside a 200', async () => {
  for (const over of [
    { status: 403, body: {} },
    { status: 200, body: { code: 'expired' } },
  ]) {
    const { connector } = await setUp(
      { grant: 'client_credentials', refreshOn: { status: [403], when: "{{body.code == 'expired'}}" } },
      () => token(),
    );
    let tokens = 0;
    const service = await startFakeService(({ url, headers }) => {
      if (url === '/token') {
        tokens += 1;
        return token({ access_token: `token-${tokens}` });
      }
      return headers.authorization === 'Bearer token-2' ? { body: { sub: 'x' } } : over;
    });
    cleanups.push(() => service.close());
    const { open } = createRow(
      { clientId: 'a', clientSecret: 'the-secret' },
      { issuer: `http://${service.host}` },
    );
    const result = await callAction(callOf(connector, open), {
      egress: openEgress(service.host),
      now: Date.now,
    });
    expect(result, JSON.stringify(result)).toMatchObject({ ok: true, output: { sub: 'x' } });
    expect(tokens).toBe(2);
  }
});

test('a sign-in with other names for everything', async () => {
  const { connector, config, egress, asked } = await setUp(
    {
      grant: 'authorization_code',
      authorizationUrl: '{{connection.issuer}}/auth',
      scopes: [
        { name: 'a', required: true },
        { name: 'b', default: true },
      ],
      scopeSeparator: ',',
      scopeParam: 'perms',
      extraScopeParams: { user_scope: ['u', 'v'], none: [] },
      omitParams: ['response_type', 'client_id', 'code', 'redirect_uri'],
      authorizationParams: { client_key: '{{credentials.clientId}}' },
      stateParam: 'echo',
      codeParam: 'auth_code',
      tokenAuthMethod: 'none',
      tokenParams: {
        client_key: '{{credentials.clientId}}',
        auth_code: '{{callback.auth_code}}',
        shop: '{{callback.shop}}',
      },
    },
    () => token({ refresh_token: 'r' }),
  );
  const given = {
    tenantId: 't',
    connector,
    authKey: 'oauth',
    config,
    credentials: { clientId: 'the-client' },
    redirectUri: 'http://127.0.0.1:9/back',
    state: 'the-state',
  };
  const { authorizeUrl, codeVerifier } = await startOauth(given, { egress });
  const { code_challenge: _challenge, ...sent } = Object.fromEntries(new URL(authorizeUrl).searchParams);
  expect(sent).toEqual({
    client_key: 'the-client',
    perms: 'a,b',
    user_scope: 'u,v',
    echo: 'the-state',
    code_challenge_method: 'S256',
  });
  const forged = new URLSearchParams({ auth_code: 'c-1', state: 'the-state', echo: 'another' });
  await expect(
    finishOauth({ ...given, callback: forged, codeVerifier }, { egress, now: Date.now }),
  ).rejects.toMatchObject({ code: 'invalid_input' });
  const callback = new URLSearchParams({ auth_code: 'c-1', echo: 'the-state', shop: 'my-shop' });
  const { credentials } = await finishOauth({ ...given, callback, codeVerifier }, { egress, now: Date.now });
  expect(credentials).toMatchObject({ accessToken: 'good-token-1', refreshToken: 'r' });
  expect(Object.fromEntries(new URLSearchParams(asked()[0]?.body))).toEqual({
    grant_type: 'authorization_code',
    code_verifier: codeVerifier,
    client_key: 'the-client',
    auth_code: 'c-1',
    shop: 'my-shop',
  });
});
