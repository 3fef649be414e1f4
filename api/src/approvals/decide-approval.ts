import { answerQuestion, type Verdict } from '@weftline/runner/questions/answer-question';
import type { Context } from '../context.ts';
import { conflict, notAllowed, notFound } from '../fail.ts';
import { whyNotDecide } from './may-decide.ts';

/**
 * Decides an approval, in the transaction of its audit entry. The first decision counts.
 * @throws CodedError not_found; not_allowed for a role that the step does not name, and with four eyes for who started the run; conflict with the decision that counts
 */
export async function decideApproval(
  context: Context,
  approvalId: string,
  decision: 'approved' | 'rejected',
  note: string | null,
): Promise<void> {
  const { tenantId, actor, services } = context;
  const entry = { action: `approval.${decision}`, subject: `approval:${approvalId}` };
  await context.change(entry, async (tx) => {
    const row = await tx.runQuestion.findFirst({ where: { tenantId, id: approvalId, kind: 'approval' } });
    if (row === null) throw notFound('approval');
    const whyNot = whyNotDecide(row, actor);
    if (whyNot !== null) throw notAllowed(whyNot);
    const verdict = await answerQuestion(tx, approvalId, { decision, note }, actor.name);
    if (verdict === null) throw notFound('approval');
    if (verdict.kind === 'late') throw refusal(verdict);
  });
  services.engine.ring();
}

function refusal({ state, answer, by }: Extract<Verdict, { kind: 'late' }>) {
  if (answer)
    return conflict(`This was ${String(answer['decision'])} before.`, {
      decision: answer['decision'] ?? null,
      note: answer['note'] ?? null,
      decidedBy: by,
    });
  return state === 'expired'
    ? conflict('This approval has expired.', { decision: 'expired' })
    : conflict('The run has ended, so this can no longer be decided.', { decision: null });
}
