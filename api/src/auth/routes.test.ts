import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApi, type TestPerson, startTestApi } from '../testing/start-test-api.ts';

let api: TestApi;
let now = Date.now();
let ada: TestPerson;
beforeAll(async () => {
  api = await startTestApi({ clock: () => new Date(now) });
  ada = await api.register('Ada');
});
afterAll(() => api.stop());

const cookieOf = (headers: Headers, name: string): string =>
  headers.getSetCookie().find((line) => line.startsWith(`${name}=`)) ?? '';
const valueOf = (headers: Headers, name: string): string =>
  cookieOf(headers, name)
    .split(';')[0]!
    .slice(name.length + 1);
const refresh = (refreshToken: string) =>
  api.call('POST', '/api/v1/auth/refresh', {
    body: {},
    headers: { cookie: `weftline_refresh=${refreshToken}` },
  });
const login = (email: string, password: string) =>
  api.call('POST', '/api/v1/auth/login', { body: { email, password } });

describe('registering', () => {
  test('makes a person who owns a workspace of the default plan, signed in', async () => {
    expect(ada.tenant).toMatchObject({ plan: 'free', role: 'owner' });
    const me = await api.call('GET', '/api/v1/me', { as: ada.accessToken });
    expect(me.body).toEqual({ user: ada.user, tenant: ada.tenant, tenants: [ada.tenant] });
  });

  test('a second account with the same address is refused, also in other letters', async () => {
    const body = { email: ada.user.email.toUpperCase(), password: 'long enough', name: 'B', tenantName: 'B' };
    const answer = await api.call('POST', '/api/v1/auth/register', { body });
    expect(answer.status).toBe(409);
    expect(answer.body.error.code).toBe('conflict');
  });

  test('twenty people with one address at once become one account', async () => {
    const body = { email: 'race@example.com', password: 'long enough', name: 'R', tenantName: 'R' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.call('POST', '/api/v1/auth/register', { body })),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, ...Array(19).fill(409)]);
  });

  test('names every fault with its path', async () => {
    const body = { email: 'no', password: 'short', name: '', extra: 1 };
    const answer = await api.call('POST', '/api/v1/auth/register', { body });
    expect(answer.status).toBe(422);
    expect(
      answer.body.error.details.problems.map((problem: { path: string }) => problem.path).sort(),
    ).toEqual(['/email', '/extra', '/name', '/password', '/tenantName']);
  });

  test('with an Idempotency-Key the second try gets the stored answer', async () => {
    const body = { email: 'twice@example.com', password: 'long enough', name: 'T', tenantName: 'T' };
    const headers = { 'idempotency-key': 'register-1' };
    const first = await api.call('POST', '/api/v1/auth/register', { body, headers });
    const second = await api.call('POST', '/api/v1/auth/register', { body, headers });
    expect(first.status).toBe(201);
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const other = await api.call('POST', '/api/v1/auth/register', {
      body: { ...body, email: 'other@example.com' },
      headers,
    });
    expect(other.body.error.code).toBe('idempotency_mismatch');
  });
});

