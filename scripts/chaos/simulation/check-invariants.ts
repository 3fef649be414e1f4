// What must hold of a simulated world after every command. Each journal is read on from where it was read to before.
import type { RecordedEvent } from '../../../runner/src/journal/events.ts';
import type { FakeDatabase, RunRow } from './fake-database.ts';
import type { Sent } from './sent.ts';

const ends = new Set(['WorkflowSucceeded', 'WorkflowFailed', 'ExecutionAborted']);
const terminal = new Set(['succeeded', 'failed', 'cancelled']);
const lasting = new Set([
  'StepCompleted',
  'StepSkipped',
  'ApprovalApplied',
  'ApprovalExpired',
  'HookReceived',
  'HookExpired',
  'ChildEnded',
  'ChildExpired',
  'LoopCompleted',
  'LoopFailed',
]);

type Seen = {
  read: number;
  status: string;
  epoch: number;
  hasEnded: boolean;
  done: Map<string, number>;
  failures: Map<string, number>;
  notBefore: Map<string, number>;
  attempts: Map<string, number>;
  sends: Map<string, number>;
};

const fail = (text: string): never => {
  throw new Error(text);
};

/** `maxRetriesOf` answers for a step's address. */
export class Invariants {
  readonly #runs = new Map<string, Seen>();
  readonly #callOfKey = new Map<string, string>();
  readonly #keyOfCall = new Map<string, string>();
  #sends = 0;
  readonly #maxRetriesOf: (address: string) => number;

  constructor(maxRetriesOf: (address: string) => number) {
    this.#maxRetriesOf = maxRetriesOf;
  }

  /** Throws with the id of the invariant that does not hold. */
  check(database: FakeDatabase, sent: readonly Sent[]): void {
    for (const run of database.runs.values()) this.#checkRun(run);
    for (; this.#sends < sent.length; this.#sends += 1) this.#checkSend(sent[this.#sends]!);
    for (const question of database.questions)
      if (question.taken > 1) fail(`A1: ${question.step} of ${question.runId} was answered twice`);
    if (new Set(database.receipts.values()).size !== database.receipts.size)
      fail('W1: two deliveries share a run');
  }

  #seenOf(run: RunRow): Seen {
    let seen = this.#runs.get(run.id);
    if (!seen)
      this.#runs.set(
        run.id,
        (seen = {
          read: 0,
          status: '',
          epoch: 0,
          hasEnded: false,
          done: new Map(),
          failures: new Map(),
          notBefore: new Map(),
          attempts: new Map(),
          sends: new Map(),
        }),
      );
    return seen;
  }

  #checkRun(run: RunRow): void {
    const seen = this.#seenOf(run);
    if (terminal.has(seen.status) && run.status !== seen.status)
      fail(`R18: run ${run.id} was ${seen.status} and is ${run.status}`);
    if (run.epoch < seen.epoch) fail(`R8: the epoch of run ${run.id} went back`);
    seen.status = run.status;
    seen.epoch = run.epoch;
    for (; seen.read < run.journal.length; seen.read += 1)
      this.#checkEntry(run, seen, run.journal[seen.read]!);
    if (terminal.has(run.status) !== seen.hasEnded)
      fail(`R18: run ${run.id} is ${run.status} and its journal ${seen.hasEnded ? 'has' : 'has not'} ended`);
  }

  #checkEntry(run: RunRow, seen: Seen, event: RecordedEvent): void {
    const where = `${event.type} ${event.step ?? ''} of run ${run.id}`;
    if (event.seq !== seen.read) fail(`R4: ${where} stands at ${seen.read}`);
    if (seen.hasEnded) fail(`R18: ${where} after the end`);
    if (ends.has(event.type)) seen.hasEnded = true;
    if (event.type === 'WorkflowStarted')
      for (const id of Object.keys(event.payload.kept ?? {})) seen.done.set(id, event.atMs);
    if (event.step === null) return;
    if (seen.done.has(event.step)) fail(`R4, R5: ${where} after it had finished`);
    if (event.type === 'StepDispatched') this.#checkIntent(run, seen, event);
    if (event.type === 'StepFailed') {
      const { retryInMs, error, attempt } = event.payload;
      if (retryInMs === undefined) seen.done.set(event.step, event.atMs);
      else seen.notBefore.set(event.step, run.decidedAt[event.seq]! + retryInMs);
      // What was lost with its process, or was not there, is no failure of the service.
      if (error.code !== 'outcome_unknown' && attempt > 0)
        seen.failures.set(event.step, (seen.failures.get(event.step) ?? 0) + 1);
    }
    if (lasting.has(event.type) || (event.type === 'StepSettled' && event.payload.decision === 'happened'))
      seen.done.set(event.step, event.atMs);
  }

  #checkIntent(run: RunRow, seen: Seen, event: RecordedEvent & { type: 'StepDispatched' }): void {
    const { step, payload } = event;
    const before = seen.attempts.get(step) ?? 0;
    if (payload.attempt !== before + 1) fail(`R11: attempt ${payload.attempt} of ${step} after ${before}`);
    seen.attempts.set(step, payload.attempt);
    if (run.decidedAt[event.seq]! + 1 < (seen.notBefore.get(step) ?? 0))
      fail(`R11: ${step} was tried again too early`);
    if ((seen.failures.get(step) ?? 0) > this.#maxRetriesOf(step))
      fail(`R11: ${step} is tried again after ${seen.failures.get(step)} failures`);
    const { version } = payload.input as { version: number };
    if (version !== run.version)
      fail(`R13: ${step} of run ${run.id} sends version ${version}, the run has ${run.version}`);
  }

  #checkSend({ runId, address, key, inTheAct, isLate, root }: Sent): void {
    const seen = this.#runs.get(runId);
    if (!seen) return fail(`R2: a call of run ${runId}, which is not there`);
    if (seen.done.has(address) && !inTheAct)
      fail(`R5: ${address} of run ${runId} was sent after it had finished`);
    const sends = (seen.sends.get(address) ?? 0) + 1;
    seen.sends.set(address, sends);
    if (sends > (seen.attempts.get(address) ?? 0))
      fail(
        `R7: ${address} of run ${runId} was sent ${sends} times, and its intent stands ${seen.attempts.get(address) ?? 0} times`,
      );
    if (isLate) fail(`R8: ${address} of run ${runId} was begun past two thirds of the lease`);
    // Runs that go on under a former run's key are one logical call with it.
    const call = `${root} ${address}`;
    if ((this.#callOfKey.get(key) ?? call) !== call) fail(`R6: key ${key} stands for two calls`);
    if ((this.#keyOfCall.get(call) ?? key) !== key) fail(`R6: ${call} was sent with two keys`);
    this.#callOfKey.set(key, call);
    this.#keyOfCall.set(call, key);
  }
}
