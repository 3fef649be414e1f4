// Puts the engine together for one process: journal, worker, bells, timers. The API gets an Engine; nothing else leaves here.
import { setTimeout as delay } from 'node:timers/promises';
import type { Json } from '@weftline/connectors/json';
import type { Database } from '@weftline/prisma';
import { uuidv7 } from 'uuidv7';
import { connectionReader, type ReadConnection } from './connections/read-connections.ts';
import type { AcceptRequest, Accepted, Engine } from './engine.ts';
import { keepKeys } from './executor/receive/fetch-key.ts';
import type { ExecutorDependencies, OpenConnection } from './executor/types.ts';
import type { EventBody } from './journal/events.ts';
import { type Admission, asUnavailable, type Journal, openJournal } from './journal/open-journal.ts';
import { writeChain } from './platform/call-chain.ts';
import type { Logger } from './platform/logger.ts';
import type { Vault } from './platform/vault.ts';
import { openMessenger } from './queues/listen-notify.ts';
import { openRedisBells } from './queues/redis-bells.ts';
import type { RunLeft, RunTicket } from './runs/decide-run.ts';
import { turnReader } from './runs/end-of-run.ts';
import { loadCalendar } from './runs/load-calendar.ts';
import { definitionLoader } from './runs/load-definition.ts';
import { type AttemptServices, attemptPreparer } from './runs/prepare-attempt.ts';
import { readIterations } from './runs/read-iterations.ts';
import { readRun } from './runs/read-run.ts';
import { tellOthers } from './runs/tell-others.ts';
import { previewReplay } from './runs/preview-replay.ts';
import { replayRun } from './runs/replay-run.ts';
import { gatherRefusals } from './triggers/note-refusals.ts';
import { cacheHooks } from './triggers/find-hook.ts';
import { readVariables } from './triggers/follow-variables.ts';
import { fireSchedules } from './triggers/fire-schedules.ts';
import { resumePrefix } from './triggers/resume-run.ts';
import { tellPeople } from './runs/tell-people.ts';
import { approvalToken } from './questions/approval-link.ts';
import { hookTaker } from './triggers/take-hook.ts';
import { tendTriggers } from './triggers/tend-triggers.ts';
import { pruneFiles } from './files/prune-files.ts';
import { applyEvent, emptyState } from './workflow/fold-journal.ts';
import { holdLeases } from './workers/hold-leases.ts';
import { keepTime } from './workers/keep-time.ts';
import { sweepRuns } from './workers/sweep-runs.ts';
import { type Plan, workRuns } from './workers/work-runs.ts';

type StartPayload = Extract<EventBody, { type: 'WorkflowStarted' }>['payload'];

export type EngineMetrics = {
  accepted(verdict: string): void;
  finished(status: string): void;
  called(seconds: number, outcome: string): void;
  fenced(): void;
  /** A call at the address of an app or of its trigger: `taken`, `handshake`, `refused`, `nothing`, `unrouted`. */
  receivedCall?(outcome: string): void;
};

export type EngineOptions = {
  databaseUrl: string;
  redisUrl: string | undefined;
  database: Database;
  vault: Vault;
  logger: Logger;
  /** Whether this process works on runs. */
  works: boolean;
  /** This worker's name, the same after a restart where the data folder is the same. */
  name: string;
  /** True in the one-process layout: leases of the former process of this name are freed at once. */
  alone: boolean;
  leaseSeconds: number;
  concurrency: number;
  metrics?: EngineMetrics;
  /** The way out for polls and subscriptions of a tenant's triggers; absent: this process makes none. */
  outside?(tenantId: string): ExecutorDependencies;
  /** How long a trigger of an app is held while it is polled; tests make it short. */
  triggerLeaseSeconds?: number;
  /** Where others reach this installation; before the addresses of one-time hooks. */
  publicUrl?: string;
  /** Opens a connection for one call; rows come through `readConnection`, many in one round trip. */
  openConnection(
    tenantId: string,
    connectionId: string,
    readConnection: ReadConnection,
  ): Promise<OpenConnection>;
} & Pick<AttemptServices, 'findApp' | 'callAction' | 'code'>;

