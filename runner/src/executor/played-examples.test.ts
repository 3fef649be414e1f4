// The examples that authors write into their actions, played from input to output: an example that lies is a failing test.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json } from '@weftline/connectors/json';
import { loadApps } from '@weftline/connectors/load-apps';
import { readExample } from '@weftline/connectors/read-example';
import type { Action, Connector, Example } from '@weftline/connectors/types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import type { FakeAnswer, FakeService } from '../../testing/fake-service.ts';
import { withoutTransport } from '../../testing/without-transport.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import type { Egress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';

let service: FakeService;
let egress: Egress;
let answer: FakeAnswer = {};
const calledUrls: string[] = [];

beforeAll(async () => {
  service = await startFakeService(() => answer);
  const real = createEgress({ allow: [service.host] });
  egress = {
    ...real,
    request: (request) => {
      calledUrls.push(request.url);
      const { pathname, search } = new URL(request.url);
      return real.request({ ...request, url: `http://${service.host}${pathname}${search}` });
    },
  };
});
afterAll(async () => {
  await service.close();
  await egress.close();
});

const credentials = {
  apiKey: 'key-of-an-example',
  username: 'ada',
  password: 'password-of-an-example',
  headerName: 'X-Key',
  headerValue: 'value-of-an-example',
  clientId: 'client',
  clientSecret: 'secret-of-an-example',
  accessToken: 'token-of-an-example',
};

type Played = { name: string; connector: Connector; action: Action; example: Example };

const played: Played[] = [readExample() as Connector, ...loadApps()].flatMap((connector) =>
  connector.actions.flatMap((action) =>
    (action.examples ?? []).map((example) => ({
      name: `${connector.app.key} ${action.key}: ${example.title}`,
      connector,
      action,
      example,
    })),
  ),
);

test('the connector of the reference brings examples', () => {
  expect(played.length).toBeGreaterThanOrEqual(2);
});

const memberOf = (value: Json | undefined, name: string): Json | undefined =>
  isJsonObject(value) ? value[name] : undefined;

test.each(played)('$name', async ({ connector, action, example }) => {
  calledUrls.length = 0;
  service.received.length = 0;
  const { request, response, output } = example.expect ?? {};
  answer = (response ?? { body: action.sample ?? {} }) as FakeAnswer;
  const [auth] = connector.auth;
  const result = await callAction(
    {
      tenantId: 't',
      connector,
      action: action.key,
      input: example.input,
      openConnection:
        auth?.type === 'NONE'
          ? null
          : async () => ({
              id: 'c',
              name: 'C',
              authKey: auth?.key ?? '',
              config: example.config ?? {},
              credentials,
              saveCredentials: async () => undefined,
            }),
      run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'example-idempotency-key' },
    },
    { egress, now: () => Date.parse('2026-11-21T00:00:00Z') },
  );

  const [received] = service.received;
  expect(received, JSON.stringify(result)).toBeDefined();
  const seen = { method: received?.method, url: calledUrls[0], body: result.request?.body };
  for (const name of ['method', 'url', 'body'] as const)
    if (memberOf(request, name) !== undefined) expect(seen[name]).toEqual(memberOf(request, name));
  const headers = memberOf(request, 'headers');
  for (const [name, value] of Object.entries(isJsonObject(headers) ? headers : {}))
    expect(received?.headers[name.toLowerCase()], name).toBe(value);

  if (output === undefined) return;
  const error = memberOf(output, 'error');
  if (isJsonObject(output) && Object.keys(output).length === 1 && isJsonObject(error)) {
    expect(result.ok ? undefined : { type: result.error.type, code: result.error.remoteCode }).toMatchObject(
      error,
    );
    return;
  }
  expect(result.ok ? withoutTransport(result.output) : result.error).toEqual(output);
});
