import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import { foldJournal } from './fold-journal.ts';
import type { RunStatus, RunSummary, WorkflowDefinition } from './types.ts';
import { viewRun } from './view-run.ts';

const definition: WorkflowDefinition = {
  format: 'workflow/1',
  name: 'Orders',
  trigger: { kind: 'manual' },
  steps: [
    { id: 'a', kind: 'action', use: 'x@1.0.0#y', name: 'Order' },
    { id: 'f', kind: 'filter', condition: '{{true}}' },
    { id: 'd', kind: 'delay', seconds: 5 },
    { id: 'z', kind: 'transform', output: 1 },
  ],
};
const row = (status: RunStatus, more: Partial<RunSummary> = {}): RunSummary => ({
  id: 'r',
  workflowId: 'w',
  workflowName: 'Orders',
  workflowVersion: 1,
  status,
  trigger: { kind: 'manual' },
  triggeredBy: null,
  createdAt: '2026-03-01T12:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  error: null,
  why: null,
  replayOf: null,
  ...more,
});
const view = (status: RunStatus, bodies: EventBody[], more: Partial<RunSummary> = {}) => {
  const all: EventBody[] = [
    { type: 'WorkflowStarted', step: null, payload: { output: { n: 1 } } },
    ...bodies,
  ];
  const events = all.map((body, seq) => ({ ...body, seq, atMs: 1_000_000 + seq }) as RecordedEvent);
  return viewRun(row(status, more), definition, foldJournal(events));
};
const dispatched: EventBody = { type: 'StepDispatched', step: 'a', payload: { attempt: 1, input: { q: 1 } } };
const retrying: EventBody = {
  type: 'StepFailed',
  step: 'a',
  payload: { attempt: 1, error: { code: 'remote_busy', message: 'Later.' }, retryInMs: 5_000 },
};
const failed: EventBody = {
  type: 'StepFailed',
  step: 'a',
  payload: { attempt: 1, error: { code: 'remote_refused', message: 'No.' } },
};
const completed = (step: string, port?: string): EventBody => ({
  type: 'StepCompleted',
  step,
  payload: { output: { done: step }, ...(port ? { port, why: 'Stopped here because `x` was `1`.' } : {}) },
});
const waiting: EventBody = {
  type: 'StepWaiting',
  step: 'd',
  payload: { untilMs: 9_000_000, why: 'Waits until later.' },
};

describe('a run as a person sees it', () => {
  test('shows each step with its input, output and times', () => {
    const run = view('running', [dispatched, completed('a')]);
    expect(run).toMatchObject({ id: 'r', triggerOutput: { n: 1 }, why: 'Is being worked on.' });
    expect(run.steps[0]).toEqual({
      id: 'a',
      name: 'Order',
      kind: 'action',
      status: 'succeeded',
      why: null,
      attempts: 1,
      startedAt: new Date(1_000_001).toISOString(),
      finishedAt: new Date(1_000_002).toISOString(),
      input: { q: 1 },
      output: { done: 'a' },
      error: null,
      request: null,
      response: null,
    });
    expect(run.steps[3]).toMatchObject({
      status: 'pending',
      startedAt: null,
      why: 'The steps before it have not finished.',
    });
  });

  test('names the services whose answer is awaited', () => {
    const run = view('running', [dispatched]);
    expect(run.why).toBe('Awaits the answer of Order.');
    expect(run.steps[0]!.status).toBe('running');
  });

  test('that was stopped in a call does not claim to know what came of it', () => {
    expect(view('cancelled', [dispatched]).steps[0]).toMatchObject({ status: 'unknown' });
    expect(view('cancelled', [dispatched]).steps[3]).toMatchObject({ status: 'cancelled' });
  });

  test('that waits for a next attempt says what failed', () => {
    expect(view('waiting', [retrying]).steps[0]).toMatchObject({
      status: 'waiting',
      why: 'Attempt 1 failed: Later.',
    });
    expect(view('cancelled', [retrying]).steps[0]).toMatchObject({ status: 'cancelled' });
    expect(view('failed', [retrying]).steps[0]).toMatchObject({ status: 'failed' });
  });

  test('that failed elsewhere does not blame a step that only waited', () => {
    expect(view('failed', [waiting, failed]).steps[2]).toMatchObject({
      status: 'cancelled',
      why: 'The run ended while this step waited.',
    });
  });

  test('ended early by a filter says so, also when the filter was kept from an earlier run', () => {
    expect(view('succeeded', [completed('a'), completed('f', 'false')]).why).toBe(
      'Ended early: Stopped here because `x` was `1`.',
    );
    expect(view('succeeded', [completed('a'), completed('f', 'true')]).why).toBe(
      'Every step that was led to has finished.',
    );
    const kept: EventBody = {
      type: 'WorkflowStarted',
      step: null,
      payload: { output: 1, kept: { f: { passed: false } } },
    };
    expect(view('succeeded', [kept]).why).toContain('Ended early');
  });

  test('that was not done tells its error or the reason of its row', () => {
    expect(view('failed', [failed], { error: { code: 'x', message: 'Step Order failed: No.' } }).why).toBe(
      'Step Order failed: No.',
    );
    expect(view('waiting', [], { why: 'Waits for a person.' }).why).toBe('Waits for a person.');
  });

  test('has a reason for every state it and its steps can be in, whatever happened before', () => {
    const bodies = fc.uniqueArray(
      fc.constantFrom(
        dispatched,
        retrying,
        failed,
        completed('a'),
        completed('f', 'true'),
        completed('f', 'false'),
        completed('d'),
        waiting,
        { type: 'StepSkipped', step: 'z', payload: { why: 'Off.' } } as EventBody,
        { type: 'StepUnknown', step: 'a', payload: { attempt: 1, why: 'Who knows.' } } as EventBody,
      ),
    );
    const statuses = fc.constantFrom<RunStatus>(
      'queued',
      'running',
      'waiting',
      'succeeded',
      'failed',
      'cancelled',
    );
    fc.assert(
      fc.property(statuses, bodies, (status, list) => {
        const run = view(status, list);
        expect(run.why).toMatch(/^[A-Z].*\.$/s);
        if (status !== 'failed') expect(run.why).not.toContain('Failed');
        expect(run.steps.map(({ id }) => id)).toEqual(['a', 'f', 'd', 'z']);
        for (const step of run.steps) {
          // What a step that is done would say is in its output.
          if (step.status !== 'succeeded') expect(step.why).toMatch(/^[A-Z].*\.$/s);
          if (status === 'succeeded' || status === 'failed' || status === 'cancelled')
            expect(['pending', 'running', 'waiting']).not.toContain(step.status);
        }
      }),
      { numRuns: 500 },
    );
  });
});
