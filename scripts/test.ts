// Everything there is to test, in one command. Usage: npm test [-- word …]: only parts whose name has one of the words.
// The last line is `N passed, N failed` (and `, N skipped`); the exit code is 1 when anything failed.
import { dirname } from 'node:path';
import { listParts } from './suite/list-parts.ts';
import { runParts } from './suite/run-parts.ts';

const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const parts = listParts(dirname(import.meta.dirname));
// Prepared each time: tests of a stale client or a stale web would say nothing.
const isChosen = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
const wanted = parts.filter(({ name }) => isChosen(name));
const chosen =
  wanted.length === 0 ? [] : parts.filter(({ name }) => isChosen(name) || name.startsWith('prepare'));
if (chosen.length === 0) {
  console.error(
    `No part is named like ${words.join(' ')}. There are: ${parts.map(({ name }) => name).join('; ')}.`,
  );
}
process.exitCode = await runParts(chosen);
