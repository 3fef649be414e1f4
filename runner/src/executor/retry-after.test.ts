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

test('durations are read as Go and ISO 8601 write them', () => {
  const said: [string, number][] = [
    ['1m30s', 90_000],
    ['1h0m0.5s', 3_600_500],
    ['6ms', 6],
    ['1500us', 2],
    ['PT30S', 30_000],
    ['PT1M30.5S', 90_500],
    ['P1DT2H', longestWaitMs],
    ['PT2H', 7_200_000],
  ];
  for (const [text, wait] of said) {
    expect([text, readWait(text, 'duration', now)]).toEqual([text, wait]);
    expect([text, readWait(text, 'auto', now)]).toEqual([text, wait]);
  }
  for (const text of ['P', 'PT', 'P1Y', 'P1M', '30', '1x', 's'])
    expect([text, readWait(text, 'duration', now)]).toEqual([text, undefined]);
});

test('a wait is taken out of a sentence; where the sentence is another one, the next source counts', () => {
  const sources = [
    { from: { body: 'message' }, unit: 'seconds', regex: 'again in ([0-9.]+) seconds?' },
    { from: { body: 'message' }, unit: 'duration', regex: 'reset in ([0-9a-z.]+)$' },
    { from: { header: 'retry-after' }, unit: 'auto' },
  ] as const;
  const wait = (message: unknown, headers = {}) =>
    readRetryAfter(sources, { headers, body: { message } as never }, now);
  expect(wait('Too many calls: try again in 12.5 seconds.')).toBe(12_500);
  expect(wait('Limits reset in 1m30s')).toBe(90_000);
  expect(wait('Slow down', { 'retry-after': '3' })).toBe(3_000);
  expect(wait(12)).toBeUndefined();
  expect(wait(`${'x'.repeat(3_000)} try again in 12 seconds`)).toBeUndefined();
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
