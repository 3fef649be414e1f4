// A simulated world: the product's own deciding and executing of runs, against fake tables, a fake clock and a fake service.
// Everything that takes time stands in a list and comes back when a command says so, so one seed is one interleaving.
import { setImmediate as turn } from 'node:timers/promises';
import type { Json } from '../../../connectors/src/json.ts';
import type { EventBody } from '../../../runner/src/journal/events.ts';
import type { AppendRequest } from '../../../runner/src/journal/open-journal.ts';
import {
  type AttemptResult,
  type DecisionServices,
  openRun,
  type OpenRun,
} from '../../../runner/src/runs/decide-run.ts';
import type { ProbeAnswer } from '../../../runner/src/runs/ask-probe.ts';
import { executeRun, type ExecutionServices } from '../../../runner/src/runs/execute-run.ts';
import { replayRun, type ReplayServices } from '../../../runner/src/runs/replay-run.ts';
import { childStarted } from '../../../runner/src/workflow/await-child.ts';
import { foldJournal } from '../../../runner/src/workflow/fold-journal.ts';
import { iterationsAround, localId } from '../../../runner/src/workflow/step-address.ts';
import { mostCrashes } from '../../../runner/src/workers/work-runs.ts';
import { FakeDatabase, type RunRow } from './fake-database.ts';
import { Invariants } from './check-invariants.ts';
import type { Sent } from './sent.ts';
import { below, type Fate, pick, type Plan, type Random } from './plan-workflow.ts';

type Held = { runId: string; epoch: number; grantedAt: number; lost: AbortController };
/** Something that is on its way and comes back, or never does. */
type Pending =
  | {
      kind: 'append';
      worker: Worker;
      request: AppendRequest;
      decidedAt: number;
      resolve(held: boolean): void;
      reject(error: unknown): void;
    }
  | { kind: 'call'; worker: Worker; sent: Sent | null; come(): void; resolve(): void };

const leaseMs = 30_000;
const tenantId = 'tenant';
const noLogger = { error() {}, warn() {}, info() {}, debug() {} } as unknown as ExecutionServices['logger'];

class Worker {
  readonly name: string;
  readonly held = new Map<string, Held>();
  readonly drain = new AbortController();
  isAsleep = false;
  isDead = false;
  constructor(name: string) {
    this.name = name;
  }
}

export class SimWorld {
  readonly database = new FakeDatabase(leaseMs);
  readonly sent: Sent[] = [];
  readonly trace: string[] = [];
  readonly #plan: Plan;
  readonly #random: Random;
  readonly #invariants: Invariants;
  #workers: Worker[] = [];
  #pending: Pending[] = [];
  #published = 1;
  #names = 0;
  /** Requests by key, and effects of calls by key. */
  readonly #came = new Map<string, number>();
  readonly effects = new Map<string, number>();
  /** Keys of requests that left a worker that was stopped in the act. */
  readonly #stale = new Set<string>();
  /** Doors of faults: closed while the world comes to rest. */
  #isCalm = false;
  #fault: Error | null = null;

  constructor(plan: Plan, random: Random) {
    this.#plan = plan;
    this.#random = random;
    this.#invariants = new Invariants((address) => plan.fates.get(localId(address))!.maxRetries);
    for (let count = 0; count < 2; count += 1) this.#hire();
  }

