// Polls and subscriptions on a real database against a small service of the outside, with as many processes as a test wants.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '@weftline/connectors/json';
import type { Connector, Trigger } from '@weftline/connectors/types';
import type { Transaction } from '@weftline/prisma';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { openConnection } from '../src/connections/open-connection.ts';
import { sealCredentials } from '../src/connections/seal-credentials.ts';
import { openJournal } from '../src/journal/open-journal.ts';
import { createEgress } from '../src/platform/egress/create-egress.ts';
import { createLogger } from '../src/platform/logger.ts';
import type { PollServices } from '../src/triggers/poll/poll-trigger.ts';
import { ensureRow, type WantedTrigger, wantRow } from '../src/triggers/register-trigger.ts';
import { type TendOptions, tendTriggers, type TriggerTender } from '../src/triggers/tend-triggers.ts';
import { startWorld, type World } from './start-test-engine.ts';

export type Asked = { method: string; url: string; headers: IncomingMessage['headers']; body: string };
export type Answer = { status?: number; headers?: { [name: string]: string }; body?: Json };

export type TriggerWorld = {
  world: World;
  /** `host:port` of the service. */
  address: string;
  asked: Asked[];
  /** What the service answers from now on. */
  answer(respond: (asked: Asked) => Answer | Promise<Answer>): void;
  services: PollServices;
  /** One more process. */
  tender(options?: Partial<TendOptions>, change?: Partial<PollServices>): TriggerTender;
  /** A workflow that is on with this trigger; answers ids. `connected`: with an account that sends `good-key`. */
  enable(
    trigger: Trigger,
    options?: {
      input?: { [name: string]: Json };
      /** What the input says before named values are filled in. */
      inputTemplate?: { [name: string]: Json };
      plan?: string;
      connected?: boolean;
      everySeconds?: number;
    },
  ): Promise<Enabled>;
  /** Makes a trigger due now. */
  makeDue(id: string): Promise<void>;
  sql(text: string, values?: unknown[]): Promise<{ rows: { [column: string]: unknown }[] }>;
  stop(): Promise<void>;
};
export type Enabled = {
  tenantId: string;
  workflowId: string;
  id: string;
  connectionId: string | null;
  connector: Connector;
  /** What its runs started with, in the order in which they were made. */
  outputs(): Promise<Json[]>;
  row(): Promise<{ [column: string]: unknown }>;
};

/** Starts all of it; end it with stop(). */
export async function startTriggerWorld(): Promise<TriggerWorld> {
  const world = await startWorld();
  const { database, vault, server } = world;
  const asked: Asked[] = [];
  let respond: (asked: Asked) => Answer | Promise<Answer> = () => ({ body: [] });
  const service = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      asked.push(one);
      const { status = 200, headers: more = {}, body = null } = await respond(one);
      response.writeHead(status, { 'content-type': 'application/json', ...more });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(service.address() as AddressInfo).port}`;
  const egress = createEgress({ allow: [address] });
  const journal = openJournal(server.databaseUrl, { leaseSeconds: 30 });
  const connectors = new Map<string, Connector>();
  const services: PollServices = {
    database,
    vault,
    logger: createLogger({ level: 'silent', name: 'test' }),
    findApp: async (tenantId, key, version) => connectors.get(`${tenantId} ${key}@${version}`) ?? null,
    openConnection: (tenantId, id) => openConnection({ database, vault }, tenantId, id),
    outside: () => ({ egress, now: Date.now }),
    publicUrl: 'https://weftline.example',
    query: journal.query,
    ring: () => {},
  };
  const sql = (text: string, values: unknown[] = []) =>
    withClient(server.adminUrl, (client) => client.query(text, values));
  return {
    world,
    address,
    asked,
    answer: (next) => (respond = next),
    services,
    tender: (options = {}, change = {}) =>
      tendTriggers({ ...services, ...change }, { name: 'one', leaseSeconds: 90, ...options }),
    async enable(
      trigger,
      { input = {}, inputTemplate, plan = 'unlimited', connected = false, everySeconds } = {},
    ) {
      const tenantId = await world.addTenant(plan);
      const workflowId = await world.addWorkflow(tenantId, {
        trigger: { kind: 'app' } as never,
        steps: [{ id: 'only', kind: 'transform', output: null }],
      });
      const connector: Connector = {
        manifestVersion: 1,
        app: { key: 'shop', name: 'Shop' },
        version: '1.0.0',
        baseUrl: `http://${address}`,
        auth: [
          connected
            ? { key: 'key', label: 'Key', type: 'API_KEY' }
            : { key: 'none', label: 'None', type: 'NONE' },
        ],
        actions: [],
        triggers: [trigger],
      } as unknown as Connector;
      connectors.set(`${tenantId} shop@1.0.0`, connector);
      const connectionId = connected ? crypto.randomUUID() : null;
      if (connectionId !== null) {
        const secretCipher = new Uint8Array(
          await sealCredentials(vault, tenantId, connectionId, { apiKey: 'good-key-0123456789' }),
        );
        const data = { tenantId, id: connectionId, appKey: 'shop', authKey: 'key', name: 'My shop' };
        await database.withTenant(tenantId, (tx) =>
          tx.connection.create({ data: { ...data, status: 'working', secretCipher } }),
        );
      }
      const wanted: WantedTrigger = {
        appKey: 'shop',
        appVersion: '1.0.0',
        trigger,
        connectionId,
        input,
        inputTemplate,
        everySeconds,
      };
      const row = await database.withTenant(tenantId, async (tx: Transaction) => {
        const made = await ensureRow(tx, tenantId, workflowId, wanted);
        await wantRow(tx, tenantId, workflowId, made, wanted);
        return made;
      });
      return {
        tenantId,
        workflowId,
        id: row.id,
        connectionId,
        connector,
        async outputs() {
          const { rows } = await sql(
            "SELECT e.payload FROM run_events e JOIN workflow_runs r ON r.id = e.run_id WHERE r.workflow_id = $1 AND e.type = 'WorkflowStarted' ORDER BY r.created_at, r.id",
            [workflowId],
          );
          return rows.map(({ payload }) => JSON.parse(payload as string).output as Json);
        },
        async row() {
          return (await sql('SELECT * FROM app_triggers WHERE id = $1', [row.id])).rows[0]!;
        },
      };
    },
    async makeDue(id) {
      await sql('UPDATE app_triggers SET next_poll_at = now(), lease_until = NULL WHERE id = $1 AND wanted', [
        id,
      ]);
    },
    sql,
    async stop() {
      await journal.close();
      await egress.close();
      service.closeAllConnections();
      await new Promise((resolve) => service.close(resolve));
      await world.stop();
    },
  };
}
