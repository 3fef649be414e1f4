// Answers that runs have been given from outside: read when a run is taken up, applied at its next decision.
import type { Json } from '@weftline/connectors/json';
import type { EventBody } from '../journal/events.ts';
import type { Journal } from '../journal/open-journal.ts';
import type { RunState } from '../workflow/fold-journal.ts';

export type Answer = {
  step: string;
  kind: string;
  /** What was said: its members depend on the kind. */
  given: { [name: string]: Json };
  /** `user:<id>`, `key:<id>` or `hook`. */
  by: string;
  at: string;
};

type Row = {
  run_id: string;
  step: string;
  kind: string;
  answer: string;
  answered_by: string;
  answered_at: Date;
};

/** True if a run has asked something and may have been answered. */
export function isAsking(state: RunState): boolean {
  for (const { status } of state.steps.values())
    if (status === 'unknown' || status === 'waiting') return true;
  return false;
}

/** Answers of runs that nobody has taken in yet, by run. */
export async function readAnswers(
  journal: Pick<Journal, 'query'>,
  runs: readonly { tenantId: string; runId: string }[],
): Promise<Map<string, Answer[]>> {
  if (runs.length === 0) return new Map();
  const tenants = runs.map((run) => run.tenantId);
  const rows = await journal.query<Row>('SELECT * FROM read_answers($1::uuid[], $2::uuid[], $3::uuid[])', [
    [...new Set(tenants)],
    tenants,
    runs.map((run) => run.runId),
  ]);
  const answers = new Map<string, Answer[]>();
  for (const row of rows) {
    const given = JSON.parse(row.answer) as Answer['given'];
    const { step, kind, answered_by: by, answered_at: at } = row;
    answers.set(row.run_id, [
      ...(answers.get(row.run_id) ?? []),
      { step, kind, given, by, at: at.toISOString() },
    ]);
  }
  return answers;
}

/** The entries that take answers in. Pure. An answer whose step no longer asks is left aside. */
export function applyAnswers(state: RunState, answers: readonly Answer[]): EventBody[] {
  const bodies: EventBody[] = [];
  for (const { step, kind, given, by, at } of answers) {
    const known = state.steps.get(step);
    if (kind === 'settle' && known?.status === 'unknown' && known.probe === null)
      bodies.push({
        type: 'StepSettled',
        step,
        payload: {
          by,
          decidedAt: at,
          ...(given['decision'] === 'happened'
            ? { decision: 'happened', output: given['output'] ?? null }
            : { decision: 'again' }),
        },
      });
  }
  return bodies;
}
