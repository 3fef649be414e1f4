// Calls of services at our addresses, on a real database, with apps and accounts that a test makes up.
import type { Json } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import { uuidv7 } from 'uuidv7';
import { openConnection } from '../src/connections/open-connection.ts';
import { sealCredentials } from '../src/connections/seal-credentials.ts';
import { createEgress } from '../src/platform/egress/create-egress.ts';
import { createLogger } from '../src/platform/logger.ts';
import { redactRecent } from '../src/executor/remember-redact.ts';
import { type StartedEngine, startEngine } from '../src/start-engine.ts';
import { ensureIngress } from '../src/triggers/app-ingress.ts';
import { sealForAppTrigger } from '../src/triggers/app-trigger.ts';
import type { HookCall } from '../src/triggers/read-hook-body.ts';
import { ensureRow, wantRow } from '../src/triggers/register-trigger.ts';
import type { HookAnswer } from '../src/triggers/take-hook.ts';
import { type FakeAnswer, type FakeService, startFakeService } from './fake-service.ts';
import { answer, startWorld, type World } from './start-test-engine.ts';

export type Listening = {
  tenantId: string;
  workflowId: string;
  triggerId: string;
  hookKey: string;
  /** What its runs started with, in the order in which they were made. */
  outputs(): Promise<Json[]>;
};

export type ReceiveWorld = {
  world: World;
  engine: StartedEngine;
  service: FakeService;
  respond(next: () => FakeAnswer): void;
  /** Everything that was logged, as text. */
  log: string[];
  /** What calls came to, by outcome. */
  outcomes: string[];
  publicUrl: string;
  /** Makes a version of an app known to a tenant. */
  publish(tenantId: string, connector: Connector): Promise<void>;
  connect(
    tenantId: string,
    connector: Connector,
    given: { config?: { [name: string]: Json }; credentials?: { [name: string]: string } },
  ): Promise<string>;
  /** An enabled workflow with a trigger of the app. */
  listen(
    tenantId: string,
    connector: Connector,
    triggerKey: string,
    given?: { connectionId?: string | null; input?: { [name: string]: Json }; secret?: string },
  ): Promise<Listening>;
  ingressKey(tenantId: string, appKey: string): Promise<string>;
  call(
    key: string,
    body: Json | Buffer,
    headers?: { [name: string]: string },
    more?: Partial<HookCall>,
  ): Promise<HookAnswer>;
  stop(): Promise<void>;
};

/** Starts all of it; end it with stop(). Runs are accepted and stay queued unless `works`. */
export async function startReceiveWorld({ works = false }: { works?: boolean } = {}): Promise<ReceiveWorld> {
  const world = await startWorld();
  const { database, vault, server } = world;
  let respond: () => FakeAnswer = () => ({ body: {} });
  const service = await startFakeService(() => respond());
  const egress = createEgress({ allow: [service.host] });
  const connectors = new Map<string, Connector>();
  const log: string[] = [];
  const outcomes: string[] = [];
  const logger = createLogger({
    level: 'debug',
    name: 'test',
    redactLine: redactRecent,
    destination: { write: (line: string) => void log.push(line) },
  });
  const publicUrl = 'https://weftline.example';
  const engine = await startEngine({
    databaseUrl: server.databaseUrl,
    redisUrl: undefined,
    database,
    vault,
    logger,
    works,
    name: 'receiver',
    alone: false,
    leaseSeconds: 30,
    concurrency: 20,
    publicUrl,
    findApp: async (tenantId, key, version) => connectors.get(`${tenantId} ${key}@${version}`) ?? null,
    openConnection: (tenantId, id) => openConnection({ database, vault }, tenantId, id),
    callAction: async () => answer('done'),
    outside: () => ({ egress, now: Date.now }),
    metrics: {
      accepted: () => {},
      finished: () => {},
      called: () => {},
      fenced: () => {},
      receivedCall: (outcome) => void outcomes.push(outcome),
    },
  });
  return {
    world,
    engine,
    service,
    respond: (next) => (respond = next),
    log,
    outcomes,
    publicUrl,
    async publish(tenantId, connector) {
      const { key, name } = connector.app;
      connectors.set(`${tenantId} ${key}@${connector.version}`, connector);
      await database.withTenant(tenantId, async (tx) => {
        await tx.app.createMany({ data: [{ tenantId, key, name }], skipDuplicates: true });
        await tx.appVersion.create({
          data: {
            tenantId,
            appKey: key,
            version: connector.version,
            definition: JSON.stringify(connector),
            contentHash: '',
          },
        });
      });
    },
    async connect(tenantId, connector, { config = {}, credentials = {} }) {
      const id = uuidv7();
      const secretCipher = new Uint8Array(await sealCredentials(vault, tenantId, id, credentials));
      await database.withTenant(tenantId, (tx) =>
        tx.connection.create({
          data: {
            tenantId,
            id,
            appKey: connector.app.key,
            authKey: connector.auth[0]!.key,
            name: 'Account',
            status: 'working',
            config: config as object,
            secretCipher,
          },
        }),
      );
      return id;
    },
    async listen(tenantId, connector, triggerKey, { connectionId = null, input = {}, secret } = {}) {
      const trigger = connector.triggers?.find(({ key }) => key === triggerKey);
      if (!trigger) throw new Error(`no trigger ${triggerKey}`);
      const { key: appKey } = connector.app;
      const workflowId = await world.addWorkflow(tenantId, {
        trigger: { kind: 'app', use: `${appKey}@${connector.version}#${triggerKey}` },
        steps: [{ id: 'only', kind: 'transform', output: '{{trigger.output}}' }],
      });
      const row = await database.withTenant(tenantId, async (tx) => {
        const wanted = { appKey, appVersion: connector.version, trigger, connectionId, input };
        const made = await ensureRow(tx, tenantId, workflowId, wanted);
        await wantRow(tx, tenantId, workflowId, made, wanted);
        return made;
      });
      if (secret !== undefined) {
        const sealed = await sealForAppTrigger(vault, { tenantId, id: row.id }, 'secret_cipher', secret);
        await database.withTenant(tenantId, (tx) =>
          tx.appTrigger.updateMany({
            where: { tenantId, id: row.id },
            data: { secretCipher: new Uint8Array(sealed) },
          }),
        );
      }
      return {
        tenantId,
        workflowId,
        triggerId: row.id,
        hookKey: row.hookKey,
        async outputs() {
          const runs = await database.withTenant(tenantId, (tx) =>
            tx.workflowRun.findMany({ where: { tenantId, workflowId }, orderBy: { id: 'asc' } }),
          );
          const started = await database.withTenant(tenantId, (tx) =>
            tx.runEvent.findMany({ where: { tenantId, runId: { in: runs.map(({ id }) => id) }, seq: 0 } }),
          );
          return runs.map(({ id }) => {
            const event = started.find(({ runId }) => runId === id);
            return (JSON.parse(event!.payload) as { output: Json }).output;
          });
        },
      };
    },
    ingressKey: (tenantId, appKey) =>
      database.withTenant(tenantId, (tx) => ensureIngress(tx, tenantId, appKey)),
    call: (key, body, headers = {}, more = {}) =>
      engine.takeHook({
        key,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        query: {},
        rawBody: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
        ...more,
      }),
    async stop() {
      await engine.stop(500);
      await egress.close();
      await service.close();
      await world.stop();
    },
  };
}
