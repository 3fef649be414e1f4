// Members of the level `app`: set once by an admin, used by every connection that brings none of its own.
import type { Auth, Connector } from '@weftline/connectors/types';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { connectionReader } from '@weftline/runner/connections/read-connections';
import { openJournal } from '@weftline/runner/journal/open-journal';
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
let author: TestPerson;
let grace: TestPerson;
const answers: string[] = [];

const credentialsSchema = {
  type: 'object',
  properties: {
    clientId: { type: 'string', minLength: 3, 'x-level': 'app', 'x-label': 'Client ID' },
    clientSecret: { type: 'string', 'x-secret': true, 'x-level': 'app', 'x-label': 'Client secret' },
    signingSecret: { type: 'string', 'x-secret': true, 'x-level': 'app' },
    note: { type: 'string' },
  },
};
const leveled = (change: Partial<Connector> = {}): Connector => {
  const sample = sampleConnector(api.service);
  const auth = sample.auth.map((one): Auth => (one.key === 'key' ? one : { ...one, credentialsSchema }));
  return { ...sample, auth, ...change };
};
const ask = async (who: TestPerson, ...call: Parameters<TestPerson['call']>) => {
  const answer = await who.call(...call);
  answers.push(answer.text, JSON.stringify([...answer.headers]));
  return answer;
};
const place = (auth: string) => `/apps/acme/credentials/${auth}`;
const client = (id: string) => ({ clientId: id, clientSecret: `secretof${id}` });
const set = async (auth: string, credentials: object, more: object = {}) => {
  const answer = await ask(ada, 'PUT', place(auth), { credentials, ...more });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};
const make = (who: TestPerson, auth: string, credentials: object = {}, more: object = {}) =>
  ask(who, 'POST', '/connections', { app: 'acme', auth, name: `A ${auth}`, credentials, ...more });
const show = async (id: string) => (await ask(ada, 'GET', `/connections/${id}`)).body;
const open = (id: string) => openConnection(api.services, ada.tenant.id, id);
const basic = (id: string) => `Basic ${Buffer.from(`${id}:secretof${id}`).toString('base64')}`;
const signIn = async (who: TestPerson, credentials: object = {}, connectionId?: string) => {
  const started = await ask(who, 'POST', '/connections/oauth/start', {
    ...(connectionId ? { connectionId } : { app: 'acme', auth: 'sign-in', name: 'Signed in' }),
    credentials,
  });
  expect(started.status, started.text).toBe(200);
  const url = new URL(started.body.authorizeUrl);
  const state = url.searchParams.get('state');
  const back = await api.call('GET', `/api/v1/oauth/callback?code=good-code&state=${state}`);
  expect(back.status).toBe(200);
  answers.push(back.text);
  return { id: started.body.connectionId as string, clientId: url.searchParams.get('client_id') };
};

beforeAll(async () => {
  api = await startWorkingApi({ works: false, builtIns: [] });
  ada = await api.register('Ada');
  grace = await api.register('Grace');
  author = await api.join(ada, 'author');
  await ada.call('POST', '/apps', { definition: leveled() });
  expect((await ada.call('POST', '/apps/acme/publish')).status).toBe(201);
});
afterAll(() => api.stop());
beforeEach(async () => {
  api.service.respond = null;
  api.service.received.length = 0;
  for (const auth of ['sign-in', 'machine']) await ada.call('DELETE', place(auth));
});

test('without them it is said who can set them; with them a connection needs none of its own', async () => {
  const refused = await make(author, 'machine');
  expect(refused.status).toBe(422);
  const [problem] = refused.body.error.details.problems;
  expect(problem).toMatchObject({ path: '/credentials/clientId', code: 'missing_app_level' });
  expect(problem.message).toMatch(/Client ID is not set for Acme yet\. Ask an owner or admin .*\(Ada\)/);
  expect((await make(ada, 'machine')).text).toMatch(/keep it for the app/);

  const shown = await set('machine', client('robot'));
  expect(shown).toMatchObject({
    setBy: `user:${ada.user.id}`,
    hosts: [api.service.address],
    members: [
      { name: 'clientId', set: true, secret: false, required: true },
      { name: 'clientSecret', set: true, secret: true },
      { name: 'signingSecret', set: false, updatedAt: null, fingerprint: null },
    ],
  });
  const made = await make(author, 'machine');
  expect(made.status).toBe(201);
  expect(made.body.credentials).toEqual({});
  const { id } = made.body;
  expect((await ask(author, 'POST', `/connections/${id}/test`)).body).toMatchObject({ ok: true });
  const [token] = api.service.received.filter(({ path }) => path === '/token');
  expect(token?.headers.authorization).toBe(basic('robot'));
  // What the client got is the connection's own; the client itself is not copied to it.
  expect(Object.keys((await show(id)).credentials)).not.toContain('clientSecret');
  expect((await open(id)).appLevel).toMatchObject({ names: ['clientId', 'clientSecret'] });
});

