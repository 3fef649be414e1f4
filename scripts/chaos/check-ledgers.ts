// Holds what the client was promised and what the receiver saw against the journal. Pure: facts in, a report out.
import type { Arrival, Delivery } from './world/ledgers.ts';
import type { Note } from './world/start-world.ts';

export type RunRow = { id: string; status: string; delivery: string | null; crashes: number };
/** An entry of the journal; `code` of a failure, `retries`: it is tried again, `decision` of a person. */
export type EventRow = {
  runId: string;
  seq: number;
  type: string;
  step: string | null;
  at: number;
  code: string | null;
  retries: boolean;
  decision: string | null;
};

export type Facts = {
  deliveries: readonly Delivery[];
  arrivals: readonly Arrival[];
  runs: readonly RunRow[];
  events: readonly EventRow[];
  notes: readonly Note[];
};

export type Violation = {
  kind:
    | 'lost'
    | 'invented'
    | 'two runs'
    | 'stuck'
    | 'failed'
    | 'doubled'
    | 'two keys'
    | 'too often'
    | 'unexplained'
    | 'not called'
    | 'stale write';
  /** The fault that was last before it. */
  fault: string;
  text: string;
};

export type FaultRow = {
  fault: string;
  times: number;
  /** Runs that were in the hands of those it hit. */
  runs: number;
  lost: number;
  doubled: number;
  /** Calls in flight that were sent once more. */
  repeated: number;
  /** From the last harm that a run suffered to the next entry of its journal, in ms, sorted. */
  takeoversMs: number[];
};

export type Report = {
  accepted: number;
  runs: number;
  /** Requests at the receiver, logical calls, keys. */
  requests: number;
  calls: number;
  keys: number;
  repeated: number;
  /** Of a worker that was stopped in the act of sending and woke later (R7). */
  woken: number;
  quarantined: number;
  violations: Violation[];
  faults: FaultRow[];
};

const ended = new Set(['succeeded', 'failed', 'cancelled']);
const ends = new Set(['WorkflowSucceeded', 'WorkflowFailed', 'ExecutionAborted']);
const isDone = ({ type, decision }: EventRow): boolean =>
  type === 'StepCompleted' || (type === 'StepSettled' && decision === 'happened');

