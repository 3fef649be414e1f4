// The hot path: accept and append, each one statement and one commit for many runs. Everything else goes through Prisma.
import pg from 'pg';
import type { Accepted, AcceptRequest } from '../engine.ts';
import { passCrashPoint } from '../platform/crash-point.ts';
import { CodedError } from '../platform/errors.ts';
import type { RunStatus } from '../workflow/types.ts';
import type { EventBody, RecordedEvent } from './events.ts';
import { groupCommits } from './group-commits.ts';

/** How a run row changes with a batch: it waits (`delayMs`), goes back to the queue, or ends. */
export type Projection = {
  status: RunStatus;
  delayMs: number | null;
  why: string | null;
  code: string | null;
  message: string | null;
};

export type AppendRequest = {
  tenantId: string;
  runId: string;
  epoch: number;
  firstSeq: number;
  events: EventBody[];
  projection: Projection | null;
};
export type Admission = Accepted & { handed: boolean };

/**
 * A run to accept with what was decided for it already: the entries after its start and how it is left by them.
 * They count only if the run is handed to `worker`; null: there is no room here, and the run is queued.
 */
export type AcceptItem = AcceptRequest & {
  runId: string;
  payload: string;
  worker: string | null;
  events: EventBody[];
  projection: Projection | null;
  /** Runs of the workflow with the same key go so many at a time. Null: nothing keeps it back. */
  turn: { key: string; limit: number } | null;
};

export type Journal = {
  /** Resolves after COMMIT. `worker` null: the run is queued and never handed over directly. */
  accept(request: AcceptItem): Promise<Admission>;
  /** All of them in one commit, or none where one of them is over the quota or its trigger is gone. None is handed to a worker. */
  acceptTogether(requests: readonly AcceptItem[]): Promise<Admission[]>;
  /** False: the epoch is no longer the caller's; nothing was written and the caller must stop at once. */
  append(request: AppendRequest): Promise<boolean>;
  read(tenantId: string, runId: string, after?: number, most?: number): Promise<RecordedEvent[]>;
  /** The entries after one, as many as are good to hold at once, by number and by size; `newest` is the last there is (-1: none). */
  readPart(
    tenantId: string,
    runId: string,
    after: number,
  ): Promise<{ events: RecordedEvent[]; newest: number }>;
  /** What waits to be committed, for metrics and for shedding load. */
  waiting(): number;
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
};

// Connection faults, shutdown, out of resources: the data is not at fault and one-by-one would only prolong it.
const isOffence = (error: unknown): boolean => /^(22|23|42)/.test((error as { code?: string }).code ?? '');

/** A fault of the database as the caller should see it: nothing was stored, try again soon. */
export function asUnavailable(error: unknown): unknown {
  const code = (error as { code?: string }).code ?? '';
  const connection =
    /^(08|53|55|57|25006|XX)/.test(code) ||
    /ECONN|EPIPE|ETIMEDOUT|terminat|timeout|Connection/i.test(`${code} ${(error as Error).message}`);
  return connection
    ? new CodedError({
        code: 'unavailable',
        message: 'The database cannot be reached right now. Nothing was stored; try again in a few seconds.',
        retryAfterMs: 2_000,
        cause: error,
      })
    : error;
}

const distinct = (values: string[]): string[] => [...new Set(values)];

type AdmissionRow = {
  place_in_batch: number;
  run_id: string | null;
  verdict: Admission['verdict'];
  handed: boolean;
  used: number | null;
  allowed: number | null;
};

