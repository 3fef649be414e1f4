// A new version of an app that sends credentials elsewhere gets none until a person agrees to the host by name.
import type { Connector } from '@weftline/connectors/types';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import {
  sampleConnector,
  type Service,
  startService,
  startWorkingApi,
  type WorkingApi,
} from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let grace: TestPerson;
/** A server of somebody else, which the egress would let us call. */
let other: Service;
let here: string;

beforeAll(async () => {
  other = await startService();
  api = await startWorkingApi({ builtIns: [], allow: [other.address] });
  ada = await api.register('Ada');
  grace = await api.register('Grace');
  here = api.service.address;
});
afterAll(async () => {
  await api?.stop();
  await other?.stop();
});
beforeEach(() => {
  other.received.length = 0;
  api.service.received.length = 0;
  api.service.respond = null;
});

/** Publishes a version of an app of Ada's workspace. */
async function publish(key: string, version: string, change: Partial<Connector> = {}): Promise<void> {
  const sample = sampleConnector(api.service);
  const definition = { ...sample, app: { ...sample.app, key }, version, ...change };
  const known = await ada.call('GET', `/apps/${key}`);
  const saved =
    known.status === 404
      ? await ada.call('POST', '/apps', { definition })
      : await ada.call(
          'PUT',
          `/apps/${key}/draft`,
          { definition },
          { 'if-match': known.headers.get('etag')! },
        );
  expect(saved.status, saved.text).toBeLessThan(300);
  const published = await ada.call('POST', `/apps/${key}/publish`);
  expect(published.status, published.text).toBe(201);
}
const connect = async (app: string, more: object = {}): Promise<string> => {
  const made = await ada.call('POST', '/connections', {
    app,
    auth: 'key',
    name: 'Account',
    credentials: { apiKey: 'good-key-canary' },
    ...more,
  });
  expect(made.status, made.text).toBe(201);
  return made.body.id;
};
const read = async (id: string) => (await ada.call('GET', `/connections/${id}`)).body;
const test_ = (id: string, body?: object) => ada.call('POST', `/connections/${id}/test`, body);
const act = (key: string, connectionId: string, version?: string) =>
  ada.call('POST', `/apps/${key}/actions/who-am-i/test`, { connectionId, version, input: {} });
const moved = (): Partial<Connector> => ({ baseUrl: `http://${other.address}` });
const sentence = () =>
  `This version of Acme sends credentials to ${other.address}, which was not agreed to. Test the connection again to agree.`;

test('a version that moved gets no credential, by a test, an action or a run, until a person agrees to its host by name', async () => {
  await publish('moving', '1.0.0');
  const id = await connect('moving');
  expect(await read(id)).toMatchObject({ credentialHosts: [here], hostsToAgree: [] });
  expect((await test_(id)).body).toEqual({ ok: true, account: 'ada' });
  const version = (await ada.call('GET', '/apps/moving')).body.versions[0].version;
  await publish('moving', '2.0.0', moved());

  const asked = await test_(id);
  expect(asked.status).toBe(200);
  expect(asked.body).toMatchObject({
    ok: false,
    code: 'hosts_not_agreed',
    message: sentence(),
    details: { hosts: [other.address], agreedHosts: [here] },
  });
  expect(await read(id)).toMatchObject({
    status: 'working',
    credentialHosts: [here],
    hostsToAgree: [other.address],
    lastTest: { code: 'hosts_not_agreed' },
  });
  const called = await act('moving', id);
  expect(called.body).toMatchObject({ ok: false, error: { code: 'hosts_not_agreed', message: sentence() } });
  expect(other.received).toEqual([]);
  expect((await act('moving', id, version)).body).toMatchObject({ ok: true });

  const unknown = await test_(id, { agreeToHosts: ['elsewhere.example'] });
  expect(unknown.status).toBe(422);
  expect(unknown.body.error.details.problems[0].path).toBe('/agreeToHosts/0');
  expect(other.received).toEqual([]);

  expect((await test_(id, { agreeToHosts: [other.address] })).body).toMatchObject({ ok: true });
  expect(other.received.map(({ path }) => path)).toEqual(['/me']);
  expect(await read(id)).toMatchObject({ credentialHosts: [here, other.address], hostsToAgree: [] });
  expect((await act('moving', id)).body).toMatchObject({ ok: true });
  expect((await act('moving', id, version)).body).toMatchObject({ ok: true });
  const audit = (await ada.call('GET', '/audit')).body.data as { action: string; details: object }[];
  expect(audit.find(({ action }) => action === 'connection.hosts_agreed')).toMatchObject({
    details: { hosts: [other.address] },
  });
});

