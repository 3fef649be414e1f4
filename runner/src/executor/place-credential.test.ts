// Credentials in the address, in a cookie and in the body: where they must be, and nowhere that anybody reads.
import type { Auth, Connector, Placement } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFakeService, type FakeService } from '../../testing/fake-service.ts';
import { createEgress, type Egress } from '../platform/egress/create-egress.ts';
import { callAction } from './call-action.ts';

let service: FakeService;
let egress: Egress;
beforeAll(async () => {
  service = await startFakeService(({ url, body }) => ({ body: { url, body } }));
  egress = createEgress({ allow: [service.host] });
});
afterAll(async () => {
  await service.close();
  await egress.close();
});

const connector = (apply: Placement[], change: object = {}): Connector => ({
  manifestVersion: 1,
  app: { key: 'chat', name: 'Chat' },
  version: '1.0.0',
  baseUrl: `http://${service.host}`,
  auth: [
    { key: 'bot', label: 'Bot', type: 'API_KEY', apply, test: { action: 'send' } } as Auth,
    { key: 'none', label: 'None', type: 'NONE' },
  ],
  actions: [
    {
      key: 'send',
      name: 'Send',
      method: 'POST',
      endpointTemplate: '/bot{token}/send/{{input.to}}',
      inputSchema: { type: 'object', properties: { to: { type: 'string' }, text: { type: 'string' } } },
      bodyTemplate: { text: '{{input.text}}' },
      outputSchema: {},
      ...change,
    },
  ],
});
const path: Placement = { in: 'path', name: 'token', value: '{{credentials.apiKey}}' };

const call = (document: Connector, apiKey: string, authKey = 'bot') =>
  callAction(
    {
      tenantId: 't',
      connector: document,
      action: 'send',
      input: { to: 'a/b', text: 'hi' },
      openConnection: async () => ({
        id: 'c',
        name: 'C',
        authKey,
        config: {},
        credentials: (authKey === 'bot' ? { apiKey } : {}) as { [name: string]: string },
        saveCredentials: async () => undefined,
      }),
      run: { id: 'r', stepId: 's', attempt: 1, idempotencyKey: 'k' },
    },
    { egress, now: Date.now },
  );

test('a credential fills its place in the address, stays in its segment, and is shown nowhere', async () => {
  for (const [apiKey, sent] of [
    ['123:ABC-def_4', '/bot123:ABC-def_4/send/a%2Fb'],
    ['12:3/4?x#y', '/bot12:3%2F4%3Fx%23y/send/a%2Fb'],
    ['{token}', '/bot%7Btoken%7D/send/a%2Fb'],
  ] as const) {
    const result = await call(connector([path]), apiKey);
    expect(service.received.at(-1)?.url).toBe(sent);
    const shown = JSON.stringify(result);
    expect(shown).toContain('/send/a%2Fb');
    for (const form of [apiKey, encodeURIComponent(apiKey), sent.slice(4, sent.indexOf('/send'))])
      expect(shown.includes(form) && form !== '{token}', `${form} in ${shown}`).toBe(false);
  }
});

test.each(['.', '..'])('the credential "%s" cannot climb', async (apiKey) => {
  const document = connector([path], { endpointTemplate: '/{token}/send' });
  expect(await call(document, apiKey)).toMatchObject({ ok: false, error: { sent: 'no' } });
});

test('without the credential nothing is sent', async () => {
  const before = service.received.length;
  const result = await call(connector([path]), 'x', 'none');
  expect(result).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('choose a connection') },
  });
  expect(service.received).toHaveLength(before);
});

test('an input cannot fill the place of a credential, and the rules know both apart', () => {
  expect(validateConnector(connector([path]), 'save')).toEqual([]);
  const problems = validateConnector(connector([]), 'save').map(({ code }) => code);
  expect(problems).toContain('placeholder_mismatch');
  const wrong = (placement: Placement) =>
    validateConnector(connector([path, placement]), 'save').map(({ path: at, code }) => `${at} ${code}`);
  expect(wrong({ in: 'cookie', name: 'a b', value: 'x' })).toEqual(['/auth/0/apply/1/name wrong_value']);
  expect(wrong({ in: 'path', name: '{{credentials.apiKey}}', value: 'x' })).toContain(
    '/auth/0/apply/1/name wrong_value',
  );
  const open = { ...connector([path]), baseUrl: 'http://api.example.com' };
  expect(validateConnector(open, 'save').map(({ code }) => code)).toContain('secret_in_clear');
});

test('cookies are joined, and what no cookie can hold is refused', async () => {
  const document = connector(
    [
      { in: 'cookie', name: 'sid', value: '{{credentials.apiKey}}' },
      { in: 'cookie', name: 'kind', value: 'bot' },
    ],
    { endpointTemplate: '/send' },
  );
  await call(document, 'abc');
  expect(service.received.at(-1)?.headers.cookie).toBe('sid=abc; kind=bot');
  expect(await call(document, 'a;b')).toMatchObject({ ok: false, error: { sent: 'no' } });
});

test('a credential joins a JSON or form body, unseen, and no other body', async () => {
  const apply: Placement[] = [{ in: 'body', name: 'api_key', value: '{{credentials.apiKey}}' }];
  const json = await call(connector(apply, { endpointTemplate: '/send' }), 'canary-key-1');
  expect(JSON.parse(service.received.at(-1)!.body)).toEqual({ text: 'hi', api_key: 'canary-key-1' });
  expect(JSON.stringify(json)).not.toContain('canary-key-1');
  await call(connector(apply, { endpointTemplate: '/send', bodyFormat: 'form' }), 'canary key&2');
  expect(new URLSearchParams(service.received.at(-1)!.body).get('api_key')).toBe('canary key&2');
  const text = connector(apply, { endpointTemplate: '/send', bodyFormat: 'text', bodyTemplate: 'hi' });
  expect(await call(text, 'x')).toMatchObject({ ok: false, error: { sent: 'no' } });
});

test('a credential joins a list of parameters before what stands there, and a member inside a member', async () => {
  const rpc = { endpointTemplate: '/send', bodyFormat: 'jsonRpc', jsonRpc: { method: 'add' } };
  const first: Placement[] = [{ in: 'body', name: 'params.0', value: 'token:{{credentials.apiKey}}' }];
  const list = connector(first, { ...rpc, bodyTemplate: [['{{input.text}}'], 7] });
  const result = await call(list, 'canary-key-2');
  expect(JSON.parse(service.received.at(-1)!.body).params).toEqual(['token:canary-key-2', ['hi'], 7]);
  expect(JSON.stringify(result)).not.toContain('canary-key-2');
  await call(connector(first, { ...rpc, bodyTemplate: [] }), 'k');
  expect(JSON.parse(service.received.at(-1)!.body).params).toEqual(['token:k']);

  const inside: Placement[] = [{ in: 'body', name: 'auth.key', value: '{{credentials.apiKey}}' }];
  await call(connector(inside, { endpointTemplate: '/send' }), 'k');
  expect(JSON.parse(service.received.at(-1)!.body)).toEqual({ text: 'hi', auth: { key: 'k' } });
  for (const name of ['params.9', 'params.key', 'method.0'])
    expect(
      await call(
        connector([{ in: 'body', name, value: '{{credentials.apiKey}}' }], { ...rpc, bodyTemplate: [] }),
        'k',
      ),
    ).toMatchObject({ ok: false, error: { sent: 'no', message: expect.stringContaining(`"${name}"`) } });
});