/** The one statement that takes a batch of runs. */
function acceptQuery(items: readonly AcceptItem[], leaseSeconds: number): pg.QueryConfig {
  const column = <T>(pick: (item: AcceptItem) => T) => items.map(pick);
  // The entries that follow a run's start, with the run's place in the batch (from 1).
  const entries = items.flatMap((item, index) =>
    item.events.map((event, offset) => ({ place: index + 1, seq: offset + 1, event })),
  );
  return {
    name: 'accept',
    text: 'SELECT * FROM accept_runs($1::uuid[],$2::uuid[],$3::uuid[],$4::uuid[],$5::int[],$6::text[],$7::text[],$8::text[],$9::uuid[],$10::bool[],$11::text[],$12::text[],$13::text[],$14::float8[],$15::text[],$16::text[],$17::text[],$18::uuid[],$19::text[],$20::text[],$21::int[],$22::int[],$23::int[],$24::text[],$25::text[],$26::text[],$27::text,$28::int)',
    values: [
      distinct(column((item) => item.tenantId)),
      column((item) => item.tenantId),
      column((item) => item.runId),
      column((item) => item.workflowId),
      column((item) => item.version),
      column((item) => item.workflowName),
      column((item) => item.triggerKind),
      column((item) => item.actor),
      column((item) => item.replayOf ?? null),
      column((item) => item.guarded),
      column((item) => item.receiptKey),
      column((item) => item.payload),
      column((item) => item.projection?.status ?? null),
      column((item) => item.projection?.delayMs ?? null),
      column((item) => item.projection?.why ?? null),
      column((item) => item.projection?.code ?? null),
      column((item) => item.projection?.message ?? null),
      column((item) => (item.parent?.waits ? item.parent.runId : null)),
      column((item) => (item.parent?.waits ? item.parent.step : null)),
      column((item) => item.turn?.key ?? null),
      column((item) => item.turn?.limit ?? null),
      entries.map((entry) => entry.place),
      entries.map((entry) => entry.seq),
      entries.map((entry) => entry.event.type),
      entries.map((entry) => entry.event.step),
      entries.map((entry) => JSON.stringify(entry.event.payload)),
      // One process alone makes these batches, so they are of one worker: none of them may be handed over when it has no room.
      items.every((item) => item.worker !== null) ? items[0]!.worker : null,
      leaseSeconds,
    ],
  };
}

function readAdmissions(rows: readonly AdmissionRow[]): Admission[] {
  const answers: Admission[] = [];
  for (const row of rows)
    answers[row.place_in_batch - 1] = {
      verdict: row.verdict,
      runId: row.run_id,
      handed: row.handed,
      used: row.used ?? 0,
      allowed: row.allowed ?? 0,
    };
  return answers;
}

type EventRow = { seq: number; type: string; step: string | null; payload: string; at: Date };
const recordedOf = ({ seq, type, step, payload, at }: EventRow) =>
  ({ seq, type, step, payload: JSON.parse(payload), atMs: at.getTime() }) as RecordedEvent;

