// Imports every document of the folder and judges what comes of it. Usage: node scripts/import/check-documents.ts [--all] [NAME…]
// Each document runs in a process of its own, so that time and memory are its own.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { checkDocument, type DocumentReport } from './check-document.ts';
import { documentsFolder } from './libraries.ts';

type Row = DocumentReport & { ms: number; peakMb: number };
const largest = new Set(['github', 'stripe', 'openai', 'jira', 'mailchimp', 'square', 'zoom']);

/** The text of a document of the folder, unpacked where it is packed. */
export function readDocument(file: string): string {
  const bytes = readFileSync(file);
  return file.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString();
}

/** Files of the documents; none when the folder is not there. */
export function listDocuments(folder = documentsFolder): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => /\.(json|ya?ml)(\.gz)?$/.test(name) && name !== 'index.json');
}

async function checkOne(file: string): Promise<void> {
  const startedAt = performance.now();
  const report = await checkDocument(readDocument(file));
  const row: Row = {
    ...report,
    ms: Math.round(performance.now() - startedAt),
    peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  process.stdout.write(JSON.stringify(row));
}

function checkAll(names: string[], isWhole: boolean): number {
  const total = { operations: 0, actions: 0, valid: 0, requests: 0, violations: 0 };
  console.log(
    `${'document'.padEnd(24)} operations actions  valid requests violations unmade unjudged import ms     ms  MB`,
  );
  for (const name of listDocuments()) {
    const id = name.replace(/\..*$/, '');
    if (names.length > 0 ? !names.includes(id) : !isWhole && largest.has(id)) continue;
    const done = spawnSync(process.execPath, [import.meta.filename, '--one', join(documentsFolder, name)], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (done.status !== 0) {
      console.log(`${id.padEnd(24)} failed: ${done.stderr.slice(0, 400)}`);
      total.violations += 1;
      continue;
    }
    const row = JSON.parse(done.stdout) as Row;
    const cells = [
      row.operations,
      row.actions,
      row.valid,
      row.requests,
      row.violations.length,
      row.unmade.length,
      row.unjudged,
      row.importMs,
      row.ms,
      row.peakMb,
    ];
    const widths = [10, 7, 6, 8, 10, 6, 8, 9, 6, 4];
    console.log(`${id.padEnd(24)} ${cells.map((cell, at) => String(cell).padStart(widths[at]!)).join(' ')}`);
    if (names.length > 0 || process.argv.includes('--why'))
      for (const line of [...new Set([...row.violations, ...row.unmade.map((one) => `unmade ${one}`)])].slice(
        0,
        25,
      ))
        console.log(`    ${line}`);
    for (const key of ['operations', 'actions', 'valid', 'requests'] as const) total[key] += row[key];
    total.violations += row.violations.length;
  }
  console.log(
    `together: ${total.operations} operations, ${total.actions} actions, ${total.valid} valid, ${total.requests} requests judged, ${total.violations} violations`,
  );
  return total.violations === 0 ? 0 : 1;
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  if (args[0] === '--one') await checkOne(args[1]!);
  else if (listDocuments().length === 0)
    console.log(`SKIPPED (there are no documents in ${documentsFolder})`);
  else
    process.exitCode = checkAll(
      args.filter((arg) => !arg.startsWith('--')),
      args.includes('--all'),
    );
}
