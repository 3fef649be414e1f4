import type { Auth, Connector } from '@weftline/connectors/types';
import { composeApp, appsDirectory } from '@weftline/connectors/load-apps';
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
import { finishOauth, refreshOauth, startOauth } from './oauth2.ts';
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

/** A row of a connection as the product keeps it: opened anew each time, saved in place. */
const createRow = (credentials: { [name: string]: string }, config = {}) => {
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

test.for([
  ['app', 'client_secret_basic'],
  ['app-post', 'client_secret_post'],
  ['app-public', 'none'],
] as const)(
  'a real provider signs in, tells who it is, and renews (%s)',
  async ([clientId, tokenAuthMethod], { skip }) => {
    if (oidc === null) return skipLoudly(skip, reason);
    const egress = openEgress(oidc.host);
    const [auth] = demo.auth as [Auth];
    const connector: Connector = {
      ...demo,
      auth: [{ ...auth, oauth2: { ...auth.oauth2!, tokenAuthMethod } }],
    };
    const config = { issuer: oidc.url };
    const given = {
      tenantId: 't',
      connector,
      authKey: 'oauth',
      config,
      credentials: {
        clientId,
        ...(tokenAuthMethod === 'none' ? {} : { clientSecret: `${clientId}-secret-0123456789` }),
      },
      redirectUri,
      state: 'state-of-this-sign-in',
    };
    const { authorizeUrl, codeVerifier } = await startOauth(given, { egress });
    expect(new URL(authorizeUrl).searchParams.get('code_challenge_method')).toBe('S256');
    expect(authorizeUrl).not.toContain(codeVerifier);
    const callback = (await oidc.consent(authorizeUrl, 'ada')).searchParams;

    const foreign = new URLSearchParams(callback);
    foreign.set('state', 'of-somebody-else');
    await expect(
      finishOauth({ ...given, callback: foreign, codeVerifier }, { egress, now: Date.now }),
    ).rejects.toMatchObject({ code: 'invalid_input' });
    const mixedUp = new URLSearchParams(callback);
    mixedUp.set('iss', 'https://login.evil.example');
    await expect(
      finishOauth({ ...given, callback: mixedUp, codeVerifier }, { egress, now: Date.now }),
    ).rejects.toThrow('another service');

    const { credentials } = await finishOauth(
      { ...given, callback, codeVerifier },
      { egress, now: Date.now },
    );
    expect(credentials).toMatchObject({
      clientId,
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresAt: expect.any(String),
    });
    await expect(
      finishOauth({ ...given, callback, codeVerifier }, { egress, now: Date.now }),
      'a code is used once',
    ).rejects.toMatchObject({ code: 'remote_refused' });

    // Using a code twice revokes what came of it, so the rest needs a sign-in of its own.
    const again = await startOauth(given, { egress });
    const second = (await oidc.consent(again.authorizeUrl, 'ada')).searchParams;
    const fresh = await finishOauth(
      { ...given, callback: second, codeVerifier: again.codeVerifier },
      { egress, now: Date.now },
    );
    const { row, open } = createRow(fresh.credentials, config);
    expect(
      await testConnection({ tenantId: 't', connector, openConnection: open }, { egress, now: Date.now }),
    ).toMatchObject({ ok: true, account: 'ada' });
    expect(row.saves).toBe(0);

    const inAnHour = () => Date.now() + 3_600_000;
    expect(
      await testConnection({ tenantId: 't', connector, openConnection: open }, { egress, now: inAnHour }),
    ).toMatchObject({ ok: true, account: 'ada' });
    expect(row.saves).toBe(1);
    expect(row.credentials['accessToken']).not.toBe(fresh.credentials['accessToken']);
    expect(row.credentials['refreshToken']).not.toBe(fresh.credentials['refreshToken']);

    row.credentials = { ...row.credentials, accessToken: 'withdrawn-access-token' };
    const call = {
      tenantId: 't',
      connector,
      action: 'get-me',
      input: {},
      openConnection: open,
      run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' },
    };
    expect(await callAction(call, { egress, now: Date.now })).toMatchObject({
      ok: true,
      output: { sub: 'ada' },
    });
    expect(row.saves).toBe(2);

    row.credentials = {
      ...row.credentials,
      accessToken: 'withdrawn-access-token',
      refreshToken: 'withdrawn-refresh-token',
    };
    expect(await callAction(call, { egress, now: Date.now })).toMatchObject({
      ok: false,
      error: { code: 'connection_expired', type: 'AUTH' },
    });
    expect(row.saves).toBe(2);
  },
);

const setUpFake = async (
  answer: (request: ReceivedRequest, index: number) => FakeAnswer | Promise<FakeAnswer>,
) => {
  const service = await startFakeService(answer);
  cleanups.push(() => service.close());
  return { service, egress: openEgress(service.host), config: { issuer: `http://${service.host}` } };
};

test('twenty calls whose token is over make one renewal, and each uses the stored tokens', async () => {
  let renewals = 0;
  const { service, egress, config } = await setUpFake(async ({ url, headers }) => {
    if (url !== '/token')
      return headers.authorization === 'Bearer access-token-1'
        ? { body: { sub: 'x' } }
        : { status: 401, body: {} };
    renewals += 1;
    return {
      delayMs: 20,
      body: {
        access_token: `access-token-${renewals}`,
        refresh_token: `refresh-token-${renewals}`,
        expires_in: 3_600,
      },
    };
  });
  const { row, open } = createRow(
    { clientId: 'a', clientSecret: 'b-secret', accessToken: 'old-token', refreshToken: 'refresh-token-0' },
    config,
  );
  const results = await Promise.all(
    Array.from({ length: 20 }, () =>
      callAction(
        {
          tenantId: 't',
          connector: demo,
          action: 'get-me',
          input: {},
          openConnection: open,
          run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' },
        },
        { egress, now: Date.now },
      ),
    ),
  );
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(renewals).toBe(1);
  expect(row).toMatchObject({
    saves: 1,
    credentials: { accessToken: 'access-token-1', refreshToken: 'refresh-token-1' },
  });
  expect(service.received.filter(({ url }) => url === '/token')[0]?.body).toContain(
    'refresh_token=refresh-token-0',
  );
});

test('new tokens are not used when they could not be stored', async () => {
  const { service, egress, config } = await setUpFake(() => ({
    body: { access_token: 'access-token-1', expires_in: 60 },
  }));
  const { open } = createRow(
    { clientId: 'a', clientSecret: 'b', accessToken: 'old', refreshToken: 'r' },
    config,
  );
  const failing = async () => ({
    ...(await open()),
    saveCredentials: () => Promise.reject(new Error('database is away')),
  });
  await expect(
    refreshOauth(
      { tenantId: 't', connector: demo, used: await failing(), openConnection: failing },
      { egress, now: Date.now },
    ),
  ).rejects.toThrow('database is away');
  expect(service.received).toHaveLength(1);
});

test('a token service that is away is worth another try, one that refuses is not; secrets it echoes are not shown', async () => {
  const answers: FakeAnswer[] = [
    { status: 503, headers: { 'retry-after': '5' }, body: {} },
    {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'refresh token the-refresh-token was used' },
    },
    { body: { ok: false, error: 'token_revoked' } },
  ];
  const { egress, config } = await setUpFake((_request, index) => answers[index] ?? {});
  const { open } = createRow(
    { clientId: 'a', clientSecret: 'b', accessToken: '', refreshToken: 'the-refresh-token' },
    config,
  );
  const call = async () => {
    const result = await callAction(
      {
        tenantId: 't',
        connector: demo,
        action: 'get-me',
        input: {},
        openConnection: open,
        run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' },
      },
      { egress, now: Date.now },
    );
    return result.ok ? undefined : result.error;
  };
  expect(await call()).toMatchObject({ code: 'remote_busy', sent: 'no' });
  const refused = await call();
  expect(refused).toMatchObject({ code: 'connection_expired', type: 'AUTH', sent: 'no' });
  expect(refused?.message).not.toContain('the-refresh-token');
  expect(await call()).toMatchObject({ code: 'connection_expired' });
});

test('token requests never leave for private addresses, and a sign-in that was refused says so', async () => {
  const egress = openEgress();
  const given = {
    tenantId: 't',
    connector: demo,
    authKey: 'oauth',
    config: { issuer: 'http://169.254.169.254' },
    credentials: { clientId: 'a', clientSecret: 'b' },
    redirectUri,
    state: 's',
  };
  const callback = new URLSearchParams({ code: 'c', state: 's' });
  await expect(
    finishOauth({ ...given, callback, codeVerifier: 'v'.repeat(43) }, { egress, now: Date.now }),
  ).rejects.toMatchObject({ code: 'blocked_address' });
  const denied = new URLSearchParams({ error: 'access_denied', state: 's' });
  await expect(
    finishOauth({ ...given, callback: denied, codeVerifier: 'v' }, { egress, now: Date.now }),
  ).rejects.toMatchObject({ code: 'remote_refused' });
});
