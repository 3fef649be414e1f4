// RabbitMQ's management API, which nobody here wrote, asked for new queues by two engines at once.
import { loadApps } from '@weftline/connectors/load-apps';
import type { Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { skipLoudly } from '../../../testing/skip-loudly.ts';
import { type Rabbitmq, startRabbitmq } from '../../../testing/start-rabbitmq.ts';
import type { StartedServer } from '../../../testing/run-server.ts';
import { answer, startWorld, type World } from '../../../testing/start-test-engine.ts';
import { openConnection } from '../../connections/open-connection.ts';
import { sealCredentials } from '../../connections/seal-credentials.ts';
import { createEgress, type Egress } from '../../platform/egress/create-egress.ts';
import { createLogger } from '../../platform/logger.ts';
import { type StartedEngine, startEngine } from '../../start-engine.ts';
import { ensureRow, wantRow } from '../register-trigger.ts';

let rabbitmq: StartedServer<Rabbitmq>;
let world: World;
let egress: Egress;
const engines: StartedEngine[] = [];
beforeAll(async () => {
  rabbitmq = await startRabbitmq();
  if (rabbitmq.server === null) return;
  world = await startWorld();
  egress = createEgress({ allow: [rabbitmq.server.host] });
}, 120_000);
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.stop(2_000)));
  await egress?.close();
  await rabbitmq?.server?.stop();
  await world?.stop();
});

const built = loadApps().find(({ app }) => app.key === 'rabbitmq')!;
const trigger = {
  key: 'new-queue',
  name: 'New queue',
  type: 'POLL' as const,
  outputSchema: { type: 'object', properties: { name: { type: 'string' }, vhost: { type: 'string' } } },
  sample: { name: 'orders', vhost: '/' },
  poll: {
    request: { method: 'GET' as const, endpointTemplate: '/queues' },
    items: 'body',
    dedupeKey: '{{item.vhost}} {{item.name}}',
    order: 'none' as const,
    maxItems: 100,
    minIntervalMs: 10_000,
    firstRun: 'skip' as const,
    keepSeen: 1_000,
    map: { name: '{{item.name}}', vhost: '{{item.vhost}}' },
  },
};
const connector: Connector = { ...built, triggers: [trigger] };

test('each new queue of RabbitMQ starts one run, whichever of two engines finds it', async ({ skip }) => {
  if (rabbitmq.server === null) return skipLoudly(skip, rabbitmq.reason);
  const { url, username, password } = rabbitmq.server;
  expect(validateConnector(connector, 'save')).toEqual([]);
  const { database, vault, server } = world;
  const tenantId = await world.addTenant('unlimited');
  const workflowId = await world.addWorkflow(tenantId, {
    trigger: { kind: 'app', use: 'rabbitmq@1.0.0#new-queue' },
    steps: [{ id: 'name', kind: 'transform', output: '{{trigger.output.name}}' }],
  });
  const connectionId = crypto.randomUUID();
  const credentials = await sealCredentials(vault, tenantId, connectionId, { username, password });
  await database.withTenant(tenantId, async (tx) => {
    await tx.connection.create({
      data: {
        tenantId,
        id: connectionId,
        appKey: 'rabbitmq',
        authKey: 'basic',
        name: 'Broker',
        status: 'working',
        config: { baseUrl: url },
        secretCipher: new Uint8Array(credentials),
      },
    });
    const wanted = { appKey: 'rabbitmq', appVersion: '1.0.0', trigger, connectionId, input: {} };
    const row = await ensureRow(tx, tenantId, workflowId, wanted);
    await wantRow(tx, tenantId, workflowId, row, wanted);
  });
  const management = (path: string, method: string) =>
    fetch(`${url}/api/${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: '{}',
    });
  expect((await management('queues/%2F/old', 'PUT')).ok).toBe(true);
  for (const name of ['first', 'second'])
    engines.push(
      await startEngine({
        databaseUrl: server.databaseUrl,
        redisUrl: undefined,
        database,
        vault,
        logger: createLogger({ level: 'silent', name }),
        works: true,
        name,
        alone: false,
        leaseSeconds: 30,
        concurrency: 8,
        findApp: async () => connector,
        openConnection: (tenant, id) => openConnection({ database, vault }, tenant, id),
        outside: () => ({ egress, now: Date.now }),
        callAction: async () => answer(null),
      }),
    );
  const row = () =>
    database.withTenant(tenantId, (tx) => tx.appTrigger.findFirst({ where: { tenantId, workflowId } }));
  const askNow = () =>
    database.withTenant(
      tenantId,
      (tx) =>
        tx.$executeRaw`UPDATE app_triggers SET next_poll_at = now() WHERE tenant_id = ${tenantId}::uuid`,
    );
  await expect.poll(async () => (await row())?.primed, { timeout: 15_000 }).toBe(true);
  const runs = () =>
    database.withTenant(tenantId, (tx) =>
      tx.workflowRun.findMany({ where: { tenantId, workflowId }, orderBy: { createdAt: 'asc' } }),
    );
  const names = ['orders', 'my q/ä', 'dead-letters'];
  for (const [index, name] of names.entries()) {
    expect((await management(`queues/%2F/${encodeURIComponent(name)}`, 'PUT')).ok).toBe(true);
    // RabbitMQ lists a queue a moment after it was made; both engines look every second.
    await expect
      .poll(async () => (await askNow(), (await runs()).length), { timeout: 20_000, interval: 400 })
      .toBe(index + 1);
  }
  await askNow();
  await expect
    .poll(async () => (await runs()).map(({ status }) => status), { timeout: 10_000 })
    .toEqual(['succeeded', 'succeeded', 'succeeded']);
  const outputs = await Promise.all(
    (await runs()).map(async ({ id }) => (await engines[0]!.engine.readRun(tenantId, id))?.steps[0]?.output),
  );
  expect(outputs).toEqual(names);
  expect(await row()).toMatchObject({ status: 'active', why: null });
}, 120_000);
