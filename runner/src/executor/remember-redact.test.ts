import { expect, test, vi } from 'vitest';
import { redactRecent, rememberRedact } from './remember-redact.ts';

test('a redactor is made once for the same secrets, cleans log lines, and is forgotten after half a minute', () => {
  vi.useFakeTimers();
  const first = rememberRedact(['a-secret-of-a-call']);
  expect(rememberRedact(['a-secret-of-a-call'])).toBe(first);
  expect(redactRecent('{"msg":"failed for a-secret-of-a-call"}')).toBe('{"msg":"failed for [REDACTED]"}');
  vi.advanceTimersByTime(30_001);
  expect(redactRecent('a-secret-of-a-call')).toBe('a-secret-of-a-call');
  expect(rememberRedact(['a-secret-of-a-call'])).not.toBe(first);
  vi.useRealTimers();
});
