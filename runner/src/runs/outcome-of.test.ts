import { describe, expect, test } from 'vitest';
import type { CallError, CallResult } from '../executor/types.ts';
import type { RepeatSafety } from '../workflow/retry-policy.ts';
import { outcomeOf } from './outcome-of.ts';

const request = { method: 'POST', url: 'https://a.example/x', headers: { a: 'b' }, body: { n: 1 } };
const response = { status: 503, headers: {}, body: 'busy' };
const failure = (error: Partial<CallError>, answered = true): CallResult => ({
  ok: false,
  error: {
    code: 'remote_unreachable',
    type: 'NETWORK',
    message: 'The line was cut.',
    sent: 'unknown',
    ...error,
  },
  request,
  response: answered ? response : null,
  tookMs: 12.6,
});
const outcome = (result: CallResult, attempt = 1, safety: RepeatSafety = 'unsafe', maxRetries = 3) =>
  outcomeOf('s', result, attempt, { maxRetries }, safety, 0, 1_000_000);

describe('what an answer means for a step', () => {
  test('a good one is its output, with what the exchange adds to it', () => {
    const good: CallResult = {
      ok: true,
      output: { id: 7 },
      warnings: [],
      request,
      response: { ...response, status: 201 },
      tookMs: 9.5,
    };
    expect(outcome(good)).toEqual({
      type: 'StepCompleted',
      step: 's',
      payload: {
        output: { id: 7 },
        tookMs: 10,
        request: { method: 'POST', url: 'https://a.example/x' },
        response: { status: 201 },
      },
    });
    const warned = { ...good, warnings: [{ path: '/id', code: 'type', message: 'must be text' }] };
    expect(outcome(warned)).toMatchObject({ payload: { why: expect.stringContaining('/id must be text') } });
  });

  test('one that was held by the limit of its service waits and is no attempt, however often it was held', () => {
    const held = failure({
      code: 'remote_busy',
      type: 'RATE_LIMIT',
      message: 'The limit of Acme is used up for 45 s, so the request was not sent.',
      sent: 'no',
      retryAfterMs: 45_000,
      isHeld: true,
    });
    expect(outcome(held, 9)).toEqual({
      type: 'StepWaiting',
      step: 's',
      payload: {
        attempt: 9,
        untilMs: 1_045_000,
        why: 'Waits without a worker: The limit of Acme is used up for 45 s, so the request was not sent.',
      },
    });
  });

  test('a passing fault is tried again, until the attempts are used up (R11)', () => {
    const busy = failure({
      code: 'remote_busy',
      type: 'RATE_LIMIT',
      sent: 'answered',
      status: 429,
      retryAfterMs: 7_000,
    });
    expect(outcome(busy)).toEqual({
      type: 'StepFailed',
      step: 's',
      payload: {
        attempt: 1,
        error: { code: 'remote_busy', message: 'The line was cut.', type: 'RATE_LIMIT', status: 429 },
        retryInMs: 7_000,
        request,
        response,
        tookMs: 13,
      },
    });
    const last = outcome(busy, 4);
    expect(last).toMatchObject({ type: 'StepFailed', payload: { attempt: 4 } });
    expect(last.payload).not.toHaveProperty('retryInMs');
  });

  test('a lasting one fails the step at once, with the place of the fault', () => {
    const wrong = outcome(
      failure({ code: 'remote_refused', type: 'VALIDATION', sent: 'answered', status: 422, path: '/to' }),
    );
    expect(wrong).toMatchObject({ type: 'StepFailed', payload: { error: { path: '/to', status: 422 } } });
    expect(wrong.payload).not.toHaveProperty('retryInMs');
  });

  test('one that left without an answer is not known, and not sent again by itself (R9)', () => {
    const unknown = outcome(failure({}, false));
    expect(unknown).toMatchObject({ type: 'StepUnknown', payload: { attempt: 1, request } });
    expect((unknown.payload as { why: string }).why).toContain('The line was cut.');
    // With the last attempt used up it is still not known what came of it.
    expect(outcome(failure({}, false), 4)).toMatchObject({ type: 'StepUnknown' });
  });

  test('where a repeat does no harm it is sent again, and at the end has failed', () => {
    for (const safety of ['safe', 'idempotent'] as const) {
      expect(outcome(failure({}, false), 1, safety)).toMatchObject({
        type: 'StepFailed',
        payload: { retryInMs: 500 },
      });
      expect(outcome(failure({}, false), 4, safety)).toMatchObject({ type: 'StepFailed' });
      expect(outcome(failure({}, false), 1, safety, 0).payload).not.toHaveProperty('retryInMs');
    }
  });

  test('one that never left is no riddle', () => {
    expect(outcome(failure({ sent: 'no' }, false))).toMatchObject({
      type: 'StepFailed',
      payload: { retryInMs: 500 },
    });
    expect(outcome(failure({ sent: 'no', type: 'BLOCKED' }, false))).toMatchObject({ type: 'StepFailed' });
  });

  test('a request that only reads has failed and leaves nothing to wonder about', () => {
    const broken = failure({ type: 'PERMANENT', code: 'internal' }, false);
    expect(outcome(broken, 1, 'safe')).toMatchObject({ type: 'StepFailed' });
    expect(outcome(broken, 1, 'idempotent')).toMatchObject({ type: 'StepUnknown' });
  });
});
