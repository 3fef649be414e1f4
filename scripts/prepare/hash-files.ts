import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * One hash over the names and contents of files, in a fixed order.
 *
 * @param root what names are relative to
 * @param paths files and folders below root; one that does not exist counts as empty
 * @param isLeftOut says of a path (relative, with slashes) that it does not count; of a folder: nothing in it does
 * @returns 64 hex digits
 */
export function hashFiles(
  root: string,
  paths: readonly string[],
  isLeftOut: (path: string) => boolean,
): string {
  const hash = createHash('sha256');
  const visit = (path: string): void => {
    const name = relative(root, path).replaceAll('\\', '/');
    if (isLeftOut(name)) return;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) {
      for (const entry of readdirSync(path).toSorted()) visit(join(path, entry));
    } else if (found?.isFile()) {
      const content = readFileSync(path);
      hash.update(`${name}\0${content.length}\0`).update(content);
    }
  };
  for (const path of paths) visit(join(root, path));
  return hash.digest('hex');
}
