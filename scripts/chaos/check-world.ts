// Brings a world to rest, settles what people are asked with what the receiver really saw, and has it checked.
import { setTimeout as wait } from 'node:timers/promises';
import { checkLedgers, type EventRow, type Report, type RunRow, type Violation } from './check-ledgers.ts';
import type { Delivery } from './world/ledgers.ts';
import type { World } from './world/start-world.ts';

const active = "status IN ('queued', 'running', 'waiting')";

/** Waits until every run has ended; false when some have not after `mostMs`. */
export async function comeToRest(world: World, mostMs: number): Promise<boolean> {
  for (const until = Date.now() + mostMs; Date.now() < until; await wait(500)) {
    const [row] = await world.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM workflow_runs WHERE ${active}`,
    );
    if (row!.count === 0) return true;
    await settleDoubts(world);
  }
  return false;
}

/** What a person would do: look at the service, then say what happened. */
async function settleDoubts(world: World): Promise<void> {
  const asked = await world.query<{ run_id: string; step: string }>(
    "SELECT run_id, step FROM run_questions WHERE kind = 'settle' AND state = 'pending' LIMIT 200",
  );
  if (asked.length === 0) return;
  const came = new Set(world.arrivals().map(({ runId, step }) => `${runId} ${step}`));
  for (const { run_id: runId, step } of asked)
    await world.workspace
      .call('POST', `/runs/${runId}/steps/${step}/settle`, {
        decision: came.has(`${runId} ${step}`) ? 'happened' : 'again',
      })
      .catch(() => {});
}

/** Reads the journal as it stands and holds the ledgers against it; a sample of runs is also asked for through the API. */
export async function checkWorld(world: World, deliveries: Delivery[]): Promise<Report> {
  const runs = await world.query<RunRow>(
    `SELECT w.id, w.status, w.crashes, r.key AS delivery FROM workflow_runs w
     LEFT JOIN receipts r ON r.tenant_id = w.tenant_id AND r.run_id = w.id`,
  );
  const events = await world.query<EventRow>(
    `SELECT run_id AS "runId", seq, type, step, (extract(epoch FROM at) * 1000)::float8 AS at,
       CASE WHEN type IN ('StepFailed', 'WorkflowFailed') THEN coalesce(payload::json #>> '{error,code}', payload::json ->> 'code') END AS code,
       type = 'StepFailed' AND payload::json ->> 'retryInMs' IS NOT NULL AS retries,
       CASE WHEN type = 'StepSettled' THEN payload::json ->> 'decision' END AS decision
     FROM run_events`,
  );
  const report = checkLedgers({ deliveries, arrivals: world.arrivals(), runs, events, notes: world.notes });
  report.violations.push(...(await askApi(world, runs)));
  return report;
}

/** The API must say what the tables say. */
async function askApi(world: World, runs: readonly RunRow[]): Promise<Violation[]> {
  const sample = runs.filter((_, index) => index % Math.ceil(runs.length / 25) === 0);
  const wrong: Violation[] = [];
  for (const { id, status } of sample) {
    const run = await world.workspace
      .call('GET', `/runs/${id}`)
      .catch((error: Error) => ({ status: error.message }));
    if (run.status !== status)
      wrong.push({ kind: 'lost', fault: 'none', text: `run ${id} is ${status}, the API says ${run.status}` });
  }
  return wrong;
}
