// Layers, import cycles, the top level and names. Usage: node scripts/check-layers.ts
import { dirname } from 'node:path';
import { findCycles } from './layers/find-cycles.ts';
import { findImportFaults } from './layers/find-import-faults.ts';
import { findNameFaults } from './layers/find-name-faults.ts';
import { listFiles, readSources } from './layers/list-sources.ts';

const root = dirname(import.meta.dirname);
const paths = listFiles(root);
const sources = readSources(root, paths);
const faults = [
  ...findNameFaults(paths),
  ...findImportFaults(sources),
  ...findCycles(sources).map((way) => `import cycle: ${way}`),
];
for (const fault of faults) console.error(fault);
console.log(`${sources.length} files, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
