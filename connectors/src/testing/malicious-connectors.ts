/**
 * Brings the cases of fixtures/corpora/malicious-connectors.json into the form of this format: the corpus was written
 * for an earlier draft and asks to "adapt the paths, keep the cases".
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type CorpusCase = {
  id: string;
  class: string;
  what: string;
  expect: string;
  patch?: {
    op: string;
    path: string;
    value?: unknown;
    generate?: { kind: string; [name: string]: unknown };
  }[];
  raw_merge_json?: string;
  raw_document?: string;
  raw_generate?: { kind: string; path?: string; digits?: number };
  runtime?: { input: { text: string; times: number; suffix: string } } | string;
};

type Tree = { [key: string]: unknown };

export function readCorpus(): CorpusCase[] {
  const file = join(import.meta.dirname, '../../fixtures/corpora/malicious-connectors.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: CorpusCase[] }).cases;
}

/** The corpus' base connector, in our form. */
export function baseConnector(): Tree {
  return {
    manifestVersion: 1,
    app: { key: 'acme-crm', name: 'Acme CRM' },
    version: '1.0.0',
    baseUrl: 'https://api.acme-crm.example/v1',
    auth: [
      {
        key: 'key',
        label: 'API key',
        type: 'API_KEY',
        apply: [{ in: 'header', name: 'X-Api-Key', value: '{{credentials.apiKey}}' }],
        test: { method: 'GET', endpointTemplate: '/me' },
      },
    ],
    actions: [
      {
        key: 'create-contact',
        name: 'Create contact',
        method: 'POST',
        endpointTemplate: '/contacts/{id}',
        headersTemplate: { 'X-Source': '{{input.query.dry}}' },
        querySchema: {
          type: 'object',
          properties: { dry: { type: 'boolean' } },
          additionalProperties: false,
        },
        pathSchema: {
          type: 'object',
          properties: { id: { type: 'string', maxLength: 64 } },
          required: ['id'],
          additionalProperties: false,
        },
        bodySchema: {
          type: 'object',
          properties: { email: { type: 'string', maxLength: 320 } },
          required: ['email'],
          additionalProperties: false,
        },
        outputSchema: { type: 'object' },
        retry: { maxRetries: 3, initialDelayMs: 500 },
        timeoutMs: 30000,
      },
    ],
    triggers: [],
  };
}

/** The connector a case describes, and the pointer (ours) that the case attacks. Undefined: not a connector document. */
export function buildCase(entry: CorpusCase): { document: unknown; target: string } | undefined {
  const document = baseConnector();
  if (entry.raw_generate?.kind === 'number-digits') {
    const text = JSON.stringify(document).replace(
      '"timeoutMs":30000',
      `"timeoutMs":${'9'.repeat(entry.raw_generate.digits ?? 0)}`,
    );
    return { document: JSON.parse(text) as unknown, target: '/actions/0/timeoutMs' };
  }
  if (entry.raw_merge_json !== undefined) return mergeCase(document, entry.raw_merge_json);
  if (!entry.patch) return undefined;
  let target = '';
  for (const { path, value, generate } of entry.patch) {
    const adapted = adapt(document, path, generate ? generated(generate, document) : value);
    target ||= adapted.path;
    put(document, adapted.path, adapted.value);
  }
  return { document, target };
}

function mergeCase(document: Tree, text: string): { document: unknown; target: string } {
  const merge = JSON.parse(text) as Tree;
  const action = (document['actions'] as Tree[])[0]!;
  let target = '';
  for (const key of Object.keys(merge)) {
    const value = merge[key];
    if (key === 'actions') Object.assign(action, (value as Tree[])[0]);
    else if (key === 'auth') Object.assign((document['auth'] as Tree[])[0]!, value);
    else if (key === 'key') (document['app'] as Tree)['key'] = value;
    else if (key === 'headersTemplate' || key === 'bodySchema') action[key] = value;
    else
      Object.defineProperty(document, key, { value, enumerable: true, configurable: true, writable: true });
    target ||=
      new Map([
        ['actions', '/actions/0'],
        ['auth', '/auth/0'],
        ['key', '/app/key'],
        ['headersTemplate', '/actions/0'],
        ['bodySchema', '/actions/0'],
      ]).get(key) ?? '';
  }
  return { document, target };
}

