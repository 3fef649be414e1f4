import { hashDocument } from '@weftline/connectors/hash-document';
import type { JsonObject } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { platformTenantId } from '@weftline/prisma';
import type { Context } from '../context.ts';
import { formatEtag, staleEdit } from '../edit-version.ts';
import { conflict, invalidInput } from '../fail.ts';
import { findApp } from './find-app.ts';
import { importDocument } from './import-document.ts';

export type ImportRequest = {
  document?: unknown;
  url?: string | undefined;
  only?: string[] | undefined;
  app?: string | undefined;
  triggers?: boolean | undefined;
  save?: boolean | undefined;
};

const documentBytes = 10 * 1024 * 1024;
const fetchMs = 30_000;

/**
 * Makes a connector of an OpenAPI document. Where the tenant has an app of that key that was imported before, what was
 * changed by hand since then is kept and told. With `save` the result becomes the draft, and the import is remembered.
 * @throws CodedError invalid_input, not_parseable, too_large, blocked_address, remote_unreachable, conflict (built-in app,
 *   changed meanwhile)
 */
export async function importOpenApi(context: Context, request: ImportRequest) {
  const { url = null, only, app } = request;
  const document = url === null ? readGiven(request.document) : await fetchDocument(context, url);
  const job = { document, url, only, app, triggers: request.triggers ?? false };
  const first = await importDocument({ ...job, edited: null });
  const key = first.definition.app.key;
  const known = await findKnown(context, key);
  // Who had triggers from the last import wants those of this one.
  const triggers = request.triggers ?? known?.edited?.baseline['ingress'] !== undefined;
  const answer =
    known?.edited == null ? first : await importDocument({ ...job, triggers, edited: known.edited });
  const { imported, definition, diff } = answer;
  const saved =
    request.save === true ? await save(context, key, definition, imported.definition, known?.etag) : {};
  return {
    definition,
    operations: imported.operations,
    actions: imported.actions,
    triggers: imported.triggers,
    left: imported.left,
    warnings: imported.warnings,
    ...(diff === null ? {} : { diff }),
    ...saved,
  };
}

function readGiven(document: unknown): string | JsonObject {
  if (typeof document === 'string') return document;
  if (typeof document === 'object' && document !== null && !Array.isArray(document))
    return document as JsonObject;
  throw invalidInput([
    {
      path: '/document',
      code: 'missing_key',
      message: 'Send the document as an object or a text, or its address as "url".',
    },
  ]);
}

/** Through the only way out, so that no document is read from where no call may go. */
async function fetchDocument({ tenantId, services, request }: Context, url: string): Promise<Uint8Array> {
  const answer = await services.egress.request({
    tenantId,
    method: 'GET',
    url,
    headers: { accept: 'application/json, application/yaml, */*;q=0.8', 'user-agent': 'weftline' },
    followRedirects: true,
    timeoutMs: fetchMs,
    maxResponseBytes: documentBytes,
    signal: request.signal,
  });
  if (answer.status !== 200)
    throw invalidInput([
      { path: '/url', code: 'not_there', message: `The address answers with status ${answer.status}.` },
    ]);
  return new Uint8Array(answer.body);
}

type Known = { etag: number; edited: { definition: JsonObject; baseline: JsonObject } | null };

/** The tenant's own app of this key with its hand edits; null when there is none. */
async function findKnown({ tenantId, services, read }: Context, key: string): Promise<Known | null> {
  const found = await read(async (tx) => {
    const app = await findApp(tx, tenantId, key);
    const last = await tx.appImport.findFirst({
      where: { tenantId, appKey: key },
      select: { definition: true },
    });
    return { app, last };
  });
  if (found.app === null || found.app.builtIn) return null;
  const { row, versions } = found.app;
  const newest = versions[0]?.version;
  const edited =
    row.draft !== null
      ? (JSON.parse(row.draft) as JsonObject)
      : newest === undefined
        ? null
        : ((await services.apps.find(tenantId, key, newest)) as unknown as JsonObject | null);
  if (edited === null) return { etag: row.etag, edited: null };
  // Without a remembered import nobody knows what was changed by hand, so nothing counts as such.
  const baseline = found.last === null ? edited : (JSON.parse(found.last.definition) as JsonObject);
  return { etag: row.etag, edited: { definition: edited, baseline } };
}

/** The result as the draft of an own app, new or known, and the import beside it. */
async function save(
  context: Context,
  key: string,
  definition: Connector,
  imported: Connector,
  etag: number | undefined,
) {
  const { tenantId } = context;
  const draft = JSON.stringify(definition);
  const details = { contentHash: hashDocument(definition) };
  const next = await context.change(
    { action: 'app.imported', subject: `app:${key}`, details },
    async (tx) => {
      if (await tx.app.findFirst({ where: { tenantId: platformTenantId, key }, select: { key: true } }))
        throw conflict(`${key} is a built-in app. Choose another key for yours: send "app".`);
      const name = definition.app.name.slice(0, 100);
      if (etag === undefined) {
        const { count } = await tx.app.createMany({
          data: [{ tenantId, key, name, draft }],
          skipDuplicates: true,
        });
        if (count === 0) throw conflict(`Somebody made an app ${key} meanwhile. Import again.`);
      } else {
        const { count } = await tx.app.updateMany({
          where: { tenantId, key, deletedAt: null, etag },
          data: { draft, name, etag: { increment: 1 }, updatedAt: new Date() },
        });
        if (count === 0) throw staleEdit(etag);
      }
      const row = { definition: JSON.stringify(imported), importedAt: new Date() };
      await tx.appImport.upsert({
        where: { tenantId_appKey: { tenantId, appKey: key } },
        create: { tenantId, appKey: key, ...row },
        update: row,
      });
      return (etag ?? 0) + 1;
    },
  );
  return { key, etag: formatEtag(next), problems: validateConnector(definition, 'save') };
}
