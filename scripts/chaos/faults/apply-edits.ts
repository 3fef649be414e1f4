// Changes of texts in files, and whether they still fit.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edit, Fault } from '../faults.ts';

const countOf = (text: string, part: string): number => text.split(part).length - 1;

/** What of the faults no longer fits the tree: a text that is not there exactly once, a test that is gone. */
export function findMissing(root: string, faults: readonly Fault[]): string[] {
  const read = (file: string): string => {
    try {
      return readFileSync(join(root, file), 'utf8');
    } catch {
      return '';
    }
  };
  return faults.flatMap(({ id, edits, test }) => [
    ...edits.flatMap(({ file, from }) => {
      const count = countOf(read(file), from);
      return count === 1 ? [] : [`${id}: its text stands ${count} times in ${file}: ${from}`];
    }),
    ...(read(test.file).includes(test.name) ? [] : [`${id}: ${test.file} has no test “${test.name}”`]),
  ]);
}

/** Makes the changes; the function that it gives takes them back. */
export function applyEdits(root: string, edits: readonly Edit[]): () => void {
  const former = new Map<string, string>();
  for (const { file, from, to } of edits) {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    if (!former.has(path)) former.set(path, text);
    // A function, because `$` means something in a replacement.
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
  }
  return () => {
    for (const [path, text] of former) writeFileSync(path, text);
  };
}
