import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import { applyEvent, emptyState, foldJournal } from './fold-journal.ts';

const atMs = (seq: number) => 1_000_000 + seq * 1_000;
const record = (bodies: EventBody[]): RecordedEvent[] =>
  bodies.map((body, seq) => ({ ...body, seq, atMs: atMs(seq) }) as RecordedEvent);
const fold = (...bodies: EventBody[]) => foldJournal(record(bodies));

const started: EventBody = {
  type: 'WorkflowStarted',
  step: null,
  payload: { output: { n: 1 }, chain: ['w1'] },
};
const dispatched = (attempt: number, input: { [key: string]: number } = { a: 1 }): EventBody => ({
  type: 'StepDispatched',
  step: 's',
  payload: { attempt, input },
});
const failed = (attempt: number, retryInMs?: number): EventBody => ({
  type: 'StepFailed',
  step: 's',
  payload: {
    attempt,
    error: { code: 'remote_busy', message: 'Later.' },
    request: { method: 'GET' },
    response: { status: 503 },
    ...(retryInMs === undefined ? {} : { retryInMs }),
  },
});
const completed: EventBody = {
  type: 'StepCompleted',
  step: 's',
  payload: { output: 'out', request: { method: 'GET' }, response: { status: 200 } },
};

describe('the state of a run', () => {
  test('begins with what the trigger brought and counts entries', () => {
    expect(fold(started)).toEqual({
      triggerOutput: { n: 1 },
      chain: ['w1'],
      parent: null,
      keyRuns: {},
      startedAtMs: atMs(0),
      steps: new Map(),
      loops: new Map(),
      nextSeq: 1,
      ended: null,
    });
  });

  test('follows a step over attempts: one start, the last error, gone with success', () => {
    expect(fold(started, dispatched(1)).steps.get('s')).toMatchObject({
      status: 'dispatched',
      attempts: 1,
      startedAtMs: atMs(1),
      finishedAtMs: null,
      input: { a: 1 },
    });
    const retrying = fold(started, dispatched(1), failed(1, 5_000)).steps.get('s')!;
    expect(retrying).toMatchObject({
      status: 'retrying',
      readyAtMs: atMs(2) + 5_000,
      error: { code: 'remote_busy' },
      response: { status: 503 },
    });
    expect(retrying.why).toBe('Attempt 1 failed: Later.');
    expect(fold(started, dispatched(1), failed(1, 5_000), dispatched(2)).steps.get('s')).toMatchObject({
      status: 'dispatched',
      attempts: 2,
      startedAtMs: atMs(1),
      readyAtMs: null,
      why: null,
    });
    expect(
      fold(started, dispatched(1), failed(1, 5_000), dispatched(2), completed).steps.get('s'),
    ).toMatchObject({
      status: 'succeeded',
      attempts: 2,
      startedAtMs: atMs(1),
      finishedAtMs: atMs(4),
      error: null,
      output: 'out',
      response: { status: 200 },
    });
    expect(fold(started, dispatched(1), failed(1)).steps.get('s')).toMatchObject({
      status: 'failed',
      finishedAtMs: atMs(2),
      readyAtMs: null,
      why: 'Later.',
    });
  });

  test('knows steps that wait, are skipped, or are left to a person, each with its reason', () => {
    const waiting: EventBody = { type: 'StepWaiting', step: 's', payload: { untilMs: 5, why: 'Waits.' } };
    expect(fold(started, waiting).steps.get('s')).toMatchObject({
      status: 'waiting',
      readyAtMs: 5,
      why: 'Waits.',
    });
    const held: EventBody = { ...waiting, payload: { untilMs: 5, why: 'Waits.', attempt: 2 } };
    expect(fold(started, dispatched(1), dispatched(2), held).steps.get('s')).toMatchObject({
      status: 'waiting',
      attempts: 1,
    });
    const skipped: EventBody = { type: 'StepSkipped', step: 's', payload: { why: 'Off.', through: true } };
    expect(fold(started, skipped).steps.get('s')).toMatchObject({
      status: 'skipped',
      through: true,
      why: 'Off.',
    });
    const unknown: EventBody = { type: 'StepUnknown', step: 's', payload: { attempt: 1, why: 'Who knows.' } };
    expect(fold(started, dispatched(1), unknown).steps.get('s')).toMatchObject({
      status: 'unknown',
      why: 'Attempt 1 was sent at 1970-01-01T00:16:41.000Z. Who knows.',
      input: { a: 1 },
    });
  });

  test('holds what a rerun kept as done, with where it is from', () => {
    const kept: EventBody = {
      type: 'WorkflowStarted',
      step: null,
      payload: { output: null, kept: { a: { x: 1 } } },
    };
    expect(fold(kept).steps.get('a')).toMatchObject({
      status: 'succeeded',
      output: { x: 1 },
      attempts: 0,
      why: 'Kept from the run that this one repeats.',
    });
  });

  test('ends as its last entry says', () => {
    expect(fold(started, { type: 'WorkflowSucceeded', step: null, payload: {} }).ended).toEqual({
      status: 'succeeded',
      code: null,
      message: null,
    });
    const failure: EventBody = {
      type: 'WorkflowFailed',
      step: null,
      payload: { code: 'deadlock', message: 'Stuck.' },
    };
    expect(fold(started, failure).ended).toEqual({ status: 'failed', code: 'deadlock', message: 'Stuck.' });
    expect(
      fold(started, { type: 'ExecutionAborted', step: null, payload: { by: 'user:1' } }).ended,
    ).toMatchObject({
      status: 'cancelled',
    });
  });

  test('is the same folded at once, in two halves, and from entries that went through JSON', () => {
    const bodies = fc.array(
      fc.constantFrom<EventBody>(
        dispatched(1),
        dispatched(2, { b: 2 }),
        failed(1, 0),
        failed(2),
        completed,
        { type: 'StepSkipped', step: 't', payload: { why: 'Off.' } },
        { type: 'StepWaiting', step: 'u', payload: { untilMs: 9, why: 'Waits.' } },
        { type: 'StepUnknown', step: 's', payload: { attempt: 1, why: 'Who knows.' } },
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(bodies, fc.nat(12), (list, cut) => {
        const events = record([started, ...list]);
        const whole = foldJournal(events);
        const halves = emptyState();
        for (const event of events.slice(0, cut)) applyEvent(halves, event);
        for (const event of events.slice(cut)) applyEvent(halves, event);
        expect(halves).toEqual(whole);
        expect(foldJournal(JSON.parse(JSON.stringify(events)))).toEqual(whole);
        expect(whole.nextSeq).toBe(events.length);
      }),
    );
  });

  test('does not change the entries it is made from', () => {
    const events = record([started, dispatched(1), failed(1, 5), dispatched(2), completed]);
    const copy = structuredClone(events);
    foldJournal(events);
    expect(events).toEqual(copy);
  });
});
