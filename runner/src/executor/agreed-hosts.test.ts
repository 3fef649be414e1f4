// What carries credentials goes to agreed hosts alone; what does not goes where the app says. Two real services: the agreed and the other.
import type { Action, Auth, Connector } from '@weftline/connectors/types';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, ReceivedRequest } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import { finishOauth1, startOauth1 } from './oauth2.ts';
import type { OpenConnection } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

type Answer = (request: ReceivedRequest, hosts: { here: string; there: string }) => FakeAnswer;
const ok: Answer = () => ({ body: { ok: true } });

/** A world of two services that the egress lets us call, and a connection that is bound to the first (`here`). */
const setUp = async (answer: Answer = ok) => {
  const hosts = { here: '', there: '' };
  const here = await startFakeService((request) => answer(request, hosts));
  const there = await startFakeService(() => ({ body: { ok: true } }));
  hosts.here = here.host;
  hosts.there = there.host;
  const egress = createEgress({ allow: [here.host, there.host] });
  cleanups.push(
    () => here.close(),
    () => there.close(),
    () => egress.close(),
  );
  const call = async (
    auth: Partial<Auth>,
    action: Partial<Action>,
    more: { connector?: Partial<Connector>; connection?: Partial<OpenConnection> } = {},
  ) => {
    const connector = {
      manifestVersion: 1,
      app: { key: 'acme', name: 'Acme' },
      version: '2.0.0',
      baseUrl: `http://${here.host}`,
      allowedHosts: [here.host, there.host],
      auth: [{ key: 'way', label: 'Way', type: 'API_KEY', ...auth }],
      actions: [
        {
          key: 'do',
          name: 'Do',
          method: 'GET',
          endpointTemplate: '/do',
          inputSchema: {},
          outputSchema: {},
          ...action,
        },
      ],
      ...more.connector,
    } as unknown as Connector;
    const openConnection = async (): Promise<OpenConnection> => ({
      id: `c-${here.host}`,
      name: 'Account',
      authKey: 'way',
      config: {},
      credentials: { apiKey: 'canary-key', user: 'ada', password: 'canary-password' },
      credentialHosts: [here.host],
      saveCredentials: async () => {},
      ...more.connection,
    });
    const run = { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'KEY' };
    return callAction(
      { tenantId: 't', connector, action: 'do', input: {}, openConnection, run },
      { egress, now: Date.now },
    );
  };
  return { here, there, egress, call };
};

const refusal = (host: string) => ({
  ok: false,
  error: {
    code: 'hosts_not_agreed',
    type: 'BLOCKED',
    sent: 'no',
    message: `This version of Acme sends credentials to ${host}, which was not agreed to. Test the connection again to agree.`,
  },
});

test('a key goes to an agreed host, and to another one nothing at all is sent', async () => {
  const { here, there, call } = await setUp();
  expect(await call({}, {})).toMatchObject({ ok: true });
  expect(here.received[0]?.headers.authorization).toBe('Bearer canary-key');
  expect(await call({}, { endpointTemplate: `http://${there.host}/do` })).toMatchObject(refusal(there.host));
  expect(there.received).toEqual([]);
});

test('a signature goes to agreed hosts alone', async () => {
  const { there, call } = await setUp();
  const signing = {
    scheme: 'hmac',
    key: '{{credentials.apiKey}}',
    content: '{{request.path}}',
    headersTemplate: { 'x-sign': '{{auth.signature}}' },
  };
  const auth = { type: 'HMAC', signing } as unknown as Auth;
  expect(await call(auth, { endpointTemplate: `http://${there.host}/do` })).toMatchObject(
    refusal(there.host),
  );
  expect(there.received).toEqual([]);
});

