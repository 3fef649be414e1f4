import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallError, CallErrorType } from '../executor/types.ts';
import {
  defaultRetry,
  longestRetryAfterMs,
  mayRepeat,
  type RepeatSafety,
  retryDelay,
  type RetryPolicy,
} from './retry-policy.ts';

const error = (type: CallErrorType, sent: CallError['sent'] = 'answered', more = {}): CallError => ({
  code: 'remote_busy',
  type,
  message: 'no',
  sent,
  ...more,
});
const passing: CallErrorType[] = ['RATE_LIMIT', 'TEMPORARY', 'NETWORK', 'TIMEOUT'];
const lasting: CallErrorType[] = [
  'AUTH',
  'PERMISSION',
  'NOT_FOUND',
  'VALIDATION',
  'CONFLICT',
  'PERMANENT',
  'BLOCKED',
  'CANCELLED',
];

describe('whether an attempt is repeated (R9)', () => {
  test('a request that never left, or was told to come later, is repeated whatever the action', () => {
    for (const type of passing) expect(mayRepeat(error(type, 'no'), 'unsafe')).toBe(true);
    expect(mayRepeat(error('RATE_LIMIT', 'answered'), 'unsafe')).toBe(true);
  });

  test('one whose outcome is not known, or that failed on the other side, only where a repeat does no harm', () => {
    for (const type of ['TEMPORARY', 'NETWORK', 'TIMEOUT'] as const)
      for (const sent of ['unknown', 'answered'] as const) {
        expect(mayRepeat(error(type, sent), 'unsafe')).toBe(false);
        expect(mayRepeat(error(type, sent), 'idempotent')).toBe(true);
        expect(mayRepeat(error(type, sent), 'safe')).toBe(true);
      }
  });

  test('what cannot get better by waiting is never repeated', () => {
    for (const type of lasting)
      for (const sent of ['no', 'unknown', 'answered'] as const)
        expect(mayRepeat(error(type, sent), 'safe')).toBe(false);
  });
});

describe('the wait before the next attempt (R11)', () => {
  const passes = error('TEMPORARY');

  test('grows by two up to its cap, with jitter of half of it', () => {
    const policy = { maxRetries: 10, initialDelayMs: 1_000, maxDelayMs: 10_000 };
    const least = [1, 2, 3, 4, 5, 6].map((attempt) => retryDelay(policy, attempt, passes, 'safe', 0));
    const most = [1, 2, 3, 4, 5, 6].map((attempt) => retryDelay(policy, attempt, passes, 'safe', 0.999_999));
    expect(least).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(most).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  test('is there three times unless told otherwise: four calls', () => {
    expect(defaultRetry.maxRetries).toBe(3);
    const waits = [1, 2, 3, 4].map((attempt) => retryDelay(undefined, attempt, passes, 'safe', 0.5));
    expect(waits.map((wait) => wait !== null)).toEqual([true, true, true, false]);
    expect(retryDelay({ maxRetries: 0 }, 1, passes, 'safe', 0.5)).toBe(null);
  });

  test('is never shorter than the service asks, and a day at most', () => {
    const asks = (retryAfterMs: number) =>
      retryDelay(undefined, 1, error('RATE_LIMIT', 'answered', { retryAfterMs }), 'unsafe', 0);
    expect(asks(30_000)).toBe(30_000);
    expect(asks(90_000)).toBe(90_000);
    expect(asks(0)).toBe(500);
    expect(asks(10 * longestRetryAfterMs)).toBe(longestRetryAfterMs);
  });

  test('stays the same where the app says `fixed`, and is not spread where it says so', () => {
    const fixed = { initialDelayMs: 1_000, backoff: 'fixed', maxRetries: 9 } as const;
    const waits = (policy: RetryPolicy) => [1, 2, 3].map((n) => retryDelay(policy, n, passes, 'safe', 0));
    expect(waits(fixed)).toEqual([500, 500, 500]);
    expect(waits({ ...fixed, jitter: false })).toEqual([1_000, 1_000, 1_000]);
    expect(waits({ initialDelayMs: 1_000, jitter: false })).toEqual([1_000, 2_000, 4_000]);
    expect(waits({ ...fixed, jitter: false, maxDelayMs: 300 })).toEqual([300, 300, 300]);
  });

  test('is none for what the app calls not worth it, and is there for what it calls worth it, if that does no harm', () => {
    const worth = (type: CallErrorType, isWorthRepeating: boolean, safety: RepeatSafety) =>
      retryDelay(undefined, 1, error(type, 'answered', { isWorthRepeating }), safety, 0);
    expect(worth('TEMPORARY', false, 'safe')).toBe(null);
    expect(worth('CONFLICT', true, 'safe')).toBe(500);
    expect(worth('CONFLICT', true, 'unsafe')).toBe(null);
    expect(worth('CANCELLED', true, 'safe')).toBe(null);
  });

  test('of any policy stays within its bounds, and attempts end', () => {
    const policies = fc.record(
      {
        maxRetries: fc.integer({ min: 0, max: 10 }),
        initialDelayMs: fc.integer({ min: 0, max: 3_600_000 }),
        maxDelayMs: fc.integer({ min: 0, max: 86_400_000 }),
      },
      { requiredKeys: [] },
    );
    const errors = fc.record({
      type: fc.constantFrom(...passing, ...lasting),
      sent: fc.constantFrom('no' as const, 'unknown' as const, 'answered' as const),
      retryAfterMs: fc.nat({ max: 200_000_000 }),
    });
    const safeties = fc.constantFrom<RepeatSafety>('safe', 'idempotent', 'unsafe');
    const random = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 100 }),
        errors,
        safeties,
        random,
        (policy, attempt, given, safety, r) => {
          const failure = error(given.type, given.sent, { retryAfterMs: given.retryAfterMs });
          const wait = retryDelay(policy, attempt, failure, safety, r);
          const { maxRetries, maxDelayMs } = { ...defaultRetry, ...policy };
          if (attempt > maxRetries || !mayRepeat(failure, safety)) expect(wait).toBe(null);
          else {
            expect(wait).toBeGreaterThanOrEqual(Math.min(given.retryAfterMs, longestRetryAfterMs));
            expect(wait).toBeLessThanOrEqual(Math.max(maxDelayMs, given.retryAfterMs));
            expect(wait).toBeLessThanOrEqual(Math.max(maxDelayMs, longestRetryAfterMs));
          }
        },
      ),
    );
  });
});
