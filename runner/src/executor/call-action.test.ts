import { randomBytes } from 'node:crypto';
import type { Action, Auth, Connector, RetryOn } from '@weftline/connectors/types';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, ReceivedRequest } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';
import type { Call, CallResult, OpenConnection } from './types.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const run = { id: 'run1', stepId: 'step1', attempt: 1, idempotencyKey: 'KEY' };
const apiKey: Auth = { key: 'key', label: 'Key', type: 'API_KEY' };
const basic: Auth = { key: 'basic', label: 'Basic', type: 'BASIC' };
const none: Auth = { key: 'none', label: 'None', type: 'NONE' };

const setUp = async (
  answer: (request: ReceivedRequest, index: number) => FakeAnswer | Promise<FakeAnswer>,
) => {
  const service = await startFakeService(answer);
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connectorOf = (action: Partial<Action>, more: Partial<Connector> = {}): Connector => ({
    manifestVersion: 1,
    app: { key: 'acme', name: 'Acme' },
    version: '1.0.0',
    baseUrl: `http://${service.host}`,
    auth: [none, apiKey, basic],
    actions: [
      {
        key: 'do',
        name: 'Do',
        method: 'POST',
        endpointTemplate: '/do',
        inputSchema: {},
        outputSchema: {},
        ...action,
      } as Action,
    ],
    ...more,
  });
  const call = (connector: Connector, more: Partial<Call> = {}): Promise<CallResult> =>
    callAction(
      { tenantId: 't', connector, action: 'do', input: {}, openConnection: null, run, ...more },
      { egress, now: Date.now },
    );
  return { service, egress, connectorOf, call };
};

const connectionOf = (
  credentials: Record<string, string>,
  more: Partial<OpenConnection> = {},
): (() => Promise<OpenConnection>) => {
  return async () => ({
    id: 'c1',
    name: 'My account',
    authKey: 'key',
    config: {},
    credentials,
    saveCredentials: async () => undefined,
    ...more,
  });
};

const errorOf = (result: CallResult) => (result.ok ? undefined : result.error);

test('a call gives the output with request and answer as they may be shown', async () => {
  const { service, connectorOf, call } = await setUp(() => ({ status: 201, body: { id: 7, name: 'Ada' } }));
  const connector = connectorOf({
    bodyTemplate: { name: '{{input.name}}' },
    response: { map: { id: '{{body.id}}' } },
  });
  const result = await call(connector, {
    input: { name: 'Ada' },
    openConnection: connectionOf({ apiKey: 'key-1234567' }),
  });
  expect(result).toMatchObject({
    ok: true,
    output: { id: 7 },
    warnings: [],
    request: {
      method: 'POST',
      url: `http://${service.host}/do`,
      body: { name: 'Ada' },
      headers: { authorization: '[REDACTED]' },
    },
    response: { status: 201, body: { id: 7, name: 'Ada' } },
  });
  expect(service.received[0]).toMatchObject({ body: '{"name":"Ada"}' });
  expect(service.received[0]?.headers.authorization).toBe('Bearer key-1234567');
});

test('an input against its schema is refused with its path before anything is sent', async () => {
  const { service, connectorOf, call } = await setUp(() => ({}));
  const inputSchema = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };
  const result = await call(connectorOf({ inputSchema }), { input: { name: 7 } });
  expect(errorOf(result)).toMatchObject({
    code: 'invalid_input',
    type: 'VALIDATION',
    path: '/name',
    sent: 'no',
  });
  expect(errorOf(await call(connectorOf({}), { action: 'other' }))).toMatchObject({ code: 'not_found' });
  expect(service.received).toHaveLength(0);
});

