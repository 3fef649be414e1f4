// The runs that this process holds, and for how long it may still act for them. Only the database's clock decides who owns a run;
// this process measures with its own monotonic clock how much of each lease is surely left, and stops acting at two thirds.
import type { Journal } from '../journal/open-journal.ts';
import { passCrashPoint } from '../platform/crash-point.ts';

type Held = { tenantId: string; runId: string; epoch: number; grantedAt: number; lost: AbortController };

export type Leases = {
  hold(run: { tenantId: string; runId: string; epoch: number }): AbortSignal;
  release(runId: string): void;
  /** True while at most two thirds of the lease have gone by since it was surely granted. */
  holds(runId: string): boolean;
  /** Takes a run away: it was cancelled or taken over. */
  lose(runId: string): void;
  size(): number;
  runIds(): string[];
  /** The database's time in ms, from the last answer and the monotonic clock. */
  clock(): number;
  /** Tells the database's time as of an answer to a question asked at `askedAt` (performance.now()). */
  tellClock(databaseMs: number, askedAt: number): void;
  /** One round of renewals; called on a timer on the same event loop as the work, so that a blocked loop loses its leases. */
  renew(): Promise<void>;
};

/** Inputs: the journal's connection, this worker's name, the lease in seconds. */
export function holdLeases(journal: Pick<Journal, 'query'>, worker: string, leaseSeconds: number): Leases {
  const held = new Map<string, Held>();
  let offsetMs = Date.now() - performance.now();
  const ageMs = (run: Held) => performance.now() - run.grantedAt;

  const leases: Leases = {
    hold({ tenantId, runId, epoch }) {
      const lost = new AbortController();
      held.set(runId, { tenantId, runId, epoch, grantedAt: performance.now(), lost });
      return lost.signal;
    },
    release: (runId) => void held.delete(runId),
    holds(runId) {
      const run = held.get(runId);
      return run !== undefined && !run.lost.signal.aborted && ageMs(run) < (leaseSeconds * 1000 * 2) / 3;
    },
    lose(runId) {
      held.get(runId)?.lost.abort();
    },
    size: () => held.size,
    runIds: () => [...held.keys()],
    clock: () => performance.now() + offsetMs,
    tellClock(databaseMs, askedAt) {
      offsetMs = databaseMs - (askedAt + performance.now()) / 2;
    },
    async renew() {
      // Short runs end before a third of their lease and are never renewed.
      const due = [...held.values()].filter(
        (run) => ageMs(run) > (leaseSeconds * 1000) / 3 && !run.lost.signal.aborted,
      );
      if (due.length === 0) return;
      const askedAt = performance.now();
      passCrashPoint('before-renew');
      const rows = await journal.query<{ run_id: string; clock: Date }>(
        'SELECT * FROM engine.renew_leases($1::text, $2::uuid[], $3::uuid[], $4::int[], $5::int)',
        [
          worker,
          due.map((run) => run.tenantId),
          due.map((run) => run.runId),
          due.map((run) => run.epoch),
          leaseSeconds,
        ],
      );
      passCrashPoint('renewed');
      const renewed = new Set(rows.map((row) => row.run_id));
      if (rows[0]) leases.tellClock(rows[0].clock.getTime(), askedAt);
      for (const run of due) {
        if (renewed.has(run.runId)) run.grantedAt = askedAt;
        // A run may have ended between the question and the answer; then it is no longer in the map.
        else if (held.get(run.runId) === run) run.lost.abort();
      }
    },
  };
  return leases;
}
