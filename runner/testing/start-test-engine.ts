// An engine on a real database, with services of the outside as functions that a test hands in.
import { randomBytes } from 'node:crypto';
import type { Json } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import { connectDatabase, type Database } from '@weftline/prisma';
import { startTestDatabase, type TestDatabase } from '@weftline/prisma/testing/start-test-database';
import type { CodePool } from '../src/code/code-pool.ts';
import { openCodePool } from '../src/code/open-code-pool.ts';
import type { Accepted } from '../src/engine.ts';
import type { Call, CallResult } from '../src/executor/types.ts';
import { createLogger } from '../src/platform/logger.ts';
import { createVault, readKeyring, type TenantKey, type Vault } from '../src/platform/vault.ts';
import { type StartedEngine, startEngine } from '../src/start-engine.ts';
import type { RunView, WorkflowDefinition } from '../src/workflow/types.ts';

/** An app with one action of each kind of repeat: `read` is safe, `post` idempotent, `send` neither, `book` has a probe. */
const service = {
  manifestVersion: 1,
  app: { key: 'service', name: 'Service' },
  version: '1.0.0',
  baseUrl: 'https://service.example',
  auth: [{ key: 'none', label: 'None', type: 'NONE' }],
  actions: [
    { key: 'read', name: 'Read', effect: 'read', method: 'GET', endpointTemplate: '/', outputSchema: {} },
    {
      key: 'post',
      name: 'Post',
      effect: 'create',
      idempotency: { mode: 'header', name: 'Idempotency-Key' },
      method: 'POST',
      endpointTemplate: '/',
      outputSchema: {},
    },
    { key: 'send', name: 'Send', effect: 'send', method: 'POST', endpointTemplate: '/', outputSchema: {} },
    {
      key: 'book',
      name: 'Book',
      effect: 'create',
      method: 'POST',
      endpointTemplate: '/',
      outputSchema: {},
      verify: {
        action: 'read',
        input: { of: '{{input.of}}', key: '{{run.idempotencyKey}}' },
        foundWhen: '{{length(output) > 0}}',
      },
    },
  ],
  triggers: [],
} as unknown as Connector;

export type World = {
  database: Database;
  vault: Vault;
  server: TestDatabase;
  /** Runs code steps of all its engines; starts no process before the first. */
  code: CodePool;
  /** Starts one more engine over the same database: another process, in effect. */
  start(
    answer: (call: Call) => Promise<CallResult>,
    options?: { leaseSeconds?: number; concurrency?: number; name?: string; alone?: boolean },
  ): Promise<StartedEngine>;
  addTenant(plan?: string): Promise<string>;
  addWorkflow(
    tenantId: string,
    definition: Partial<WorkflowDefinition> & Pick<WorkflowDefinition, 'steps'>,
  ): Promise<string>;
  /** Ends the engines of one test, so that they do not take the next one's runs. */
  stopEngines(): Promise<void>;
  stop(): Promise<void>;
};

export const answer = (output: Json): CallResult => ({
  ok: true,
  output,
  warnings: [],
  request: { method: 'POST', url: 'https://service.example/', headers: {}, body: null },
  response: { status: 200, headers: {}, body: null },
  tookMs: 1,
});

export const failure = (error: Partial<Extract<CallResult, { ok: false }>['error']>): CallResult => ({
  ok: false,
  error: { code: 'remote_unreachable', type: 'TEMPORARY', message: 'away', sent: 'answered', ...error },
  request: null,
  response: null,
  tookMs: 1,
});

/** Starts the world of an engine test. REDIS_URL decides which bells ring: one suite for both. */
export async function startWorld(): Promise<World> {
  const server = await startTestDatabase();
  const database = connectDatabase(server.databaseUrl);
  const keys = new Map<string, TenantKey>();
  const vault = createVault({
    keyring: readKeyring(`k1:${randomBytes(32).toString('hex')}`),
    loadTenantKey: async (tenantId) => keys.get(tenantId) ?? null,
    async saveTenantKey(tenantId, key) {
      if (!keys.has(tenantId)) keys.set(tenantId, key);
      return keys.get(tenantId)!;
    },
  });
  const running: StartedEngine[] = [];
  const logger = createLogger({ level: 'silent', name: 'test' });
  const code = openCodePool(1, logger);
  const stopEngines = async () => {
    await Promise.all(running.splice(0).map((engine) => engine.stop(500).catch(() => {})));
  };
  return {
    database,
    vault,
    server,
    code,
    async start(callAction, { leaseSeconds = 30, concurrency = 50, name = 'worker', alone = false } = {}) {
      const started = await startEngine({
        databaseUrl: server.databaseUrl,
        redisUrl: process.env['REDIS_URL'],
        database,
        vault,
        logger,
        code,
        works: true,
        name,
        alone,
        leaseSeconds,
        concurrency,
        findApp: async (_tenantId, key, version) =>
          key === 'service' && version === '1.0.0' ? service : null,
        openConnection: () => Promise.reject(new Error('no connections here')),
        callAction,
      });
      running.push(started);
      return started;
    },
    async addTenant(plan = 'free') {
      const tenantId = crypto.randomUUID();
      await database.withTenant(tenantId, async (tx) => {
        await tx.tenant.create({ data: { id: tenantId, name: 'Test', plan } });
        await tx.tenantQueue.create({ data: { tenantId } });
      });
      return tenantId;
    },
    async addWorkflow(tenantId, given) {
      const id = crypto.randomUUID();
      const definition: WorkflowDefinition = {
        format: 'workflow/1',
        name: 'Test',
        trigger: { kind: 'webhook' },
        ...given,
      };
      await database.withTenant(tenantId, async (tx) => {
        const text = JSON.stringify(definition);
        await tx.workflow.create({
          data: { tenantId, id, name: definition.name, draft: text, enabled: true, publishedVersion: 1 },
        });
        await tx.workflowVersion.create({
          data: { tenantId, workflowId: id, version: 1, definition: text, contentHash: '' },
        });
        const hookKey = randomBytes(20).toString('hex');
        await tx.trigger.create({
          data: { tenantId, id, kind: definition.trigger.kind, enabled: true, version: 1, hookKey },
        });
      });
      return id;
    },
    stopEngines,
    async stop() {
      await stopEngines();
      code.close();
      await database.close();
      await server.stop();
    },
  };
}

/** Starts a run as a hook would. */
export function trigger(
  started: StartedEngine,
  tenantId: string,
  workflowId: string,
  body: Json = {},
  receiptKey: string | null = null,
): Promise<Accepted> {
  return started.engine.accept({
    tenantId,
    workflowId,
    workflowName: 'Test',
    version: 1,
    triggerKind: 'webhook',
    actor: null,
    guarded: true,
    receiptKey,
    triggerOutput: { body },
  });
}

/** Waits until the run is in one of the states; fails after 20 s with what it saw last. */
export async function settled(
  started: StartedEngine,
  tenantId: string,
  runId: string,
  states = ['succeeded', 'failed', 'cancelled'],
): Promise<RunView> {
  const until = Date.now() + 20_000;
  for (;;) {
    const run = await started.engine.readRun(tenantId, runId);
    if (run && states.includes(run.status)) return run;
    if (Date.now() > until) throw new Error(`run ${runId} is ${run?.status}: ${JSON.stringify(run?.steps)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
