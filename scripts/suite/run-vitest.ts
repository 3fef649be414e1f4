import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from '../bootstrap/run-child.mjs';
import type { Count } from './count.ts';

type Report = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  success: boolean;
};

/**
 * Runs a part of the tests and counts them.
 *
 * @param root the checkout
 * @param args what follows `vitest run`
 * @param env the environment of the tests
 * @returns the numbers; a run that fails without a failed test (an error outside of one) counts as one failed
 */
export async function runVitest(
  root: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'weftline-report-'));
  const file = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const cli = join(root, 'node_modules/vitest/vitest.mjs');
  try {
    const code = await runChild(process.execPath, [cli, 'run', ...args, ...reporters], { cwd: root, env });
    return readReport(existsSync(file) ? readFileSync(file, 'utf8') : null, code);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The numbers of vitest's JSON report (null: it wrote none) and its exit code. */
export function readReport(text: string | null, code: number): Count {
  const report = text === null ? null : (JSON.parse(text) as Report);
  const failed = report?.numFailedTests ?? 0;
  return {
    passed: report?.numPassedTests ?? 0,
    // Exit code and numbers may disagree: an unhandled error, a file that cannot be read, no test at all.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}
