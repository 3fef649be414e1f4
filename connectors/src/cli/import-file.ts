/** `weftline import FILE --out FILE`: an OpenAPI document as a connector. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  decodeDocument,
  ImportError,
  importOpenApi,
  mergeImports,
  openApiBytes,
  parseOpenApi,
  type Imported,
  type MergeChange,
} from '../import-openapi/index.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { exitCodes, UsageError } from './read-connector.ts';
import type { Terminal } from './terminal.ts';

export type ImportFileOptions = {
  out?: string;
  json?: boolean;
  app?: string;
  only?: string[];
  withTriggers?: boolean;
  merge?: string;
  replace?: boolean;
};

/** The import as it came lies beside the connector, so that a later one knows what was changed by hand. */
const baselineOf = (file: string): string => `${file.replace(/\.json$/, '')}.imported.json`;

/**
 * @param file a path, or an address that begins with http
 * @returns the exit code; with `json` the answer is `{ operations, actions, left, triggers?, diff? }`
 * @throws UsageError when the document cannot be imported, or the file to write was not made by an import
 */
export async function importFile(
  file: string | undefined,
  options: ImportFileOptions,
  terminal: Terminal,
): Promise<number> {
  const { out, json } = options;
  if (file === undefined) throw new UsageError('Name a document to import, or a line with --curl.');
  if (out === undefined) throw new UsageError('Say where the connector shall be written: --out FILE.');
  terminal.writeError(`Reading ${file}.\n`);
  const edited = findEdited(out, options);
  // Who had triggers from the last import wants those of this one.
  const triggers = options.withTriggers ?? (edited !== null && edited.baseline['ingress'] !== undefined);
  const imported = readAndImport(await readBytes(file, terminal), file, { ...options, triggers });
  const merged = edited && mergeImports(edited.baseline, edited.document, imported.definition);
  const write = (path: string, value: unknown) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
  try {
    write(baselineOf(out), imported.definition);
    write(out, merged?.definition ?? imported.definition);
  } catch (error) {
    throw new UsageError(`${out} cannot be written: ${(error as Error).message}`, { cause: error });
  }
  const { operations, actions, left, warnings } = imported;
  for (const warning of warnings) terminal.writeError(`  ${warning}\n`);
  if (json)
    terminal.write(
      `${JSON.stringify({
        operations,
        actions,
        left,
        ...(triggers ? { triggers: imported.triggers } : {}),
        ...(merged ? { diff: merged.diff } : {}),
      })}\n`,
    );
  else terminal.write(describe(imported, merged?.diff, out));
  return exitCodes.done;
}

function readAndImport(
  bytes: Uint8Array,
  file: string,
  { app, only, triggers }: ImportFileOptions & { triggers: boolean },
): Imported {
  try {
    const url = /^https?:\/\//.test(file) ? file : null;
    const text = decodeDocument(bytes, (packed) => gunzipSync(packed, { maxOutputLength: openApiBytes * 2 }));
    return importOpenApi(parseOpenApi(text), { app, only, url, triggers });
  } catch (error) {
    if (error instanceof ImportError) throw new UsageError(`${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function readBytes(file: string, terminal: Terminal): Promise<Uint8Array> {
  if (/^https?:\/\//.test(file)) {
    try {
      const response = await terminal.fetch(file, { signal: AbortSignal.timeout(60_000) });
      if (!response.ok) throw new Error(`it answers ${response.status}`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length > openApiBytes * 2) throw new Error(`it has more than ${openApiBytes * 2} bytes`);
      return bytes;
    } catch (error) {
      throw new UsageError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** The document that may have hand edits and the import that it began as; null where there is nothing to keep. */
function findEdited(
  out: string,
  { merge, replace }: ImportFileOptions,
): { document: JsonObject; baseline: JsonObject } | null {
  if (replace) return null;
  const file = merge ?? out;
  const document = readJson(file);
  if (merge !== undefined && !document) throw new UsageError(`${merge} is no connector.`);
  if (!document) return null;
  const baseline = readJson(baselineOf(file));
  if (baseline) return { document, baseline };
  throw new UsageError(
    `${file} is there, and ${baselineOf(file)}, which says how it was imported, is not. Choose another file, or --replace to write over it.`,
  );
}

/** A connector; null when the file is not there or is something else. */
function readJson(file: string): JsonObject | null {
  if (!existsSync(file)) return null;
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    return isJsonObject(value) && value['manifestVersion'] !== undefined ? value : null;
  } catch {
    return null;
  }
}

function describe(
  { operations, actions, triggers, left }: Imported,
  diff: MergeChange[] | undefined,
  out: string,
): string {
  const drafts = triggers === 0 ? '' : `, ${triggers} triggers`;
  const lines = [`${out}: ${actions} actions of ${operations} operations${drafts}.`];
  for (const { operation, reason } of left) lines.push(`  left: ${operation}: ${reason}`);
  for (const { path, kind } of diff ?? []) lines.push(`  ${kind.padEnd(9)}  ${path}`);
  return `${lines.join('\n')}\n`;
}
