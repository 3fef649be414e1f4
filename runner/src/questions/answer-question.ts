// The one answer to a question of a run, in the transaction of whoever gives it.
import type { Json } from '@weftline/connectors/json';
import type { Transaction } from '@weftline/prisma';

/** `taken`: this answer counts. `late`: `state` is why not, and `answer` what was said before. */
export type Verdict =
  | { kind: 'taken' }
  | { kind: 'late'; state: string; answer: { [name: string]: Json } | null; by: string | null };

/**
 * Answers a question; any number of callers at once, one is taken. The run is woken by the same transaction.
 * Inputs: a transaction of the tenant, the question's id, the answer, who gives it (`user:<id>`, …). Null: no such question.
 */
export async function answerQuestion(
  tx: Transaction,
  questionId: string,
  answer: { [name: string]: Json },
  actor: string,
): Promise<Verdict | null> {
  const [row] = await tx.$queryRaw<
    {
      verdict: string;
      was_state: string | null;
      was_answer: string | null;
      was_answered_by: string | null;
    }[]
  >`SELECT * FROM answer_question(${questionId}::uuid, ${JSON.stringify(answer)}, ${actor})`;
  if (!row || row.verdict === 'none') return null;
  if (row.verdict === 'taken') return { kind: 'taken' };
  return {
    kind: 'late',
    state: row.was_state!,
    answer: row.was_answer === null ? null : (JSON.parse(row.was_answer) as { [name: string]: Json }),
    by: row.was_answered_by,
  };
}
