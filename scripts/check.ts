// The quick part of `npm test`, for before a commit: what needs no database, no browser and no outside program.
import { dirname } from 'node:path';
import { listParts } from './suite/list-parts.ts';
import { runParts } from './suite/run-parts.ts';

const quick = ['format', 'lint', 'types', 'layers, cycles and names', 'text'];
process.exitCode = await runParts(
  listParts(dirname(import.meta.dirname)).filter(({ name }) => quick.includes(name)),
);
