import type { Auth, Connector } from '@weftline/connectors/types';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, ReceivedRequest } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { CodedError } from '../platform/errors.ts';
import { testConnection } from './test-connection.ts';
import type { OpenConnection } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const basic: Auth = {
  key: 'basic',
  label: 'Basic',
  type: 'BASIC',
  test: { action: 'who', with: { verbose: '{{connection.verbose}}' } },
  labelTemplate: '{{test.body.name}} at {{connection.region}}',
};

const setUp = async (
  answer: (request: ReceivedRequest) => FakeAnswer,
  auth: Auth = basic,
  more: Partial<OpenConnection> = {},
) => {
  const service = await startFakeService(answer);
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connector: Connector = {
    manifestVersion: 1,
    app: { key: 'acme', name: 'Acme' },
    version: '1.0.0',
    baseUrl: `http://${service.host}`,
    connectionSchema: {
      type: 'object',
      properties: { region: { type: 'string' }, verbose: { type: 'boolean' } },
      additionalProperties: false,
    },
    auth: [auth],
    actions: [
      {
        key: 'who',
        name: 'Who',
        method: 'GET',
        endpointTemplate: '/who',
        inputSchema: {},
        outputSchema: {},
        queryTemplate: { verbose: '{{input.verbose}}' },
      },
    ],
  };
  const connection: OpenConnection = {
    id: 'c',
    name: 'C',
    authKey: auth.key,
    config: { region: 'eu' },
    credentials: { username: 'ada', password: 'correct-horse' },
    saveCredentials: async () => undefined,
    ...more,
  };
  const run = (timeoutMs?: number) =>
    testConnection(
      {
        tenantId: 't',
        connector,
        openConnection: async () => connection,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      },
      { egress, now: Date.now },
    );
  return { service, run };
};

test('a good connection answers with the account it belongs to', async () => {
  const { service, run } = await setUp(() => ({ body: { name: 'Ada' } }), basic, {
    config: { region: 'eu', verbose: true },
  });
  expect(await run()).toMatchObject({ ok: true, account: 'Ada at eu' });
  expect(service.received[0]).toMatchObject({ url: '/who?verbose=true' });
});

test('an account name that cannot be read is left out, and a secret in it is not shown', async () => {
  expect(await (await setUp(() => ({ body: {} }))).run()).not.toHaveProperty('account');
  const { run } = await setUp(() => ({ body: { name: 'token correct-horse' } }));
  expect(await run()).toMatchObject({ ok: true, account: 'token [REDACTED] at eu' });
});

test.each([
  [401, 'user name and the password'],
  [403, 'lack a permission'],
  [404, 'not at this address'],
  [429, 'few minutes'],
  [500, 'try again later'],
])('status %i comes with a hint', async (status, hint) => {
  const { run } = await setUp(() => ({ status, body: { message: 'no: correct-horse' } }));
  const result = await run();
  expect(result).toMatchObject({ ok: false, status, hint: expect.stringContaining(hint) });
  expect(JSON.stringify(result)).not.toContain('correct-horse');
});

test('a service that does not answer, and one that answers with something else, get their own hints', async () => {
  const slow = await setUp(() => ({ delayMs: 1_000 }));
  expect(await slow.run(50)).toMatchObject({
    ok: false,
    code: 'step_timeout',
    hint: expect.stringContaining('too long'),
  });
  const html = await setUp(() => ({ headers: { 'content-type': 'application/json' }, body: '<html>' }));
  expect(await html.run()).toMatchObject({
    ok: false,
    code: 'response_invalid',
    hint: expect.stringContaining('that of the API'),
  });
});

test('settings and credentials against their schema are named before anything is sent', async () => {
  const settings = await setUp(() => ({}), basic, { config: { region: 7 } });
  expect(await settings.run()).toMatchObject({
    ok: false,
    code: 'invalid_input',
    message: expect.stringContaining('region'),
  });
  const credentials = await setUp(() => ({}), basic, { credentials: { username: '' } });
  expect(await credentials.run()).toMatchObject({ ok: false, code: 'invalid_input' });
  expect([...settings.service.received, ...credentials.service.received]).toEqual([]);
});

test('a way to sign in that the app no longer has, or a connection that cannot be opened, is an answer too', async () => {
  expect(await (await setUp(() => ({}), basic, { authKey: 'gone' })).run()).toMatchObject({
    ok: false,
    code: 'connection_expired',
  });
  const egress = createEgress({ allow: [] });
  cleanups.push(() => egress.close());
  const openConnection = () =>
    Promise.reject(new CodedError({ code: 'not_found', message: 'This connection was deleted.' }));
  const connector = { app: { key: 'a', name: 'A' }, auth: [basic], actions: [] } as unknown as Connector;
  expect(
    await testConnection({ tenantId: 't', connector, openConnection }, { egress, now: Date.now }),
  ).toMatchObject({ ok: false, code: 'not_found' });
});
