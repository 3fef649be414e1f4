// Tokens that somebody made up, stole, bent or kept too long. Each of them must be nobody.
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApi, type TestPerson, startTestApi } from '../testing/start-test-api.ts';

let api: TestApi;
let ada: TestPerson;
let stranger: TestPerson;
let now = Date.now();
const key = randomBytes(32);
const other = randomBytes(32);
const tokenKeys = new Map([['test', key]]);

beforeAll(async () => {
  api = await startTestApi({ tokenKeys, clock: () => new Date(now) });
  ada = await api.register('Ada');
  stranger = await api.register('Stranger');
});
afterAll(() => api.stop());

const base64url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { [name: string]: unknown };
const header = { alg: 'HS256', typ: 'at+jwt', kid: 'test' };

/** A token with any header and claims; claims may be a text, to write JSON that JSON.stringify would not. */
function forge(head: unknown, claims: unknown, secret: Buffer | string = key): string {
  const input = `${base64url(head)}.${base64url(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}
const bent = (changes: { [name: string]: unknown }) => ({ ...claimsOf(ada.accessToken), ...changes });
const without = (name: string) => {
  const { [name]: _gone, ...rest } = claimsOf(ada.accessToken);
  return rest;
};
const me = (authorization: string | undefined, headers: { [name: string]: string } = {}) =>
  api.call('GET', '/api/v1/me', { headers: { ...(authorization ? { authorization } : {}), ...headers } });
const seconds = () => Math.floor(now / 1000);

test('a token built like ours is accepted, so that the refusals below mean something', async () => {
  expect((await me(`Bearer ${forge(header, bent({}))}`)).status).toBe(200);
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;

const forged: { [name: string]: () => string | Promise<string> } = {
  'alg none without a signature': () =>
    `${base64url({ alg: 'none', typ: 'at+jwt' })}.${base64url(bent({}))}.`,
  'alg None': () => `${base64url({ ...header, alg: 'None' })}.${base64url(bent({}))}.`,
  'alg nOnE with our signature': () => forge({ ...header, alg: 'nOnE' }, bent({})),
  'alg missing': () => forge({ typ: 'at+jwt', kid: 'test' }, bent({})),
  'alg HS512 in the header, HS256 in truth': () => forge({ ...header, alg: 'HS512' }, bent({})),
  'alg RS256 with a key pair of its own': () =>
    new SignJWT(bent({}) as never).setProtectedHeader({ ...header, alg: 'RS256' }).sign(rsa.privateKey),
  'HS256 with a public key as the secret': () => forge(header, bent({}), pem),
  'another secret': () => forge(header, bent({}), other),
  'an empty secret': () => forge(header, bent({}), ''),
  'the signature cut off': () => ada.accessToken.split('.').slice(0, 2).join('.'),
  'the signature empty': () => `${ada.accessToken.split('.').slice(0, 2).join('.')}.`,
  'the signature shortened': () => ada.accessToken.slice(0, -3),
  'the claims changed, the signature kept': () => {
    const [head, , signature] = ada.accessToken.split('.');
    return `${head}.${base64url(bent({ tenantId: stranger.tenant.id }))}.${signature}`;
  },
  'kid missing': () => forge({ alg: 'HS256', typ: 'at+jwt' }, bent({})),
  'kid of another key': () => forge({ ...header, kid: 'k2' }, bent({})),
  'kid as a path': () => forge({ ...header, kid: '../../../../dev/null' }, bent({}), ''),
  'kid as SQL': () => forge({ ...header, kid: "test' OR 1=1--" }, bent({})),
  'kid as an address': () => forge({ ...header, kid: 'https://evil.example/key' }, bent({})),
  'kid __proto__': () => forge({ ...header, kid: '__proto__' }, bent({}), ''),
  'kid as a number': () => forge({ ...header, kid: 0 }, bent({})),
  'kid as a list': () => forge({ ...header, kid: ['test'] }, bent({})),
  'an embedded jwk': () =>
    forge({ ...header, jwk: { kty: 'oct', k: other.toString('base64url') } }, bent({}), other),
  'an embedded jwk beside our own signature': () =>
    forge({ ...header, jwk: { kty: 'oct', k: 'AA' } }, bent({})),
  'a jku': () => forge({ ...header, jku: 'https://evil.example/jwks.json' }, bent({})),
  'an x5u': () => forge({ ...header, x5u: 'https://evil.example/cert.pem' }, bent({})),
  'an x5c': () => forge({ ...header, x5c: ['AA=='] }, bent({})),
  'an unknown crit': () => forge({ ...header, crit: ['exp'], exp: 1 }, bent({})),
  'b64 false': () => forge({ ...header, b64: false, crit: ['b64'] }, bent({})),
  'typ missing': () => forge({ alg: 'HS256', kid: 'test' }, bent({})),
  'typ JWT': () => forge({ ...header, typ: 'JWT' }, bent({})),
  'expired by one second': () => forge(header, bent({ iat: seconds() - 600, exp: seconds() - 1 })),
  'expiring this very second': () => forge(header, bent({ iat: seconds() - 600, exp: seconds() })),
  'exp missing': () => forge(header, without('exp')),
  'exp as text': () => forge(header, bent({ exp: String(seconds() + 60) })),
  'exp as a fraction': () => forge(header, bent({ exp: seconds() + 60.5 })),
  'exp null': () => forge(header, bent({ exp: null })),
  'exp 1e308': () => forge(header, bent({ exp: 1e308 })),
  'exp beyond every number': () =>
    forge(header, JSON.stringify(bent({ exp: 1 })).replace('"exp":1', '"exp":1e999')),
  'exp negative': () => forge(header, bent({ exp: -1 })),
  'exp in a year, which we never give': () => forge(header, bent({ exp: seconds() + 31_536_000 })),
  'exp as a list': () => forge(header, bent({ exp: [seconds() + 60] })),
  'iat missing': () => forge(header, without('iat')),
  'iat in the future': () => forge(header, bent({ iat: seconds() + 60, exp: seconds() + 120 })),
  'iat as text': () => forge(header, bent({ iat: 'now' })),
  'nbf in the future': () => forge(header, bent({ nbf: seconds() + 60 })),
  'nbf as text': () => forge(header, bent({ nbf: 'soon' })),
  'another issuer': () => forge(header, bent({ iss: 'evil' })),
  'issuer missing': () => forge(header, without('iss')),
  'issuer as a list': () => forge(header, bent({ iss: ['weftline'] })),
  'another audience': () => forge(header, bent({ aud: 'other' })),
  'audience missing': () => forge(header, without('aud')),
  'several audiences': () => forge(header, bent({ aud: ['weftline-api', 'other'] })),
  'sub missing': () => forge(header, without('sub')),
  'sub of somebody else': () => forge(header, bent({ sub: stranger.user.id })),
  'sub as an object': () => forge(header, bent({ sub: { id: ada.user.id } })),
  'sub with SQL': () => forge(header, bent({ sub: `${ada.user.id}'--` })),
  'tenant missing': () => forge(header, without('tenantId')),
  'tenant of a stranger, correctly signed': () => forge(header, bent({ tenantId: stranger.tenant.id })),
  'tenant of the platform': () => forge(header, bent({ tenantId: '00000000-0000-0000-0000-000000000000' })),
  'tenant as a list': () => forge(header, bent({ tenantId: [ada.tenant.id] })),
  'tenant as a set of the database': () => forge(header, bent({ tenantId: `{${ada.tenant.id}}` })),
  'sid missing': () => forge(header, without('sid')),
  'sid of somebody else': () => forge(header, bent({ sid: claimsOf(stranger.accessToken).sid })),
  'sid that never was': () => forge(header, bent({ sid: uuidv7() })),
  'claims that are no object': () => forge(header, [1]),
  'claims that are no JSON': () => forge(header, 'x'),
  'a header that is no JSON': () => forge('x', bent({})),
  'four parts': () => `${ada.accessToken}.x`,
  'five parts, like an encrypted token': () => 'eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA',
  'a line break inside': () => ada.accessToken.replace('.', '.\t'),
  'one megabyte': () => `${ada.accessToken.split('.')[0]}.${'A'.repeat(1_000_000)}.x`,
  'an API key that never was': () => `wf_${randomBytes(32).toString('base64url')}`,
  'the start of an API key': () => 'wf_',
};

