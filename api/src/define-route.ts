// The one way to declare a route. A definition is checked when it is loaded, mounted by mount-route.ts, written into
// /openapi.json, and walked by the isolation matrix and the fuzz test: nothing about a route is written twice.
import type { ErrorCode } from '@weftline/runner/platform/errors';
import { z } from 'zod';
import type { Access } from './access.ts';
import type { Context } from './context.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/**
 * What an id stands for. The isolation matrix puts an own, a foreign and a random one into its place.
 * `local` means nothing outside its parent (a step, a version number) or is the same for everybody.
 */
export type IdKind =
  | 'tenant'
  | 'app'
  | 'connection'
  | 'workflow'
  | 'run'
  | 'user'
  | 'member'
  | 'apiKey'
  | 'invitation'
  | 'notification'
  | 'approval'
  | 'variable'
  | 'file'
  | 'local';

export type ResponseDefinition = {
  description: string;
  schema?: z.ZodType;
  example?: unknown;
  /** Preset application/json. */
  contentType?: string;
};

/** What a handler answers. `body` undefined: no body. A Response goes out as it is (streams). */
export type Answer = {
  status: number;
  body?: unknown;
  headers?: { [name: string]: string };
  cookies?: string[] | undefined;
};

export type RouteDefinition<P = unknown, Q = unknown, B = unknown> = {
  /** `any`: every method (hooks). */
  method: Method | 'any';
  /** Behind `/api/v1`: `/tenants/{tenantId}/workflows/{workflowId}`. */
  path: string;
  /** `root`: the path stands at the root and not behind `/api/v1`. */
  base?: 'api' | 'root';
  operationId: string;
  summary: string;
  description?: string;
  access: Access;
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  body?: z.ZodType<B>;
  /** The handler reads `context.request` itself (hooks). No body parsing, no Idempotency-Key. */
  raw?: boolean;
  /** With `raw`: what the body is, for the documentation. */
  rawBody?: { contentType: string; description: string };
  /** Most bytes of a JSON body; preset 1 MiB, at most 48 MiB. */
  bodyBytes?: number;
  /** A good body and query, for the documentation and the tests. Use `ids` of the seed where an id stands. */
  example?: { body?: unknown; query?: { [name: string]: string } };
  responses: { [status: number]: ResponseDefinition };
  /** Error codes beyond those that every route of its kind may answer. */
  errors?: readonly ErrorCode[];
  /** Every place where an id stands (`params.x`, `query.x`, `body.x`) and what it stands for. `params.tenantId` is implied. */
  ids?: { [place: string]: IdKind };
  /** The caller must send If-Match; documented, checked with readIfMatch. */
  ifMatch?: boolean;
  /** false: Idempotency-Key is ignored because repeating is harmless or meaningless (sign-in, tests). */
  idempotent?: boolean;
  /** false: not in /openapi.json. */
  documented?: boolean;
  /** false: a mutation that writes no audit entry (reading-like POSTs). Preset: mutations write one with context.change. */
  audited?: boolean;
};

export type Handler<P, Q, B> = (input: {
  context: Context;
  params: P;
  query: Q;
  body: B;
}) => Promise<Answer | Response>;

export type Route = RouteDefinition & {
  handle: Handler<unknown, unknown, unknown>;
  /** The whole path with `{names}`. */
  fullPath: string;
};

const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);

/** True for methods that change something. */
export const isMutation = (method: RouteDefinition['method']): boolean => method !== 'get';

/** Names of members that look like ids, in the JSON Schema of a body or query: `x.yId`, also inside objects. */
function idMembers(schema: z.ZodType | undefined, place: string): string[] {
  if (!schema) return [];
  const walk = (node: unknown, at: string): string[] => {
    if (typeof node !== 'object' || node === null) return [];
    const properties = (node as { properties?: { [name: string]: unknown } }).properties ?? {};
    return Object.entries(properties).flatMap(([name, inner]) => [
      ...(/^id$|Ids?$/.test(name) ? [`${at}.${name}`] : []),
      ...walk(inner, `${at}.${name}`),
    ]);
  };
  return walk(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), place);
}

/**
 * Declares a route. The handler gets validated params, query and body, and a context whose role is checked.
 * @throws TypeError when the declaration leaves out where ids stand, or its schemas do not fit its path
 */
export function defineRoute<P = { [name: string]: never }, Q = { [name: string]: never }, B = undefined>(
  definition: RouteDefinition<P, Q, B>,
  handle: Handler<P, Q, B>,
): Route {
  const { operationId, path } = definition;
  const fail = (why: string): never => {
    throw new TypeError(`Route ${operationId}: ${why}`);
  };
  const names = namesIn(path);
  const places = [
    ...names.map((name) => `params.${name}`),
    ...idMembers(definition.query, 'query'),
    ...idMembers(definition.body, 'body'),
  ].filter((place) => place !== 'params.tenantId');
  const missing = places.filter((place) => !Object.hasOwn(definition.ids ?? {}, place));
  if (missing.length > 0) fail(`ids does not say what ${missing.join(', ')} stands for`);
  const inTenant = names.includes('tenantId');
  const act = definition.access !== 'public' && definition.access !== 'signedIn';
  if (inTenant !== act) fail('a path with {tenantId} needs an act in access, and the other way round');
  if ((definition.bodyBytes ?? 0) > 48 * 1024 * 1024) fail('bodyBytes is over 48 MiB');
  return {
    ...(definition as RouteDefinition),
    handle: handle as Handler<unknown, unknown, unknown>,
    fullPath: definition.base === 'root' ? path : `/api/v1${path}`,
  };
}
