// Takes runs from the database and works on them, as many at once as this process may hold.
import type { Journal } from '../journal/open-journal.ts';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import { passCrashPoint } from '../platform/crash-point.ts';
import type { Logger } from '../platform/logger.ts';
import {
  type Decision,
  type DecisionServices,
  openRun,
  type OpenRun,
  type RunLeft,
  type RunTicket,
} from '../runs/decide-run.ts';
import { executeRun, type ExecutionServices } from '../runs/execute-run.ts';
import { readAnswers } from '../questions/answers.ts';
import { keepStates, readOn } from '../runs/fold-run.ts';
import { applyEvent, emptyState, type RunState } from '../workflow/fold-journal.ts';
import type { Leases } from './hold-leases.ts';

/** A run that has brought down its worker this often is put aside. */
export const mostCrashes = 3;

/** A suspect that must wait for another one looks again after so long, in ms. */
const suspectsPauseMs = 250;

export type Plan = { run: OpenRun; decision: Decision };

export type Worker = {
  /** Decides a new run's first steps before it is accepted, so that they share the commit of its acceptance. */
  plan(ticket: RunTicket): Promise<Plan>;
  /** Works on a run that was accepted and handed to this process directly. */
  take(plan: Plan): void;
  /** How many more runs may be taken. */
  room(): number;
  /** Something was queued that could not be handed over: look for it, and again as runs end. */
  wakeForBacklog(): void;
  /** Looks for ready runs soon; any number of calls before it looks count as one. */
  wake(): void;
  /** Takes no more, waits up to `graceMs` for calls in flight, hands the rest back. */
  drain(graceMs: number): Promise<void>;
};

export type WorkerOptions = {
  journal: Journal;
  leases: Leases;
  services: Omit<DecisionServices & ExecutionServices, 'journal' | 'loadAnswers' | 'clock' | 'holds'>;
  name: string;
  concurrency: number;
  leaseSeconds: number;
  logger: Logger;
  /** Told when a run has been left: for metrics and for those who watch it. */
  onLeft(ticket: RunTicket, left: RunLeft): void;
};

type Claim = { tenant_id: string; run_id: string; epoch: number; crashes: number; clock: Date };
type Entry = {
  run_id: string;
  workflow_id: string;
  workflow_version: number;
  workflow_name: string;
  /** Null, and what follows as well: nothing is new. */
  seq: number | null;
  type: string;
  step: string | null;
  payload: string;
  at: Date;
  /** The last entry that the run has. */
  newest: number;
};

/** Applies entries as they were read; those that are known already are passed over. */
function applyEntries(state: RunState, entries: readonly Entry[]): void {
  for (const { seq, type, step, payload, at } of entries)
    if (seq === state.nextSeq)
      applyEvent(state, {
        seq,
        type,
        step,
        payload: JSON.parse(payload),
        atMs: at.getTime(),
      } as RecordedEvent);
}

