// Signed calls as a service receives them: each signature is made anew from what arrived.
import { createHash, createHmac } from 'node:crypto';
import type { Auth, Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { jwtVerify } from 'jose';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { signAws } from './sign/sign-aws.ts';
import { testConnection } from './test-connection.ts';
import type { OpenConnection } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const withSecret = {
  credentialsSchema: {
    type: 'object',
    required: ['secret'],
    properties: { secret: { type: 'string', 'x-secret': true } },
  },
};

const connectorOf = (auth: Partial<Auth>, baseUrl: string): Connector =>
  ({
    manifestVersion: 1,
    app: { key: 'sample', name: 'Sample' },
    version: '1.0.0',
    baseUrl,
    auth: [{ key: 'way', label: 'Way', test: { method: 'GET', endpointTemplate: '/me' }, ...auth }],
    actions: [
      {
        key: 'send',
        name: 'Send',
        method: 'POST',
        endpointTemplate: '/a%20b/c',
        inputSchema: { type: 'object', properties: { q: { type: 'string' }, text: { type: 'string' } } },
        queryTemplate: { q: '{{input.q}}' },
        bodyTemplate: { text: '{{input.text}}' },
        bodyFormat: 'form',
        outputSchema: {},
      },
    ],
  }) as unknown as Connector;

const setUp = async (auth: Partial<Auth>, credentials: { [name: string]: string }) => {
  const service = await startFakeService(({ url }) =>
    url === '/me' ? { status: 401 } : { body: { ok: true } },
  );
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connector = connectorOf(auth, `http://${service.host}`);
  expect(validateConnector(connector, 'save')).toEqual([]);
  const openConnection = async (): Promise<OpenConnection> => ({
    id: 'c',
    name: 'Account',
    authKey: 'way',
    config: {},
    credentials,
    saveCredentials: async () => undefined,
  });
  const run = { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' };
  const result = await callAction(
    { tenantId: 't', connector, action: 'send', input: { q: "ü&'", text: 'a + b' }, openConnection, run },
    { egress, now: Date.now },
  );
  expect(result, JSON.stringify(result)).toMatchObject({ ok: true });
  const tested = await testConnection(
    { tenantId: 't', connector, openConnection },
    { egress, now: Date.now },
  );
  return { result, tested, service, received: service.received[0]! };
};

test('a token is signed for each call, kept out of what is shown', async () => {
  const { received, result, tested } = await setUp(
    {
      type: 'JWT',
      jwt: {
        alg: 'HS256',
        key: '{{credentials.secret}}',
        claims: { iss: 'me' },
        header: { kid: 'k1' },
        ttlSeconds: 60,
      },
      ...withSecret,
    },
    { secret: 'the-shared-secret-of-this-test-0123456789' },
  );
  const token = received.headers.authorization?.replace('Bearer ', '') ?? '';
  const { payload, protectedHeader } = await jwtVerify(
    token,
    Buffer.from('the-shared-secret-of-this-test-0123456789'),
    { issuer: 'me' },
  );
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'k1' });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
  expect(JSON.stringify(result)).not.toContain(token);
  expect(tested).toMatchObject({ ok: false, status: 401, hint: expect.stringContaining('clock') });
});

test('an HMAC covers what the connector says, and stands where it says', async () => {
  const { received, result, tested } = await setUp(
    {
      type: 'HMAC',
      signing: {
        scheme: 'hmac',
        algorithm: 'sha512',
        key: '{{credentials.secret}}',
        keyEncoding: 'base64',
        content:
          '{{request.method}}\n{{request.path}}\n{{request.query}}\n{{auth.timestamp}}\n{{auth.nonce}}\n{{request.bodyHash}}\n{{request.body}}',
        encoding: 'base64',
        headersTemplate: {
          'X-Signature': 'v1={{auth.signature}}',
          'X-Time': '{{auth.timestamp}}',
          'X-Nonce': '{{auth.nonce}}',
        },
      },
      ...withSecret,
    },
    { secret: Buffer.from('key of bytes').toString('base64') },
  );
  const { headers, method, url, body } = received;
  const { pathname, search } = new URL(url, 'http://x');
  const hash = createHash('sha256').update(body).digest('hex');
  const content = [method, pathname, search.slice(1), headers['x-time'], headers['x-nonce'], hash, body].join(
    '\n',
  );
  const expected = createHmac('sha512', 'key of bytes').update(content).digest('base64');
  expect(headers['x-signature']).toBe(`v1=${expected}`);
  expect(JSON.stringify(result)).not.toContain(expected.slice(0, 30));
  expect(tested).toMatchObject({ ok: false, hint: expect.stringContaining('secret') });
});

