// Makes a connector of a foreign document in a thread of its own: large ones take seconds, which nobody else shall wait.
import { parentPort, workerData } from 'node:worker_threads';
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
} from '@weftline/connectors/import-openapi/index';
import type { JsonObject } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';

export type ImportJob = {
  /** Bytes as they came, a text, or an object. */
  document: Uint8Array | string | JsonObject;
  url: string | null;
  only: string[] | undefined;
  app: string | undefined;
  /** Webhooks as drafts of triggers. */
  triggers: boolean;
  /** The document with hand edits and the import it began as. */
  edited: { definition: JsonObject; baseline: JsonObject } | null;
};
export type ImportAnswer =
  | { ok: true; imported: Imported; definition: Connector; diff: MergeChange[] | null }
  | { ok: false; code: ImportError['code']; message: string };

const unpack = (packed: Uint8Array): Uint8Array => gunzipSync(packed, { maxOutputLength: openApiBytes * 2 });

const work = ({ document, url, only, app, triggers, edited }: ImportJob): ImportAnswer => {
  try {
    const text = document instanceof Uint8Array ? decodeDocument(document, unpack) : document;
    const parsed = typeof text === 'string' ? parseOpenApi(text) : text;
    const imported = importOpenApi(parsed, { app, only, url, triggers });
    const merged = edited && mergeImports(edited.baseline, edited.definition, imported.definition);
    return {
      ok: true,
      imported,
      definition: merged?.definition ?? imported.definition,
      diff: merged?.diff ?? null,
    };
  } catch (error) {
    if (error instanceof ImportError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
};

parentPort?.postMessage(work(workerData as ImportJob));