/** Checks R1, R2, R4 to R8, R14 and W1 over one world that has come to rest. */
export function checkLedgers(facts: Facts): Report {
  const { deliveries, arrivals, runs, notes } = facts;
  const violations: Violation[] = [];
  const rows = new Map<string, FaultRow>();
  const rowOf = (fault: string): FaultRow => {
    let row = rows.get(fault);
    if (!row)
      rows.set(
        fault,
        (row = { fault, times: 0, runs: 0, lost: 0, doubled: 0, repeated: 0, takeoversMs: [] }),
      );
    return row;
  };
  for (const { fault, victims } of notes) {
    const row = rowOf(fault);
    row.times += 1;
    row.runs += victims.length;
  }
  /** The fault that a run suffered last before an instant, else the last one of all. */
  const faultAt = (at: number, runId: string): string => {
    const before = notes.filter((note) => note.at <= at);
    return (before.findLast(({ victims }) => victims.includes(runId)) ?? before.at(-1))?.fault ?? 'none';
  };
  const tell = (kind: Violation['kind'], at: number, runId: string, text: string): void => {
    const fault = faultAt(at, runId);
    violations.push({ kind, fault, text });
    if (kind === 'lost' || kind === 'stuck') rowOf(fault).lost += 1;
    if (kind === 'doubled') rowOf(fault).doubled += 1;
  };

  const runById = new Map(runs.map((run) => [run.id, run]));
  const runsOf = Map.groupBy(
    runs.filter(({ delivery }) => delivery !== null),
    ({ delivery }) => delivery!,
  );
  const known = new Set(deliveries.map(({ id }) => id));
  for (const { id, ackedAt, answers } of deliveries) {
    const own = runsOf.get(id) ?? [];
    if (own.length > 1) tell('two runs', ackedAt ?? 0, own[0]!.id, `${id} has ${own.length} runs`);
    if (ackedAt === null) continue;
    if (own.length === 0) tell('lost', ackedAt, '', `${id} was accepted and has no run`);
    const told = new Set(answers);
    if (own.length > 0 && (told.size > 1 || !told.has(own[0]!.id)))
      tell(
        'two runs',
        ackedAt,
        own[0]!.id,
        `${id} was told ${[...told].join(', ')}, its run is ${own[0]!.id}`,
      );
  }
  for (const { id, delivery } of runs)
    if (delivery === null || !known.has(delivery))
      tell('invented', Infinity, id, `run ${id} has no delivery of the client (${delivery})`);

  const eventsOf = Map.groupBy(facts.events, ({ runId }) => runId);
  const arrivalsOf = Map.groupBy(arrivals, ({ key }) => key);
  const keysOf = new Map<string, Set<string>>();
  for (const { key, runId, step } of arrivals) {
    const call = `${runId} ${step}`;
    keysOf.set(call, (keysOf.get(call) ?? new Set()).add(key));
  }
  for (const [call, keys] of keysOf)
    if (keys.size > 1) tell('two keys', Infinity, call, `${call} was sent with ${keys.size} keys`);
  for (const [key, all] of arrivalsOf)
    if (new Set(all.map(({ runId, step }) => `${runId} ${step}`)).size > 1)
      tell('two keys', Infinity, all[0]!.runId, `key ${key} stands for several calls`);
  for (const { runId, at } of arrivals)
    if (!runById.has(runId)) tell('invented', at, runId, `a call of run ${runId}, which is not there`);

  let repeated = 0;
  let woken = 0;
  let quarantined = 0;
  for (const run of runs) {
    const events = (eventsOf.get(run.id) ?? []).toSorted((a, b) => a.seq - b.seq);
    const last = events.at(-1);
    if (!ended.has(run.status)) tell('stuck', last?.at ?? 0, run.id, `run ${run.id} is ${run.status}`);
    else if (last?.code === 'quarantined' && run.crashes >= 3) quarantined += 1;
    else if (run.status !== 'succeeded')
      tell('failed', last?.at ?? 0, run.id, `run ${run.id} ${run.status}: ${last?.code}`);
    checkOrder(run, events, tell);

    const spanned = notes.filter(
      (note) => note.until >= (events[0]?.at ?? 0) && note.at <= (last?.at ?? Infinity),
    );
    for (const [step, own] of Map.groupBy(
      events.filter((event) => event.step !== null),
      (event) => event.step!,
    )) {
      const key = [...(keysOf.get(`${run.id} ${step}`) ?? [])][0];
      const came = key === undefined ? [] : arrivalsOf.get(key)!;
      const dispatched = own.filter(({ type }) => type === 'StepDispatched');
      const done = own.find(isDone);
      if (dispatched.length === 0) continue;
      if (came.length > dispatched.length)
        tell(
          'too often',
          came.at(-1)!.at,
          run.id,
          `${step} of ${run.id}: ${came.length} requests, ${dispatched.length} intents`,
        );
      if (done?.type === 'StepCompleted' && !came.some(({ isBad }) => !isBad))
        tell('not called', done.at, run.id, `${step} of ${run.id} is completed and nothing came`);
      for (const { at } of came) {
        if (!done || at <= done.at + 1) continue;
        const isWoken = notes.some(
          ({ fault, victims }) => fault.startsWith('stop') && victims.includes(run.id),
        );
        if (isWoken) woken += 1;
        else
          tell(
            'doubled',
            at,
            run.id,
            `${step} of ${run.id} was sent ${at - done.at} ms after it was completed`,
          );
      }
      const lost = own.filter(({ type, code }) => type === 'StepFailed' && code === 'outcome_unknown');
      if (lost.length > spanned.length)
        tell(
          'unexplained',
          lost.at(-1)!.at,
          run.id,
          `${step} of ${run.id} was in doubt ${lost.length} times over ${spanned.length} faults`,
        );
      const extra = Math.max(0, came.length - came.filter(({ isBad }) => isBad).length - 1);
      repeated += extra;
      for (const { at } of came.slice(-extra || came.length))
        if (extra > 0) rowOf(faultAt(at, run.id)).repeated += 1;
    }
  }

  for (const { fault, at, victims } of notes)
    for (const runId of victims) {
      const next = (eventsOf.get(runId) ?? []).filter((event) => event.at > at).map((event) => event.at);
      const taken = Math.min(...next);
      // Whoever was hit again before anything had come of it is measured from the last harm.
      const isHitAgain = notes.some(
        (later) => later.at > at && later.at < taken && later.victims.includes(runId),
      );
      if (next.length > 0 && !isHitAgain) rowOf(fault).takeoversMs.push(taken - at);
    }
  for (const row of rows.values()) row.takeoversMs.sort((a, b) => a - b);
  return {
    accepted: deliveries.filter(({ ackedAt }) => ackedAt !== null).length,
    runs: runs.length,
    requests: arrivals.length,
    calls: keysOf.size,
    keys: arrivalsOf.size,
    repeated,
    woken,
    quarantined,
    violations,
    faults: [...rows.values()].sort((a, b) => (a.fault < b.fault ? -1 : 1)),
  };
}

/** One journal: no gap, one end and nothing behind it, no step completed twice or begun again after that. */
function checkOrder(
  run: RunRow,
  events: readonly EventRow[],
  tell: (kind: Violation['kind'], at: number, runId: string, text: string) => void,
): void {
  const done = new Set<string>();
  events.forEach((event, index) => {
    const where = `entry ${event.seq} (${event.type} ${event.step ?? ''}) of run ${run.id}`;
    if (event.seq !== index) tell('stale write', event.at, run.id, `${where} stands at place ${index}`);
    if (index > 0 && ends.has(events[index - 1]!.type))
      tell('stale write', event.at, run.id, `${where} follows the end`);
    if (event.step === null) return;
    if (done.has(event.step))
      tell(
        event.type === 'StepDispatched' ? 'doubled' : 'stale write',
        event.at,
        run.id,
        `${where} follows its completion`,
      );
    if (isDone(event)) done.add(event.step);
  });
}