test('a login that moved is not told the password', async () => {
  const { here, there, call } = await setUp();
  const login = [
    {
      id: 'in',
      method: 'POST',
      endpointTemplate: `http://${there.host}/login`,
      bodyTemplate: { user: '{{credentials.user}}', password: '{{credentials.password}}' },
    },
  ];
  const auth = { type: 'SESSION', session: { login, cookies: true } } as unknown as Auth;
  expect(await call(auth, {})).toMatchObject(refusal(there.host));
  expect([...here.received, ...there.received]).toEqual([]);
});

test('neither a request without credentials, nor the page a redirect leads to, nor a next page on agreed hosts is in the way', async () => {
  const { here, there, call } = await setUp(({ url }, hosts) =>
    url === '/moved'
      ? { status: 302, headers: { location: `http://${hosts.there}/landed` } }
      : url.startsWith('/list')
        ? { body: { items: [1], next: url === '/list' ? `http://${hosts.here}/list?page=2` : null } }
        : { body: {} },
  );
  const upload = { method: 'PUT', endpointTemplate: `http://${there.host}/upload`, auth: 'none' as const };
  expect(await call({}, upload)).toMatchObject({ ok: true });
  expect(await call({}, { endpointTemplate: '/moved' })).toMatchObject({ ok: true });
  expect(there.received.map(({ url }) => url)).toEqual(['/upload', '/landed']);
  expect(JSON.stringify(there.received)).not.toContain('canary');
  const pagination = { type: 'nextUrl' as const, next: 'body.next', items: 'body.items' };
  const listed = await call({}, { endpointTemplate: '/list', pagination: pagination as never });
  expect(listed).toMatchObject({ ok: true });
  expect(here.received.filter(({ url }) => url.startsWith('/list'))).toHaveLength(2);
});

test('a next page at a host of the app that nobody agreed to is refused before it is asked for', async () => {
  const { there, call } = await setUp((_request, hosts) => ({
    body: { items: [1], next: `http://${hosts.there}/list?page=2` },
  }));
  const pagination = { type: 'nextUrl' as const, next: 'body.next', items: 'body.items' };
  expect(await call({}, { pagination: pagination as never })).toMatchObject({
    ok: false,
    error: { code: 'hosts_not_agreed' },
  });
  expect(there.received).toEqual([]);
});

test('a connection that is not bound yet is bound before its first use sends anything', async () => {
  const { here, there, call } = await setUp();
  const bound: string[][] = [];
  const connection = {
    credentialHosts: [],
    bindHosts: async (declared: readonly string[]) => {
      expect(here.received).toEqual([]);
      bound.push([...declared]);
      return [here.host]; // somebody else was first
    },
  };
  expect(await call({}, {}, { connection })).toMatchObject({ ok: true });
  expect(bound).toEqual([[here.host, there.host]]);
});

test('OAuth 1.0 asks for its tokens at agreed hosts alone', async () => {
  const { there, egress, here } = await setUp();
  const signing = {
    scheme: 'oauth1',
    signatureMethod: 'PLAINTEXT',
    requestTokenUrl: `http://${there.host}/request`,
    accessTokenUrl: `http://${there.host}/access`,
  };
  const given = {
    tenantId: 't',
    connector: {
      app: { key: 'acme', name: 'Acme' },
      auth: [{ key: 'way', label: 'Way', type: 'OAUTH1', signing }],
    } as unknown as Connector,
    authKey: 'way',
    config: {},
    credentials: { consumerKey: 'canary-key', consumerSecret: 'canary-secret' },
    agreedHosts: [here.host],
  };
  const ways = { egress, now: Date.now };
  await expect(startOauth1(given, 'http://localhost/back', ways)).rejects.toMatchObject({
    code: 'hosts_not_agreed',
  });
  const temporary = { token: 'T', tokenSecret: 'S' };
  const callback = new URLSearchParams({ oauth_token: 'T', oauth_verifier: 'V' });
  await expect(finishOauth1({ ...given, temporary, callback }, ways)).rejects.toMatchObject({
    code: 'hosts_not_agreed',
  });
  expect(there.received).toEqual([]);
});
