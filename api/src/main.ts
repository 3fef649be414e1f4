// One process of Weftline: everything (npm start), the API alone, or a runner alone.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { StartError, loadEnvironment } from '@weftline/runner/platform/env';
import { startProcess } from './process/start-process.ts';

const root = path.join(import.meta.dirname, '../..');

/** A data folder that cannot be used ends the start before anything else is tried. */
function checkFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    const probe = path.join(folder, `.writable-${process.pid}`);
    fs.writeFileSync(probe, '');
    fs.rmSync(probe);
  } catch (error) {
    throw new StartError([
      `The data folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}). Make it writable for this user, or set DATA_DIR to another folder.`,
    ]);
  }
}

try {
  const env = loadEnvironment(process.env, root);
  checkFolder(env.DATA_DIR);
  // The same after a restart in the same place: its own former leases are known by it.
  const place = createHash('sha256').update(`${os.hostname()} ${env.DATA_DIR}`).digest('hex').slice(0, 12);
  const name = env.WEFTLINE_ROLE === 'all' ? `all-${place}` : `${env.WEFTLINE_ROLE}-${place}-${process.pid}`;
  await startProcess(env, name);
} catch (error) {
  if (error instanceof StartError) {
    process.stderr.write(
      `\nWeftline did not start:\n${error.faults.map((fault) => `  - ${fault}`).join('\n')}\n\n`,
    );
  } else {
    process.stderr.write(
      `\nWeftline did not start: ${error instanceof Error ? error.stack : String(error)}\n\n`,
    );
  }
  process.exit(1);
}
