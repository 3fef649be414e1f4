/**
 * Stores the current version of every app as `versions/<version>.json`: `node connectors/src/freeze-versions.ts`.
 * A stored version never changes; when the source differs from it, the version in `app.json` must be raised.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalize } from './hash-document.ts';
import { composeApp, listAppFolders, appsDirectory } from './load-apps.ts';

/** @returns one sentence for each app whose source no longer equals its stored version */
export function freezeVersions(directory = appsDirectory): string[] {
  return listAppFolders(directory).flatMap((folder) => {
    const connector = composeApp(folder);
    const file = join(folder, 'versions', `${connector.version}.json`);
    if (!existsSync(file)) {
      mkdirSync(join(folder, 'versions'), { recursive: true });
      writeFileSync(file, `${JSON.stringify(connector, null, 2)}\n`);
      return [];
    }
    const isSame = canonicalize(JSON.parse(readFileSync(file, 'utf8'))) === canonicalize(connector);
    return isSame
      ? []
      : [
          `${connector.app.key} ${connector.version} is published and its source has changed since: raise "version" in app.json.`,
        ];
  });
}

if (import.meta.main) {
  const refused = freezeVersions();
  for (const sentence of refused) process.stderr.write(`${sentence}\n`);
  if (refused.length > 0) process.exitCode = 1;
}