test('a stranger can agree to nothing, and what is bound stays bound', async () => {
  await publish('strange', '1.0.0');
  const id = await connect('strange');
  await publish('strange', '2.0.0', moved());
  const body = { agreeToHosts: [other.address] };
  expect((await grace.call('POST', `/connections/${id}/test`, body)).status).toBe(404);
  expect(await read(id)).toMatchObject({ credentialHosts: [here] });
  const { database, vault } = api.services;
  await expect(
    openConnection({ database, vault }, ada.tenant.id, id).then(async ({ bindHosts }) =>
      bindHosts!([other.address]),
    ),
  ).resolves.toEqual([here]);
  expect(other.received).toEqual([]);
});

test('publishing and turning on refuse what a run would refuse, in the same words', async () => {
  await publish('nightly', '1.0.0');
  const id = await connect('nightly');
  expect((await test_(id)).body.ok).toBe(true);
  const make = async () => {
    const definition = {
      format: 'workflow/1',
      name: 'Nightly',
      trigger: { kind: 'manual' },
      connections: { acme: { app: 'nightly', connectionId: id } },
      steps: [{ id: 'ask', kind: 'action', use: 'nightly#who-am-i', connection: 'acme', input: {} }],
    };
    const made = await ada.call('POST', '/workflows', { name: 'Nightly', definition });
    expect(made.status, made.text).toBe(201);
    return made.body.id as string;
  };
  const published = await make();
  expect((await ada.call('POST', `/workflows/${published}/publish`)).status).toBe(201);
  await publish('nightly', '2.0.0', moved());
  // What is published pins the former version, which nobody needs to agree to again.
  expect((await ada.call('POST', `/workflows/${published}/enable`)).status).toBeLessThan(300);

  const late = await make();
  const refused = await ada.call('POST', `/workflows/${late}/publish`);
  expect(refused.status).toBe(422);
  expect(refused.body.error.details.problems).toMatchObject([
    { path: '/steps/0/use', stepId: 'ask', code: 'hosts_not_agreed', message: sentence() },
  ]);
  expect((await test_(id, { agreeToHosts: [other.address] })).body.ok).toBe(true);
  expect((await ada.call('POST', `/workflows/${late}/publish`)).status).toBe(201);
  // The agreement goes away, as with another connection in its place: turning on says so, and so does a run.
  await api.services.database.withTenant(ada.tenant.id, (tx) =>
    tx.connection.updateMany({
      where: { tenantId: ada.tenant.id, id },
      data: { credentialHosts: [here], lastTest: { ok: true } },
    }),
  );
  other.received.length = 0;
  const enabled = await ada.call('POST', `/workflows/${late}/enable`);
  expect(enabled.body.error).toMatchObject({ code: 'hosts_not_agreed', message: sentence() });
  const run = await ada.call('POST', `/workflows/${late}/runs`, { input: {} });
  expect(run.status, run.text).toBeLessThan(300);
  await expect
    .poll(async () => (await ada.call('GET', `/runs/${run.body.runId ?? run.body.id}`)).body.status, {
      timeout: 20_000,
    })
    .toBe('failed');
  expect(other.received).toEqual([]);
  expect(await read(id)).toMatchObject({
    status: 'working',
    lastTest: { ok: false, code: 'hosts_not_agreed', message: sentence() },
  });
  const notices = (await ada.call('GET', '/notifications')).body.data as { kind: string; link: string }[];
  expect(notices.filter(({ kind }) => kind === 'connection.hosts_not_agreed')).toMatchObject([
    { link: `/connections/${id}` },
  ]);
});

