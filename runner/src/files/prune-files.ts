// Files whose time is over leave a few at a time, so that no statement takes long.
import type { Database } from '@weftline/prisma';

const mostCalls = 500;

/** Removes what there is to remove. @returns how many files */
export async function pruneFiles(database: Database): Promise<number> {
  let all = 0;
  for (let call = 0; call < mostCalls; call += 1) {
    const [row] = await database.callDoor<{ prune_files: number }>('prune_files', []);
    if (row === undefined || row.prune_files === 0) break;
    all += row.prune_files;
  }
  return all;
}