test('a sign-in is begun, exchanged and renewed with the client of the app, and stores none of it', async () => {
  await set('sign-in', client('shared'));
  const { id, clientId } = await signIn(author);
  expect(clientId).toBe('shared');
  const shown = await show(id);
  expect(shown).toMatchObject({ status: 'working', account: 'ada' });
  expect(Object.keys(shown.credentials).toSorted()).toEqual(
    Object.keys(shown.credentials)
      .filter((name) => !/client/.test(name))
      .toSorted(),
  );
  // The access token is over: the next call renews it.
  const opened = await open(id);
  await opened.saveCredentials({ ...opened.credentials, expiresAt: new Date(0).toISOString() });
  api.service.received.length = 0;
  api.service.respond = ({ path, body }: Received) =>
    path === '/token' && body.includes('grant_type=refresh_token')
      ? { body: { access_token: 'good-key-renewed', refresh_token: 'refresh-2', expires_in: 3600 } }
      : null;
  expect((await ask(author, 'POST', `/connections/${id}/test`)).body).toMatchObject({ ok: true });
  const [renewal] = api.service.received;
  expect(renewal).toMatchObject({ path: '/token', headers: { authorization: basic('shared') } });
  expect(renewal?.body).toContain('refresh-1');
  const after = await open(id);
  expect(after.credentials).toMatchObject({ accessToken: 'good-key-renewed', clientId: 'shared' });
  expect(Object.keys((await show(id)).credentials)).not.toContain('clientId');
});

test('a connection’s own win, and are untouched by a change for the app', async () => {
  await set('machine', client('robot'));
  const own = (await make(author, 'machine', client('mine'))).body.id as string;
  await ask(author, 'POST', `/connections/${own}/test`);
  expect(api.service.received[0]?.headers.authorization).toBe(basic('mine'));
  await set('machine', client('another'));
  expect(await show(own)).toMatchObject({ status: 'working' });
  expect((await open(own)).appLevel).toBeUndefined();
  // One of two: the other comes from the app.
  const half = (await make(author, 'machine', { clientId: 'mine' })).body.id as string;
  expect((await open(half)).credentials).toEqual({ clientId: 'mine', clientSecret: 'secretofanother' });
});

test('a change makes users untested and forgets what the former client got', async () => {
  await set('machine', client('robot'));
  const { id } = (await make(author, 'machine')).body;
  await ask(author, 'POST', `/connections/${id}/test`);
  expect(await show(id)).toMatchObject({ status: 'working' });
  // The same again changes nothing.
  await set('machine', client('robot'));
  expect(await show(id)).toMatchObject({ status: 'working' });
  await set('machine', { clientId: '[REDACTED]', clientSecret: 'another-secretofit' });
  expect(await show(id)).toMatchObject({ status: 'untested', account: null, credentials: {} });
  expect((await ask(author, 'POST', `/connections/${id}/test`)).body.ok).toBe(true);
  expect(await ada.call('DELETE', place('machine'))).toMatchObject({ status: 204 });
  expect(await show(id)).toMatchObject({ status: 'untested', credentials: {} });
  expect((await ask(author, 'POST', `/connections/${id}/test`)).body).toMatchObject({ ok: false });
});

