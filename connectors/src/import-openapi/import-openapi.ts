/** From an OpenAPI document to a connector: pure, the same document gives the same connector. */
import type { Json, JsonObject } from '../json.ts';
import type { Action, Connector } from '../types.ts';
import { addSamples } from './add-samples.ts';
import { buildAction } from './build-action.ts';
import { addSigningSecret, addTriggerSamples, buildTriggers } from './build-triggers.ts';
import { addTests } from './choose-test.ts';
import { cleanDocument } from './clean-document.ts';
import { makeSchemas } from './convert-schema.ts';
import { refuseFiles } from './refuse-files.ts';
import { fitLimits } from './fit-limits.ts';
import { ImportError } from './import-error.ts';
import { chooseOperations, listOperations } from './list-operations.ts';
import { listWebhooks, type Webhook } from './list-webhooks.ts';
import { keyFrom, nameActions } from './name-actions.ts';
import { readSecurity } from './read-security.ts';
import { readServers } from './read-servers.ts';
import { scrubSecrets } from './scrub-secrets.ts';
import { membersOf, openSource, shorten, textOf, type Source } from './source.ts';
import { suggestPagination } from './suggest-pagination.ts';
import { takeOut, type Left } from './take-out.ts';

export type ImportOptions = {
  /** Key of the app; made from the title when absent. */
  app?: string | undefined;
  /** Operation ids, `GET /path`, or tags; all operations when absent or empty. */
  only?: readonly string[] | undefined;
  /** Where the document came from; relative servers stand beside it. */
  url?: string | null | undefined;
  /** Webhooks and callbacks become drafts of triggers, which cannot be published before `verify` is written. */
  triggers?: boolean | undefined;
};

export type { Left } from './take-out.ts';
export type Imported = {
  definition: Connector;
  operations: number;
  actions: number;
  /** Drafts of triggers. */
  triggers: number;
  /** Operations that have no action, each with the reason. */
  left: Left[];
  /** Which operation each action was, by key: `GET /users`. */
  origins: { [action: string]: string };
  warnings: string[];
};

/** As many as the format allows. */
const mostActions = 5000;

/**
 * @param document a parsed document of OpenAPI 3.1, 3.0 or Swagger 2.0
 * @returns a connector that can be saved and, when it has actions and no drafts of triggers, published
 * @throws ImportError when it is no OpenAPI document, or when nobody may call what it describes
 */
export function importOpenApi(document: JsonObject, options: ImportOptions = {}): Imported {
  const source = openSource(cleanDocument(document) as JsonObject, options.url ?? null);
  refuseFiles(source);
  const operations = chooseOperations(listOperations(source), options.only);
  const keys = nameActions(operations);
  const servers = readServers(source);
  const security = readSecurity(source, operations);
  const schemas = makeSchemas(source);
  const left: Left[] = [];
  const examples = new Map<string, Json>();
  const labels = new Map<string, string>();
  const actions: Action[] = [];
  for (const operation of operations) {
    const key = keys.get(operation)!;
    labels.set(key, operation.label);
    if (actions.length >= mostActions) {
      const reason = `A connector has at most ${mostActions} actions; choose what you need with "only".`;
      left.push({ operation: operation.label, reason });
      continue;
    }
    try {
      const built = buildAction(source, schemas, servers, security, operation, key);
      actions.push(built.action);
      if (built.example !== undefined) examples.set(key, built.example);
    } catch (error) {
      // What nobody foresaw in one operation must not cost all others.
      const why = error instanceof Error ? error.message : String(error);
      const reason = error instanceof ImportError ? why : `It cannot be read: ${why.slice(0, 200)}`;
      left.push({ operation: operation.label, reason });
    }
  }
  const webhooks = listWebhooks(source, operations);
  const drafts = options.triggers && webhooks.length > 0 ? buildTriggers(source, schemas, webhooks) : null;
  const settings = Object.keys(servers.settings).length > 0;
  const bare: Connector = {
    manifestVersion: 1,
    app: describeApp(source, options.app),
    version: '1.0.0',
    baseUrl: servers.baseUrl,
    ...(Object.keys(servers.servers).length > 0 ? { servers: servers.servers } : {}),
    ...(settings
      ? {
          connectionSchema: {
            type: 'object',
            properties: servers.settings,
            ...(servers.required.length > 0 ? { required: servers.required } : {}),
            additionalProperties: false,
          },
        }
      : {}),
    auth: [],
    $defs: schemas.definitions(),
    actions,
    ...(drafts
      ? {
          triggers: addTriggerSamples(source, { $defs: schemas.definitions() }, drafts),
          ingress: drafts.ingress,
        }
      : {}),
  };
  const auth = drafts ? addSigningSecret(security.auth) : security.auth;
  const whole = scrubSecrets({
    ...bare,
    auth: addTests(source, safeAuth(source, bare, auth), bare),
  });
  const { connector, lost } = fitLimits(source, whole);
  const full = 'The connector would be larger than one may be; choose what you need with "only".';
  for (const { key } of lost) left.push({ operation: labels.get(key) ?? key, reason: full });
  const sound = takeOut(connector, labels, left, source);
  const definition = addSamples(sound, examples);
  sayTheRest(source, definition, options.triggers ? [] : webhooks);
  return {
    definition,
    operations: operations.length,
    actions: definition.actions.length,
    triggers: definition.triggers?.length ?? 0,
    left,
    origins: Object.fromEntries(labels),
    warnings: source.warnings(),
  };
}

function describeApp({ document }: Source, key: string | undefined): Connector['app'] {
  const info = Object.fromEntries(membersOf(document['info']));
  const title = shorten(textOf(info['title']) ?? 'Imported API', 100, true);
  const description = textOf(info['description']) ?? textOf(info['summary']);
  const docs = textOf(Object.fromEntries(membersOf(document['externalDocs']))['url']);
  return {
    key: key ?? keyFrom(title, 'app'),
    name: title,
    ...(description === undefined ? {} : { description: shorten(description, 1000) }),
    ...(docs !== undefined && /^https:\/\/\S{1,480}$/.test(docs) ? { docsUrl: docs } : {}),
  };
}

/** A key in the query of a plain http address can be read on the way, so such an address becomes https. */
function safeAuth(source: Source, bare: Connector, auth: Connector['auth']): Connector['auth'] {
  const inQuery = auth.some(({ apply }) => (apply ?? []).some((placement) => placement.in === 'query'));
  const host = /^http:\/\/([^/:]+)/.exec(bare.baseUrl ?? '')?.[1];
  if (inQuery && host !== undefined && !/^(localhost|127\.)/.test(host)) {
    bare.baseUrl = bare.baseUrl!.replace(/^http:/, 'https:');
    source.warn('The server is called over https, because a key stands in the address.');
  }
  return auth;
}

function sayTheRest(source: Source, definition: Connector, webhooks: readonly Webhook[]): void {
  for (const suggestion of suggestPagination(definition)) source.warn(suggestion);
  const names = webhooks.slice(0, 5).map(({ name }) => name);
  if (webhooks.length > 0)
    source.warn(
      `The document describes ${webhooks.length === 1 ? 'one call' : `${webhooks.length} calls`} of the service (${names.join(', ')}${webhooks.length > 5 ? ', …' : ''}). To have them as drafts of triggers, import with triggers (--with-triggers).`,
    );
  if (definition.actions.length === 0)
    source.warn('No operation became an action, so there is nothing to publish.');
}
