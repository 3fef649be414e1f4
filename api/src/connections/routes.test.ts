import { randomUUID } from 'node:crypto';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import {
  type WorkingApi,
  findInDatabase,
  publishSample,
  startWorkingApi,
} from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let grace: TestPerson;
const answers: string[] = [];

const call: TestPerson['call'] = async (...parts) => {
  const answer = await ada.call(...parts);
  answers.push(answer.text, JSON.stringify([...answer.headers]));
  return answer;
};
const make = async (credentials: object = { apiKey: `good-key-${randomUUID()}` }, name = 'Account') => {
  const answer = await call('POST', '/connections', { app: 'acme', auth: 'key', name, credentials });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; etag: string };
};

beforeAll(async () => {
  api = await startWorkingApi({ works: false });
  ada = await api.register('Ada');
  grace = await api.register('Grace');
  await publishSample(ada, api.service);
});
afterAll(() => api.stop());

describe('credentials', () => {
  test('go in and never come out: not in an answer, not in the database', async () => {
    const canary = `good-key canary ${randomUUID()} "quoted"`;
    const made = await call('POST', '/connections', {
      app: 'acme',
      name: 'Canary',
      credentials: { apiKey: canary },
    });
    expect(made.body).toMatchObject({
      app: 'acme',
      auth: 'key',
      status: 'untested',
      account: null,
      usedBy: [],
      credentials: {
        apiKey: { redacted: true, value: '[REDACTED]', fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) },
      },
    });
    const { id } = made.body;
    await call('POST', `/connections/${id}/test`);
    await call('POST', '/apps/acme/actions/send-parcel/test', { connectionId: id, input: { to: 'Berlin' } });
    await call('PATCH', `/connections/${id}`, { credentials: { apiKey: `${canary} again` } });
    await call('GET', '/connections');
    await call('GET', `/connections/${id}`);
    for (const text of answers) {
      expect(text).not.toContain('canary');
      expect(text).not.toContain(Buffer.from(canary).toString('base64').slice(0, 20));
    }
    expect(api.service.received.some(({ headers }) => headers.authorization?.includes('canary'))).toBe(true);
    expect(await findInDatabase(api, canary.slice(0, 50))).toEqual([]);
    expect((await findInDatabase(api, 'Canary')).length).toBeGreaterThan(0); // the search does find things
  });

  test('that do not fit are refused with their paths, without their text', async () => {
    for (const [credentials, path] of [
      [{}, '/credentials/apiKey'],
      [{ apiKey: '' }, '/credentials/apiKey'],
      [{ apiKey: 'x', other: 'secret-text' }, '/credentials/other'],
      [{ apiKey: '[REDACTED]' }, '/credentials/apiKey'],
      [{ apiKey: 5 }, '/credentials/apiKey'],
    ] as const) {
      const answer = await call('POST', '/connections', { app: 'acme', name: 'x', credentials });
      expect(answer.status).toBe(422);
      expect(answer.body.error.details.problems[0].path).toBe(path);
      expect(answer.text).not.toContain('secret-text');
    }
    const wrong = await call('POST', '/connections', { app: 'acme', auth: 'no', name: 'x', credentials: {} });
    expect(wrong.body.error.details.problems[0].path).toBe('/auth');
    const config = await call('POST', '/connections', {
      app: 'acme',
      name: 'x',
      credentials: { apiKey: 'x' },
      config: { region: 'eu' },
    });
    expect(config.body.error.details.problems[0].path).toBe('/config/region');
    expect((await call('POST', '/connections', { app: 'none', name: 'x', credentials: {} })).status).toBe(
      404,
    );
  });

  test('sent back as [REDACTED] stay, and only other ones make a connection untested', async () => {
    const { id } = await make();
    expect((await call('POST', `/connections/${id}/test`)).body).toMatchObject({ ok: true, account: 'ada' });
    const before = (await call('GET', `/connections/${id}`)).body;
    expect(before).toMatchObject({ status: 'working', account: 'ada', lastTest: { ok: true } });
    const kept = await call('PATCH', `/connections/${id}`, {
      name: 'Renamed',
      credentials: { apiKey: '[REDACTED]' },
    });
    expect(kept.body).toMatchObject({ name: 'Renamed', status: 'working', credentials: before.credentials });
    const changed = await call('PATCH', `/connections/${id}`, { credentials: { apiKey: 'bad' } });
    expect(changed.body).toMatchObject({ status: 'untested', account: null });
    expect(changed.body.credentials.apiKey.fingerprint).not.toBe(before.credentials.apiKey.fingerprint);
    const failed = await call('POST', `/connections/${id}/test`);
    expect(failed.body).toMatchObject({ ok: false, code: expect.any(String), hint: expect.any(String) });
    expect((await call('GET', `/connections/${id}`)).body).toMatchObject({
      status: 'failing',
      lastTest: { ok: false },
    });
  });

  test('are opened by the runner, and tokens it renews are merged with what was typed meanwhile', async () => {
    const { id } = await make({ apiKey: 'good-key-1' });
    const { database, vault } = api.services;
    const open = await openConnection({ database, vault }, ada.tenant.id, id);
    expect(open.credentials).toEqual({ apiKey: 'good-key-1' });
    await call('PATCH', `/connections/${id}`, { credentials: { apiKey: 'good-key-2' } });
    await open.saveCredentials({ ...open.credentials, accessToken: 'token' });
    const again = await openConnection({ database, vault }, ada.tenant.id, id);
    expect(again.credentials).toEqual({ apiKey: 'good-key-2', accessToken: 'token' });
    await expect(openConnection({ database, vault }, grace.tenant.id, id)).rejects.toThrow(
      /no longer exists/,
    );
  });

  test('moved to another row do not open', async () => {
    const [one, two] = [await make(), await make()];
    const tenantId = ada.tenant.id;
    await api.services.database.withTenant(tenantId, async (tx) => {
      const row = await tx.connection.findFirst({ where: { tenantId, id: one.id } });
      await tx.connection.updateMany({
        where: { tenantId, id: two.id },
        data: { secretCipher: row!.secretCipher },
      });
    });
    await expect(openConnection(api.services, tenantId, two.id)).rejects.toThrow(/cannot be opened/);
  });
});