describe('signing in', () => {
  test('works with the password and says the same for a wrong one and an unknown address', async () => {
    const good = await login(ada.user.email, ada.password);
    expect(good.status).toBe(200);
    const wrong = await login(ada.user.email, 'not it');
    const unknown = await login('nobody@example.com', 'not it');
    expect(wrong.status).toBe(401);
    expect(wrong.body.error.message).toBe(unknown.body.error.message);
    expect(unknown.status).toBe(401);
  });

  test('the sixth try within a minute is refused with the time to wait, and others are not affected', async () => {
    const bob = await api.register('Bob');
    for (let turn = 0; turn < 5; turn += 1)
      expect((await login(bob.user.email, `guess ${turn}`)).status).toBe(401);
    const sixth = await login(bob.user.email, bob.password);
    expect(sixth.status).toBe(429);
    expect(sixth.body.error.code).toBe('too_many_requests');
    expect(Number(sixth.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(sixth.headers.get('ratelimit')).toMatch(/^"sign-in";r=0;t=\d+$/);
    expect((await login(ada.user.email, ada.password)).status).toBe(200);
  });

  test('cookies cannot be read by scripts, stay on our site, and are Secure behind https', async () => {
    const answer = await login(ada.user.email, ada.password);
    for (const name of ['weftline_access', 'weftline_refresh'])
      expect(cookieOf(answer.headers, name)).toMatch(/HttpOnly; SameSite=Lax$/);
    expect(cookieOf(answer.headers, 'weftline_refresh')).toContain('Path=/api/v1/auth');
    const secure = await startTestApi({
      testDatabase: api.testDatabase,
      env: { PUBLIC_URL: 'https://weft.example' },
    });
    const { email } = ada.user;
    const behind = await secure.call('POST', '/api/v1/auth/login', {
      body: { email, password: ada.password },
    });
    expect(cookieOf(behind.headers, 'weftline_access')).toContain('; Secure');
    expect(behind.headers.get('strict-transport-security')).toContain('max-age');
    await secure.stop();
  });
});

describe('renewing', () => {
  test('gives a new token each time, and two tabs with the same one get the same successor', async () => {
    const eve = await api.register('Eve');
    const [one, two] = await Promise.all([refresh(eve.refreshToken), refresh(eve.refreshToken)]);
    expect([one.status, two.status]).toEqual([200, 200]);
    const successor = valueOf(one.headers, 'weftline_refresh');
    expect(successor).not.toBe(eve.refreshToken);
    expect(valueOf(two.headers, 'weftline_refresh')).toBe(successor);
    expect((await refresh(successor)).status).toBe(200);
  });

  test('a token shown again after 10 s ends the whole sign-in, the access token included', async () => {
    const mallory = await api.register('Mallory');
    const next = await refresh(mallory.refreshToken);
    now += 11_000;
    expect((await refresh(mallory.refreshToken)).status).toBe(401);
    expect((await refresh(valueOf(next.headers, 'weftline_refresh'))).status).toBe(401);
    expect((await api.call('GET', '/api/v1/me', { as: next.body.accessToken })).status).toBe(401);
    const again = await login(mallory.user.email, mallory.password);
    const audit = await api.call('GET', `/api/v1/tenants/${mallory.tenant.id}/audit`, {
      as: again.body.accessToken,
    });
    expect(audit.body.data.map((entry: { action: string }) => entry.action)).toContain(
      'session.reuse_detected',
    );
  });

  test.each(['', 'x', 'A'.repeat(43), 'A'.repeat(5000), 'eyJhbGciOiJIUzI1NiJ9.e30.x'])(
    'the text %# is no refresh token',
    async (text) => {
      expect((await refresh(text)).status).toBe(401);
    },
  );

  test('an access token is no refresh token, and the other way round', async () => {
    expect((await refresh(ada.accessToken)).status).toBe(401);
    expect((await api.call('GET', '/api/v1/me', { as: ada.refreshToken })).status).toBe(401);
  });

  test('a refresh token ends after 30 days', async () => {
    const kim = await api.register('Kim');
    const then = now;
    now += 31 * 24 * 3600_000;
    expect((await refresh(kim.refreshToken)).status).toBe(401);
    now = then;
  });
});

describe('signing out', () => {
  test('ends access and refresh at once and clears the cookies', async () => {
    const lea = await api.register('Lea');
    const out = await api.call('POST', '/api/v1/auth/logout', { as: lea.accessToken });
    expect(out.status).toBe(204);
    expect(cookieOf(out.headers, 'weftline_access')).toContain('Max-Age=0');
    expect((await api.call('GET', '/api/v1/me', { as: lea.accessToken })).status).toBe(401);
    expect((await refresh(lea.refreshToken)).status).toBe(401);
  });

  test('works with the refresh cookie alone, and when nobody is signed in', async () => {
    const max = await api.register('Max');
    const headers = { cookie: `weftline_refresh=${max.refreshToken}` };
    expect((await api.call('POST', '/api/v1/auth/logout', { headers })).status).toBe(204);
    expect((await refresh(max.refreshToken)).status).toBe(401);
    expect((await api.call('POST', '/api/v1/auth/logout')).status).toBe(204);
  });
});

describe('changing workspaces', () => {
  test('gives a session in the other one and ends the former', async () => {
    const owner = await api.register('Owner');
    const guest = await api.join(owner, 'viewer');
    const { email } = guest.user;
    const own = await api.register('Elsewhere');
    const link = (await own.call('POST', '/invitations', { email, role: 'admin' })).body.link;
    const token = new URL(link).searchParams.get('token');
    const joined = await api.call('POST', '/api/v1/auth/accept-invitation', {
      body: { token, password: guest.password },
    });
    expect(joined.status).toBe(201);
    expect(joined.body.user.id).toBe(guest.user.id);
    expect(joined.body.tenant).toMatchObject({ id: own.tenant.id, role: 'admin' });
    const as = joined.body.accessToken;
    const back = await api.call('POST', '/api/v1/auth/switch', { as, body: { tenantId: owner.tenant.id } });
    expect(back.body.tenant).toMatchObject({ id: owner.tenant.id, role: 'viewer' });
    expect((await api.call('GET', '/api/v1/me', { as })).status).toBe(401);
    const me = await api.call('GET', '/api/v1/me', { as: back.body.accessToken });
    expect(me.body.tenants.map((tenant: { id: string }) => tenant.id)).toEqual([
      owner.tenant.id,
      own.tenant.id,
    ]);
  });

  test('to a stranger’s workspace is the same as to one that does not exist', async () => {
    const stranger = await api.register('Stranger');
    const to = (tenantId: string) =>
      api.call('POST', '/api/v1/auth/switch', { as: ada.accessToken, body: { tenantId } });
    const foreign = await to(stranger.tenant.id);
    const missing = await to('01934b7e-7c11-7f3a-9a53-3d9f1c1f0a99');
    expect(foreign.status).toBe(404);
    expect(foreign.body.error.message).toBe(missing.body.error.message);
  });
});
