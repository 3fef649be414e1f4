import { expect, it } from 'vitest';
import {
  elapsedMs,
  formatDuration,
  formatJson,
  formatRelative,
  initials,
  localizeInstants,
} from './format.ts';

const now = Date.parse('2026-11-20T12:00:00Z');

it('says times as people do', () => {
  expect(formatRelative(now - 10_000, now)).toBe('now');
  expect(formatRelative(now - 50_000, now)).toBe('1 minute ago');
  expect(formatRelative(now - 180_000, now)).toBe('3 minutes ago');
  expect(formatRelative(now + 7_200_000, now)).toBe('in 2 hours');
  expect(formatRelative(now - 86_400_000, now)).toBe('yesterday');
});

it('says durations with a sensible unit', () => {
  expect([0, 840, 3200, 32_000, 245_000, 7_800_000].map(formatDuration)).toEqual([
    '0 ms',
    '840 ms',
    '3.20 s',
    '32.0 s',
    '4 min 05 s',
    '2 h 10 min',
  ]);
});

it('counts up to now while something is still running', () => {
  expect(elapsedMs(null, null, now)).toBeNull();
  expect(elapsedMs(new Date(now - 500).toISOString(), null, now)).toBe(500);
  expect(elapsedMs('2026-11-20T11:00:00Z', '2026-11-20T11:00:01Z', now)).toBe(1000);
});

it('cuts large JSON and says so', () => {
  expect(formatJson({ a: 1 })).toEqual({ text: '{\n  "a": 1\n}', cut: false });
  expect(formatJson('x'.repeat(20), 10)).toEqual({ text: 'x'.repeat(10), cut: true });
});

it('makes two letters of a name', () => {
  expect(['GitHub', 'Send to warehouse', 'slack', 'http'].map(initials)).toEqual(['GH', 'ST', 'SL', 'HT']);
});

it('shows moments inside a sentence in the time of the reader', () => {
  const shown = localizeInstants('Waits until 2026-11-21T12:50:13.888Z.', 'en', 'Europe/Berlin');
  expect(shown.replaceAll(/\s/g, ' ')).toBe('Waits until Nov 21, 2026, 1:50:13 PM.');
  expect(localizeInstants('Nothing here')).toBe('Nothing here');
});
