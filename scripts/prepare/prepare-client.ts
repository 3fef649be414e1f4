import { join } from 'node:path';
import { runChild } from '../bootstrap/run-child.mjs';
import { hashFiles } from './hash-files.ts';
import { refreshWhenStale } from './refresh-when-stale.ts';

/**
 * Generates the Prisma client from schema.prisma when it is stale.
 *
 * @param root the checkout
 * @returns whether it was generated
 * @throws when the generator fails (its own words are above)
 */
export function prepareClient(root: string): Promise<boolean> {
  const folder = join(root, 'prisma');
  const sources = ['schema.prisma', 'prisma.config.ts', 'package.json'];
  return refreshWhenStale({
    stamp: join(folder, 'generated/.made-from'),
    hash: hashFiles(folder, sources, () => false),
    files: [join(folder, 'generated/client.ts')],
    make: async () => {
      console.log('Generating the database client.');
      const env = { ...process.env, ...offlinePrisma(root) };
      const cli = join(folder, 'node_modules/prisma/build/index.js');
      const args = [cli, 'generate', '--config', 'prisma.config.ts'];
      const code = await runChild(process.execPath, args, { cwd: folder, env });
      if (code !== 0) throw new Error(`prisma generate failed with exit code ${code}.`);
    },
  });
}

/**
 * The command line asks for a native schema engine before anything else and would download it. Ours speaks the
 * same protocol over the wasm build that the lockfile pins.
 */
export function offlinePrisma(root: string): Record<string, string> {
  return {
    PRISMA_SCHEMA_ENGINE_BINARY: join(root, 'prisma/tools/schema-engine.mjs'),
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  };
}
