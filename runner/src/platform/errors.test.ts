import { expect, test } from 'vitest';
import { CodedError, errorTable, isCodedError, isErrorCode } from './errors.ts';

test('every code has a status, a title and a sentence that says what to do', () => {
  for (const [code, { status, title, action, again }] of Object.entries(errorTable)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title.length).toBeGreaterThan(3);
    expect(action).toMatch(/[.]$/);
    expect(['no', 'later', 'yes']).toContain(again);
  }
});

test('a coded error carries its code, status, waiting time and cause', () => {
  const cause = new Error('socket');
  const error = new CodedError({
    code: 'remote_busy',
    message: 'The service is busy.',
    retryAfterMs: 1_500,
    cause,
  });
  expect(isCodedError(error)).toBe(true);
  expect(error).toMatchObject({ code: 'remote_busy', status: 503, retryAfterMs: 1_500 });
  expect(error.cause).toBe(cause);
  expect(isErrorCode('constructor')).toBe(false);
  expect(isErrorCode('not_found')).toBe(true);
});
