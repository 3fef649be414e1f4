import { expect, test } from 'vitest';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import { foldJournal } from '../workflow/fold-journal.ts';
import type { RepeatSafety } from '../workflow/retry-policy.ts';
import { settleOrphans } from './settle-orphans.ts';

const dispatched = (step: string, attempt: number): EventBody => ({
  type: 'StepDispatched',
  step,
  payload: { attempt, input: {} },
});
const error = { code: 'x', message: 'y' };
const stateOf = (bodies: EventBody[]) =>
  foldJournal(bodies.map((body, seq) => ({ ...body, seq, atMs: seq }) as RecordedEvent));

test('calls whose answer nobody wrote down are sent again where that does no harm, else left to a person (R9)', async () => {
  const state = stateOf([
    dispatched('reads', 1),
    dispatched('keyed', 2),
    dispatched('acts', 3),
    dispatched('done', 1),
    { type: 'StepCompleted', step: 'done', payload: { output: 1 } },
    dispatched('later', 1),
    { type: 'StepFailed', step: 'later', payload: { attempt: 1, error, retryInMs: 5 } },
    dispatched('bad', 1),
    { type: 'StepFailed', step: 'bad', payload: { attempt: 1, error } },
    { type: 'StepWaiting', step: 'sleeps', payload: { untilMs: 9, why: 'z' } },
    { type: 'StepUnknown', step: 'asked', payload: { attempt: 1, why: 'z' } },
  ]);
  const asked: string[] = [];
  const safeties: { [step: string]: RepeatSafety } = { reads: 'safe', keyed: 'idempotent', acts: 'unsafe' };
  const bodies = await settleOrphans(state, async (step) => {
    asked.push(step);
    return safeties[step]!;
  });
  expect(asked).toEqual(['reads', 'keyed', 'acts']);
  expect(bodies).toMatchObject([
    {
      type: 'StepFailed',
      step: 'reads',
      payload: { attempt: 1, retryInMs: 0, error: { code: 'outcome_unknown' } },
    },
    { type: 'StepFailed', step: 'keyed', payload: { attempt: 2, retryInMs: 0 } },
    {
      type: 'StepUnknown',
      step: 'acts',
      payload: { attempt: 3, why: expect.stringContaining('not sent again by itself') },
    },
  ]);
});

test('a run without open calls has nothing to settle, however often it is asked', async () => {
  const state = stateOf([dispatched('a', 1)]);
  const bodies = await settleOrphans(state, async () => 'safe');
  const settled = stateOf([dispatched('a', 1), ...bodies]);
  expect(settled.steps.get('a')).toMatchObject({ status: 'retrying', readyAtMs: 1 });
  expect(await settleOrphans(settled, () => Promise.reject(new Error('asked')))).toEqual([]);
});