test('statuses become kinds of failure that say whether trying again helps', async () => {
  const { connectorOf, call } = await setUp(({ url }) => ({
    status: Number(url.slice(1)),
    headers: { 'retry-after': '7' },
    body: { error: { message: 'because' } },
  }));
  const expected: Record<number, object> = {
    400: { code: 'remote_refused', type: 'VALIDATION' },
    401: { code: 'remote_refused', type: 'AUTH' },
    403: { code: 'remote_refused', type: 'PERMISSION' },
    404: { code: 'remote_refused', type: 'NOT_FOUND' },
    409: { code: 'remote_refused', type: 'CONFLICT' },
    429: { code: 'remote_busy', type: 'RATE_LIMIT', retryAfterMs: 7_000 },
    500: { code: 'remote_unreachable', type: 'TEMPORARY' },
    503: { code: 'remote_busy', type: 'TEMPORARY', retryAfterMs: 7_000 },
  };
  for (const [status, error] of Object.entries(expected)) {
    const result = await call(connectorOf({ endpointTemplate: `/${status}` }));
    expect(errorOf(result)).toMatchObject({ ...error, status: Number(status), sent: 'answered' });
    expect(errorOf(result)?.message).toContain('because');
  }
});

test("the app's rules come first: errors inside a 200, ignored failures, its own idea of success", async () => {
  const { connectorOf, call } = await setUp(({ url }) =>
    url === '/gone' ? { status: 404, body: {} } : { body: { ok: false, error: 'channel_not_found' } },
  );
  const errors = [
    {
      when: '{{body.ok == false}}',
      type: 'VALIDATION',
      code: '{{body.error}}',
      message: 'Slack says {{body.error}}',
    },
  ] as const;
  expect(errorOf(await call(connectorOf({ errors: [...errors] })))).toMatchObject({
    type: 'VALIDATION',
    remoteCode: 'channel_not_found',
    message: 'Slack says channel_not_found',
  });
  expect(errorOf(await call(connectorOf({}, { defaults: { errors: [...errors] } })))).toMatchObject({
    type: 'VALIDATION',
  });
  expect(errorOf(await call(connectorOf({ successWhen: '{{body.ok == true}}' })))).toMatchObject({
    type: 'PERMANENT',
  });
  const ignore = connectorOf({
    endpointTemplate: '/gone',
    errors: [{ when: '{{status == 404}}', type: 'IGNORE' }],
    response: { map: { deleted: '{{status != 404}}' } },
  });
  expect(await call(ignore)).toMatchObject({ ok: true, output: { deleted: false } });
});

test('an output against its schema warns, or fails where the app wants that', async () => {
  const { connectorOf, call } = await setUp(() => ({ body: { id: 'seven' } }));
  const outputSchema = { type: 'object', properties: { id: { type: 'integer' } } };
  expect(await call(connectorOf({ outputSchema }))).toMatchObject({ ok: true, warnings: [{ path: '/id' }] });
  expect(errorOf(await call(connectorOf({ outputSchema, outputCheck: 'error' })))).toMatchObject({
    code: 'response_invalid',
    sent: 'answered',
  });
  expect(await call(connectorOf({ outputSchema, outputCheck: 'off' }))).toMatchObject({
    ok: true,
    warnings: [],
  });
});