  #hire(): Worker {
    const worker = new Worker(`worker${(this.#names += 1)}`);
    this.#workers.push(worker);
    return worker;
  }

  /** One random command, and what must hold after it. */
  async command(): Promise<void> {
    const commands = Object.entries(this.#commands());
    const total = commands.reduce((sum, [, { weight }]) => sum + weight, 0);
    let drawn = this.#random() * total;
    const [name, { act }] = commands.find(([, { weight }]) => (drawn -= weight) < 0)!;
    await this.#do(name, act);
  }

  async #do(name: string, act: () => unknown): Promise<void> {
    this.trace.push(name);
    await act();
    // Promises that this has set free run to their next wait.
    await turn();
    if (this.#fault) throw this.#fault;
    this.#invariants.check(this.database, this.sent);
  }

  #commands(): { [name: string]: { weight: number; act(): unknown } } {
    const random = this.#random;
    const awake = this.#workers.filter((worker) => !worker.isAsleep);
    const ready = this.#pending.filter(({ worker }) => !worker.isAsleep);
    const runs = [...this.database.runs.values()];
    return {
      trigger: { weight: runs.length < 3 ? 2 : 0.1, act: () => this.#trigger() },
      claim: { weight: 4, act: () => awake.length > 0 && this.#claim(pick(random, awake)) },
      'come back': {
        weight: ready.length > 0 ? 14 : 0,
        act: () => this.#comeBack(pick(random, ready), 0.08),
      },
      crash: { weight: 1, act: () => this.#crash(pick(random, this.#workers)) },
      'lease expiry': { weight: 0.8, act: () => this.#pass(leaseMs + below(random, 5_000)) },
      sweep: { weight: 1.5, act: () => this.database.sweep() },
      'a moment': { weight: 2, act: () => this.#pass(below(random, 4_000)) },
      renew: { weight: 1.5, act: () => awake.forEach((worker) => this.#renew(worker)) },
      stop: { weight: 0.7, act: () => (pick(random, this.#workers).isAsleep = true) },
      'stale worker wakes': {
        weight: 1,
        act: () => this.#workers.forEach((worker) => (worker.isAsleep = false)),
      },
      drain: { weight: 0.3, act: () => this.#drain(pick(random, this.#workers)) },
      cancel: { weight: 0.25, act: () => runs.length > 0 && this.#cancel(pick(random, runs)) },
      answer: { weight: 2, act: () => this.#answerSomething() },
      timer: { weight: 1.5, act: () => this.#toNextInstant() },
      publish: { weight: 0.2, act: () => (this.#published = 2) },
      replay: { weight: 0.3, act: () => this.#replay() },
    };
  }

  #pass(ms: number): void {
    this.database.now += ms;
  }

  /** A delivery, some of them sent twice; the answer may be lost, then it comes again with the same id. */
  async #trigger(): Promise<void> {
    const receipt = `delivery${below(this.#random, 4)}`;
    const output = { flags: this.#plan.flags };
    const id = `run${this.database.runs.size}`;
    const version = this.#published;
    const awake = this.#workers.filter((worker) => !worker.isAsleep && !worker.drain.signal.aborted);
    if (this.#random() < 0.4 && awake.length > 0) {
      // Decided before it is accepted, by the process that would work on it.
      const worker = pick(this.#random, awake);
      const state = foldJournal([
        { type: 'WorkflowStarted', step: null, payload: { output }, seq: 0, atMs: this.database.now },
      ]);
      const run = await this.#open(worker, { id, version, epoch: 1 }, state);
      const decision = await run.decide([]);
      if (decision.hasMore) return;
      const left = decision.leave?.projection ?? null;
      const accepted = this.database.accept(id, version, receipt, { output }, null, {
        worker: worker.name,
        events: decision.events,
        left,
      });
      // The process may die between its commit and its work, or its answer.
      if (!accepted.isFresh || left) return;
      if (this.#random() < 0.1) return void this.#crash(worker);
      this.#work(worker, run, decision);
      return;
    }
    this.database.accept(id, version, receipt, { output }, null, null);
  }

  async #open(
    worker: Worker,
    { id, version, epoch }: Pick<RunRow, 'id' | 'version' | 'epoch'>,
    state: ReturnType<typeof foldJournal>,
  ): Promise<OpenRun> {
    const ticket = { tenantId, runId: id, epoch, workflowId: 'w', version, workflowName: 'any', state };
    return openRun(ticket, this.#decisionServices(worker), worker.drain.signal);
  }

  #decisionServices(worker: Worker): DecisionServices {
    return {
      loadDefinition: async (_tenant, _workflow, version) => this.#plan.versions[version - 1]!,
      loadVariables: async () => ({}),
      prepareAttempt: async (ticket, _definition, step, input, number) => {
        const fate = this.#plan.fates.get(localId(step.id))!;
        const { keyRuns } = ticket.state;
        const around = iterationsAround(step.id).findLast((iteration) => keyRuns[iteration] !== undefined);
        const former = keyRuns[step.id] ?? (around === undefined ? ticket.runId : keyRuns[around]!);
        // Whoever starts a run of another workflow again wants another one.
        const root = step.kind === 'workflow' ? ticket.runId : former;
        const key = `key of ${root} ${step.id}`;
        const request = { runId: ticket.runId, address: step.id, key, root };
        return {
          key,
          input,
          safety: fate.safety,
          retry: { maxRetries: fate.maxRetries, initialDelayMs: 500, maxDelayMs: 4_000 },
          call: () => {
            const held = worker.held.get(ticket.runId);
            const isLate = !held || this.#isLate(held);
            return this.#call(worker, { ...request, inTheAct: false, isLate }, fate, number);
          },
          ...(step.kind === 'workflow'
            ? {
                conclude: (outcome: EventBody) =>
                  outcome.type === 'StepCompleted'
                    ? childStarted(
                        step,
                        { runId: `child of ${key}`, workflowName: 'other' },
                        this.database.now,
                      )
                    : outcome,
              }
            : {}),
          ...(fate.hasProbe
            ? { probe: { action: 'look', input: {}, ask: () => this.#probe(worker, key) } }
            : {}),
        };
      },
      hookUrl: async (_ticket, id) => `https://here.example/hooks/resume-${id}`,
      loadAnswers: async ({ runId }) => this.database.answers(runId),
      clock: () => this.database.now,
    };
  }

  #isLate(held: Held): boolean {
    return this.database.now - held.grantedAt >= (leaseMs * 2) / 3;
  }

  /** Where a call goes: at once, or much later when its worker is stopped in the act of sending. */
  #call(worker: Worker, sent: Sent, fate: Fate, number: number): Promise<AttemptResult> {
    return new Promise((resolve) => {
      let result: AttemptResult | null = null;
      const pending: Extract<Pending, { kind: 'call' }> = {
        kind: 'call',
        worker,
        sent,
        come: () => {
          if (result) return;
          this.sent.push(sent);
          result = this.#serve(sent, fate, number);
        },
        resolve: () => {
          pending.come();
          resolve(result!);
        },
      };
      this.#pending.push(pending);
      if (this.#isCalm || this.#random() >= 0.03) pending.come();
      else {
        // Stopped between the last look at the lease and the request.
        worker.isAsleep = true;
        sent.inTheAct = true;
        this.#stale.add(sent.key);
      }
    });
  }

  /** What the service does, and what of its answer arrives. */
  #serve({ key }: Sent, fate: Fate, number: number): AttemptResult {
    const before = this.#came.get(key) ?? 0;
    this.#came.set(key, before + 1);
    const request = { method: 'POST', url: 'https://service.example/', headers: {}, body: null };
    const response = { status: 200, headers: {}, body: null };
    const failed = (
      error: Omit<Extract<AttemptResult, { ok: false }>['error'], 'message'>,
    ): AttemptResult => ({
      ok: false,
      error: { message: 'said no', ...error },
      request,
      response: null,
      tookMs: 1,
    });
    if (before < fate.transients)
      return failed({ code: 'remote_busy', type: 'RATE_LIMIT', sent: 'answered', retryAfterMs: 700 });
    if (fate.ends === 'refused')
      return failed({ code: 'remote_refused', type: 'VALIDATION', sent: 'answered' });
    // Whoever honours keys does nothing for one that it knows.
    if (fate.safety === 'unsafe' || !this.effects.has(key))
      this.effects.set(key, (this.effects.get(key) ?? 0) + 1);
    if (!this.#isCalm && number < fate.maxRetries && this.#random() < 0.06)
      return failed({ code: 'remote_unreachable', type: 'TIMEOUT', sent: 'unknown' });
    return { ok: true, output: { from: key }, warnings: [], request, response, tookMs: 1 };
  }

  #probe(worker: Worker, key: string): Promise<ProbeAnswer> {
    return new Promise((resolve) => {
      const found = this.#random() < 0.15 ? null : this.effects.has(key);
      this.#pending.push({
        kind: 'call',
        worker,
        sent: null,
        come: () => {},
        resolve: () => resolve({ found, why: 'Asked.', tookMs: 1 }),
      });
    });
  }

  #claim(worker: Worker): Promise<void> | undefined {
    if (worker.drain.signal.aborted) return;
    const row = this.database.claim(worker.name);
    return row ? this.#takeUp(worker, row) : undefined;
  }

  async #takeUp(worker: Worker, row: RunRow): Promise<void> {
    const state = foldJournal(row.journal);
    if (row.crashes >= mostCrashes) {
      const body: EventBody = {
        type: 'WorkflowFailed',
        step: null,
        payload: { code: 'quarantined', message: 'put aside' },
      };
      const projection = {
        status: 'failed',
        delayMs: null,
        why: null,
        code: 'quarantined',
        message: null,
      } as const;
      this.database.append({
        tenantId,
        runId: row.id,
        epoch: row.epoch,
        firstSeq: state.nextSeq,
        events: [body],
        projection,
      });
      return;
    }
    this.#work(worker, await this.#open(worker, row, state), null);
  }

  /** The product's own loop over one run; its journal and its calls come back by command. */
  #work(worker: Worker, run: OpenRun, committed: Parameters<typeof executeRun>[1]): void {
    const { runId, epoch } = run.ticket;
    const held: Held = { runId, epoch, grantedAt: this.database.now, lost: new AbortController() };
    worker.held.set(runId, held);
    const services = {
      journal: {
        append: (request: AppendRequest) =>
          new Promise<boolean>((resolve, reject) => {
            const decidedAt = this.database.now;
            this.#pending.push({ kind: 'append', worker, request, decidedAt, resolve, reject });
          }),
      },
      random: this.#random,
      clock: () => this.database.now,
      holds: () => !held.lost.signal.aborted && !this.#isLate(held),
      logger: noLogger,
    } as unknown as ExecutionServices;
    void executeRun(run, committed, services, held.lost.signal)
      // A refused entry: the run is let go, and its lease runs out.
      .catch((error: Error & { code?: string }) => {
        if (error.code !== '23000') this.#fault ??= error;
      })
      .finally(() => {
        if (worker.held.get(runId) === held) worker.held.delete(runId);
      });
  }

  /** Something that was on its way arrives. `lossChance`: its process dies just before or just after. */
  #comeBack(pending: Pending, lossChance: number): void {
    this.#pending = this.#pending.filter((other) => other !== pending);
    const dies = this.#random() < lossChance;
    const diesBefore = dies && this.#random() < 0.5;
    if (diesBefore) return void this.#crash(pending.worker);
    if (pending.kind === 'call') {
      if (!dies) pending.resolve();
    } else
      try {
        const held = this.database.append(pending.request, pending.decidedAt);
        if (!dies) pending.resolve(held);
      } catch (error) {
        if (!dies) pending.reject(error);
      }
    if (dies) this.#crash(pending.worker);
  }

  #crash(worker: Worker): void {
    worker.isDead = true;
    this.#pending = this.#pending.filter((pending) => pending.worker !== worker);
    this.#workers = this.#workers.filter((other) => other !== worker);
    this.#hire();
  }

  #drain(worker: Worker): void {
    worker.drain.abort();
    // It goes when its work is done; another takes its place at once.
    if (this.#workers.filter((other) => !other.drain.signal.aborted).length < 2) this.#hire();
  }

  #renew(worker: Worker): void {
    for (const held of worker.held.values()) {
      const asked = this.database.now;
      if (this.database.renew(held.runId, held.epoch, worker.name)) held.grantedAt = asked;
      else held.lost.abort();
    }
  }

  #cancel(run: RunRow): void {
    if (!this.database.cancel(run.id)) return;
    // The message to whoever works on it may be lost.
    if (this.#random() < 0.7) for (const worker of this.#workers) worker.held.get(run.id)?.lost.abort();
  }

  /** People and hooks: any question, also one that was answered before. */
  #answerSomething(onlyOpen = false): void {
    const asked = this.database.questions.filter(({ state }) => !onlyOpen || state === 'pending');
    if (asked.length === 0) return;
    const question = pick(this.#random, asked);
    const { kind, runId, step } = question;
    if (kind === 'approval')
      this.database.answer(question, { decision: pick(this.#random, ['approved', 'rejected']), note: null });
    else if (kind === 'hook') this.database.answer(question, { output: { called: true } });
    else if (kind === 'child')
      this.database.answer(question, { status: pick(this.#random, ['succeeded', 'failed', 'cancelled']) });
    else {
      const { keyRuns } = foldJournal(this.database.runs.get(runId)!.journal);
      const around = iterationsAround(step).findLast((iteration) => keyRuns[iteration] !== undefined);
      const root = keyRuns[step] ?? (around === undefined ? runId : keyRuns[around]!);
      const happened = this.effects.has(`key of ${root} ${step}`);
      this.database.answer(
        question,
        happened ? { decision: 'happened', output: null } : { decision: 'again' },
      );
    }
  }

  #toNextInstant(): boolean {
    const instants = [...this.database.runs.values()]
      .flatMap(({ readyAt, leaseUntil }) => [readyAt, leaseUntil === null ? null : leaseUntil + 1])
      .filter((instant): instant is number => instant !== null && instant > this.database.now);
    if (instants.length === 0) return false;
    this.database.now = Math.min(...instants);
    return true;
  }

  /** The product's own replay, from a step or from the start, of a run that has ended. */
  async #replay(): Promise<void> {
    const ended = [...this.database.runs.values()].filter(
      ({ status }) => status === 'failed' || status === 'cancelled' || status === 'succeeded',
    );
    if (ended.length === 0 || this.database.runs.size >= 6) return;
    const run = pick(this.#random, ended);
    const definition = this.#plan.versions[run.version - 1]!;
    const row = {
      id: run.id,
      workflowId: 'w',
      workflowName: 'any',
      workflowVersion: run.version,
      status: run.status,
      triggerKind: 'webhook',
      createdAt: new Date(0),
    };
    const rows = {
      workflowRun: { findFirst: async () => row },
      workflow: { findFirst: async () => ({ name: 'any', publishedVersion: this.#published }) },
    };
    const services = {
      database: { withTenant: async (_tenant: string, ask: (tx: unknown) => unknown) => ask(rows) },
      journal: {
        read: async (_tenant: string, _run: string, after = -1, most = Infinity) =>
          run.journal.slice(after + 1, after + 1 + most),
        readPart: async (_tenant: string, _run: string, after: number) => ({
          events: run.journal.slice(after + 1),
          newest: run.journal.length - 1,
        }),
      },
      loadDefinition: async (_tenant: string, _workflow: string, version: number) =>
        this.#plan.versions[version - 1]!,
      accept: async (request: Parameters<ReplayServices['accept']>[0]) => {
        const { triggerOutput: output, kept, keyRuns, loops } = request;
        const payload = {
          output,
          ...(kept ? { kept } : {}),
          ...(keyRuns ? { keyRuns } : {}),
          ...(loops ? { loops } : {}),
        };
        const id = `run${this.database.runs.size}`;
        this.database.accept(id, request.version, null, payload as { output: Json }, run.id, null);
        return { verdict: 'fresh', runId: id, used: 0, allowed: 1 };
      },
    } as unknown as ReplayServices;
    const from = this.#random() < 0.7 ? pick(this.#random, definition.steps).id : undefined;
    // Twice the same part of a run may not go on at the same time under the same keys: a person would wait for the first.
    if ([...this.database.runs.values()].some((other) => other.replayOf === run.id)) return;
    const version = from !== undefined || this.#random() < 0.5 ? 'original' : 'current';
    await replayRun(
      services,
      tenantId,
      run.id,
      { ...(from === undefined ? {} : { from }), version },
      'user:u',
    );
  }

  /** No more faults: everything that was accepted must come to its end, and have done what it says. */
  async rest(): Promise<void> {
    this.#isCalm = true;
    for (const worker of this.#workers) worker.isAsleep = false;
    for (let round = 0; round < 3_000; round += 1) {
      const open = [...this.database.runs.values()].filter(
        ({ status }) => !['succeeded', 'failed', 'cancelled'].includes(status),
      );
      if (open.length === 0 && this.#pending.length === 0) return this.#checkEnd();
      const [next] = this.#pending;
      await this.#do('rest', async () => {
        for (const worker of this.#workers) this.#renew(worker);
        if (next) return this.#comeBack(next, 0);
        this.database.sweep();
        const worker = this.#workers.find(({ drain }) => !drain.signal.aborted) ?? this.#hire();
        const row = this.database.claim(worker.name);
        if (row) return this.#takeUp(worker, row);
        if (!this.#toNextInstant()) this.#answerSomething(true);
      });
    }
    const stuck = [...this.database.runs.values()].find(
      ({ status }) => !['succeeded', 'failed', 'cancelled'].includes(status),
    );
    throw new Error(
      `R1: run ${stuck?.id} is ${stuck?.status} for ever; its last entry is ${stuck?.journal.at(-1)?.type}`,
    );
  }

  #checkEnd(): void {
    for (const run of this.database.runs.values()) {
      if (run.code === 'deadlock') throw new Error(`R1: run ${run.id} ended as deadlock`);
      const { steps } = foldJournal(run.journal);
      for (const event of run.journal)
        if (event.type === 'StepCompleted' && steps.get(event.step)?.sentAtMs) {
          const fate = this.#plan.fates.get(localId(event.step));
          if (!fate) continue;
          const key = run.journal.findLast(
            (entry) => entry.type === 'StepDispatched' && entry.step === event.step,
          );
          const name = (key as { payload: { key: string } }).payload.key;
          if (!this.effects.has(name))
            throw new Error(`R1: ${event.step} of ${run.id} is completed and never happened`);
        }
    }
    // A call that nobody may repeat has happened once at most, whatever died: people and probes tell the truth. Whoever replays a
    // run that was cancelled with a call under way has chosen to make it again.
    for (const [key, count] of this.effects) {
      const chosen = new Set(this.sent.filter((sent) => sent.key === key).map(({ runId }) => runId)).size;
      if (count > chosen && !this.#stale.has(key)) throw new Error(`R9: ${key} happened ${count} times`);
    }
  }

  /** What there was, for the sums. */
  counts(): { runs: number; entries: number; fenced: number } {
    const runs = [...this.database.runs.values()];
    return {
      runs: runs.length,
      entries: runs.reduce((sum, { journal }) => sum + journal.length, 0),
      fenced: this.database.fenced,
    };
  }
}
