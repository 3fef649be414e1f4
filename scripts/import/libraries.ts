// Libraries of a package, for scripts: the root of the repository has none of its own.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '../..');

/** A module as `connectors` would import it. */
export async function fromConnectors<Module>(name: string): Promise<Module> {
  const file = createRequire(join(root, 'connectors/package.json')).resolve(name);
  return (await import(pathToFileURL(file).href)) as Module;
}

/** The same for `runner`. */
export async function fromRunner<Module>(name: string): Promise<Module> {
  const file = createRequire(join(root, 'runner/package.json')).resolve(name);
  return (await import(pathToFileURL(file).href)) as Module;
}

/** A document of somebody else, whose shape only reading it tells. */
export type Foreign = ReturnType<typeof JSON.parse>;

/** Where the documents of real services lie, when they do. */
export const documentsFolder = process.env['WEFTLINE_OPENAPI_DIR'] ?? join(root, '..', 'shared', 'openapi');