const moved: { [path: string]: string } = {
  '/description': '/app/description',
  '/name': '/app/name',
  '/key': '/app/key',
  '/icon': '/app/icon',
  '/schemaVersion': '/manifestVersion',
  '/auth': '/auth/0',
  '/auth/placement': '/auth/0/apply/0',
  '/auth/placement/name': '/auth/0/apply/0/name',
  '/auth/test': '/auth/0/test',
  '/auth/extraParams': '/auth/0/oauth2/authorizationParams',
  '/actions/0/retry/maxAttempts': '/actions/0/retry/maxRetries',
  '/actions/0/retry/backoffMs': '/actions/0/retry/initialDelayMs',
};

function adapt(document: Tree, path: string, value: unknown): { path: string; value: unknown } {
  const to = moved[path] ?? path;
  if (path === '/auth') return { path: to, value: adaptAuth(value as Tree) };
  if (path === '/auth/placement')
    return { path: to, value: { ...(value as Tree), value: '{{credentials.apiKey}}' } };
  if (path === '/auth/test')
    return {
      path: to,
      value: { method: (value as Tree)['method'], endpointTemplate: (value as Tree)['url'] },
    };
  if (path === '/auth/extraParams') {
    (document['auth'] as unknown[])[0] = adaptAuth({
      type: 'OAUTH2',
      authorizationUrl: 'https://a.example/a',
      tokenUrl: 'https://a.example/t',
    });
  }
  if (path === '/actions/0/pagination') {
    const { itemsPath, nextPath } = value as { itemsPath: string; nextPath: string };
    const own = (written: string) => written.replace('$', 'body');
    const send = { in: 'query', name: 'cursor' };
    return { path: to, value: { type: 'cursor', items: own(itemsPath), next: own(nextPath), send } };
  }
  if (path === '/actions/0/retry') {
    const { maxAttempts, backoffMs, ...rest } = value as Tree;
    return {
      path: to,
      value: { maxRetries: (maxAttempts as number) - 1, initialDelayMs: backoffMs, ...rest },
    };
  }
  return { path: to, value };
}

function adaptAuth({ type, flow, ...oauth2 }: Tree): Tree {
  const auth = { key: 'key', label: 'Sign in', type };
  return type === 'OAUTH2'
    ? { ...auth, oauth2: { grant: flow ?? 'authorization_code', scopes: [], ...oauth2 } }
    : auth;
}

function put(document: Tree, path: string, value: unknown): void {
  const keys = path.split('/').slice(1);
  const last = keys.pop()!;
  let at: Tree = document;
  for (const key of keys) at = at[key] as Tree;
  at[last] = value;
}

/** Generated values share their parts in memory, as a parser would not; what is looked at is the same. */
function generated({ kind, ...options }: { kind: string; [name: string]: unknown }, document: Tree): unknown {
  const count = Number(options['count'] ?? options['bytes'] ?? options['depth'] ?? 0);
  if (kind === 'string') return 'x'.repeat(count);
  if (kind === 'strings') return Array.from({ length: count }, (_, index) => `value-${index}`);
  if (kind === 'actions')
    return Array.from({ length: count }, (_, index) => ({
      ...(document['actions'] as Tree[])[0],
      key: `action-${index}`,
    }));
  if (kind === 'nested-schema') {
    let schema: Tree = { type: 'string' };
    for (let depth = 0; depth < count; depth += 1) schema = { type: 'object', properties: { a: schema } };
    return schema;
  }
  if (kind === 'oneOf-tree') {
    let schema: Tree = { type: 'string' };
    for (let depth = 0; depth < count; depth += 1)
      schema = { oneOf: Array.from({ length: Number(options['fan']) }, () => schema) };
    return schema;
  }
  throw new Error(`The corpus has a generator "${kind}" that is not known here.`);
}
