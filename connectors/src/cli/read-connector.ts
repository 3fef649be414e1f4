/** Reads what authors keep on disk: one document, or the folder it is composed from. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { composeApp } from '../load-apps.ts';
import { parseDocument } from '../parse-document.ts';

export const exitCodes = { done: 0, problems: 1, usage: 2, server: 3 } as const;

/** The person has to call the command differently, or look at the file. */
export class UsageError extends Error {}

/**
 * @param file a JSON document, or a folder with `app.json`
 * @returns the document, not yet validated
 * @throws UsageError when there is no such file or it is no JSON
 */
export function readConnector(file: string): unknown {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  if (statSync(file).isDirectory()) {
    if (!existsSync(join(file, 'app.json'))) throw new UsageError(`The folder ${file} has no app.json.`);
    try {
      return composeApp(file);
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
  const parsed = parseDocument(readFileSync(file, 'utf8'));
  if ('problem' in parsed) throw new UsageError(`${file}: ${parsed.problem.message}`);
  return parsed.document;
}
