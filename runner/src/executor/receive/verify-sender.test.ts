import { createHash, createHmac, createSign, generateKeyPairSync, sign } from 'node:crypto';
import type { Receive, SenderCheck } from '@weftline/connectors/types';
import { exportJWK, SignJWT } from 'jose';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyUnavailable, noKeys, type FetchKey } from './fetch-key.ts';
import { callScope, secretScope, type CallValues, type IncomingCall } from './incoming-call.ts';
import { verifySender } from './verify-sender.ts';

const hmac: SenderCheck = {
  scheme: 'hmac',
  algorithm: 'sha256',
  secret: '{{webhook.secret}}',
  content: '{{rawBody}}',
  encoding: 'hex',
};

function judge(receive: Receive, call: IncomingCall, values: CallValues, fetchKey: FetchKey = noKeys) {
  const scope = callScope(call, receive.bodyFormat, values);
  return verifySender(receive, { call, scope: secretScope(scope, values), nowMs: values.nowMs, fetchKey });
}

const nowMs = Date.UTC(2026, 0, 1);
const body = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
const call = (headers: { [name: string]: string }, rawBody: Buffer | string = body): IncomingCall => ({
  method: 'POST',
  url: 'https://weftline.example/hooks/k?a=1',
  query: { a: '1' },
  headers,
  rawBody: Buffer.from(rawBody as string),
});
const check = (part: SenderCheck, given: IncomingCall, values: Partial<CallValues> = {}, keys?: FetchKey) =>
  judge({ verify: [part] }, given, { nowMs, ...values }, keys);

describe('a keyed hash', () => {
  test('is taken over the bytes as they came, also where they are no text', async () => {
    const signature = createHmac('sha256', 'key').update(body).digest('hex');
    const part: SenderCheck = { ...hmac, secret: '{{webhook.secret}}', signature: '{{headers.sig}}' };
    const webhook = { url: '', secret: 'key' };
    expect(await check(part, call({ sig: signature }), { webhook })).toMatchObject({ ok: true });
    expect(await check(part, call({ sig: signature }), { webhook: { url: '', secret: '' } })).toEqual({
      ok: false,
      reason: 'misconfigured',
    });
    expect(await check(part, call({ sig: signature }))).toEqual({ ok: false, reason: 'misconfigured' });
    expect(await check(part, call({}), { webhook })).toEqual({ ok: false, reason: 'missing_header' });
  });

  test('may cover method, address and time, with a secret in hex and a signature in base64url', async () => {
    const key = Buffer.from('00ff10', 'hex');
    const time = new Date(nowMs - 10_000).toISOString();
    const signature = createHmac('sha512', key)
      .update(`POSThttps://weftline.example/hooks/k?a=1${time}`)
      .update(body)
      .digest('base64url');
    const part: SenderCheck = {
      ...hmac,
      algorithm: 'sha512',
      secret: '{{credentials.k}}',
      secretEncoding: 'hex',
      content: '{{method}}{{url}}{{headers.time}}{{rawBody}}',
      signature: '{{headers.sig}}',
      encoding: 'base64url',
      timestamp: { value: '{{headers.time}}', unit: 'rfc3339', toleranceSeconds: 60 },
    };
    const good = call({ sig: signature, time });
    expect(await check(part, good, { credentials: { k: '00ff10' } })).toMatchObject({ ok: true });
    expect(await check(part, good, { credentials: { k: '00ff1' } })).toMatchObject({
      reason: 'misconfigured',
    });
    expect(await check(part, good, { credentials: { k: '00ff10' }, nowMs: nowMs + 51_000 })).toMatchObject({
      reason: 'timestamp_out_of_tolerance',
    });
    expect(
      await check(part, call({ sig: signature, time: 'soon' }), { credentials: { k: '00ff10' } }),
    ).toEqual({ ok: false, reason: 'bad_timestamp' });
  });

  test('of one of several secrets is enough, and an absent one passes nothing', async () => {
    const signature = createHmac('sha256', 'new').update(body).digest('hex');
    const parts = ['old', 'new', 'gone'].map((name) => ({
      ...hmac,
      secret: `{{credentials.${name}}}`,
      signature: '{{headers.sig}}',
    }));
    const values = { nowMs, credentials: { old: 'old', new: 'new' } };
    expect(await judge({ verify: parts }, call({ sig: signature }), values)).toMatchObject({ ok: true });
    expect(await judge({ verify: parts.slice(2) }, call({ sig: signature }), values)).toMatchObject({
      reason: 'misconfigured',
    });
  });

  test('is refused when it is older than the app takes', async () => {
    const seconds = String(nowMs / 1000 - 100);
    const signature = createHmac('sha256', 'key').update(seconds).update(body).digest('hex');
    const part: SenderCheck = {
      ...hmac,
      secret: '{{webhook.secret}}',
      content: '{{headers.t}}{{rawBody}}',
      signature: '{{headers.sig}}',
      timestamp: { value: '{{headers.t}}', unit: 'seconds', toleranceSeconds: 300 },
    };
    const given = call({ sig: signature, t: seconds });
    const values = { nowMs, webhook: { url: '', secret: 'key' } };
    expect(await judge({ verify: [part] }, given, values)).toMatchObject({ ok: true });
    expect(await judge({ verify: [part], maxAgeSeconds: 99 }, given, values)).toMatchObject({
      reason: 'timestamp_out_of_tolerance',
    });
  });
});

