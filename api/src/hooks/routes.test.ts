// Addresses that services call, from the outside: what comes back, byte for byte, and what it started.
import { createHmac } from 'node:crypto';
import type { Connector } from '@weftline/connectors/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import {
  findInDatabase,
  sampleConnector,
  startWorkingApi,
  type WorkingApi,
} from '../testing/start-working-api.ts';

let api: WorkingApi;
let owner: TestPerson;
const signingSecret = 'canary-signing-secret-0123456789';

const hmac = {
  scheme: 'hmac' as const,
  algorithm: 'sha256' as const,
  content: '{{rawBody}}',
  signature: "{{headers['x-signature']}}",
  encoding: 'hex' as const,
};
const connector = (): Connector =>
  sampleConnector(api.service, {
    auth: [
      {
        key: 'key',
        label: 'API key',
        type: 'API_KEY',
        credentialsSchema: {
          type: 'object',
          properties: { signingSecret: { type: 'string', 'x-secret': true } },
        },
        test: { method: 'GET', endpointTemplate: '/me' },
      },
    ],
    connectionSchema: { type: 'object', properties: { teamId: { type: 'string' } } },
    ingress: {
      receive: {
        handshake: [
          {
            when: "{{body.type == 'hello'}}",
            verifyFirst: true,
            respond: { status: 200, body: '{{body.challenge}}' },
          },
        ],
        verify: [{ ...hmac, secret: '{{credentials.signingSecret}}' }],
        eventId: '{{body.id}}',
        respond: { status: 204 },
      },
      routeBy: { event: '{{body.team}}', connection: 'teamId' },
    },
    triggers: [
      {
        key: 'message',
        name: 'Message',
        type: 'INGRESS',
        outputSchema: { type: 'object' },
        sample: { text: 'hi' },
        ingress: { match: "{{body.type == 'message'}}", map: { text: '{{body.text}}' } },
      },
      {
        key: 'parcel',
        name: 'Parcel',
        type: 'WEBHOOK',
        outputSchema: { type: 'object' },
        sample: { id: '1' },
        webhook: {
          receive: {
            handshake: [
              { when: '{{exists(query.challenge)}}', respond: { status: 200, body: '{{query.challenge}}' } },
              { when: "{{method == 'HEAD'}}", respond: { status: 202 } },
            ],
            verify: [{ ...hmac, secret: '{{webhook.secret}}' }],
            eventId: '{{body.id}}',
            items: 'body.parcels',
          },
        },
      },
    ],
  });

beforeAll(async () => {
  api = await startWorkingApi({ builtIns: [] });
  owner = await publisher();
});
afterAll(() => api.stop());

async function publisher(): Promise<TestPerson> {
  const person = await api.register();
  const made = await person.call('POST', '/apps', { definition: connector() });
  expect(made.body.problems, made.text).toEqual([]);
  const published = await person.call('POST', '/apps/acme/publish');
  expect(published.status, published.text).toBe(201);
  return person;
}
async function connect(person: TestPerson, teamId: string): Promise<string> {
  const made = await person.call('POST', '/connections', {
    app: 'acme',
    name: teamId,
    auth: 'key',
    credentials: { apiKey: 'good-key-0123456789', signingSecret },
    config: { teamId },
  });
  expect(made.status, made.text).toBe(201);
  await person.call('POST', `/connections/${made.body.id}/test`);
  return made.body.id as string;
}
async function turnOn(person: TestPerson, trigger: string, connectionId: string): Promise<string> {
  const made = await person.call('POST', '/workflows', {
    name: trigger,
    definition: {
      format: 'workflow/1',
      name: trigger,
      trigger: { kind: 'app', use: `acme@1.0.0#${trigger}`, connection: 'team' },
      connections: { team: { app: 'acme', connectionId } },
      steps: [{ id: 'note', kind: 'transform', output: '{{trigger.output}}' }],
    },
  });
  expect(made.status, made.text).toBe(201);
  for (const act of ['publish', 'enable']) {
    const done = await person.call('POST', `/workflows/${made.body.id}/${act}`);
    expect(done.status, done.text).toBeLessThan(300);
  }
  return made.body.id as string;
}
const sign = (text: string, secret: string) => createHmac('sha256', secret).update(text).digest('hex');
const post = (url: string, body: object, secret: string) => {
  const text = JSON.stringify(body);
  return api.call('POST', new URL(url).pathname, {
    body: text,
    headers: { 'content-type': 'application/json', 'x-signature': sign(text, secret) },
  });
};
const runsOf = async (person: TestPerson, id: string) =>
  (await person.call('GET', `/runs?workflowId=${id}`)).body.data as { id: string; status: string }[];

