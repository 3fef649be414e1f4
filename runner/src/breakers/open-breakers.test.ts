// A host that gives no answer is left alone by all processes of a workspace, tried by one call at a time, and called again when it answers.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Connector } from '@weftline/connectors/types';
import { connectDatabase, type Database } from '@weftline/prisma';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { startTestDatabase, type TestDatabase } from '@weftline/prisma/testing/start-test-database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callAction } from '../executor/call-action.ts';
import type { CallResult } from '../executor/types.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { createLogger } from '../platform/logger.ts';
import { addFailure, breakAfter, type Failures, isDown, pauseMs } from './count-failures.ts';
import { openBreakers } from './open-breakers.ts';

let server: TestDatabase;
let database: Database;
beforeAll(async () => {
  server = await startTestDatabase();
  database = connectDatabase(server.databaseUrl);
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

const logger = createLogger({ level: 'silent', name: 'test' });
const addTenant = async () => {
  const id = crypto.randomUUID();
  await database.withTenant(id, (tx) => tx.tenant.create({ data: { id, name: 'Test', plan: 'free' } }));
  return id;
};
/** The pause of a host is over now. */
const endWait = (tenantId: string) =>
  withClient(server.adminUrl, (client) =>
    client.query(
      'UPDATE paused_hosts SET until = clock_timestamp(), probe_until = NULL WHERE tenant_id = $1',
      [tenantId],
    ),
  );
const pausesOf = (tenantId: string) =>
  database.withTenant(tenantId, (tx) => tx.pausedHost.findMany({ where: { tenantId } }));

test('five failures in a row within a minute of each other make a host count as down', () => {
  let failures: Failures | undefined;
  for (let call = 0; call < breakAfter.failures - 1; call += 1)
    failures = addFailure(failures, call * breakAfter.windowMs);
  expect(isDown(failures!)).toBe(false);
  expect(isDown(addFailure(failures, failures!.lastAt + breakAfter.windowMs))).toBe(true);
  expect(isDown(addFailure(failures, failures!.lastAt + breakAfter.windowMs + 1))).toBe(false);
  expect([0, 1, 2, 3, 4, 50].map(pauseMs)).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
});

test('what one process finds the others learn at their first failure; one call at a time tries again', async () => {
  const tenantId = await addTenant();
  let now = 0;
  const [one, two, three] = [1, 2, 3].map(() => openBreakers(database, logger, () => now)(tenantId));
  for (let call = 0; call < breakAfter.failures; call += 1) {
    expect(await one!.ask('down.example')).toBe(null);
    await one!.tell('down.example', 'no answer came (refused)');
  }
  expect(await one!.ask('down.example')).toMatchObject({ why: 'no answer came (refused)', isOutage: false });
  expect(await one!.ask('up.example')).toBe(null);
  expect(await two!.ask('down.example')).toBe(null);
  await two!.tell('down.example', 'no answer came (refused)');
  expect(await two!.ask('down.example')).not.toBe(null);

  now += pauseMs(0) + 1;
  await endWait(tenantId);
  const asked = await Promise.all([one!.ask('down.example'), two!.ask('down.example')]);
  expect(asked.filter((answer) => answer === null)).toHaveLength(1);
  await one!.tell('down.example', 'no answer came (refused)');
  expect(await pausesOf(tenantId)).toMatchObject([{ probes: 1, probeUntil: null }]);

  now += pauseMs(1) + 1;
  await endWait(tenantId);
  expect(await two!.ask('down.example')).toBe(null);
  await two!.tell('down.example', null);
  expect(await pausesOf(tenantId)).toEqual([]);
  // Who still believes in the pause finds out when it would be over.
  now += pauseMs(4) + 1;
  expect(await one!.ask('down.example')).toBe(null);
  expect(await three!.ask('down.example')).toBe(null);
});

test('another workspace is not told, and an outage of an hour is no longer waited for', async () => {
  const [tenantId, other] = [await addTenant(), await addTenant()];
  let now = 0;
  const breakers = openBreakers(database, logger, () => now);
  for (let call = 0; call < breakAfter.failures; call += 1)
    await breakers(tenantId).tell('down.example', 'x');
  await breakers(other).tell('down.example', 'x');
  expect(await breakers(other).ask('down.example')).toBe(null);
  expect(await pausesOf(other)).toEqual([]);
  await withClient(server.adminUrl, (client) =>
    client.query(
      "UPDATE paused_hosts SET since = since - interval '61 minutes', probe_until = clock_timestamp() + interval '20 s' WHERE tenant_id = $1",
      [tenantId],
    ),
  );
  now += pauseMs(0) + 1;
  expect(await breakers(tenantId).ask('down.example')).toMatchObject({ isOutage: true });
});

test('calls of steps are held while a host is down, are no attempts, and go on when it answers', async () => {
  const tenantId = await addTenant();
  let now = 0;
  const breaker = openBreakers(database, logger, () => now)(tenantId);
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const egress = createEgress({ allow: [host] });
  const call = (): Promise<CallResult> =>
    callAction(
      {
        tenantId,
        connector: connectorFor(host),
        action: 'get',
        input: {},
        openConnection: null,
        run: { id: 'run', stepId: 'step', attempt: 1, idempotencyKey: 'key' },
      },
      { egress, now: Date.now, breaker },
    );
  for (let at = 0; at < breakAfter.failures; at += 1)
    expect(await call()).toMatchObject({ ok: false, error: { code: 'remote_unreachable' } });
  const held = await call();
  expect(held).toMatchObject({ ok: false, error: { code: 'calls_paused', sent: 'no', isHeld: true } });
  expect(!held.ok && held.error.message).toContain(`Calls to ${host} are paused`);

  const service = await listen(port);
  expect(await call()).toMatchObject({ ok: false, error: { code: 'calls_paused' } });
  now += pauseMs(0) + 1;
  await endWait(tenantId);
  expect(await call()).toMatchObject({ ok: true, output: { here: true } });
  expect(await call()).toMatchObject({ ok: true });
  expect(await pausesOf(tenantId)).toEqual([]);
  service.close();
  await egress.close();
});

const connectorFor = (host: string): Connector =>
  ({
    manifestVersion: 1,
    app: { key: 'thing', name: 'Thing' },
    version: '1.0.0',
    baseUrl: `http://${host}`,
    auth: [{ key: 'none', label: 'None', type: 'NONE' }],
    actions: [
      { key: 'get', name: 'Get', effect: 'read', method: 'GET', endpointTemplate: '/', outputSchema: {} },
    ],
    triggers: [],
  }) as unknown as Connector;

async function freePort(): Promise<number> {
  const taken = await listen(0);
  const { port } = taken.address() as AddressInfo;
  await new Promise((done) => taken.close(done));
  return port;
}
const listen = (port: number): Promise<Server> =>
  new Promise((done) => {
    const made: Server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end('{"here":true}');
    }).listen(port, '127.0.0.1', () => done(made));
  });
