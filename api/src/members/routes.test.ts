import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestApi, type TestPerson, startTestApi } from '../testing/start-test-api.ts';

let api: TestApi;
let owner: TestPerson;
beforeAll(async () => {
  api = await startTestApi();
  owner = await api.register('Owner');
});
afterAll(() => api.stop());

const role = (person: TestPerson, userId: string, name: string) =>
  person.call('PATCH', `/members/${userId}`, { role: name });

describe('members', () => {
  test('are listed with address, name and role', async () => {
    const builder = await api.join(owner, 'builder');
    const { body } = await builder.call('GET', '/members');
    expect(body.data).toContainEqual({
      userId: builder.user.id,
      email: builder.user.email,
      name: 'builder',
      role: 'builder',
      joinedAt: expect.stringMatching(/Z$/),
    });
    expect(body.data).toHaveLength(2);
  });

  test('an admin changes roles below owner, and neither makes nor touches an owner', async () => {
    const admin = await api.join(owner, 'admin');
    const viewer = await api.join(owner, 'viewer');
    expect((await role(admin, viewer.user.id, 'author')).body.role).toBe('author');
    expect((await role(admin, viewer.user.id, 'owner')).status).toBe(403);
    expect((await role(admin, owner.user.id, 'viewer')).status).toBe(403);
    expect((await admin.call('DELETE', `/members/${owner.user.id}`)).status).toBe(403);
    expect((await role(owner, admin.user.id, 'king')).status).toBe(422);
  });

  test('everybody may leave, and only those who may change members may remove others', async () => {
    const viewer = await api.join(owner, 'viewer');
    const other = await api.join(owner, 'viewer');
    expect((await viewer.call('DELETE', `/members/${other.user.id}`)).status).toBe(403);
    expect((await viewer.call('DELETE', `/members/${viewer.user.id}`)).status).toBe(204);
    expect((await viewer.call('GET', '/members')).status).toBe(401);
    expect((await owner.call('DELETE', `/members/${viewer.user.id}`)).status).toBe(404);
  });

  test('the last owner can neither leave nor become less', async () => {
    expect((await owner.call('DELETE', `/members/${owner.user.id}`)).status).toBe(409);
    expect((await role(owner, owner.user.id, 'admin')).status).toBe(409);
  });

  test('when two owners put each other down at once, one of them stays', async () => {
    const first = await api.register('First');
    const second = await api.join(first, 'owner');
    const answers = await Promise.all([
      role(first, second.user.id, 'viewer'),
      role(second, first.user.id, 'viewer'),
      first.call('DELETE', `/members/${first.user.id}`),
      second.call('DELETE', `/members/${second.user.id}`),
    ]);
    expect(answers.every(({ status }) => status < 500)).toBe(true);
    const as = [first, second];
    const lists = await Promise.all(as.map((person) => person.call('GET', '/members')));
    const list = lists.find(({ status }) => status === 200)!;
    expect(
      list.body.data.filter((member: { role: string }) => member.role === 'owner').length,
    ).toBeGreaterThan(0);
  });
});

describe('invitations', () => {
  const accept = (body: unknown, as?: string) =>
    api.call('POST', '/api/v1/auth/accept-invitation', { body, ...(as ? { as } : {}) });
  const invite = async (email: string, name = 'builder') => {
    const answer = await owner.call('POST', '/invitations', { email, role: name });
    const token = new URL(answer.body.link).searchParams.get('token')!;
    return { id: answer.body.id as string, token };
  };

  test('a link works once, for one address and role', async () => {
    const { token } = await invite('grace@example.com');
    const joined = await accept({ token, password: 'long enough', name: 'Grace' });
    expect(joined.status).toBe(201);
    expect(joined.body.user).toMatchObject({ email: 'grace@example.com', name: 'Grace' });
    expect(joined.body.tenant).toMatchObject({ id: owner.tenant.id, role: 'builder' });
    expect((await accept({ token, password: 'long enough' })).status).toBe(404);
    const again = await owner.call('POST', '/invitations', { email: 'grace@example.com', role: 'viewer' });
    expect(again.status).toBe(409);
  });

  test('ten people with one link at once: one gets in', async () => {
    const { token } = await invite('crowd@example.com');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => accept({ token, password: `long enough ${at}` })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.every(({ status }) => status < 500)).toBe(true);
  });

  test('somebody with an account needs its password, or to be signed in as that person', async () => {
    const known = await api.register('Known');
    const first = await invite(known.user.email);
    const asked = await accept({ token: first.token });
    expect(asked.status).toBe(422);
    expect(asked.body.error.details.problems[0].path).toBe('/password');
    expect((await accept({ token: first.token, password: 'not the one' })).status).toBe(401);
    expect((await accept({ token: first.token }, owner.accessToken)).status).toBe(422);
    const joined = await accept({ token: first.token }, known.accessToken);
    expect(joined.status).toBe(201);
    expect(joined.body.user.id).toBe(known.user.id);
  });

  test('a withdrawn link, a replaced one, an old one and a made up one look the same', async () => {
    const withdrawn = await invite('w@example.com');
    expect((await owner.call('DELETE', `/invitations/${withdrawn.id}`)).status).toBe(204);
    expect((await owner.call('DELETE', `/invitations/${withdrawn.id}`)).status).toBe(404);
    const replaced = await invite('r@example.com');
    await invite('r@example.com');
    const late = await startTestApi({
      testDatabase: api.testDatabase,
      clock: () => new Date(Date.now() + 8 * 24 * 3600_000),
    });
    const old = await invite('o@example.com');
    const outcomes = [
      await accept({ token: withdrawn.token, password: 'long enough' }),
      await accept({ token: replaced.token, password: 'long enough' }),
      await accept({ token: 'x'.repeat(43), password: 'long enough' }),
      await late.call('POST', '/api/v1/auth/accept-invitation', {
        body: { token: old.token, password: 'long enough' },
      }),
    ];
    expect(outcomes.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(new Set(outcomes.map(({ body }) => body.error.message)).size).toBe(1);
    await late.stop();
    const { body } = await owner.call('GET', '/invitations');
    const open = body.data.map((row: { email: string }) => row.email);
    expect(open).toEqual(expect.arrayContaining(['r@example.com', 'o@example.com']));
    expect(open).not.toContain('w@example.com');
    expect(JSON.stringify(body)).not.toContain(old.token);
  });

  test('an admin invites nobody as owner', async () => {
    const admin = await api.join(owner, 'admin');
    expect((await admin.call('POST', '/invitations', { email: 'x@example.com', role: 'owner' })).status).toBe(
      403,
    );
  });
});

