// No path of one machine, no registry's host, no dangling document, no word of somebody's own desk.
// Usage: node scripts/check-text.ts
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { listFiles } from './layers/list-sources.ts';
import { findTextFaults } from './text/find-text-faults.ts';

const root = dirname(import.meta.dirname);
const picture = /\.(png|jpe?g|gif|webp|ico|woff2?|gz|zip)$/;
const paths = listFiles(root).filter((path) => !picture.test(path));
const documents = new Set(paths.filter((path) => path.endsWith('.md')).map((path) => basename(path)));
const faults = paths.flatMap((path) =>
  findTextFaults(path, readFileSync(join(root, path), 'utf8'), documents),
);
for (const fault of faults) console.error(fault);
console.log(`${paths.length} files, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