describe('the one address of an app', () => {
  test('is made at the first reading, stays, and is another one in another workspace', async () => {
    const [first, again, other] = [
      await owner.call('GET', '/apps/acme/ingress'),
      await owner.call('GET', '/apps/acme/ingress'),
      await (await publisher()).call('GET', '/apps/acme/ingress'),
    ];
    expect(first.body).toEqual({
      url: expect.stringMatching(/\/hooks\/app-[a-z2-7]{32}$/),
      routedBy: 'teamId',
    });
    expect(again.body).toEqual(first.body);
    expect(other.body.url).not.toBe(first.body.url);
    expect((await owner.call('GET', '/apps/nothing/ingress')).status).toBe(404);
    const viewer = await api.join(owner, 'viewer');
    expect((await viewer.call('GET', '/apps/acme/ingress')).status).toBe(403);
  });

  test('starts the runs of the account that a call names, and answers as the app declares', async () => {
    const { url } = (await owner.call('GET', '/apps/acme/ingress')).body;
    const mine = await turnOn(owner, 'message', await connect(owner, 'T1'));
    const other = await turnOn(owner, 'message', await connect(owner, 'T2'));
    const body = { type: 'message', team: 'T1', id: 'm1', text: 'hello' };
    const answer = await post(url, body, signingSecret);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await post(url, body, signingSecret)).status).toBe(204);
    expect((await post(url, body, 'forged')).status).toBe(401);
    expect((await post(url, { ...body, team: 'T9', id: 'm2' }, signingSecret)).status).toBe(204);
    await expect
      .poll(async () => (await runsOf(owner, mine)).map(({ status }) => status))
      .toEqual(['succeeded']);
    const [run] = await runsOf(owner, mine);
    const read = await owner.call('GET', `/runs/${run!.id}`);
    expect(read.body).toMatchObject({ trigger: { kind: 'app' }, steps: [{ output: { text: 'hello' } }] });
    expect(await runsOf(owner, other)).toEqual([]);
    // Where it is registered: one address for all connections.
    const greeted = await post(url, { type: 'hello', challenge: '<script>alert(1)</script>' }, signingSecret);
    expect([greeted.status, greeted.text]).toEqual([200, '<script>alert(1)</script>']);
    expect(greeted.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(greeted.headers.get('x-content-type-options')).toBe('nosniff');
    expect(greeted.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await findInDatabase(api, signingSecret)).toEqual([]);
  });
});

describe('the address of a workflow', () => {
  test('takes several events in one call, and keeps them as samples for whoever listens', async () => {
    const id = await turnOn(owner, 'parcel', await connect(owner, 'T3'));
    const { hookUrl, secret } = (await owner.call('POST', `/workflows/${id}/trigger/test`)).body;
    await owner.call('POST', `/workflows/${id}/listen`);
    const parcels = [{ to: 'Ada' }, { to: 'Bob' }];
    const taken = await post(hookUrl, { parcels }, secret);
    expect(taken.status, taken.text).toBe(200);
    expect(taken.body.runIds).toHaveLength(2);
    const samples = await owner.call('GET', `/workflows/${id}/samples`);
    expect(samples.body.data.map(({ output }: { output: object }) => output)).toEqual(parcels.toReversed());
    const asked = await api.call('GET', `${new URL(hookUrl).pathname}?challenge=42`);
    expect([asked.status, asked.text]).toEqual([200, '42']);
    expect((await api.call('HEAD', new URL(hookUrl).pathname)).status).toBe(202);
    const refused = await post(hookUrl, { parcels }, 'forged');
    expect(refused.status).toBe(401);
    expect(refused.body.error).toMatchObject({ code: 'not_signed_in' });
    expect(refused.text).not.toContain(secret);
  });

  test('refuses events beyond the hour whole, and says when to come again (R17)', async () => {
    const id = await turnOn(owner, 'parcel', await connect(owner, 'T4'));
    const { hookUrl, secret } = (await owner.call('POST', `/workflows/${id}/trigger/test`)).body;
    const over = await post(hookUrl, { parcels: Array.from({ length: 101 }, (_, n) => ({ n })) }, secret);
    expect(over.status).toBe(429);
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(over.body.error).toMatchObject({ code: 'quota_runs_per_hour' });
    expect(await runsOf(owner, id)).toEqual([]);
  });
});
