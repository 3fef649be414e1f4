// Signing in with a code on another device, against oidc-provider, a certified server.
import type { Connector } from '@weftline/connectors/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOidc, type Oidc } from '../../../testing/start-oidc.ts';
import { createEgress, type Egress } from '../../platform/egress/create-egress.ts';
import { pollDevice, startDevice } from './device-code.ts';
import { needsRefresh, refreshOauth } from './refresh-oauth.ts';

let oidc: Oidc;
let egress: Egress;
beforeAll(async () => {
  const started = await startOidc();
  if (started.server === null) throw new Error(started.reason);
  oidc = started.server;
  egress = createEgress({ allow: [oidc.host] });
});
afterAll(async () => {
  await oidc?.stop();
  await egress?.close();
});

const now = () => Date.now();
const connector = (): Connector => ({
  manifestVersion: 1,
  app: { key: 'screen', name: 'Screen' },
  version: '1.0.0',
  baseUrl: oidc.url,
  auth: [
    {
      key: 'code',
      label: 'Sign in with a code',
      type: 'OAUTH2',
      oauth2: {
        grant: 'device_code',
        deviceAuthorizationUrl: `${oidc.url}/device/auth`,
        tokenUrl: `${oidc.url}/token`,
        scopes: [
          { name: 'openid', required: true },
          { name: 'offline_access', required: true },
        ],
      },
    },
  ],
  actions: [],
});
const given = (clientId = 'screen') => ({
  tenantId: 't',
  connector: connector(),
  authKey: 'code',
  config: {},
  credentials: { clientId, clientSecret: `${clientId}-secret-0123456789` },
});

test('a person types the code, and the token comes once and can be renewed', async () => {
  const code = await startDevice(given(), { egress, now });
  expect(code.userCode).toMatch(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
  expect(code.verificationUriComplete).toContain(code.userCode);
  const ask = () => pollDevice({ ...given(), deviceCode: code.deviceCode }, { egress, now });
  expect(await ask()).toMatchObject({ state: 'waiting' });
  await oidc.typeCode(code.verificationUriComplete!);
  const done = await ask();
  expect(done.state).toBe('done');
  if (done.state !== 'done') return;
  expect(done.credentials).toMatchObject({
    clientId: 'screen',
    accessToken: expect.any(String),
    refreshToken: expect.any(String),
  });
  const stored: { [name: string]: string }[] = [];
  const connection = {
    id: 'c',
    name: 'C',
    authKey: 'code',
    config: {},
    credentials: { ...done.credentials, expiresAt: '2020-01-01T00:00:00Z' },
    saveCredentials: async (next: { [name: string]: string }) => void stored.push(next),
  };
  expect(needsRefresh(connector(), connection, Date.now())).toBe(true);
  const renewed = await refreshOauth(
    { tenantId: 't', connector: connector(), used: connection, openConnection: async () => connection },
    { egress, now },
  );
  expect(renewed.credentials['accessToken']).not.toBe(done.credentials['accessToken']);
  expect(stored).toHaveLength(1);
  // A code is good for one token; asking again takes the grant away, so that comes last.
  await expect(ask()).rejects.toMatchObject({
    code: expect.stringMatching(/remote_refused|connection_expired/),
  });
});

test('an unknown client is told in words, without its secret', async () => {
  const refused = await startDevice(given('nobody'), { egress, now }).catch((error: Error) => error);
  expect(refused).toMatchObject({ code: 'remote_refused', message: expect.stringContaining('gave no code') });
  expect((refused as Error).message).not.toContain('nobody-secret');
});
