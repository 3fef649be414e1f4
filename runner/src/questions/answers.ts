// Answers that a run has been given from outside: read and applied at its next decision, whoever holds it.
import type { Json } from '@weftline/connectors/json';
import type { EventBody } from '../journal/events.ts';
import type { Journal } from '../journal/open-journal.ts';
import { childEnded } from '../workflow/await-child.ts';
import type { RunState } from '../workflow/fold-journal.ts';

export type Answer = {
  step: string;
  kind: string;
  /** What was said: its members depend on the kind. */
  given: { [name: string]: Json };
  /** `user:<id>`, `key:<id>` or `hook`. */
  by: string;
  at: string;
  /** Of a child run: the payload of the last entry of its journal. */
  ending?: Json;
};

type Row = {
  step: string;
  kind: string;
  answer: string;
  answered_by: string;
  answered_at: Date;
  ending: string | null;
};

/** True if a run has asked something and may have been answered. */
export function isAsking(state: RunState): boolean {
  for (const step of state.steps.values()) if (step.asks) return true;
  return false;
}

/** Answers of a run that nobody has taken in yet, the oldest first. */
export async function readAnswers(
  journal: Pick<Journal, 'query'>,
  run: { tenantId: string; runId: string },
): Promise<Answer[]> {
  const rows = await journal.query<Row>('SELECT * FROM read_answers($1::uuid, $2::uuid)', [
    run.tenantId,
    run.runId,
  ]);
  return rows.map(({ step, kind, answer, answered_by: by, answered_at: at, ending }) => ({
    step,
    kind,
    given: JSON.parse(answer) as Answer['given'],
    by,
    at: at.toISOString(),
    ...(ending === null ? {} : { ending: JSON.parse(ending) as Json }),
  }));
}

/** The entries that take answers in. Pure. An answer whose step no longer asks is left aside. */
export function applyAnswers(state: RunState, answers: readonly Answer[]): EventBody[] {
  const bodies: EventBody[] = [];
  for (const { step, kind, given, by, at, ending } of answers) {
    const known = state.steps.get(step);
    if (!known?.asks || bodies.some((body) => body.step === step)) continue;
    if (kind === 'approval')
      bodies.push({
        type: 'ApprovalApplied',
        step,
        payload: {
          decision: given['decision'] === 'approved' ? 'approved' : 'rejected',
          by,
          note: typeof given['note'] === 'string' ? given['note'] : null,
          decidedAt: at,
        },
      });
    if (kind === 'hook')
      bodies.push({ type: 'HookReceived', step, payload: { output: given['output'] ?? null, at } });
    if (kind === 'child') bodies.push(childEnded(step, known, String(given['status']), ending ?? null));
    if (kind === 'settle')
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
