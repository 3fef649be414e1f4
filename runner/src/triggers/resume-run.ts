// A call of a run's one-time hook: it answers the step that waits for it. The first call counts; the same again changes nothing.
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { Database } from '@weftline/prisma';
import type { Engine } from '../engine.ts';
import { answerQuestion } from '../questions/answer-question.ts';
import { type HookCall, readHookBody } from './read-hook-body.ts';

/** Keys of one-time hooks begin with this; those of workflows never do. */
export const resumePrefix = 'resume-';

/**
 * Gives the call's body to the waiting step. Null: no such hook, not (yet, any more) waited for, or a method that only looks
 * (programs that preview links do that). Throws CodedError not_parseable.
 */
export async function resumeRun(
  { database, engine }: { database: Database; engine: Pick<Engine, 'ring'> },
  call: HookCall,
): Promise<{ runId: string } | null> {
  if (['GET', 'HEAD', 'OPTIONS'].includes(call.method)) return null;
  if (!/^[A-Za-z0-9_-]{16,128}$/.test(call.key)) return null;
  const [owner] = await database.callDoor<{ tenant_id: string; question_id: string }>('question_by_hook', [
    call.key,
  ]);
  if (!owner) return null;
  const { tenant_id: tenantId, question_id: id } = owner;
  const read = readHookBody(call);
  const output: Json = isJsonObject(read) ? (read['body'] ?? null) : null;
  const runId = await database.withTenant(tenantId, async (tx) => {
    const row = await tx.runQuestion.findFirst({ where: { tenantId, id, kind: 'hook' } });
    const verdict = row && (await answerQuestion(tx, id, { output }, 'hook'));
    if (!row || !verdict) return null;
    const wasCalled = verdict.kind === 'late' && ['answered', 'consumed'].includes(verdict.state);
    return verdict.kind === 'taken' || wasCalled ? row.runId : null;
  });
  if (runId === null) return null;
  engine.ring();
  return { runId };
}