describe('API keys', () => {
  test('are shown once, work at once, and end when they are revoked', async () => {
    const made = await owner.call('POST', '/api-keys', { name: 'import' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ role: 'builder', expiresAt: null, lastUsedAt: null });
    expect(made.body.key).toMatch(/^wf_[\w-]{43}$/);
    const as = made.body.key as string;
    const me = await api.call('GET', '/api/v1/me', { as });
    expect(me.body.tenant).toMatchObject({ id: owner.tenant.id, role: 'builder' });
    const list = await owner.call('GET', '/api-keys');
    expect(list.text).not.toContain(as);
    const row = list.body.data.find((one: { id: string }) => one.id === made.body.id);
    expect(row.lastUsedAt).toEqual(expect.any(String));
    expect(as.startsWith(row.prefix)).toBe(true);
    expect((await owner.call('DELETE', `/api-keys/${made.body.id}`)).status).toBe(204);
    expect((await api.call('GET', '/api/v1/me', { as })).status).toBe(401);
  });

  test('do no more than their role, and never more than their maker may do now', async () => {
    const admin = await api.join(owner, 'admin');
    expect((await admin.call('POST', '/api-keys', { name: 'k', role: 'owner' })).status).toBe(403);
    const viewing = (await admin.call('POST', '/api-keys', { name: 'k', role: 'viewer' })).body.key;
    const path = `/api/v1/tenants/${owner.tenant.id}`;
    expect((await api.call('GET', `${path}/members`, { as: viewing })).status).toBe(200);
    expect((await api.call('GET', `${path}/audit`, { as: viewing })).status).toBe(403);
    const strong = (await admin.call('POST', '/api-keys', { name: 'k', role: 'admin' })).body.key;
    expect((await api.call('GET', `${path}/audit`, { as: strong })).status).toBe(200);
    await role(owner, admin.user.id, 'viewer');
    expect((await api.call('GET', `${path}/audit`, { as: strong })).status).toBe(403);
  });

  test('end at their time, which must lie ahead', async () => {
    const expiresAt = new Date(Date.now() + 3600_000).toISOString();
    const made = await owner.call('POST', '/api-keys', { name: 'short', expiresAt });
    const late = await startTestApi({
      testDatabase: api.testDatabase,
      clock: () => new Date(Date.now() + 3600_001),
    });
    expect((await api.call('GET', '/api/v1/me', { as: made.body.key })).status).toBe(200);
    expect((await late.call('GET', '/api/v1/me', { as: made.body.key })).status).toBe(401);
    await late.stop();
    const past = await owner.call('POST', '/api-keys', { name: 'past', expiresAt: '2020-01-01T00:00:00Z' });
    expect(past.body.error.details.problems[0].path).toBe('/expiresAt');
  });

  test('cannot change workspace', async () => {
    const made = await owner.call('POST', '/api-keys', { name: 'k' });
    const body = { tenantId: owner.tenant.id };
    expect((await api.call('POST', '/api/v1/auth/switch', { as: made.body.key, body })).status).toBe(403);
  });
});

describe('the audit log', () => {
  test('says who did what to whom, newest first, and can be narrowed', async () => {
    const boss = await api.register('Boss');
    const made = await boss.call('POST', '/api-keys', { name: 'k' });
    await boss.call('DELETE', `/api-keys/${made.body.id}`);
    const { body } = await boss.call('GET', '/audit');
    expect(body.data.map((entry: { action: string }) => entry.action)).toEqual([
      'api_key.revoked',
      'api_key.created',
      'workspace.created',
    ]);
    expect(body.data[0]).toMatchObject({
      actor: `user:${boss.user.id}`,
      subject: `key:${made.body.id}`,
      requestId: expect.any(String),
    });
    const one = await boss.call('GET', '/audit?action=api_key.created');
    expect(one.body.data).toHaveLength(1);
  });

  test('a change that fails leaves no entry', async () => {
    const boss = await api.register('Boss');
    expect((await boss.call('DELETE', `/members/${boss.user.id}`)).status).toBe(409);
    const { body } = await boss.call('GET', '/audit');
    expect(body.data).toHaveLength(1);
  });
});