export type StartedEngine = {
  engine: Engine;
  takeHook: ReturnType<typeof hookTaker>;
  journal: Journal;
  /** `redis` or `postgres`: what rings the bells. */
  bells: 'redis' | 'postgres';
  /** Takes no more runs, lets calls in flight finish for up to `graceMs`, closes everything. */
  stop(graceMs: number): Promise<void>;
};

/** Starts the engine. Throws when the database cannot be reached. */
export async function startEngine(options: EngineOptions): Promise<StartedEngine> {
  const { database, logger, leaseSeconds, name, metrics } = options;
  const journal = openJournal(options.databaseUrl, { leaseSeconds });
  const leases = holdLeases(journal, name, leaseSeconds);
  const loadDefinition = definitionLoader(database);
  const turnOf = turnReader(loadDefinition);
  const hooks = cacheHooks(database);
  const readConnection = connectionReader(journal);
  const origin = options.publicUrl ? new URL(options.publicUrl).origin : null;
  const redis = options.redisUrl
    ? openRedisBells(options.redisUrl, { listens: options.works, logger })
    : null;

  const finishedNames = new Set<RunLeft>(['succeeded', 'failed']);
  const worker = workRuns({
    journal,
    leases,
    name,
    leaseSeconds,
    logger,
    concurrency: options.works ? options.concurrency : 0,
    services: {
      loadDefinition,
      loadVariables: (tenantId) => database.withTenant(tenantId, (tx) => readVariables(tx, tenantId)),
      loadCalendar: (tenantId) => database.withTenant(tenantId, (tx) => loadCalendar(tx, tenantId)),
      prepareAttempt: attemptPreparer({
        ...options,
        openConnection: (tenantId, connectionId) =>
          options.openConnection(tenantId, connectionId, readConnection),
        idempotencyKey: (...key) => options.vault.idempotencyKey(...key),
        children: { database, accept: (request) => accept(request), clock: leases.clock },
        callChain: (ticket) =>
          origin === null
            ? undefined
            : { origin, header: () => writeChain(options.vault, ticket, ticket.state.chain) },
      }),
      async hookUrl({ tenantId, runId }, stepId) {
        const key = await options.vault.idempotencyKey(tenantId, runId, `hook:${stepId}`);
        return `${options.publicUrl ?? ''}/hooks/${resumePrefix}${key}`;
      },
      approvalUrl: async ({ tenantId, runId }, stepId) =>
        `${options.publicUrl ?? ''}/approve/${await approvalToken(options.vault, tenantId, runId, stepId)}`,
      random: Math.random,
      logger,
      ...(metrics ? { onCall: metrics.called } : {}),
    },
    onLeft(ticket, left) {
      others.left(ticket, left);
      if (finishedNames.has(left)) metrics?.finished(left);
      if (left === 'fenced') metrics?.fenced();
    },
  });

  const messenger = openMessenger(
    options.databaseUrl,
    (text) => journal.query("SELECT pg_notify('weftline', $1)", [text]),
    {
      logger,
      onGap() {
        hooks.forget(null);
        worker.wake();
      },
      onMessage(message) {
        if (message.kind === 'run') worker.wakeForBacklog();
        else if (message.kind === 'cancel') leases.lose(message.runId);
        else hooks.forget(message.workflowId);
      },
    },
  );
  redis?.onRing(() => worker.wakeForBacklog());

  let ringing = false;
  /** At most one ring in 20 ms: whoever hears it takes everything that is ready. */
  function ring(): void {
    if (options.works) worker.wakeForBacklog();
    if (redis) return redis.ring();
    if (ringing || options.alone) return;
    ringing = true;
    setTimeout(() => {
      ringing = false;
      void messenger.send({ kind: 'run' });
    }, 20).unref();
  }

  /** The first steps of a run, decided before it is accepted. Null: it cannot be decided here, so whoever claims it will say why. */
  async function planRun(request: AcceptRequest, runId: string, payload: StartPayload): Promise<Plan | null> {
    const state = emptyState();
    applyEvent(state, { seq: 0, type: 'WorkflowStarted', step: null, payload, atMs: leases.clock() });
    const { tenantId, workflowId, version, workflowName } = request;
    const ticket: RunTicket = { tenantId, runId, epoch: 1, workflowId, version, workflowName, state };
    return worker.plan(ticket).catch((error) => {
      logger.warn(
        { tenantId, workflowId, err: error },
        'a new run could not be decided at once; it is queued',
      );
      return null;
    });
  }

  const payloadOf = (request: AcceptRequest): StartPayload => ({
    output: request.triggerOutput,
    ...(request.kept ? { kept: request.kept } : {}),
    ...(request.keyRuns ? { keyRuns: request.keyRuns } : {}),
    ...(request.loops ? { loops: request.loops } : {}),
    ...(request.chain ? { chain: request.chain } : {}),
    ...(request.parent ? { parent: request.parent } : {}),
  });

  async function acceptAll(requests: readonly AcceptRequest[]) {
    const items = await Promise.all(
      requests.map(async (request) => ({
        ...request,
        turn: await turnOf(request),
        runId: uuidv7(),
        payload: JSON.stringify(payloadOf(request)),
        worker: null,
        events: [],
        projection: null,
      })),
    );
    const answers = await journal.acceptTogether(items).catch((error) => {
      throw asUnavailable(error);
    });
    for (const { verdict } of answers) metrics?.accepted(verdict);
    if (answers.some(({ verdict }) => verdict === 'fresh')) ring();
    return answers.map(toAccepted);
  }

  async function accept(request: AcceptRequest) {
    const runId = uuidv7();
    const payload = payloadOf(request);
    const plan = worker.room() > 0 ? await planRun(request, runId, payload) : null;
    const answer = await journal
      .accept({
        ...request,
        runId,
        payload: JSON.stringify(payload),
        worker: plan ? name : null,
        events: plan?.decision.events ?? [],
        projection: plan?.decision.leave?.projection ?? null,
        turn: await turnOf(request),
      })
      .catch((error) => {
        throw asUnavailable(error);
      });
    metrics?.accepted(answer.verdict);
    if (answer.verdict === 'fresh') {
      if (answer.handed && plan) worker.take(plan);
      else ring();
    }
    return toAccepted(answer);
  }

  const reading = { database, journal, loadDefinition };
  const others = tellOthers({
    database,
    loadDefinition,
    ring,
    logger,
    cancel: (tenantId, runId, actor) => engine.cancel(tenantId, runId, actor),
  });
  const engine: Engine = {
    accept,
    acceptAll,
    async cancel(tenantId, runId, actor) {
      const cancelled = await database.withTenant(tenantId, async (tx) => {
        const rows = await tx.$queryRaw<
          { done: boolean }[]
        >`SELECT cancel_run(${runId}::uuid, ${JSON.stringify({ by: actor })}) AS done`;
        return rows[0]?.done ?? false;
      });
      if (!cancelled) return false;
      metrics?.finished('cancelled');
      leases.lose(runId);
      await messenger.send({ kind: 'cancel', runId });
      await others.cancelled(tenantId, runId);
      return true;
    },
    readRun: (tenantId, runId) => readRun(reading, tenantId, runId),
    readIterations: (tenantId, runId, stepId, page) => readIterations(reading, tenantId, runId, stepId, page),
    async readEvents(tenantId, runId, after, most) {
      const events = await journal.read(tenantId, runId, after, most);
      return events.map((event) => ({
        seq: event.seq,
        type: event.type,
        step: event.step,
        at: new Date(event.atMs).toISOString(),
        payload: event.payload as Json,
      }));
    },
    replay: (tenantId, runId, choice, actor) =>
      replayRun({ ...reading, accept }, tenantId, runId, choice, actor),
    previewReplay: (tenantId, runId, choice) =>
      previewReplay({ ...reading, findApp: options.findApp }, tenantId, runId, choice),
    ring,
    async forget(workflowId) {
      hooks.forget(workflowId);
      await messenger.send({ kind: 'forget', workflowId });
    },
  };

  const { outside } = options;
  const tender =
    options.works && outside
      ? tendTriggers(
          {
            ...options,
            outside,
            publicUrl: options.publicUrl ?? '',
            openConnection: (tenantId, connectionId) =>
              options.openConnection(tenantId, connectionId, readConnection),
            query: journal.query,
            ring,
          },
          { name, leaseSeconds: options.triggerLeaseSeconds ?? 90 },
        )
      : null;
  if (tender && options.alone) await database.callDoor('free_app_triggers', [name]);
  if (options.works && options.alone) {
    await database.callDoor('free_all_slots', []);
    const [freed] = await database.callDoor<{ free_leases: number }>('free_leases', [name]);
    if (freed && freed.free_leases > 0)
      logger.info({ runs: freed.free_leases }, 'runs of the former process are taken up again');
  }
  const sweepMs = Math.min(10_000, (leaseSeconds * 1000) / 3);
  const tasks = keepTime(
    !options.works
      ? []
      : [
          { name: 'poll', everyMs: 1_000, work: async () => worker.wake() },
          { name: 'renew', everyMs: Math.max(200, (leaseSeconds * 1000) / 6), work: () => leases.renew() },
          {
            name: 'sweep',
            everyMs: sweepMs,
            work: async () => void ((await sweepRuns(database, logger)) && worker.wakeForBacklog()),
          },
          { name: 'others', everyMs: sweepMs, work: () => others.sweep() },
          ...tellPeople(database),
          { name: 'schedules', everyMs: 1_000, work: () => fireSchedules({ database, engine, logger }) },
          ...(tender
            ? [
                { name: 'triggers', everyMs: 1_000, work: () => tender.tend() },
                { name: 'events', everyMs: 1_000, work: () => tender.release() },
              ]
            : []),
          { name: 'prune', everyMs: 3_600_000, work: () => database.callDoor('prune_receipts', []) },
          { name: 'rates', everyMs: 600_000, work: () => database.callDoor('prune_rates', []) },
          { name: 'slots', everyMs: 600_000, work: () => database.callDoor('prune_slots', []) },
          { name: 'files', everyMs: 600_000, work: () => pruneFiles(database) },
          {
            name: 'partitions',
            everyMs: 6 * 3_600_000,
            work: () => database.callDoor('ensure_partitions', []),
          },
        ],
    logger,
  );
  worker.wake();

  const refusals = gatherRefusals(database, logger);
  return {
    engine,
    takeHook: hookTaker({
      refusals,
      engine,
      database,
      hooks,
      vault: options.vault,
      logger,
      clock: leases.clock,
      ...(outside
        ? {
            apps: {
              ...options,
              outside,
              engine,
              publicUrl: options.publicUrl ?? '',
              openConnection: (tenantId, connectionId) =>
                options.openConnection(tenantId, connectionId, readConnection),
              clock: leases.clock,
              fetchKeys: keepKeys(),
              ...(metrics?.receivedCall ? { onCall: metrics.receivedCall } : {}),
            },
          }
        : {}),
    }),
    journal,
    bells: redis ? 'redis' : 'postgres',
    async stop(graceMs) {
      await worker.drain(graceMs);
      await tasks.stop();
      await others.settle();
      await refusals.stop();
      // A poll that is cut off has changed nothing.
      if (tender) await Promise.race([tender.close(), delay(graceMs, undefined, { ref: false })]);
      await messenger.close();
      await redis?.close();
      await journal.close();
    },
  };
}

/** Whether a run was handed to this process is the engine's own business. */
function toAccepted({ verdict, runId, used, allowed }: Admission): Accepted {
  return { verdict, runId, used, allowed };
}
