import { expect, test } from 'vitest';
import { addCounts, describeCount } from './count.ts';
import { makeEnvironment } from './make-environment.ts';
import { readReport } from './run-vitest.ts';

test('the last line says passed and failed, and skipped only when there are some', () => {
  const two = [
    { passed: 2, failed: 0, skipped: 0 },
    { passed: 1, failed: 1, skipped: 3 },
  ];
  expect(describeCount(addCounts(two))).toBe('3 passed, 1 failed, 3 skipped');
  expect(describeCount({ passed: 4, failed: 0, skipped: 0 })).toBe('4 passed, 0 failed');
});

test('a run that ends badly without a failed test still counts as failed', () => {
  const report = {
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 0,
    success: false,
  };
  expect(readReport(JSON.stringify(report), 1)).toEqual({ passed: 3, failed: 1, skipped: 1 });
  expect(readReport(JSON.stringify(report), 0)).toEqual({ passed: 3, failed: 0, skipped: 1 });
  expect(readReport(null, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("settings of the caller's shell do not reach the tests", () => {
  const env = makeEnvironment(
    {
      DATABASE_URL: 'postgresql://precious',
      REDIS_URL: 'redis://precious',
      PATH: '/usr/bin',
      NODE_ENV: 'production',
    },
    { REDIS_URL: 'redis://ours' },
  );
  expect(env).toEqual({ PATH: '/usr/bin', REDIS_URL: 'redis://ours', NO_COLOR: '1' });
});