describe('a connection', () => {
  test('is changed from the version that was read', async () => {
    const { id, etag } = await make();
    expect((await call('PATCH', `/connections/${id}`, { name: 'A' }, { 'if-match': etag })).status).toBe(200);
    expect((await call('PATCH', `/connections/${id}`, { name: 'B' }, { 'if-match': etag })).status).toBe(412);
    const stale = await call(
      'PATCH',
      `/connections/${id}`,
      { credentials: { apiKey: 'x' } },
      { 'if-match': etag },
    );
    expect(stale.status).toBe(412);
  });

  test('used by a live workflow is not deleted; otherwise it goes, with its credentials', async () => {
    const { id } = await make();
    await call('POST', `/connections/${id}/test`);
    const workflow = await call('POST', '/workflows', {
      name: 'Uses it',
      definition: {
        format: 'workflow/1',
        name: 'Uses it',
        trigger: { kind: 'manual' },
        connections: { acme: { app: 'acme', connectionId: id } },
        steps: [
          {
            id: 'send',
            kind: 'action',
            use: 'acme@1.0.0#send-parcel',
            connection: 'acme',
            input: { to: 'x' },
          },
        ],
      },
    });
    expect((await call('POST', `/workflows/${workflow.body.id}/publish`)).status).toBe(201);
    expect((await call('POST', `/workflows/${workflow.body.id}/enable`)).status).toBe(200);
    expect((await call('GET', `/connections/${id}`)).body.usedBy).toEqual([
      { id: workflow.body.id, name: 'Uses it' },
    ]);
    const refused = await call('DELETE', `/connections/${id}`);
    expect(refused.status).toBe(409);
    expect(refused.body.error.details.workflows).toEqual([{ id: workflow.body.id, name: 'Uses it' }]);
    expect((await call('POST', `/connections/${id}/test`)).body.ok).toBe(true);
    await call('POST', `/workflows/${workflow.body.id}/disable`);
    expect((await call('DELETE', `/connections/${id}`)).status).toBe(204);
    expect((await call('GET', `/connections/${id}`)).status).toBe(404);
    const tenantId = ada.tenant.id;
    const row = await api.services.database.withTenant(tenantId, (tx) =>
      tx.connection.findFirst({ where: { tenantId, id } }),
    );
    expect(row).toMatchObject({ secretCipher: null, credentialFacts: {} });
  });

  test('of another workspace does not exist', async () => {
    const { id } = await make();
    for (const [method, path, body] of [
      ['GET', `/connections/${id}`],
      ['PATCH', `/connections/${id}`, { name: 'Mine' }],
      ['DELETE', `/connections/${id}`],
      ['POST', `/connections/${id}/test`],
      ['POST', '/connections/oauth/start', { connectionId: id, credentials: {} }],
    ] as const)
      expect([path, (await grace.call(method, path, body)).status]).toEqual([path, 404]);
    expect((await grace.call('GET', '/connections')).body.data).toEqual([]);
    expect((await api.call('GET', `/api/v1/tenants/${ada.tenant.id}/connections`)).status).toBe(401);
    const viewer = await api.join(ada, 'viewer');
    expect((await viewer.call('POST', `/connections/${id}/test`)).status).toBe(403);
    expect((await viewer.call('GET', `/connections/${id}`)).status).toBe(200);
  });
});