test('answers are read by their type, and numbers too large for JavaScript stay exact', async () => {
  const answers: Record<string, FakeAnswer> = {
    '/empty': { status: 204 },
    '/text': { headers: { 'content-type': 'text/html' }, body: '<p>hi</p>' },
    '/big': {
      headers: { 'content-type': 'application/json' },
      body: '{"id":9007199254740993,"x":1e400,"small":12}',
    },
    '/broken': { headers: { 'content-type': 'application/json' }, body: '{"a":' },
    '/deep': { headers: { 'content-type': 'application/json' }, body: '['.repeat(5_000) },
    '/png': { headers: { 'content-type': 'image/png' }, body: 'PNG' },
    '/proto': {
      headers: { 'content-type': 'application/problem+json' },
      body: '{"__proto__":{"polluted":true},"a":1}',
    },
  };
  const { connectorOf, call } = await setUp(({ url }) => answers[url] ?? {});
  const outputOf = async (path: string) => {
    const result = await call(connectorOf({ endpointTemplate: path }));
    return result.ok ? result.output : result.error.code;
  };
  expect(await outputOf('/empty')).toBeNull();
  expect(await outputOf('/text')).toBe('<p>hi</p>');
  expect(await outputOf('/big')).toEqual({ id: '9007199254740993', x: '1e400', small: 12 });
  expect(await outputOf('/broken')).toBe('response_invalid');
  expect(await outputOf('/deep')).toBe('response_invalid');
  expect(await outputOf('/png')).toEqual({ contentType: 'image/png', bytes: 3, base64: 'UE5H' });
  expect(await outputOf('/proto')).toMatchObject({ a: 1 });
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('an unresolved path in the output is named, and the step fails instead of giving null', async () => {
  const { connectorOf, call } = await setUp(() => ({ body: { data: {} } }));
  expect(errorOf(await call(connectorOf({ response: { unwrap: 'body.data.items' } })))).toMatchObject({
    code: 'unresolved_path',
    sent: 'answered',
  });
});

test('with any host allowed, credentials go to the hosts of the connection and to no other', async () => {
  const { service, connectorOf, call } = await setUp(() => ({ body: {} }));
  const connector = connectorOf({ endpointTemplate: '{{input.url}}' }, { allowedHosts: ['*'] });
  const input = { url: `http://${service.host}/` };
  const withHosts = (hosts: string[]) => ({
    input,
    openConnection: connectionOf({ apiKey: 'key-1234567' }, { config: { hosts } }),
  });
  expect(errorOf(await call(connector, withHosts(['api.example.com'])))).toMatchObject({
    code: 'blocked_address',
    type: 'BLOCKED',
    sent: 'no',
  });
  expect(errorOf(await call(connector, withHosts(['*'])))).toMatchObject({ code: 'blocked_address' });
  expect(service.received).toHaveLength(0);
  expect(await call(connector, withHosts([service.host]))).toMatchObject({ ok: true });
  expect(await call(connector, { input })).toMatchObject({ ok: true });
  expect(service.received.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer key-1234567',
    undefined,
  ]);
});

test('an app without an open way needs a connection', async () => {
  const { connectorOf, call } = await setUp(() => ({}));
  expect(errorOf(await call(connectorOf({}, { auth: [apiKey] })))).toMatchObject({
    code: 'invalid_input',
    sent: 'no',
  });
});

test('time limits, cancelling and broken connections say whether the request had left', async () => {
  const { connectorOf, call } = await setUp(() => ({ delayMs: 3_000 }));
  expect(errorOf(await call(connectorOf({}), { timeoutMs: 60 }))).toMatchObject({
    code: 'step_timeout',
    type: 'TIMEOUT',
    sent: 'unknown',
  });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 60);
  expect(errorOf(await call(connectorOf({}), { signal: controller.signal }))).toMatchObject({
    code: 'cancelled',
    type: 'CANCELLED',
    sent: 'unknown',
  });
  expect(errorOf(await call(connectorOf({}, { baseUrl: 'http://127.0.0.1:1' })))).toMatchObject({
    code: 'blocked_address',
    sent: 'no',
  });
});