test('a connection of before there were bounds is bound by its first use', async () => {
  await publish('older', '1.0.0');
  const id = await connect('older');
  await api.services.database.withTenant(ada.tenant.id, (tx) =>
    tx.connection.updateMany({ where: { tenantId: ada.tenant.id, id }, data: { credentialHosts: [] } }),
  );
  expect((await act('older', id)).body).toMatchObject({ ok: true });
  expect(await read(id)).toMatchObject({ credentialHosts: [here] });
  await publish('older', '2.0.0', moved());
  expect((await act('older', id)).body).toMatchObject({ ok: false, error: { code: 'hosts_not_agreed' } });
  expect(other.received).toEqual([]);
});

test('a draft that is tried with a connection gets no credential for another host either', async () => {
  await publish('drafted', '1.0.0');
  const id = await connect('drafted');
  const known = await ada.call('GET', '/apps/drafted');
  const sample = sampleConnector(api.service, moved());
  const definition = { ...sample, app: { ...sample.app, key: 'drafted' } };
  const ifMatch = { 'if-match': known.headers.get('etag')! };
  expect((await ada.call('PUT', '/apps/drafted/draft', { definition }, ifMatch)).status).toBe(200);
  const tried = await act('drafted', id, 'draft');
  expect(tried.body).toMatchObject({ ok: false, error: { code: 'hosts_not_agreed' } });
  expect(other.received).toEqual([]);
  // Who develops the app agrees to its host by name; the newest version is what the test is made with.
  expect((await test_(id, { agreeToHosts: [other.address] })).body).toMatchObject({ ok: true });
  expect((await act('drafted', id, 'draft')).body).toMatchObject({ ok: true });
});

test('a moved address of tokens is never told a refresh token, and connecting again asks before the client secret leaves', async () => {
  const signIn = (oauth2: object): Partial<Connector> => {
    const sample = sampleConnector(api.service);
    return {
      auth: sample.auth.map((one) =>
        one.key === 'sign-in' ? { ...one, oauth2: { ...one.oauth2!, ...oauth2 } } : one,
      ),
    };
  };
  await publish('tokens', '1.0.0');
  const start = (more: object) =>
    ada.call('POST', '/connections/oauth/start', {
      app: 'tokens',
      auth: 'sign-in',
      name: 'Signed in',
      credentials: { clientId: 'client', clientSecret: 'client-secret-canary' },
      ...more,
    });
  const finish = async (begun: { authorizeUrl: string }) => {
    const state = new URL(begun.authorizeUrl).searchParams.get('state');
    return api.call('GET', `/api/v1/oauth/callback?code=good-code&state=${state}`);
  };
  const begun = await start({});
  expect(begun.status, begun.text).toBe(200);
  const id = begun.body.connectionId;
  expect((await finish(begun.body)).status).toBe(200);
  expect(await read(id)).toMatchObject({ status: 'working', credentialHosts: [here] });

  await publish('tokens', '2.0.0', signIn({ refreshUrl: `http://${other.address}/token` }));
  const { database, vault } = api.services;
  const opened = await openConnection({ database, vault }, ada.tenant.id, id);
  await opened.saveCredentials({ ...opened.credentials, expiresAt: '2020-01-01T00:00:00.000Z' });
  expect((await act('tokens', id)).body).toMatchObject({
    ok: false,
    error: { code: 'hosts_not_agreed', message: sentence() },
  });
  expect(other.received).toEqual([]);

  await publish('tokens', '3.0.0', signIn({ tokenUrl: `http://${other.address}/token` }));
  const again = { connectionId: id, credentials: { clientSecret: '[REDACTED]' } };
  const refused = await start(again);
  expect(refused.status).toBe(409);
  expect(refused.body.error).toMatchObject({
    code: 'hosts_not_agreed',
    details: { hosts: [other.address] },
  });
  expect(other.received).toEqual([]);
  const agreed = await start({ ...again, agreeToHosts: [other.address] });
  expect(agreed.status, agreed.text).toBe(200);
  expect(await read(id)).toMatchObject({ credentialHosts: [here] }); // not before the sign-in is finished
  expect((await finish(agreed.body)).status).toBe(200);
  expect(await read(id)).toMatchObject({ status: 'working', credentialHosts: [here, other.address] });
  expect(other.received.map(({ path }) => path)).toEqual(['/token']);
});