test('another client id asks for the sign-in anew; another secret keeps it', async () => {
  await set('sign-in', client('first'));
  const { id } = await signIn(author);
  await set('sign-in', { clientId: '[REDACTED]', clientSecret: 'rotated-secret' });
  expect(await show(id)).toMatchObject({ status: 'untested' });
  expect((await open(id)).credentials).toMatchObject({ refreshToken: 'refresh-1' });
  expect((await ask(author, 'POST', `/connections/${id}/test`)).body.ok).toBe(true);

  const before = await open(id);
  await set('sign-in', client('second'));
  // A refresh by the former client that was under way leaves nothing.
  await before.saveCredentials({ ...before.credentials, accessToken: 'too-late' });
  expect(await show(id)).toMatchObject({
    status: 'needs_reauth',
    lastTest: { ok: false, code: 'connection_expired' },
  });
  const left = (await open(id)).credentials;
  expect(left).toEqual(client('second'));
  expect((await ada.call('GET', '/notifications')).text).toContain('are to be connected again');
  const tried = await ask(author, 'POST', `/connections/${id}/test`);
  expect(tried.body).toMatchObject({ ok: false });
  const again = await signIn(author, {}, id);
  expect(again).toEqual({ id, clientId: 'second' });
  expect(await show(id)).toMatchObject({ status: 'working' });
});

test('they go only to hosts that were agreed to for the app, whatever an author publishes', async () => {
  await set('machine', client('robot'));
  const { id } = (await make(author, 'machine')).body;
  const elsewhere = api.service.address.replace('127.0.0.1', 'localhost');
  const moved = leveled({ version: '2.0.0', baseUrl: `http://${elsewhere}` });
  const auth = moved.auth.map((one): Auth =>
    one.oauth2 ? { ...one, oauth2: { ...one.oauth2, tokenUrl: `http://${elsewhere}/token` } } : one,
  );
  const saved = await author.call(
    'PUT',
    '/apps/acme/draft',
    { definition: { ...moved, auth } },
    {
      'if-match': (await author.call('GET', '/apps/acme')).body.etag,
    },
  );
  expect(saved.status, saved.text).toBe(200);
  expect((await author.call('POST', '/apps/acme/publish')).status).toBe(201);
  // Even the author who agrees to the new host for a connection of their own gets nothing there.
  const fresh = await make(author, 'machine');
  expect(fresh.status).toBe(201);
  api.service.received.length = 0;
  const tested = await ask(author, 'POST', `/connections/${fresh.body.id}/test`);
  expect(tested.body).toMatchObject({ ok: false, code: 'hosts_not_agreed' });
  expect(tested.body.hint).toMatch(/owner or admin can allow/);
  const agreed = await ask(author, 'POST', `/connections/${id}/test`, { agreeToHosts: [elsewhere] });
  expect(agreed.body).toMatchObject({ ok: false, code: 'hosts_not_agreed' });
  expect(api.service.received).toEqual([]);
  // An admin allows it, keeping what is stored.
  const kept = { clientId: '[REDACTED]', clientSecret: '[REDACTED]' };
  expect((await set('machine', kept, { hosts: [elsewhere] })).hosts).toEqual([
    api.service.address,
    elsewhere,
  ]);
});

test('a version that calls them public does not show them', async () => {
  await set('machine', client('robot'));
  const { id } = (await make(author, 'machine')).body;
  const { clientSecret, ...others } = credentialsSchema.properties;
  const properties = { ...others, clientSecret: { ...clientSecret, 'x-secret': false } };
  const read = '{{credentials.clientSecret}}';
  const sample = leveled({ version: '9.0.0' });
  const auth = sample.auth.map((one): Auth =>
    one.key === 'machine'
      ? {
          ...one,
          credentialsSchema: { ...credentialsSchema, properties },
          apply: [
            { in: 'header', name: 'X-Shown', value: read },
            { in: 'header', name: 'Authorization', value: `Bearer good-key ${read}` },
          ],
        }
      : one,
  );
  const { etag } = (await author.call('GET', '/apps/acme')).body;
  const definition = { ...sample, auth };
  await author.call('PUT', '/apps/acme/draft', { definition }, { 'if-match': etag });
  api.service.received.length = 0;
  const tried = await author.call('POST', '/apps/acme/actions/send-parcel/test', {
    version: 'draft',
    connectionId: id,
    input: { to: 'Berlin' },
  });
  expect(api.service.received.at(-1)?.headers['x-shown']).toBe('secretofrobot');
  expect(tried.text).toContain('REDACTED');
  expect(tried.text).not.toContain('secretofrobot');
});

