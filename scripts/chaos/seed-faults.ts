// Puts each fault of faults.ts into a copy of the tree, runs the test that must notice it, and says whether it did.
//   node scripts/chaos/seed-faults.ts [--only fence-removed,dedupe-off] [--keep] [--json file.json]
// First the named tests must pass without any fault. Exit code 1: one was not caught, or its text was not found.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { copyTree } from './copy-tree.ts';
import { type Fault, faults } from './faults.ts';
import { applyEdits, findMissing } from './faults/apply-edits.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'string' }, keep: { type: 'boolean', default: false } },
});
const root = dirname(dirname(import.meta.dirname));
const only = values.only?.split(',');
const chosen = faults.filter(({ id }) => only?.includes(id) ?? true);
const missing = findMissing(root, chosen);
for (const text of missing) console.log(`NOT FOUND ${text}`);
if (missing.length > 0 || chosen.length === 0) process.exit(1);

const copy = mkdtempSync(join(tmpdir(), 'weftline-faults-'));
rmSync(copy, { recursive: true });
copyTree(root, copy);

type Result = { name: string; status: string };

/** Runs tests in the copy; how each of them ended. Empty when not even their file could be loaded. */
function runTests(files: readonly string[], names: readonly string[]): Result[] {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const pattern = names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|');
  spawnSync(
    join(copy, 'node_modules/.bin/vitest'),
    ['run', '--project', 'unit', '--reporter=json', `--outputFile=${report}`, ...files, '-t', pattern],
    { cwd: copy, stdio: 'ignore', timeout: 300_000 },
  );
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { assertionResults: { title: string; status: string }[] }[];
    };
    return testResults.flatMap(({ assertionResults }) =>
      assertionResults.map(({ title, status }) => ({ name: title, status })),
    );
  } catch {
    return [];
  }
}

/** `caught` alone counts: a file that cannot be loaded any more has noticed nothing. */
function judge({ test }: Fault): 'caught' | 'not caught' | 'not run' {
  const found = runTests([test.file], [test.name]).find(({ name }) => name === test.name);
  if (found?.status === 'failed') return 'caught';
  return found?.status === 'passed' ? 'not caught' : 'not run';
}

const started = performance.now();
const seconds = () => ((performance.now() - started) / 1000).toFixed(0);
const table: { id: string; breaks: string; verdict: string; what: string; test: string }[] = [];
try {
  const names = [...new Set(chosen.map(({ test }) => test.name))];
  const clean = runTests([...new Set(chosen.map(({ test }) => test.file))], names);
  const red = names.filter((name) => clean.find((one) => one.name === name)?.status !== 'passed');
  for (const name of red) console.log(`RED WITHOUT A FAULT: ${name}`);
  console.log(`${names.length - red.length} of ${names.length} tests pass without a fault, ${seconds()} s`);
  for (const fault of chosen) {
    const undo = applyEdits(copy, fault.edits);
    const verdict = red.includes(fault.test.name) ? 'not run' : judge(fault);
    undo();
    table.push({ id: fault.id, breaks: fault.breaks, verdict, what: fault.what, test: fault.test.name });
    console.log(`${verdict.padEnd(10)}  ${fault.id.padEnd(28)}  ${fault.breaks.padEnd(8)}  ${fault.what}`);
  }
} finally {
  if (values.keep) console.log(`the copy stays at ${copy}`);
  else rmSync(copy, { recursive: true, force: true });
}
const caught = table.filter(({ verdict }) => verdict === 'caught').length;
console.log(`${caught} of ${chosen.length} faults caught, ${seconds()} s`);
if (values.json) writeFileSync(values.json, JSON.stringify(table, null, 2));
if (caught < chosen.length) process.exitCode = 1;