describe('a token is refused with', () => {
  for (const [name, make] of Object.entries(forged))
    test(name, async () => {
      const answer = await me(`Bearer ${await make()}`);
      expect(answer.status).toBe(401);
      expect(answer.body.error.code).toBe('not_signed_in');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    });
});

test('claims written twice are read once: the last counts, and it is checked like any other', async () => {
  const twice = JSON.stringify(bent({})).replace(/^\{/, `{"tenantId":"${stranger.tenant.id}",`);
  const good = await me(`Bearer ${forge(header, twice)}`);
  expect(good.body.tenant.id).toBe(ada.tenant.id);
  const last = JSON.stringify(bent({})).replace(/\}$/, `,"tenantId":"${stranger.tenant.id}"}`);
  expect((await me(`Bearer ${forge(header, last)}`)).status).toBe(401);
});

describe('the Authorization header', () => {
  test.each([
    ['Basic', () => `Basic ${Buffer.from('ada:x').toString('base64')}`],
    ['Token', () => `Token ${ada.accessToken}`],
    ['a bare token', () => ada.accessToken],
    ['an empty one', () => 'Bearer '],
    ['two of them', () => `Bearer ${ada.accessToken}, Bearer ${ada.accessToken}`],
    ['DPoP', () => `DPoP ${ada.accessToken}`],
  ])('refuses %s', async (_name, make) => {
    expect((await me(make())).status).toBe(401);
  });

  test('counts alone: a bad one is not mended by a good cookie', async () => {
    const cookie = `weftline_access=${ada.accessToken}`;
    expect((await me(undefined, { cookie })).status).toBe(200);
    expect((await me('Bearer nonsense', { cookie })).status).toBe(401);
    const mixed = await me(`Bearer ${stranger.accessToken}`, { cookie });
    expect(mixed.body.user.id).toBe(stranger.user.id);
  });

  test('takes bearer in any case', async () => {
    expect((await me(`bearer ${ada.accessToken}`)).status).toBe(200);
  });
});

