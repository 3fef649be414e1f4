import { describe, expect, test } from 'vitest';
import { foldJournal } from './fold-journal.ts';
import { nextStep } from './next-step.ts';
import { performStep } from './perform-step.ts';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import type { StepDefinition, WorkflowDefinition } from './types.ts';

const step: StepDefinition = {
  id: 'ok',
  kind: 'approval',
  title: 'Pay {{trigger.output.sum}}?',
  expiresInSeconds: 60,
  approvers: ['admin', 'owner'],
};
const scope = { trigger: { output: { sum: 5 } }, steps: {} };
const definition: WorkflowDefinition = {
  format: 'workflow/1',
  name: 'n',
  trigger: { kind: 'manual' },
  steps: [
    step,
    { id: 'pay', kind: 'transform', output: 1, after: ['ok'] },
    { id: 'no', kind: 'transform', output: 1, after: ['ok:rejected'] },
  ],
};
const asked = performStep(step, scope, 1_000, null)!;
const fold = (...bodies: EventBody[]) =>
  foldJournal(bodies.map((body, seq) => ({ ...body, seq, atMs: 1_000 }) as RecordedEvent));

describe('an approval', () => {
  test('asks with its texts filled, for a time, and tells who may decide', () => {
    expect(asked).toMatchObject({
      type: 'ApprovalRequested',
      payload: { title: 'Pay 5?', message: null, expiresAtMs: 61_000, untilMs: 61_500 },
    });
    expect((asked.payload as { why: string }).why).toContain('“Pay 5?” by admin or owner until 1970-01-01T');
  });

  test('that names what is not there fails by its name', () => {
    const failed = performStep({ ...step, title: '{{trigger.output.nothing}}' }, scope, 0, null);
    expect(failed).toMatchObject({ type: 'StepFailed', payload: { error: { code: 'unresolved_path' } } });
  });

  test('waits until its time is over, or without one until it is told', () => {
    expect(nextStep(definition, fold(asked), 2_000, new Set())).toMatchObject({
      kind: 'wait',
      untilMs: 61_500,
    });
    expect(nextStep(definition, fold(asked), 62_000, new Set())).toMatchObject({ kind: 'go', ready: [step] });
    const forever = performStep({ ...step, expiresInSeconds: undefined } as never, scope, 1_000, null)!;
    expect(nextStep(definition, fold(forever), 9e15, new Set())).toMatchObject({
      kind: 'wait',
      untilMs: null,
      why: expect.stringContaining('Pay 5?'),
    });
    expect(performStep(step, scope, 62_000, 61_500)).toMatchObject({ type: 'ApprovalExpired' });
  });

  test('leads one way only: approved the usual one, rejected or expired the other', () => {
    const ways = (end: EventBody) => {
      const next = nextStep(definition, fold(asked, end), 62_000, new Set());
      if (next.kind !== 'go') throw new Error(next.kind);
      return [next.ready.map(({ id }) => id), next.skip.map(({ id }) => id)];
    };
    const applied = (decision: 'approved' | 'rejected'): EventBody => ({
      type: 'ApprovalApplied',
      step: 'ok',
      payload: { decision, by: 'user:u', note: null, decidedAt: '' },
    });
    expect(ways(applied('approved'))).toEqual([['pay'], ['no']]);
    expect(ways(applied('rejected'))).toEqual([['no'], ['pay']]);
    expect(ways({ type: 'ApprovalExpired', step: 'ok', payload: { why: 'late' } })).toEqual([
      ['no'],
      ['pay'],
    ]);
  });
});
