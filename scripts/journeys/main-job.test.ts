// The main job over the API alone, with a RabbitMQ that nobody here wrote: a tested connection, a live hook, 200 runs that can be
// looked into step by step, and the credential's text nowhere but in the call. On Debian's PostgreSQL the same, dumped with pg_dump.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rabbitmq, startRabbitmq } from '../../runner/testing/start-rabbitmq.ts';
import { skipLoudly } from '../../runner/testing/skip-loudly.ts';
import { findDebianPostgres, startDebianPostgres } from '../testing/start-debian-postgres.ts';
import { startReceiver, type Receiver } from '../testing/receiver.ts';
import { startProduct } from '../testing/start-product.ts';
import { signUp } from '../testing/sign-up.ts';

const calls = 200;
let rabbitmq: Rabbitmq | null = null;
let reason = '';
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
  const started = await startRabbitmq();
  if (started.server === null) reason = started.reason;
  rabbitmq = started.server;
}, 120_000);
afterAll(async () => {
  await rabbitmq?.stop();
  await receiver.stop();
});

/** Signs up, connects, tests, goes live, calls the hook, looks at every run. Answers every text the API gave. */
async function doMainJob(url: string, broker: Rabbitmq): Promise<string> {
  const seen: string[] = [];
  const workspace = await signUp(url);
  const call: typeof workspace.call = async (...request) => {
    const answer = await workspace.call(...request);
    seen.push(JSON.stringify(answer));
    return answer;
  };
  const credentials = { username: broker.username, password: 'wrong' };
  const connection = await call('POST', '/connections', {
    app: 'rabbitmq',
    name: 'Broker',
    auth: 'basic',
    credentials,
    config: { baseUrl: broker.url },
  });
  const refused = await call('POST', `/connections/${connection.id}/test`);
  expect(refused).toMatchObject({ ok: false, hint: expect.any(String) });
  await call('PATCH', `/connections/${connection.id}`, {
    credentials: { username: broker.username, password: broker.password },
  }).catch(async () => {
    // An edit says which version it changes.
    const response = await fetch(`${url}/api/v1/tenants/${workspace.tenantId}/connections/${connection.id}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${workspace.accessToken}`,
        'content-type': 'application/json',
        'if-match': `"${connection.etag}"`.replaceAll('""', '"'),
      },
      body: JSON.stringify({ credentials: { username: broker.username, password: broker.password } }),
    });
    expect(response.status, await response.clone().text()).toBe(200);
  });
  expect(await call('POST', `/connections/${connection.id}/test`)).toMatchObject({
    ok: true,
    account: broker.username,
  });

  const { id, hookUrl } = await workspace.goLive({
    format: 'workflow/1',
    name: 'Orders',
    trigger: { kind: 'webhook' },
    connections: { broker: { app: 'rabbitmq', connectionId: connection.id } },
    steps: [
      { id: 'big', kind: 'filter', condition: '{{trigger.output.body.total > 100}}' },
      {
        id: 'publish',
        kind: 'action',
        use: 'rabbitmq@1.0.0#publish-message',
        connection: 'broker',
        input: { routing_key: 'orders', payload: { order: '{{trigger.output.body.order}}' } },
      },
      {
        id: 'tell',
        kind: 'action',
        use: 'http@1.0.0#request',
        connection: null,
        input: {
          method: 'POST',
          url: `${receiver.url}/told`,
          body: { order: '{{trigger.output.body.order}}', routed: '{{steps.publish.output.routed}}' },
        },
      },
    ],
  });
  const before = receiver.calls.length;
  const runIds = await Promise.all(
    Array.from({ length: calls }, async (_, order) => {
      const response = await fetch(hookUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ order, total: 101 + order }),
      });
      expect(response.status).toBe(202);
      return ((await response.json()) as { runId: string }).runId;
    }),
  );
  for (const runId of runIds) {
    const run = await workspace.waitForRun(runId);
    seen.push(JSON.stringify(run), JSON.stringify(await call('GET', `/runs/${runId}/events`)));
    expect(run.status).toBe('succeeded');
    expect(run.steps.map((step: { status: string }) => step.status)).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
    ]);
    for (const step of run.steps) {
      expect(step.input).not.toBeNull();
      expect(step.output).not.toBeNull();
      expect(Date.parse(step.finishedAt)).toBeGreaterThanOrEqual(Date.parse(step.startedAt));
    }
  }
  const told = receiver.calls.slice(before);
  expect(told).toHaveLength(calls);
  expect(new Set(told.map(({ key }) => key)).size).toBe(calls);
  expect(new Set(told.map(({ body }) => (body as { order: number }).order)).size).toBe(calls);
  await call('GET', '/connections');
  await call('GET', `/workflows/${id}`);
  await call('GET', '/audit');
  return seen.join('\n');
}

/** Every way in which the password may stand in a text. */
function writings(broker: Rabbitmq): string[] {
  const pair = Buffer.from(`${broker.username}:${broker.password}`).toString('base64');
  const { password } = broker;
  return [
    password,
    Buffer.from(password).toString('base64').replaceAll('=', ''),
    Buffer.from(password).toString('hex'),
    pair,
  ];
}

const environment = (broker: Rabbitmq) => ({
  DEFAULT_PLAN: 'unlimited',
  EGRESS_ALLOW: `${receiver.host},${new URL(broker.url).host}`,
  LOG_LEVEL: 'debug',
});

describe('the main job', () => {
  test('on the embedded PostgreSQL: 200 runs succeed, each can be looked into, no credential shows', async ({
    skip,
  }) => {
    if (!rabbitmq) return skipLoudly(skip, reason);
    const product = await startProduct({ env: environment(rabbitmq) });
    try {
      const seen = await doMainJob(product.url, rabbitmq);
      const log = readFileSync(product.logFile, 'utf8');
      for (const text of writings(rabbitmq)) {
        expect(seen.includes(text)).toBe(false);
        expect(log.includes(text)).toBe(false);
      }
    } finally {
      await product.stop();
    }
  }, 180_000);

  test("on Debian's PostgreSQL 15 or newer: the same, and the dump of the database has no credential", async ({
    skip,
  }) => {
    if (!rabbitmq) return skipLoudly(skip, reason);
    const bin = findDebianPostgres();
    if (!bin)
      return skipLoudly(
        skip,
        'no postgresql below /usr/lib/postgresql: apt-get install -y --no-install-recommends postgresql',
      );
    const server = await startDebianPostgres(bin);
    try {
      const product = await startProduct({
        env: {
          ...environment(rabbitmq),
          DATABASE_URL: server.url('weftline', 'weftline_app', 'secret-of-the-app'),
          MIGRATION_DATABASE_URL: server.adminUrl('weftline'),
        },
      });
      try {
        await doMainJob(product.url, rabbitmq);
      } finally {
        await product.stop();
      }
      const dump = execFileSync(`${bin}/pg_dump`, ['--inserts', server.adminUrl('weftline')], {
        maxBuffer: 512 * 1024 * 1024,
        encoding: 'utf8',
      });
      expect(dump.includes('rabbitmq@1.0.0#publish-message')).toBe(true);
      for (const text of writings(rabbitmq)) expect(dump.includes(text)).toBe(false);
    } finally {
      await server.stop();
    }
  }, 180_000);
});