describe('a change holds at the next request', () => {
  test('after ten minutes the token has ended', async () => {
    const late = await api.register('Late');
    const then = now;
    now += 600_000;
    expect((await me(`Bearer ${late.accessToken}`)).status).toBe(401);
    now = then;
  });

  test('a new role', async () => {
    const builder = await api.join(ada, 'builder');
    const path = `/members/${builder.user.id}`;
    expect(
      (await builder.call('POST', '/invitations', { email: 'x@example.com', role: 'viewer' })).status,
    ).toBe(403);
    expect((await ada.call('PATCH', path, { role: 'admin' })).status).toBe(200);
    expect(
      (await builder.call('POST', '/invitations', { email: 'x@example.com', role: 'viewer' })).status,
    ).toBe(201);
    expect((await ada.call('PATCH', path, { role: 'viewer' })).status).toBe(200);
    expect((await builder.call('GET', '/audit')).status).toBe(403);
  });

  test('a removal', async () => {
    const gone = await api.join(ada, 'admin');
    const made = await gone.call('POST', '/api-keys', { name: 'k', role: 'viewer' });
    expect((await ada.call('DELETE', `/members/${gone.user.id}`)).status).toBe(204);
    expect((await gone.call('GET', '/members')).status).toBe(401);
    expect((await me(`Bearer ${made.body.key}`)).status).toBe(401);
  });

  test('a key that signs is retired: its tokens end, those of the next one count', async () => {
    const before = await api.register('Before');
    tokenKeys.delete('test');
    tokenKeys.set('next', other);
    expect((await me(`Bearer ${before.accessToken}`)).status).toBe(401);
    const after = await api.register('After');
    expect((await me(`Bearer ${after.accessToken}`)).status).toBe(200);
    tokenKeys.clear();
    tokenKeys.set('test', key);
  });

  test('during a rotation the tokens of both keys count', async () => {
    const before = await api.register('Before');
    tokenKeys.clear();
    tokenKeys.set('next', other).set('test', key);
    const after = await api.register('After');
    expect((await me(`Bearer ${before.accessToken}`)).status).toBe(200);
    expect((await me(`Bearer ${after.accessToken}`)).status).toBe(200);
    tokenKeys.clear();
    tokenKeys.set('test', key);
  });
});
