import type { Json } from '@weftline/connectors/json';
import { answerQuestion, type Verdict } from '@weftline/runner/questions/answer-question';
import type { Context } from '../context.ts';
import { conflict, invalidInput } from '../fail.ts';
import { requireRun } from './find-run.ts';

type Settlement = { decision: 'happened' | 'again'; output?: Json };

/**
 * Takes a person's word on a step of which nobody knows whether it happened. The first word counts.
 * @throws CodedError not_found; conflict when it is not unknown or was settled before; invalid_input for an output of `again`
 */
export async function settleStep(
  context: Context,
  runId: string,
  stepId: string,
  settlement: Settlement,
): Promise<void> {
  const { tenantId, actor, services } = context;
  const { decision } = settlement;
  if (decision === 'again' && settlement.output !== undefined)
    throw invalidInput([
      { path: '/output', code: 'not_here', message: 'Only a step that happened has an output.' },
    ]);
  const details = { step: stepId, decision };
  await context.change({ action: 'step.settled', subject: `run:${runId}`, details }, async (tx) => {
    await requireRun(tx, tenantId, runId);
    const question = await tx.runQuestion.findFirst({
      where: { tenantId, runId, step: stepId, kind: 'settle' },
      orderBy: { askedAt: 'desc' },
    });
    const verdict = question && (await answerQuestion(tx, question.id, settlement, actor.name));
    if (verdict?.kind !== 'taken') throw refusal(stepId, verdict);
  });
  services.engine.ring();
}

function refusal(stepId: string, verdict: Verdict | null) {
  if (verdict?.kind === 'late' && verdict.answer)
    return conflict(`Step ${stepId} was settled before: ${String(verdict.answer['decision'])}.`, {
      decision: verdict.answer['decision'] ?? null,
      decidedBy: verdict.by,
    });
  return conflict(
    verdict
      ? `The run has ended, so step ${stepId} can no longer be settled.`
      : `Step ${stepId} of this run has no unknown outcome.`,
  );
}
