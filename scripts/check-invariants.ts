// Whether every invariant names the tests that show it. Usage: node scripts/check-invariants.ts [--write]
// `--write` puts the tests of today into docs/invariants.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listTitles } from './invariants/list-titles.ts';
import { nameTests } from './invariants/name-tests.ts';

const root = join(import.meta.dirname, '..');
const file = join(root, 'docs/invariants.md');
const text = readFileSync(file, 'utf8');
const named = nameTests(text, listTitles(root));
const isStale = named.text !== text;
if (process.argv.includes('--write')) writeFileSync(file, named.text);
else if (isStale)
  named.faults.push('docs/invariants.md is not up to date: run `node scripts/check-invariants.ts --write`.');
for (const fault of named.faults) console.error(fault);
console.log(`invariants: ${named.faults.length} faults`);
process.exitCode = named.faults.length > 0 ? 1 : 0;