test('a secret that a service echoes in any form appears nowhere in the result', async () => {
  for (let round = 0; round < 60; round += 1) {
    const secret = `${randomBytes(8).toString('hex')}+/=" <${randomBytes(6).toString('base64')}>\\ü`;
    const pair = `user:${secret}`;
    const forms = [
      secret,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
      encodeURIComponent(secret),
      new URLSearchParams({ s: secret }).toString(),
      JSON.stringify(secret),
      Buffer.from(pair).toString('base64'),
      `Basic ${Buffer.from(pair).toString('base64')}`,
    ];
    const form = forms[round % forms.length] ?? secret;
    const { connectorOf, call } = await setUp((request, index) => ({
      status: index === 0 ? 200 : 400,
      headers: { 'x-echo': encodeURIComponent(form), 'set-cookie': 's=1' },
      body: { echo: request.headers, form, [form]: [form], error: { message: `bad key ${form}` } },
    }));
    const inputSchema = { type: 'object', properties: { pin: { type: 'string', 'x-secret': true } } };
    const connector = connectorOf({ inputSchema, bodyTemplate: { pin: '{{input.pin}}' } });
    const openConnection = connectionOf({ username: 'user', password: secret }, { authKey: 'basic' });
    for (const result of [
      await call(connector, { openConnection, input: { pin: secret } }),
      await call(connector, { openConnection, input: { pin: secret } }),
    ]) {
      const text = JSON.stringify(result);
      const plain = [
        text,
        decodeURIComponent(text.replaceAll(/%(?![0-9A-F]{2})/gi, '%25')),
        JSON.stringify(JSON.parse(text)),
      ].join('\n');
      for (const one of [...forms.slice(0, 8), JSON.stringify(secret).slice(1, -1)])
        expect(plain).not.toContain(one);
      expect(text).toContain('[REDACTED]');
    }
    await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
  }
}, 60_000);

test('a credential in the query is hidden in the shown address', async () => {
  const { service, connectorOf, call } = await setUp(() => ({ body: {} }));
  const auth: Auth = { ...apiKey, apply: [{ in: 'query', name: 'key', value: '{{credentials.apiKey}}' }] };
  const result = await call(connectorOf({ queryTemplate: { a: 1 } }, { auth: [auth] }), {
    openConnection: connectionOf({ apiKey: 'abc' }),
  });
  expect(service.received[0]?.url).toBe('/do?a=1&key=abc');
  expect(result.request?.url).toBe(`http://${service.host}/do?a=1&key=[REDACTED]`);
});

test('large bodies are cut in what is shown, not in the output', async () => {
  const { connectorOf, call } = await setUp(() => ({ body: { text: 'x'.repeat(200_000) } }));
  const result = await call(connectorOf({ bodyTemplate: '{{input}}' }), {
    input: { a: 'y'.repeat(100_000) },
  });
  expect(result.ok && JSON.stringify(result.output).length).toBeGreaterThan(200_000);
  expect(String(result.response?.body).length).toBeLessThan(66_000);
  expect(String(result.request?.body).length).toBeLessThan(66_000);
});

test('`retryOn` says which failures are worth a repeat; a request to wait always is', async () => {
  const { connectorOf, call } = await setUp(({ url }) => ({
    status: Number(url.slice(1)),
    body: { code: 'locked' },
  }));
  const judge = async (status: number, retryOn: RetryOn, defaults?: Connector['defaults']) => {
    const action = { endpointTemplate: `/${status}`, retry: { maxRetries: 1, retryOn } };
    return errorOf(await call(connectorOf(action, defaults ? { defaults } : {})))?.isWorthRepeating;
  };
  expect(await judge(503, { status: [503] })).toBe(true);
  expect(await judge(500, { status: [503] })).toBe(false);
  expect(await judge(500, {})).toBe(true);
  expect(await judge(429, { status: [503] })).toBe(true);
  expect(await judge(409, { when: "{{body.code == 'locked'}}" })).toBe(true);
  expect(await judge(409, { when: "{{body.code == 'other'}}" })).toBe(false);
  expect(errorOf(await call(connectorOf({ endpointTemplate: '/500' })))).not.toHaveProperty(
    'isWorthRepeating',
  );
  const all = { retry: { maxRetries: 1, retryOn: { status: [409] } } };
  const inherited = await call(connectorOf({ endpointTemplate: '/409' }, { defaults: all }));
  expect(errorOf(inherited)?.isWorthRepeating).toBe(true);
});

test('an app can say that a call without an answer is not worth a repeat', async () => {
  const { connectorOf, call } = await setUp(() => ({ delayMs: 1_000 }));
  const retry = { maxRetries: 1, retryOn: { network: false } };
  const late = await call(connectorOf({ retry }), { timeoutMs: 100 });
  expect(errorOf(late)).toMatchObject({ type: 'TIMEOUT', isWorthRepeating: false });
});