describe('a secret that is sent along', () => {
  test('is compared whole, with what stands before it', async () => {
    const part: SenderCheck = {
      scheme: 'sharedToken',
      value: '{{headers.authorization}}',
      secret: 'Bearer {{webhook.secret}}',
    };
    const webhook = { url: '', secret: 'token-0123456789' };
    expect(await check(part, call({ authorization: 'Bearer token-0123456789' }), { webhook })).toMatchObject({
      ok: true,
      secrets: ['Bearer token-0123456789', 'token-0123456789'],
    });
    for (const wrong of ['Bearer token-012345678', 'token-0123456789', 'Bearer '])
      expect(await check(part, call({ authorization: wrong }), { webhook })).toMatchObject({ ok: false });
    expect(
      await check(part, call({ authorization: 'Bearer ' }), { webhook: { url: '', secret: '' } }),
    ).toEqual({ ok: false, reason: 'misconfigured' });
  });

  test('may be HTTP Basic; neither half alone is enough, nor any other writing of the header', async () => {
    const part: SenderCheck = {
      scheme: 'basic',
      username: '{{credentials.username}}',
      password: '{{webhook.secret}}',
    };
    const values = { credentials: { username: 'am' }, webhook: { url: '', secret: 'pass:word' } };
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
    expect(await check(part, call({ authorization: basic('am:pass:word') }), values)).toMatchObject({
      ok: true,
    });
    for (const wrong of [
      basic('am:other'),
      basic('xx:pass:word'),
      basic('am'),
      basic(':'),
      `${basic('am:pass:word')}!!`,
      'Basic',
      'Bearer x',
      '',
    ])
      expect(await check(part, call({ authorization: wrong }), values), wrong).toMatchObject({ ok: false });
  });
});