/** Opens the journal as the application's login. Inputs: DATABASE_URL, the lease in seconds, connections of the pool. */
export function openJournal(
  databaseUrl: string,
  { leaseSeconds, connections = 6 }: { leaseSeconds: number; connections?: number },
): Journal {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 10_000,
    lock_timeout: 5_000,
  });
  pool.on('error', () => {}); // the next query opens another connection

  const overflow = () =>
    new CodedError({
      code: 'unavailable',
      message: 'More is coming in than can be stored. Try again in a few seconds.',
      retryAfterMs: 2_000,
    });

  const accept = groupCommits<AcceptItem, Admission>({
    isOffence,
    overflow,
    async write(items) {
      passCrashPoint('before-accept');
      const { rows } = await pool.query<AdmissionRow>(acceptQuery(items, leaseSeconds));
      passCrashPoint('accepted');
      return readAdmissions(rows);
    },
  });

  const append = groupCommits<AppendRequest, boolean>({
    isOffence,
    overflow,
    async write(items) {
      // Sorted by key, so that two batches never wait for each other in a circle.
      const order = items
        .map((_, index) => index)
        .sort((a, b) => (items[a]!.runId < items[b]!.runId ? -1 : 1));
      const tenants: string[] = [];
      const [t, r, e, s, types, steps, payloads] = [[], [], [], [], [], [], []] as [
        string[],
        string[],
        number[],
        number[],
        (string | null)[],
        (string | null)[],
        string[],
      ];
      const [pt, pr, statuses, delays, whys, codes, messages] = [[], [], [], [], [], [], []] as [
        string[],
        string[],
        string[],
        (number | null)[],
        (string | null)[],
        (string | null)[],
        (string | null)[],
      ];
      for (const index of order) {
        const item = items[index]!;
        tenants.push(item.tenantId);
        const entries: (EventBody | null)[] = item.events.length > 0 ? item.events : [null];
        entries.forEach((event, offset) => {
          t.push(item.tenantId);
          r.push(item.runId);
          e.push(item.epoch);
          s.push(item.firstSeq + offset);
          types.push(event?.type ?? null);
          steps.push(event?.step ?? null);
          payloads.push(event ? JSON.stringify(event.payload) : '{}');
        });
        if (item.projection) {
          pt.push(item.tenantId);
          pr.push(item.runId);
          statuses.push(item.projection.status);
          delays.push(
            item.projection.delayMs === null ? null : Math.max(0, Math.round(item.projection.delayMs)),
          );
          whys.push(item.projection.why);
          codes.push(item.projection.code);
          messages.push(item.projection.message);
        }
      }
      passCrashPoint('before-append');
      const { rows } = await pool.query({
        name: 'append',
        text: 'SELECT run_id FROM append_events($1::uuid[],$2::uuid[],$3::uuid[],$4::int[],$5::int[],$6::text[],$7::text[],$8::text[],$9::uuid[],$10::uuid[],$11::text[],$12::float8[],$13::text[],$14::text[],$15::text[])',
        values: [
          distinct(tenants),
          t,
          r,
          e,
          s,
          types,
          steps,
          payloads,
          pt,
          pr,
          statuses,
          delays,
          whys,
          codes,
          messages,
        ],
      });
      passCrashPoint('appended');
      const held = new Set(rows.map((row) => row.run_id));
      return items.map((item) => held.has(item.runId));
    },
  });

  /** One statement behind the tenant's row-level security. */
  async function readOnly<Row extends pg.QueryResultRow>(tenantId: string, query: pg.QueryConfig) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN READ ONLY');
      await client.query("SELECT set_config('app.tenants', $1, true)", [`{${tenantId}}`]);
      const { rows } = await client.query<Row>(query);
      await client.query('COMMIT');
      return rows;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  }

  return {
    accept,
    append,
    async acceptTogether(requests) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const { rows } = await client.query<AdmissionRow>(acceptQuery(requests, leaseSeconds));
        const admissions = readAdmissions(rows);
        const isWhole = admissions.every(({ verdict }) => verdict === 'fresh' || verdict === 'duplicate');
        await client.query(isWhole ? 'COMMIT' : 'ROLLBACK');
        return admissions;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      } finally {
        client.release();
      }
    },
    waiting: () => accept.size() + append.size(),
    async read(tenantId, runId, after = -1, most = 100_000) {
      const rows = await readOnly<EventRow>(tenantId, {
        name: 'read',
        text: 'SELECT seq, type, step, payload, at FROM run_events WHERE tenant_id = $1 AND run_id = $2 AND seq > $3 ORDER BY seq LIMIT $4',
        values: [tenantId, runId, after, most],
      });
      return rows.map(recordedOf);
    },
    async readPart(tenantId, runId, after) {
      const rows = await readOnly<EventRow & { newest: number | null }>(tenantId, {
        name: 'read_part',
        text: `SELECT e.*, n.newest FROM (SELECT max(seq) AS newest FROM run_events WHERE tenant_id = $1 AND run_id = $2) n
          LEFT JOIN LATERAL (SELECT seq, type, step, payload, at FROM (
            SELECT seq, type, step, payload, at, sum(octet_length(payload)) OVER (ORDER BY seq) - octet_length(payload) AS size
            FROM run_events WHERE tenant_id = $1 AND run_id = $2 AND seq > $3 ORDER BY seq LIMIT 5000) part
          WHERE part.size < 8388608) e ON true ORDER BY e.seq`,
        values: [tenantId, runId, after],
      });
      return {
        events: rows.filter((row) => row.seq !== null).map(recordedOf),
        newest: rows[0]?.newest ?? -1,
      };
    },
    async query<Row extends object>(text: string, values: unknown[] = []) {
      return (await pool.query<Row>(text, values)).rows;
    },
    close: () => pool.end(),
  };
}
