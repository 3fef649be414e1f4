// The tables that the engine's functions in prisma/functions act on, as values: accept, claim, append, cancel, answer, sweep,
// renew. Each mirrors its SQL function; the simulation drives the product's own TypeScript against them.
import type { AppendRequest } from '../../../runner/src/journal/open-journal.ts';
import type { EventBody, RecordedEvent } from '../../../runner/src/journal/events.ts';
import type { Answer } from '../../../runner/src/questions/answers.ts';

export type RunRow = {
  id: string;
  version: number;
  status: 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';
  epoch: number;
  worker: string | null;
  leaseUntil: number | null;
  readyAt: number | null;
  answered: boolean;
  crashes: number;
  replayOf: string | null;
  code: string | null;
  journal: RecordedEvent[];
  /** When each entry was decided: its commit may come later. */
  decidedAt: number[];
};
export type Question = {
  runId: string;
  step: string;
  kind: 'settle' | 'approval' | 'hook' | 'child';
  state: 'pending' | 'answered' | 'consumed' | 'expired' | 'void';
  expiresAt: number | null;
  answer: Answer['given'] | null;
  /** How often an answer was taken: never more than once. */
  taken: number;
};

const active = new Set(['queued', 'running', 'waiting']);
const fault = (code: string, message: string) => Object.assign(new Error(message), { code });

export class FakeDatabase {
  now = 1_800_000_000_000;
  readonly runs = new Map<string, RunRow>();
  readonly receipts = new Map<string, string>();
  readonly questions: Question[] = [];
  readonly leaseMs: number;
  fenced = 0;

  constructor(leaseMs: number) {
    this.leaseMs = leaseMs;
  }

  /** accept_runs: receipt, run and first entries in one commit. A known receipt answers with its run. */
  accept(
    id: string,
    version: number,
    receipt: string | null,
    payload: (EventBody & { type: 'WorkflowStarted' })['payload'],
    replayOf: string | null,
    handed: { worker: string; events: EventBody[]; left: AppendRequest['projection'] } | null,
  ): { runId: string; isFresh: boolean } {
    const former = receipt === null ? undefined : this.receipts.get(receipt);
    if (former !== undefined) return { runId: former, isFresh: false };
    if (receipt !== null) this.receipts.set(receipt, id);
    const row: RunRow = {
      id,
      version,
      status: handed ? (handed.left?.status ?? 'running') : 'queued',
      epoch: handed ? 1 : 0,
      worker: handed && !handed.left ? handed.worker : null,
      leaseUntil: handed && !handed.left ? this.now + this.leaseMs : null,
      readyAt: handed
        ? handed.left?.delayMs === null || handed.left?.delayMs === undefined
          ? null
          : this.now + handed.left.delayMs
        : this.now,
      answered: false,
      crashes: 0,
      replayOf,
      code: handed?.left?.code ?? null,
      journal: [],
      decidedAt: [],
    };
    this.runs.set(id, row);
    this.#write(row, [{ type: 'WorkflowStarted', step: null, payload }, ...(handed?.events ?? [])]);
    return { runId: id, isFresh: true };
  }

  /** claim_runs: the run that is ready longest. */
  claim(worker: string): RunRow | null {
    const ready = [...this.runs.values()]
      .filter((run) => (run.status === 'queued' || run.status === 'waiting') && run.readyAt !== null)
      .filter((run) => run.readyAt! <= this.now)
      .sort((a, b) => a.readyAt! - b.readyAt!);
    const [run] = ready;
    if (!run) return null;
    Object.assign(run, { status: 'running', worker, readyAt: null, answered: false });
    run.epoch += 1;
    run.leaseUntil = this.now + this.leaseMs;
    return run;
  }

  /** append_events: false when the epoch is over or the run is not running. Throws what the triggers of the table throw. */
  append(request: AppendRequest, decidedAt = this.now): boolean {
    const run = this.runs.get(request.runId)!;
    if (run.epoch !== request.epoch || run.status !== 'running') {
      this.fenced += 1;
      return false;
    }
    if (request.events.length > 0 && request.firstSeq !== run.journal.length)
      throw fault('23505', 'there is an entry at this place');
    this.#write(run, request.events, decidedAt);
    const { projection } = request;
    const isProven = request.events.some(({ type }) => type === 'StepCompleted');
    if (!projection) {
      if (isProven) run.crashes = 0;
      return true;
    }
    const { status, delayMs, code } = projection;
    run.readyAt =
      run.answered && status === 'waiting' ? this.now : delayMs === null ? null : this.now + delayMs;
    Object.assign(run, { status, worker: null, leaseUntil: null, code });
    if (status === 'waiting') run.crashes = 0;
    return true;
  }