/** Starts nothing by itself: `wake` and `take` do. */
export function workRuns(options: WorkerOptions): Worker {
  const { journal, leases, name, concurrency, leaseSeconds, logger } = options;
  const drain = new AbortController();
  const services: DecisionServices & ExecutionServices = {
    ...options.services,
    journal,
    loadAnswers: (ticket) => readAnswers(journal, ticket),
    clock: leases.clock,
    holds: leases.holds,
  };
  const working = new Set<Promise<void>>();
  /** States of long runs that wait: a loop that pauses for each of its items is not folded anew each time. */
  const waiting = keepStates();
  let claiming = false;
  let again = false;

  /** False: others with its key are before it, and it stands in their line. One that was planned got its key with its acceptance. */
  async function mayBegin({ ticket, turn }: OpenRun, wasPlanned: boolean): Promise<boolean> {
    if (turn === null || wasPlanned || ticket.state.nextSeq > 1) return true;
    const [row] = await journal.query<{ begins: boolean }>(
      'SELECT engine.take_turn($1::uuid, $2::uuid, $3::int, $4::text, $5::int) AS begins',
      [ticket.tenantId, ticket.runId, ticket.epoch, turn.key, turn.limit],
    );
    return row?.begins ?? false;
  }

  function take(ticket: RunTicket, plan: Plan | null = null): void {
    const lost = leases.hold(ticket);
    const work = (async () => {
      let left: RunLeft = 'fenced';
      try {
        const run = plan?.run ?? (await openRun(ticket, services, drain.signal));
        left = (await mayBegin(run, plan !== null))
          ? await executeRun(run, plan?.decision ?? null, services, lost)
          : 'released';
      } catch (error) {
        logger.error(
          { tenantId: ticket.tenantId, runId: ticket.runId, err: error },
          'a run was let go; its lease will run out and it will be taken up again',
        );
      } finally {
        leases.release(ticket.runId);
      }
      if (suspect === ticket.runId) {
        suspect = null;
        setTimeout(wake, suspectsPauseMs + 10).unref();
      }
      if (left === 'waiting') waiting.keep(ticket.runId, ticket.state);
      options.onLeft(ticket, left);
      wakeAfter(ticket, left);
    })();
    working.add(work);
    void work.finally(() => working.delete(work));
  }

  /** Something waits shortly: look again when it is due. And whoever is queued behind the cap may now begin. */
  function wakeAfter(ticket: RunTicket, left: RunLeft): void {
    if (left === 'waiting') {
      let soonest = Infinity;
      for (const step of ticket.state.steps.values())
        if (step.readyAtMs !== null && (step.status === 'retrying' || step.status === 'waiting'))
          soonest = Math.min(soonest, step.readyAtMs);
      const inMs = soonest - leases.clock();
      if (inMs < 60_000) setTimeout(wake, Math.max(0, inMs) + 2).unref();
    }
    if (backlog) wake();
  }

  let backlog = false;
  async function claim(): Promise<void> {
    while (!drain.signal.aborted) {
      const want = Math.min(100, concurrency - leases.size());
      if (want <= 0) return;
      const askedAt = performance.now();
      const claims = await journal.query<Claim>(
        'SELECT * FROM engine.claim_runs($1::text, $2::int, $3::int)',
        [name, want, leaseSeconds],
      );
      // Once something was found, more may stand behind a tenant's cap: look again as runs end, until nothing is held and nothing found.
      backlog = claims.length > 0 || (backlog && leases.size() > 0);
      if (claims.length === 0) return;
      passCrashPoint('claimed');
      leases.tellClock(claims[0]!.clock.getTime(), askedAt);
      await takeClaims(claims);
      if (claims.length < want) return;
    }
  }

  async function takeClaims(claims: Claim[]): Promise<void> {
    const tenants = [...new Set(claims.map((row) => row.tenant_id))];
    const known = claims.map((row) => waiting.take(row.run_id));
    const entries = await journal.query<Entry>(
      'SELECT * FROM read_claimed($1::uuid[], $2::uuid[], $3::uuid[], $4::int[])',
      [
        tenants,
        claims.map((row) => row.tenant_id),
        claims.map((row) => row.run_id),
        known.map((state) => (state ? state.nextSeq - 1 : -1)),
      ],
    );
    const byRun = Map.groupBy(entries, (entry) => entry.run_id);
    const suspects: RunTicket[] = [];
    for (const [place, row] of claims.entries()) {
      const journaled = byRun.get(row.run_id);
      const state = known[place] ?? emptyState();
      if (journaled) applyEntries(state, journaled);
      if (!journaled || state.nextSeq === 0) {
        logger.error({ tenantId: row.tenant_id, runId: row.run_id }, 'a claimed run has no journal');
        continue;
      }
      if (journaled[0]!.newest >= state.nextSeq) await readOn(journal, row.tenant_id, row.run_id, state);
      const first = journaled[0]!;
      const ticket: RunTicket = {
        tenantId: row.tenant_id,
        runId: row.run_id,
        epoch: row.epoch,
        workflowId: first.workflow_id,
        version: first.workflow_version,
        workflowName: first.workflow_name,
        state,
      };
      if (row.crashes >= mostCrashes) await quarantine(ticket);
      else if (row.crashes >= mostCrashes - 1) suspects.push(ticket);
      else take(ticket);
    }
    await takeSuspects(suspects);
  }

  /** The one run in hand of which one more crash would be the last. */
  let suspect: string | null = null;

  /**
   * Whoever was in hand at a crash may have caused it. Before one is put aside for it, suspects are taken one at a time: so the
   * next crash tells which it was, and those that were only near are not blamed.
   */
  async function takeSuspects(suspects: RunTicket[]): Promise<void> {
    const chosen = suspect === null ? suspects.shift() : undefined;
    const why =
      'Its process was lost twice with this run in hand, so it is tried with no other such run beside it.';
    await Promise.all(
      suspects.map(({ tenantId, runId, epoch, state }) =>
        journal.append({
          tenantId,
          runId,
          epoch,
          firstSeq: state.nextSeq,
          events: [],
          projection: { status: 'queued', delayMs: suspectsPauseMs, why, code: null, message: null },
        }),
      ),
    );
    if (!chosen) return;
    suspect = chosen.runId;
    take(chosen);
  }

  async function quarantine(ticket: RunTicket): Promise<void> {
    const message = `This run has brought down its process ${mostCrashes} times and was put aside, so that it harms no others.`;
    const body: EventBody = { type: 'WorkflowFailed', step: null, payload: { code: 'quarantined', message } };
    await journal.append({
      tenantId: ticket.tenantId,
      runId: ticket.runId,
      epoch: ticket.epoch,
      firstSeq: ticket.state.nextSeq,
      events: [body],
      projection: { status: 'failed', delayMs: null, why: message, code: 'quarantined', message },
    });
    options.onLeft(ticket, 'failed');
  }

  function wake(): void {
    if (drain.signal.aborted) return;
    if (claiming) {
      again = true;
      return;
    }
    claiming = true;
    void claim()
      .catch((error) => logger.warn({ err: error }, 'could not look for ready runs; trying again'))
      .finally(() => {
        claiming = false;
        if (again) {
          again = false;
          wake();
        }
      });
  }

  return {
    async plan(ticket) {
      const run = await openRun(ticket, services, drain.signal);
      return { run, decision: await run.decide([]) };
    },
    take: (plan) => take(plan.run.ticket, plan),
    wake,
    wakeForBacklog() {
      backlog = true;
      wake();
    },
    room: () => (drain.signal.aborted ? 0 : concurrency - leases.size()),
    async drain(graceMs) {
      drain.abort();
      passCrashPoint('draining');
      // Runs between two calls see the signal at their next decision; those in a call finish it first.
      const grace = new Promise((resolve) => setTimeout(resolve, graceMs).unref());
      await Promise.race([Promise.allSettled(working), grace]);
    },
  };
}
