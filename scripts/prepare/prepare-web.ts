import { join } from 'node:path';
import { runChild } from '../bootstrap/run-child.mjs';
import { hashFiles } from './hash-files.ts';
import { refreshWhenStale } from './refresh-when-stale.ts';

// What the browser gets is made from the web's own files, the connectors' shared code and the pinned packages.
const sources = ['web', 'connectors/src', 'connectors/format', 'pnpm-lock.yaml'];

/** Says of a path that the built web does not depend on it. */
export function isNoWebSource(path: string): boolean {
  return /(^|\/)(node_modules|\.nuxt|\.output|dist|test-results)$|^web\/tests$|\.test\.ts$/.test(path);
}

/**
 * Builds the web (static files in web/.output/public) when it is stale.
 *
 * @param root the checkout
 * @returns whether it was built
 * @throws when the build fails (its own words are above)
 */
export function prepareWeb(root: string): Promise<boolean> {
  const folder = join(root, 'web');
  return refreshWhenStale({
    stamp: join(folder, '.output/.made-from'),
    hash: hashFiles(root, sources, isNoWebSource),
    files: [join(folder, '.output/public/index.html'), join(folder, '.output/public/200.html')],
    make: async () => {
      console.log('Building the web (once, until its sources change).');
      const env = { ...process.env, NUXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
      const cli = join(folder, 'node_modules/nuxt/bin/nuxt.mjs');
      const code = await runChild(process.execPath, [cli, 'generate'], { cwd: folder, env });
      if (code !== 0) throw new Error(`Building the web failed with exit code ${code}.`);
    },
  });
}
