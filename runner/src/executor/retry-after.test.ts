import { expect, test } from 'vitest';
import { longestWaitMs, readRetryAfter, readWait } from './retry-after.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

test('seconds, dates, epochs and durations are told apart', () => {
  expect(readWait('120', 'auto', now)).toBe(120_000);
  expect(readWait(1.5, 'auto', now)).toBe(1_500);
  expect(readWait('Sat, 21 Nov 2026 12:00:30 GMT', 'auto', now)).toBe(30_000);
  expect(readWait('2026-11-21T12:01:00Z', 'rfc3339', now)).toBe(60_000);
  expect(readWait(String(now / 1_000 + 10), 'auto', now)).toBe(10_000);
  expect(readWait(String(now + 10), 'auto', now)).toBe(10);
  expect(readWait('1m30s', 'auto', now)).toBe(90_000);
  expect(readWait('250', 'milliseconds', now)).toBe(250);
});

test('hostile values wait a day at most, the past means now, nonsense means nothing', () => {
  expect(readWait('99999999999', 'auto', now)).toBe(longestWaitMs);
  expect(readWait('1e400', 'seconds', now)).toBe(longestWaitMs);
  expect(readWait('Sat, 21 Nov 2020 12:00:30 GMT', 'auto', now)).toBe(0);
  expect(readWait('100', 'seconds', now, 5_000)).toBe(5_000);
  for (const value of ['', 'soon', '-5x', 'NaN', 'x'.repeat(10_000), null, {}, undefined])
    expect(readWait(value as never, 'auto', now)).toBeUndefined();
});

test('the first source that says something counts, in headers or in the body', () => {
  const sources = [
    { from: { header: 'X-RateLimit-Reset' }, unit: 'epochSeconds' },
    { from: { body: 'parameters.retry_after' }, unit: 'seconds' },
  ] as const;
  expect(readRetryAfter(sources, { headers: {}, body: { parameters: { retry_after: 5 } } }, now)).toBe(5_000);
  expect(
    readRetryAfter(sources, { headers: { 'x-ratelimit-reset': String(now / 1_000 + 2) }, body: null }, now),
  ).toBe(2_000);
  expect(readRetryAfter(undefined, { headers: { 'retry-after': '7' }, body: null }, now)).toBe(7_000);
  expect(readRetryAfter(undefined, { headers: {}, body: null }, now)).toBeUndefined();
});
