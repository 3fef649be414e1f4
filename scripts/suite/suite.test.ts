import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addCounts, describeCount } from './count.ts';
import { withoutServices } from './install-debian-packages.ts';
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

test('while packages are installed no service may start, and the rule of before is put back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weftline-policy-'));
  const file = join(folder, 'policy-rc.d');
  expect(() => withoutServices(file, () => execFileSync(file))).toThrow('Command failed');
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, 'former', { mode: 0o640 });
  expect(withoutServices(file, () => statSync(file).mode & 0o777)).toBe(0o755);
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['former', 0o640]);
  rmSync(folder, { recursive: true });
});