describe('a signature with a private key', () => {
  test('of Ed25519 with a key in hex is taken; of other content, key or form it is not', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('hex');
    const signature = sign(null, Buffer.concat([Buffer.from('7'), body]), privateKey).toString('hex');
    const part: SenderCheck = {
      scheme: 'ed25519',
      publicKey: '{{credentials.publicKey}}',
      keyEncoding: 'hex',
      content: '{{headers.t}}{{rawBody}}',
      signature: '{{headers.sig}}',
      encoding: 'hex',
    };
    const credentials = { publicKey: raw };
    expect(await check(part, call({ t: '7', sig: signature }), { credentials })).toMatchObject({ ok: true });
    expect(await check(part, call({ t: '8', sig: signature }), { credentials })).toMatchObject({ ok: false });
    expect(await check(part, call({ t: '7', sig: `${signature}00` }), { credentials })).toMatchObject({
      ok: false,
    });
    expect(await check(part, call({ t: '7', sig: signature }), { credentials: { publicKey: 'zz' } })).toEqual(
      {
        ok: false,
        reason: 'misconfigured',
      },
    );
    const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string;
    const { keyEncoding: _, ...withPem } = part;
    expect(
      await check(withPem, call({ t: '7', sig: signature }), { credentials: { publicKey: pem } }),
    ).toMatchObject({ ok: true });
  });

  test('of ECDSA P-256 in DER is taken with the key as base64 DER; a key of another curve is none', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const part: SenderCheck = {
      scheme: 'ecdsa-p256',
      publicKey: '{{credentials.k}}',
      keyEncoding: 'base64',
      content: '{{rawBody}}',
      signature: '{{headers.sig}}',
      encoding: 'base64',
    };
    const given = call({ sig: createSign('sha256').update(body).sign(privateKey).toString('base64') });
    const der = (key: typeof publicKey) => key.export({ format: 'der', type: 'spki' }).toString('base64');
    expect(await check(part, given, { credentials: { k: der(publicKey) } })).toMatchObject({ ok: true });
    expect(await check(part, given, { credentials: { k: der(other.publicKey) } })).toMatchObject({
      reason: 'misconfigured',
    });
  });

  test('of RSA fetches the key where the call says, if the app may; a key that is too small is none', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string;
    const part: SenderCheck = {
      scheme: 'rsa-sha1',
      keyUrl: '{{body.cert}}',
      content: '{{body.message}}',
      signature: '{{body.signature}}',
      encoding: 'base64',
    };
    const signed = JSON.stringify({
      cert: 'https://keys.example/cert.pem',
      message: 'hello',
      signature: createSign('sha1').update('hello').sign(privateKey).toString('base64'),
    });
    const asked: string[] = [];
    const given = call({ 'content-type': 'application/json' }, signed);
    const keys =
      (answer: string | Error): FetchKey =>
      async (url) => {
        asked.push(url);
        if (answer instanceof Error) throw answer;
        return answer;
      };
    expect(await check(part, given, {}, keys(pem))).toMatchObject({ ok: true });
    expect(asked).toEqual(['https://keys.example/cert.pem']);
    const jwks = JSON.stringify({ keys: [{ kty: 'RSA' }, publicKey.export({ format: 'jwk' })] });
    expect(await check(part, given, {}, keys(jwks))).toMatchObject({ ok: true });
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    expect(
      await check(part, given, {}, keys(small.export({ format: 'pem', type: 'spki' }) as string)),
    ).toMatchObject({ reason: 'misconfigured' });
    expect(await check(part, given, {}, keys(new KeyUnavailable(true)))).toMatchObject({
      reason: 'key_unavailable',
    });
    expect(await check(part, given, {}, keys(new KeyUnavailable(false)))).toMatchObject({
      reason: 'bad_signature',
    });
  });
});