test('who makes the first connection may keep what belongs to the app for it, if they may set it', async () => {
  const typed = { ...client('robot'), note: 'only here' };
  const refused = await make(author, 'machine', typed, { keepForApp: true });
  expect(refused.status).toBe(403);
  const made = await make(ada, 'machine', typed, { keepForApp: true });
  expect(made.status).toBe(201);
  expect(Object.keys(made.body.credentials)).toEqual(['note']);
  expect((await ask(author, 'GET', place('machine'))).body.members[0]).toMatchObject({ set: true });
  expect((await make(author, 'machine')).status).toBe(201);
  const audit = (await ada.call('GET', '/audit?limit=50')).text;
  expect(audit).toContain('app.credentials_set');
  // Also on the way to a sign-in.
  const started = await ask(ada, 'POST', '/connections/oauth/start', {
    app: 'acme',
    auth: 'sign-in',
    name: 'First',
    credentials: client('shared'),
    keepForApp: true,
  });
  expect(started.status).toBe(200);
  expect(started.body.authorizeUrl).toContain('client_id=shared');
  expect((await open(started.body.connectionId)).appLevel?.names).toEqual(['clientId', 'clientSecret']);
});

test('what does not fit is refused with its path, and without its text', async () => {
  for (const [credentials, path, code] of [
    [{}, '/credentials', 'empty'],
    [{ note: 'secret-text' }, '/credentials/note', 'not_app_level'],
    [{ clientId: '[REDACTED]' }, '/credentials/clientId', 'nothing_stored'],
    [{ clientId: 'no', clientSecret: 'secret-text' }, '/credentials/clientId', expect.any(String)],
  ] as const) {
    const answer = await ask(ada, 'PUT', place('machine'), { credentials });
    expect(answer.status).toBe(422);
    expect(answer.body.error.details.problems[0]).toMatchObject({ path, code });
    expect(answer.text).not.toContain('secret-text');
  }
  expect((await ada.call('PUT', place('key'), { credentials: client('robot') })).status).toBe(422);
  expect((await ada.call('GET', place('nothing'))).status).toBe(404);
  expect((await ada.call('DELETE', place('machine'))).status).toBe(404);
});

test('an author may look and not set; a stranger sees nothing, also where the id of the app is the same', async () => {
  await set('machine', client('robot'));
  expect((await author.call('PUT', place('machine'), { credentials: client('evil') })).status).toBe(403);
  expect((await author.call('DELETE', place('machine'))).status).toBe(403);
  expect((await author.call('GET', place('machine'))).status).toBe(200);
  expect((await grace.call('GET', place('machine'))).status).toBe(404);
  await grace.call('POST', '/apps', { definition: leveled() });
  await grace.call('POST', '/apps/acme/publish');
  expect((await grace.call('GET', place('machine'))).body.members[0]).toMatchObject({ set: false });
  const refused = await grace.call('POST', '/connections', {
    app: 'acme',
    auth: 'machine',
    name: 'x',
    credentials: {},
  });
  expect(refused.status).toBe(422);
  // Row-level security alone says the same.
  const theirs = await api.services.database.withTenant(grace.tenant.id, (tx) =>
    tx.appCredential.findMany({ where: {} }),
  );
  expect(theirs).toEqual([]);
});

test('they are sealed for their own row, read in batches with it, and never come out', async () => {
  await set('machine', client('canary'));
  await set('sign-in', client('other'));
  const { id } = (await make(author, 'machine')).body;
  const tenantId = ada.tenant.id;
  const journal = openJournal(api.testDatabase.databaseUrl, { leaseSeconds: 30, connections: 1 });
  try {
    const read = connectionReader(journal);
    const opened = await openConnection({ ...api.services, readConnection: read }, tenantId, id);
    expect(opened.credentials).toEqual(client('canary'));
    expect(opened.appLevel).toEqual((await open(id)).appLevel);
  } finally {
    await journal.close();
  }
  await ask(author, 'POST', `/connections/${id}/test`);
  const tried = await ask(author, 'POST', '/apps/acme/actions/send-parcel/test', {
    connectionId: id,
    input: { to: 'secret' },
  });
  expect(tried.status).toBe(200);
  expect(await findInDatabase(api, 'secretofcanary')).toEqual([]);
  expect(answers.length).toBeGreaterThan(40);
  for (const text of answers) expect(text).not.toContain('secretof');

  await api.services.database.withTenant(tenantId, async (tx) => {
    const row = await tx.appCredential.findFirst({ where: { tenantId, authKey: 'sign-in' } });
    await tx.appCredential.updateMany({
      where: { tenantId, authKey: 'machine' },
      data: { secretCipher: row!.secretCipher },
    });
  });
  await expect(open(id)).rejects.toThrow(/cannot be opened/);
});