test('a version published while somebody signs in does not get the code', async () => {
  await publish('racing', '1.0.0');
  const begun = await ada.call('POST', '/connections/oauth/start', {
    app: 'racing',
    auth: 'sign-in',
    name: 'Signed in',
    credentials: { clientId: 'client', clientSecret: 'client-secret-canary' },
  });
  const sample = sampleConnector(api.service);
  await publish('racing', '2.0.0', {
    auth: sample.auth.map((one) =>
      one.oauth2 ? { ...one, oauth2: { ...one.oauth2, tokenUrl: `http://${other.address}/token` } } : one,
    ),
  });
  const state = new URL(begun.body.authorizeUrl).searchParams.get('state');
  const page = await api.call('GET', `/api/v1/oauth/callback?code=good-code&state=${state}`);
  expect(page.status).toBe(400);
  expect(page.text).toContain('was not agreed to');
  expect(other.received).toEqual([]);
});

test('typing every secret anew agrees to where the app sends them now; a name or a setting does not', async () => {
  await publish('typed', '1.0.0');
  const id = await connect('typed');
  await publish('typed', '2.0.0', moved());
  await ada.call('PATCH', `/connections/${id}`, {
    name: 'Other name',
    credentials: { apiKey: '[REDACTED]' },
  });
  await ada.call('PATCH', `/connections/${id}`, { config: {} });
  expect(await read(id)).toMatchObject({ credentialHosts: [here], hostsToAgree: [other.address] });
  await ada.call('PATCH', `/connections/${id}`, { credentials: { apiKey: 'good-key-new' } });
  expect(await read(id)).toMatchObject({ credentialHosts: [here, other.address], hostsToAgree: [] });
  expect((await test_(id)).body).toMatchObject({ ok: true });
});

test('a host that the app learns is fixed by the first good test, and another one has to be agreed to', async () => {
  const learning = (path: string): Partial<Connector> => {
    const machine = sampleConnector(api.service).auth.find(({ key }) => key === 'machine')!;
    return {
      baseUrl: '{{connection.home}}',
      connectionSchema: {
        type: 'object',
        properties: { home: { type: 'string', pattern: '^http://[a-z0-9.:]+$', readOnly: true } },
      },
      auth: [{ ...machine, capture: [{ name: 'home', from: 'tokenResponse', path }] }],
    };
  };
  const [first, second] = [`http://${here}`, `http://${other.address}`];
  const tokens = { access_token: 'good-key-token', token_type: 'Bearer', expires_in: 3600, first, second };
  api.service.respond = ({ path }) => (path === '/token' ? { body: tokens } : null);
  await publish('learner', '1.0.0', learning('body.first'));
  const id = await connect('learner', {
    auth: 'machine',
    credentials: { clientId: 'client', clientSecret: 'client-secret-canary' },
  });
  expect((await read(id)).credentialHosts).toEqual(['{{connection.home}}', here]);
  const tested = await test_(id);
  expect(tested.body, tested.text).toMatchObject({ ok: true });
  expect((await read(id)).credentialHosts).toEqual([here]);

  await publish('learner', '2.0.0', learning('body.second'));
  const { database, vault } = api.services;
  const opened = await openConnection({ database, vault }, ada.tenant.id, id);
  await opened.saveCredentials({ ...opened.credentials, expiresAt: '2020-01-01T00:00:00.000Z' });
  expect((await test_(id)).body).toMatchObject({
    ok: false,
    code: 'hosts_not_agreed',
    details: { hosts: [other.address], agreedHosts: [here] },
  });
  expect(other.received).toEqual([]);
  expect((await test_(id, { agreeToHosts: [other.address] })).body).toMatchObject({ ok: true });
});

test('what needs no credential goes where the app says, as before: an upload', async () => {
  const sample = sampleConnector(api.service);
  const [, whoAmI] = sample.actions;
  const upload = {
    method: 'PUT',
    effect: 'update' as const,
    idempotency: { mode: 'none' as const },
    endpointTemplate: `http://${other.address}/upload`,
    auth: 'none' as const,
  };
  const both = { allowedHosts: [here, other.address] };
  await publish('uploads', '1.0.0');
  const id = await connect('uploads');
  await publish('uploads', '2.0.0', {
    ...both,
    actions: [{ ...whoAmI!, ...upload }],
  });
  expect((await act('uploads', id)).body).toMatchObject({ ok: true });
  expect(other.received).toMatchObject([{ path: '/upload' }]);
  expect(JSON.stringify(other.received)).not.toContain('good-key');
});