test('AWS_SIGV4 signs host, content type and body; the secret key never leaves', async () => {
  const keys = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'the-secret-access-key',
    sessionToken: 'session-token-1',
  };
  const { received, result, service } = await setUp(
    { type: 'AWS_SIGV4', signing: { scheme: 'awsSigV4', service: 'ses', region: 'eu-west-1' } },
    keys,
  );
  const { headers, method, url, body } = received;
  expect(headers.authorization).toContain(
    'SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=',
  );
  const moment = String(headers['x-amz-date']).replace(
    /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  const again = signAws(
    {
      method,
      url: `http://${service.host}${url}`,
      headers: { 'content-type': headers['content-type'] ?? '' },
      body,
    },
    keys,
    { service: 'ses', region: 'eu-west-1' },
    Date.parse(moment),
  );
  expect(headers.authorization).toBe(again['authorization']);
  const shown = JSON.stringify(result);
  for (const secret of ['the-secret-access-key', 'session-token-1']) expect(shown).not.toContain(secret);
  expect(JSON.stringify(headers)).not.toContain('the-secret-access-key');
});

test('OAUTH1 signs the parameters of query and form', async () => {
  const { received, service } = await setUp(
    { type: 'OAUTH1', signing: { scheme: 'oauth1', signatureMethod: 'HMAC-SHA256' } },
    { consumerKey: 'ck', consumerSecret: 'c-secret', token: 'tk', tokenSecret: 't-secret' },
  );
  const { headers, url, body } = received;
  const sent = Object.fromEntries(
    [...(headers.authorization ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      decodeURIComponent(value!),
    ]),
  );
  const { oauth_signature: signature, ...parameters } = sent;
  const strict = (text: string) => encodeURIComponent(text).replaceAll("'", '%27');
  const all = [
    ...new URL(url, 'http://x').searchParams,
    ...new URLSearchParams(body),
    ...Object.entries(parameters),
  ]
    .map(([name, value]) => `${strict(name)}=${strict(value)}`)
    .toSorted();
  const base = ['POST', `http://${service.host}/a%20b/c`, all.join('&')].map(strict).join('&');
  expect(signature).toBe(createHmac('sha256', 'c-secret&t-secret').update(base).digest('base64'));
  expect(parameters).toMatchObject({ oauth_token: 'tk', oauth_signature_method: 'HMAC-SHA256' });
});

const problemsOf = (auth: object) =>
  validateConnector(connectorOf(auth, 'https://api.example.com'), 'save').map(
    ({ path, code }) => `${path.replace('/auth/0/', '')} ${code}`,
  );

test('a type that signs says how; other types do not', () => {
  const jwt = { alg: 'HS256', key: 'x', claims: {} };
  expect(problemsOf({ type: 'JWT' })).toEqual(['jwt missing_key']);
  expect(problemsOf({ type: 'API_KEY', jwt })).toEqual(['jwt unknown_key']);
  expect(problemsOf({ type: 'HMAC' })).toEqual(['signing missing_key']);
  expect(problemsOf({ type: 'NONE', signing: { scheme: 'oauth1' } })).toEqual(['signing unknown_key']);
  expect(problemsOf({ type: 'OAUTH1', signing: { scheme: 'hmac' } })).toEqual(['signing/scheme wrong_value']);
  expect(problemsOf({ type: 'AWS_SIGV4', signing: { scheme: 'awsSigV4', region: 'x', key: 'y' } })).toEqual([
    'signing/service missing_key',
    'signing/key unknown_key',
  ]);
  expect(problemsOf({ type: 'JWT', jwt: { ...jwt, key: '{{credentials.none}}' } })).toEqual([
    'jwt/key undeclared_name',
  ]);
  const apply = [{ in: 'header', name: 'X-Token', value: '{{auth.token}}' }];
  expect(problemsOf({ type: 'API_KEY', apply })).not.toEqual([]);
  expect(problemsOf({ type: 'JWT', jwt, apply })).toEqual([]);
});
