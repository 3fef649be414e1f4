import type { Json } from '@weftline/connectors/json';
import type { Action, Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, ReceivedRequest } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { retryDelay } from '../workflow/retry-policy.ts';
import { callAction } from './call-action.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

/** Calls one action of a connector that can be saved, and tells which requests arrived. */
const call = async (
  action: Partial<Action>,
  answer: (request: ReceivedRequest) => FakeAnswer,
  input: Json = {},
  timeoutMs = 5_000,
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
    allowedHosts: [service.host],
    auth: [{ key: 'key', label: 'Key', type: 'API_KEY', test: { method: 'GET', endpointTemplate: '/' } }],
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
  };
  expect(validateConnector(connector, 'save')).toEqual([]);
  const result = await callAction(
    {
      tenantId: 't',
      connector,
      action: 'do',
      input,
      openConnection: async () => ({
        id: 'c',
        name: 'C',
        authKey: 'key',
        config: {},
        credentials: { apiKey: 'key-1234567' },
        saveCredentials: async () => undefined,
      }),
      run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'KEY' },
      timeoutMs,
    },
    { egress, now: Date.now },
  );
  const asked = service.received.map(({ method, url, body }) => `${method} ${url} ${body}`.trim());
  return { result, asked, received: service.received, host: service.host };
};
const errorOf = ({ result }: Awaited<ReturnType<typeof call>>) => (result.ok ? undefined : result.error);

const replaceFile: Partial<Action> = {
  method: 'PUT',
  endpointTemplate: '/files/a',
  bodyTemplate: { content: '{{input.content}}', sha: '{{steps.find.sha}}' },
  steps: [
    {
      id: 'find',
      method: 'GET',
      endpointTemplate: '/files/a',
      errors: [{ when: '{{status == 404}}', type: 'IGNORE' }],
      capture: { sha: 'body.sha' },
    },
  ],
};

test('a step before captures what the request needs; what is not there is left out', async () => {
  const known = await call(
    replaceFile,
    ({ method }) => ({ body: method === 'GET' ? { sha: 'abc' } : { saved: true } }),
    { content: 'x' },
  );
  expect(known.result).toMatchObject({ ok: true, output: { saved: true } });
  expect(known.asked).toEqual(['GET /files/a', 'PUT /files/a {"content":"x","sha":"abc"}']);
  const fresh = await call(
    replaceFile,
    ({ method }) => ({ status: method === 'GET' ? 404 : 201, body: {} }),
    {
      content: 'x',
    },
  );
  expect(fresh.asked).toEqual(['GET /files/a', 'PUT /files/a {"content":"x"}']);
});

