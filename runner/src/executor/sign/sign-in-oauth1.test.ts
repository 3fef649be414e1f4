import { createVerify, generateKeyPairSync } from 'node:crypto';
import type { Connector } from '@weftline/connectors/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeService, type FakeService, type ReceivedRequest } from '../../../testing/fake-service.ts';
import { createEgress, type Egress } from '../../platform/egress/create-egress.ts';
import { finishOauth1, startOauth1 } from './sign-in-oauth1.ts';
import { signOauth1, writeBase } from './sign-oauth1.ts';

/** The worked example of RFC 5849, section 1.2. */
test('the signature of the last step of a sign-in is that of RFC 5849', () => {
  const keys = { consumerKey: 'dpf43f3p2l4k3l03', consumerSecret: 'kd94hf93k423kf44' };
  const end = signOauth1(
    { method: 'POST', url: 'https://photos.example.net/token', form: null },
    { ...keys, token: 'hh5s93j4hdidpola', tokenSecret: 'hdhd0244k9j7ao03' },
    'HMAC-SHA1',
    { timestamp: 137131201, nonce: 'walatlh' },
    { oauth_verifier: 'hfdp7dh39dks9884' },
  );
  expect(end).toContain('oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"');
});

test('RSA-SHA1 signs with the private key, and says so when that is none', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const consumerSecret = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const request = { method: 'GET', url: 'https://api.example/x?a=1', form: null };
  const facts = { timestamp: 1, nonce: 'n' };
  const header = signOauth1(request, { consumerKey: 'k', consumerSecret }, 'RSA-SHA1', facts);
  const signature = decodeURIComponent(/oauth_signature="([^"]+)"/.exec(header)![1]!);
  const base = writeBase(request, {
    oauth_consumer_key: 'k',
    oauth_signature_method: 'RSA-SHA1',
    oauth_timestamp: '1',
    oauth_nonce: 'n',
  });
  expect(createVerify('RSA-SHA1').update(base).verify(pair.publicKey, signature, 'base64')).toBe(true);
  expect(() => signOauth1(request, { consumerKey: 'k', consumerSecret: 'x' }, 'RSA-SHA1', facts)).toThrow(
    /private key/,
  );
});

let service: FakeService;
let egress: Egress;
let answers: { [path: string]: { status?: number; body: string } };
beforeAll(async () => {
  service = await startFakeService(
    ({ url }: ReceivedRequest) => answers[url] ?? { status: 404, body: 'nothing here' },
  );
  egress = createEgress({ allow: [service.host] });
});
afterAll(async () => {
  await service.close();
  await egress.close();
});

const given = () => ({
  tenantId: 't',
  authKey: 'sign-in',
  config: {},
  credentials: { consumerKey: 'key', consumerSecret: 'consumer-secret' },
  connector: {
    manifestVersion: 1,
    app: { key: 'a', name: 'A' },
    version: '1.0.0',
    baseUrl: `http://${service.host}`,
    connectionSchema: { type: 'object', properties: { user: { type: 'string', readOnly: true } } },
    auth: [
      {
        key: 'sign-in',
        label: 'Sign in',
        type: 'OAUTH1',
        signing: {
          scheme: 'oauth1',
          requestTokenUrl: `http://${service.host}/request`,
          authorizationUrl: `http://${service.host}/allow?app=1`,
          accessTokenUrl: `http://${service.host}/access`,
        },
        capture: [{ name: 'user', from: 'tokenResponse', path: 'body.user_id' }],
      },
    ],
    actions: [],
  } as Connector,
});
const now = () => Date.parse('2026-11-21T00:00:00Z');

test('a person is sent to the service and back, and the token stays', async () => {
  answers = {
    '/request': { body: 'oauth_token=temp&oauth_token_secret=temp-secret&oauth_callback_confirmed=true' },
    '/access': { body: 'oauth_token=real&oauth_token_secret=real-secret&user_id=u7' },
  };
  const callback = 'https://weftline.example/api/v1/oauth/callback?state=s';
  const started = await startOauth1(given(), callback, { egress, now });
  expect(started.authorizeUrl).toBe(`http://${service.host}/allow?app=1&oauth_token=temp`);
  expect(service.received.at(-1)?.headers.authorization).toContain(
    `oauth_callback="${encodeURIComponent(callback)}"`,
  );
  const done = await finishOauth1(
    {
      ...given(),
      temporary: started.temporary,
      callback: new URLSearchParams('state=s&oauth_token=temp&oauth_verifier=v1'),
    },
    { egress, now },
  );
  expect(done).toEqual({
    credentials: {
      consumerKey: 'key',
      consumerSecret: 'consumer-secret',
      token: 'real',
      tokenSecret: 'real-secret',
    },
    learned: { user: 'u7' },
  });
  expect(service.received.at(-1)?.headers.authorization).toMatch(
    /oauth_token="temp".*oauth_verifier="v1"|oauth_verifier="v1".*oauth_token="temp"/,
  );
});

test.each([
  ['another token', 'oauth_token=other&oauth_verifier=v', /does not belong/],
  ['no verifier', 'oauth_token=temp', /does not belong/],
  ['a refusal', 'denied=temp', /refused at the service/],
])('a callback with %s is refused', async (_, query, message) => {
  const temporary = { token: 'temp', tokenSecret: 's' };
  await expect(
    finishOauth1({ ...given(), temporary, callback: new URLSearchParams(query) }, { egress, now }),
  ).rejects.toThrow(message);
});

test('a service that refuses or answers nonsense is told of without the secret', async () => {
  answers = { '/request': { status: 401, body: 'bad consumer-secret' } };
  const refused = await startOauth1(given(), 'https://x.example', { egress, now }).catch(
    (error: Error) => error,
  );
  expect((refused as Error).message).toContain('gave no token');
  expect((refused as Error).message).not.toContain('consumer-secret');
  answers = { '/request': { body: 'oauth_token=a&oauth_token_secret=b' } };
  await expect(startOauth1(given(), 'https://x.example', { egress, now })).rejects.toThrow(/unsafe/);
  answers = { '/request': { body: '<html>' } };
  await expect(startOauth1(given(), 'https://x.example', { egress, now })).rejects.toThrow(/without a token/);
});