  /** renew_leases. */
  renew(runId: string, epoch: number, worker: string): boolean {
    const run = this.runs.get(runId)!;
    if (run.epoch !== epoch || run.worker !== worker || run.status !== 'running') return false;
    run.leaseUntil = this.now + this.leaseMs;
    return true;
  }

  /** sweep_runs. */
  sweep(): number {
    let swept = 0;
    for (const run of this.runs.values())
      if (run.status === 'running' && run.leaseUntil! < this.now) {
        Object.assign(run, { status: 'queued', readyAt: this.now, worker: null, leaseUntil: null });
        run.crashes += 1;
        swept += 1;
      }
    return swept;
  }

  /** cancel_run. */
  cancel(runId: string): boolean {
    const run = this.runs.get(runId)!;
    if (!active.has(run.status)) return false;
    this.#write(run, [{ type: 'ExecutionAborted', step: null, payload: { by: 'user:u' } }]);
    Object.assign(run, { status: 'cancelled', worker: null, leaseUntil: null, readyAt: null });
    run.epoch += 1;
    return true;
  }

  /** answer_question: the first answer in time counts, every other is late. */
  answer(question: Question, given: Answer['given']): boolean {
    const run = this.runs.get(question.runId)!;
    const isInTime = question.expiresAt === null || question.expiresAt > this.now;
    if (question.state !== 'pending' || !active.has(run.status) || !isInTime) return false;
    Object.assign(question, { state: 'answered', answer: given });
    question.taken += 1;
    run.answered = true;
    if (run.status === 'waiting') run.readyAt = this.now;
    return true;
  }

  /** read_answers. */
  answers(runId: string): Answer[] {
    return this.questions
      .filter((question) => question.runId === runId && question.state === 'answered')
      .map(({ step, kind, answer }) => ({
        step,
        kind,
        given: answer!,
        by: 'user:u',
        at: new Date(this.now).toISOString(),
        ...(kind === 'child' ? { ending: { output: 1 } } : {}),
      }));
  }

  /** Entries and, as note_question does it, the questions they make and use up: all of it or nothing. */
  #write(run: RunRow, events: readonly EventBody[], decidedAt = this.now): void {
    const changes: (() => void)[] = [];
    for (const event of events) this.#noteQuestion(run, event, changes);
    for (const change of changes) change();
    for (const event of events) {
      run.journal.push({ ...event, seq: run.journal.length, atMs: this.now } as RecordedEvent);
      run.decidedAt.push(decidedAt);
    }
  }

  #noteQuestion(run: RunRow, event: EventBody, changes: (() => void)[]): void {
    const own = this.questions.filter(({ runId }) => runId === run.id);
    const open = (question: Question) => question.state === 'pending' || question.state === 'answered';
    const make = (kind: Question['kind'], step: string, expiresAt: number | null) =>
      changes.push(() =>
        this.questions.push({
          runId: run.id,
          step,
          kind,
          state: 'pending',
          expiresAt,
          answer: null,
          taken: 0,
        }),
      );
    switch (event.type) {
      case 'WorkflowFailed':
      case 'ExecutionAborted':
        changes.push(() => own.filter(open).forEach((question) => (question.state = 'void')));
        return;
      case 'IterationFailed':
      case 'LoopFailed':
        changes.push(() =>
          own
            .filter(
              (one) =>
                open(one) && (one.step.startsWith(`${event.step}.`) || one.step.startsWith(`${event.step}[`)),
            )
            .forEach((question) => (question.state = 'void')),
        );
        return;
      case 'StepUnknown':
        return void make('settle', event.step, null);
      case 'ApprovalRequested':
        return void make('approval', event.step, event.payload.expiresAtMs);
      case 'HookAwaited':
        return void make('hook', event.step, event.payload.expiresAtMs);
      case 'ChildAwaited':
        return void make('child', event.step, event.payload.expiresAtMs);
      case 'StepSettled':
      case 'ApprovalApplied':
      case 'HookReceived':
      case 'ChildEnded':
      case 'ApprovalExpired':
      case 'HookExpired':
      case 'ChildExpired': {
        const isExpiry = event.type.endsWith('Expired');
        const asked = own.find(
          (one) => one.step === event.step && one.state === (isExpiry ? 'pending' : 'answered'),
        );
        if (!asked) throw fault('23000', `step ${event.step} has no such question`);
        changes.push(() => (asked.state = isExpiry ? 'expired' : 'consumed'));
      }
    }
  }
}