describe('signing in at a service', () => {
  const start = async () => {
    const started = await call('POST', '/connections/oauth/start', {
      app: 'acme',
      auth: 'sign-in',
      name: 'Signed in',
      credentials: { clientId: 'client', clientSecret: 'very-secret' },
    });
    expect(started.status).toBe(200);
    const url = new URL(started.body.authorizeUrl);
    return { url, state: url.searchParams.get('state')!, id: started.body.connectionId as string };
  };
  const comeBack = (query: string) => api.call('GET', `/api/v1/oauth/callback?${query}`);

  test('ends on a page that tells its opener, with a tested connection', async () => {
    const { url, state, id } = await start();
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    expect(url.searchParams.get('redirect_uri')).toBe('http://localhost/api/v1/oauth/callback');
    const page = await comeBack(`state=${state}&code=good-code`);
    expect(page.status).toBe(200);
    expect(page.text).toContain(`"type":"weftline:oauth","ok":true,"connectionId":"${id}"`);
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'sha256-/);
    const { body } = await call('GET', `/connections/${id}`);
    expect(body).toMatchObject({ status: 'working', account: 'ada' });
    expect(Object.keys(body.credentials)).toEqual(expect.arrayContaining(['accessToken', 'refreshToken']));
    const reused = await comeBack(`state=${state}&code=good-code`);
    expect(reused.status).toBe(400);
    for (const secret of ['very-secret', 'good-key-token', 'refresh-1'])
      expect(await findInDatabase(api, secret)).toEqual([]);
  });

  test('that is refused, forged or unknown changes nothing and says so', async () => {
    const refused = await start();
    const page = await comeBack(`state=${refused.state}&error=access_denied&error_description=%3Cb%3E`);
    expect(page.status).toBe(400);
    expect(page.text).toContain('was refused at the service');
    expect(page.text).not.toContain('<b>');
    const badCode = await start();
    expect((await comeBack(`state=${badCode.state}&code=bad`)).status).toBe(400);
    expect((await call('GET', `/connections/${badCode.id}`)).body.status).toBe('untested');
    for (const query of ['', 'state=x', `state=${'A'.repeat(43)}&code=good-code`])
      expect((await comeBack(query)).status).toBe(400);
  });

  test('by somebody who is signed in as another person is refused', async () => {
    const { state, id } = await start();
    const path = `/api/v1/oauth/callback?state=${state}&code=good-code`;
    expect((await api.call('GET', path, { as: grace.accessToken })).status).toBe(400);
    expect((await call('GET', `/connections/${id}`)).body.status).toBe('untested');
  });

  test('again keeps the working connection until it comes back', async () => {
    const { state, id } = await start();
    await comeBack(`state=${state}&code=good-code`);
    const again = await call('POST', '/connections/oauth/start', { connectionId: id, credentials: {} });
    expect(again.body.connectionId).toBe(id);
    expect((await call('GET', `/connections/${id}`)).body.status).toBe('working');
  });
});

describe('a client that signs in by itself', () => {
  const credentials = { clientId: 'robot', clientSecret: 'the-robots-secret' };

  test('needs no browser: it is made, tested, and its token is given back when it is deleted', async () => {
    const body = { app: 'acme', auth: 'machine', name: 'Robot', credentials };
    const refused = await call('POST', '/connections/oauth/start', body);
    expect(refused.status).toBe(409);
    const made = await call('POST', '/connections', body);
    expect(made.status).toBe(201);
    const { id } = made.body;
    expect((await call('POST', `/connections/${id}/test`)).body).toMatchObject({ ok: true, account: 'ada' });
    const { body: shown } = await call('GET', `/connections/${id}`);
    expect(shown).toMatchObject({ status: 'working' });
    expect(Object.keys(shown.credentials)).toContain('accessToken');
    const patched = await call('PATCH', `/connections/${id}`, { credentials: { clientSecret: 'another' } });
    expect(Object.keys(patched.body.credentials), 'what the old secret got is gone').toEqual([
      'clientId',
      'clientSecret',
    ]);
    await call('POST', `/connections/${id}/test`);
    expect((await call('DELETE', `/connections/${id}`)).status).toBe(204);
    const revoked = api.service.received.filter(({ path }) => path === '/revoke');
    expect(revoked.map((request) => request.body)).toEqual(['token=refresh-1']);
    expect(revoked[0]?.headers.authorization).toMatch(/^Basic /);
  });

  test('is asked for what its grant needs', async () => {
    const missing = await call('POST', '/connections', {
      app: 'acme',
      auth: 'machine',
      name: 'Robot',
      credentials: { clientId: 'robot' },
    });
    expect(missing.status).toBe(422);
    expect(missing.body.error.details.problems[0].path).toBe('/credentials/clientSecret');
  });
});