test('upload in three: ask for an address, send there without credentials, say that it is done', async () => {
  const given = await call(
    {
      bodyTemplate: { name: '{{input.name}}' },
      after: [
        {
          id: 'upload',
          method: 'PUT',
          endpointTemplate: '{{steps.main.body.uploadUrl}}',
          bodyFormat: 'text',
          bodyTemplate: '{{input.text}}',
          auth: 'none',
          capture: { etag: 'headers.etag' },
        },
        {
          id: 'finish',
          method: 'POST',
          endpointTemplate: '/do/{{steps.main.body.id}}/finish',
          bodyTemplate: { etag: '{{steps.upload.etag}}' },
          response: { map: { id: '{{body.file.id}}', etag: '{{steps.upload.etag}}' } },
        },
      ],
    },
    ({ url, headers }) => {
      if (url === '/do') return { body: { id: 'u1', uploadUrl: `http://${headers.host}/bucket/x` } };
      return url === '/bucket/x' ? { headers: { etag: 'e1' } } : { body: { file: { id: 'f1' } } };
    },
    { name: 'n', text: 'hello' },
  );
  expect(given.result).toMatchObject({ ok: true, output: { id: 'f1', etag: 'e1' } });
  expect(given.asked).toEqual([
    'POST /do {"name":"n"}',
    'PUT /bucket/x hello',
    'POST /do/u1/finish {"etag":"e1"}',
  ]);
  expect(given.received.map(({ headers }) => headers.authorization !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
});

test('a step is made only when its condition holds', async () => {
  const action: Partial<Action> = {
    after: [{ id: 'tell', when: '{{input.tell == true}}', method: 'POST', endpointTemplate: '/tell' }],
  };
  const answer = ({ url }: ReceivedRequest): FakeAnswer => ({ body: { url } });
  expect((await call(action, answer, { tell: true })).result).toMatchObject({ output: { url: '/tell' } });
  const silent = await call(action, answer, { tell: false });
  expect(silent.result).toMatchObject({ output: { url: '/do' } });
  expect(silent.asked).toHaveLength(1);
});

test('the first failure ends it, and after a request that changes things nothing counts as never sent', async () => {
  const before = await call(replaceFile, () => ({ status: 500, body: {} }), { content: 'x' });
  expect(before.asked).toEqual(['GET /files/a']);
  expect(errorOf(before)).not.toHaveProperty('hasActed');
  const later = await call(
    { after: [{ id: 'finish', method: 'POST', endpointTemplate: '/finish' }] },
    ({ url }) => (url === '/do' ? { body: {} } : { status: 429, body: {} }),
  );
  const error = errorOf(later)!;
  expect(error).toMatchObject({ type: 'RATE_LIMIT', hasActed: true });
  expect(retryDelay(undefined, 1, error, 'unsafe', 0)).toBe(null);
  expect(retryDelay(undefined, 1, error, 'idempotent', 0)).toBe(500);
  const elsewhere = await call(
    { after: [{ id: 'upload', method: 'PUT', endpointTemplate: '{{steps.main.body.url}}' }] },
    () => ({ body: { url: 'https://evil.example/x' } }),
  );
  expect(errorOf(elsewhere)).toMatchObject({ code: 'blocked_address', sent: 'answered', hasActed: true });
});

test('the time limit is for all requests together, and the output is checked at the end', async () => {
  const slow = await call(replaceFile, () => ({ delayMs: 150, body: {} }), { content: 'x' }, 200);
  expect(errorOf(slow)).toMatchObject({ type: 'TIMEOUT' });
  const wrong = await call(
    {
      outputSchema: { type: 'array' },
      outputCheck: 'error',
      after: [{ id: 'read', method: 'GET', endpointTemplate: '/read' }],
    },
    () => ({ body: {} }),
  );
  expect(errorOf(wrong)).toMatchObject({ code: 'response_invalid', hasActed: true });
});

test('steps go before a list in pages', async () => {
  const given = await call(
    {
      effect: 'read',
      method: 'GET',
      endpointTemplate: '/{{steps.who.id}}/items',
      steps: [{ id: 'who', method: 'GET', endpointTemplate: '/me', capture: { id: 'body.id' } }],
      pagination: {
        type: 'cursor',
        items: 'body.items',
        next: 'body.next',
        send: { in: 'query', name: 'c' },
      },
    },
    ({ url }) => {
      if (url === '/me') return { body: { id: 7 } };
      return { body: url.includes('c=') ? { items: [2] } : { items: [1], next: 'n' } };
    },
  );
  expect(given.result).toMatchObject({ ok: true, output: [1, 2] });
  expect(given.asked).toEqual(['GET /me', 'GET /7/items', 'GET /7/items?c=n']);
});

const exporting: Partial<Action> = {
  endpointTemplate: '/exports',
  asyncJob: {
    status: { method: 'GET', endpointTemplate: '/exports/{{steps.main.body.id}}' },
    statusPath: 'body.state',
    done: ['done'],
    failed: ['failed'],
    intervalMs: 100,
    maxWaitMs: 1_500,
    result: { method: 'GET', endpointTemplate: '{{steps.job.body.href}}', response: { unwrap: 'body.rows' } },
  },
};

test('a job is asked about until it is done, and a question that fails in passing is asked again', async () => {
  let questions = 0;
  const given = await call(exporting, ({ url, headers }) => {
    if (url === '/exports') return { status: 202, body: { id: 'e1' } };
    if (url === '/rows') return { body: { rows: [1, 2] } };
    questions += 1;
    if (questions === 1) return { status: 503, body: {} };
    return {
      body: questions < 3 ? { state: 'running' } : { state: 'done', href: `http://${headers.host}/rows` },
    };
  });
  expect(given.result).toMatchObject({ ok: true, output: [1, 2] });
  expect(given.asked).toEqual(['POST /exports', ...Array(3).fill('GET /exports/e1'), 'GET /rows']);
});

test('a job that fails, is refused or is not over in time fails the action, which is not sent again by itself', async () => {
  const end = async (answer: FakeAnswer, timeoutMs = 5_000) =>
    errorOf(
      await call(
        exporting,
        ({ url }) => (url === '/exports' ? { body: { id: 'e1' } } : answer),
        {},
        timeoutMs,
      ),
    );
  const failed = await end({ body: { state: 'failed' } });
  expect(failed).toMatchObject({ code: 'remote_refused', type: 'PERMANENT', hasActed: true });
  expect(await end({ status: 404, body: {} })).toMatchObject({ type: 'NOT_FOUND', hasActed: true });
  const late = await end({ body: { state: 'running' } }, 1_200);
  expect(late).toMatchObject({ code: 'step_timeout', sent: 'answered', hasActed: true });
  expect(retryDelay(undefined, 1, late!, 'unsafe', 0)).toBe(null);
});