describe('a token', () => {
  const secret = 'a-secret-of-at-least-32-characters';
  const part: SenderCheck = {
    scheme: 'jwt',
    token: '{{headers.authorization}}',
    algorithms: ['HS256'],
    key: '{{credentials.secret}}',
    audience: 'https://weftline.example',
    claims: '{{claims.hash == sha256(rawBody)}}',
  };
  const text = '{"a":1}';
  const hash = createHash('sha256').update(text).digest('hex');
  const make = (claims: object, alg = 'HS256', key: Uint8Array = Buffer.from(secret)) =>
    new SignJWT({ hash, aud: 'https://weftline.example', exp: nowMs / 1000 + 60, ...claims })
      .setProtectedHeader({ alg })
      .sign(key);
  const judgeToken = (token: string, more: Partial<SenderCheck> = {}, keys?: FetchKey) =>
    check(
      { ...part, ...more },
      call({ authorization: `Bearer ${token}` }, text),
      { credentials: { secret } },
      keys,
    );

  test('is taken with the right key, audience, time and claims only', async () => {
    expect(await judgeToken(await make({}))).toMatchObject({ ok: true });
    for (const claims of [
      { aud: 'https://other.example' },
      { exp: nowMs / 1000 - 61 },
      { nbf: nowMs / 1000 + 61 },
      { hash: 'x' },
      { exp: undefined },
      { exp: undefined, iat: nowMs / 1000 - 301 },
    ])
      expect(await judgeToken(await make(claims)), JSON.stringify(claims)).toMatchObject({ ok: false });
    expect(await judgeToken(await make({ exp: undefined, iat: nowMs / 1000 - 299 }))).toMatchObject({
      ok: true,
    });
    expect(
      await judgeToken(await make({}, 'HS256', Buffer.from('another-secret-of-32-characters--'))),
    ).toEqual({
      ok: false,
      reason: 'bad_signature',
    });
  });

  test('of another algorithm than the app names, or of none, is refused', async () => {
    expect(await judgeToken(await make({}, 'HS512', Buffer.alloc(64, secret)))).toMatchObject({ ok: false });
    const none = [{ alg: 'none' }, { hash, aud: 'https://weftline.example', exp: nowMs / 1000 + 60 }]
      .map((each) => Buffer.from(JSON.stringify(each)).toString('base64url'))
      .join('.');
    for (const token of [`${none}.`, none, 'x', '..', `${none}.AAAA`])
      expect(await judgeToken(token)).toMatchObject({ ok: false });
  });

  test('is checked with the key set of the service; a new key is looked for once', async () => {
    const [old, fresh] = [
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ];
    const set = async (name: string, key: typeof old.publicKey) =>
      JSON.stringify({ keys: [{ ...(await exportJWK(key)), kid: name, alg: 'ES256' }] });
    const token = await new SignJWT({ hash, aud: 'https://weftline.example', exp: nowMs / 1000 + 60 })
      .setProtectedHeader({ alg: 'ES256', kid: 'fresh' })
      .sign(fresh.privateKey);
    const asked: (boolean | undefined)[] = [];
    const keys: FetchKey = async (_url, options) => {
      asked.push(options?.isStale);
      return options?.isStale ? set('fresh', fresh.publicKey) : set('old', old.publicKey);
    };
    const { key: _, ...withUrl } = part;
    const signed = { ...withUrl, algorithms: ['ES256' as const], keyUrl: 'https://keys.example/jwks' };
    const given = call({ authorization: token }, text);
    expect(await check(signed, given, {}, keys)).toMatchObject({ ok: true });
    expect(asked).toEqual([undefined, true]);
    // A shared secret can never be a key that anybody may fetch.
    expect(await check({ ...signed, algorithms: ['HS256'] }, given, {}, keys)).toMatchObject({
      reason: 'misconfigured',
    });
  });
});

test('whatever a caller sends, the answer is yes or no', async () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string;
  const checks: SenderCheck[] = [
    { ...hmac, secret: 'SECRET', signature: '{{headers.sig}}', list: { separator: ',', key: 'v1' } },
    {
      ...hmac,
      secret: 'SECRET',
      content: "{{match(headers['x-signature'], 't=([0-9]+)')}}.{{rawBody}}",
      signature: "{{headers['x-signature']}}",
      prefix: 'v1=',
      timestamp: {
        value: "{{match(headers['x-signature'], 't=([0-9]+)')}}",
        unit: 'seconds',
        toleranceSeconds: 300,
      },
    },
    { scheme: 'standardWebhooks', secret: 'SECRET' },
    { scheme: 'basic', username: 'SECRET', password: 'SECRET' },
    { scheme: 'jwt', token: '{{headers.sig}}', algorithms: ['HS256'], key: 'SECRET' },
    {
      scheme: 'ed25519',
      publicKey: '{{credentials.pem}}',
      content: '{{body.a}}',
      signature: '{{body.b}}',
      encoding: 'hex',
    },
  ];
  const names = fc.constantFrom(
    'sig',
    'authorization',
    'x-signature',
    'x-token',
    'x-time',
    'webhook-id',
    'webhook-timestamp',
    'webhook-signature',
    'content-type',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(
        names,
        fc.oneof(
          fc.string(),
          fc.base64String(),
          fc.constantFrom('t=1', 'v1=', 'application/json', '999999999999999999999'),
        ),
      ),
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(...checks),
      async (headers, bytes, part) => {
        const secret = part.secret === undefined ? {} : { secret: '{{credentials.secret}}' };
        const verdict = await check(
          { ...part, ...secret },
          { ...call(headers), rawBody: Buffer.from(bytes) },
          {
            credentials: { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', pem },
          },
        );
        expect(verdict.ok).toBe(false);
      },
    ),
    { numRuns: 1_000 },
  );
});
