// Everything there is to test, in one command. Usage: npm test [-- word …]: only parts whose name has one of the words.
// The last line is `N passed, N failed` (and `, N skipped`); the exit code is 1 when anything failed.
import { dirname } from 'node:path';
import { addCounts, type Count, describeCount, oneFailed } from './suite/count.ts';
import { listParts } from './suite/list-parts.ts';

const root = dirname(import.meta.dirname);
const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const parts = listParts(root).filter(
  ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
);
const results: { name: string; count: Count; seconds: number }[] = [];
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (isInterrupted = true));

for (const [index, part] of parts.entries()) {
  if (isInterrupted) break;
  console.log(`\n=== ${index + 1}/${parts.length} ${part.name} ===`);
  const begin = performance.now();
  const count = await part.run().catch((error: unknown): Count => {
    console.error(error);
    return oneFailed;
  });
  const seconds = (performance.now() - begin) / 1000;
  results.push({ name: part.name, count, seconds });
  console.log(`--- ${describeCount(count)} in ${seconds.toFixed(1)} s`);
}

console.log('\n=== in short ===');
for (const { name, count, seconds } of results) {
  const mark = count.failed > 0 ? 'FAILED' : 'ok';
  console.log(`${mark.padEnd(6)} ${seconds.toFixed(1).padStart(6)} s  ${name}: ${describeCount(count)}`);
}
const total = addCounts(results.map((result) => result.count));
// Nothing tested is no success.
const isFailure = total.failed > 0 || isInterrupted || parts.length === 0;
if (isInterrupted) console.log('interrupted');
if (parts.length === 0) console.log(`No part is named like ${words.join(' ')}.`);
console.log(`\n${describeCount(total)}`);
process.exitCode = isFailure ? 1 : 0;
