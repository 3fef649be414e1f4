// One request through one route: who asks, may they, what do they say, has it been said before, then the handler.
import { randomUUID } from 'node:crypto';
import type { Context as HonoContext, Hono } from 'hono';
import { platformTenantId } from '@weftline/prisma';
import { type Act, assertMayDo } from './access.ts';
import { authenticate } from './auth/authenticate.ts';
import { type Actor, type IdempotencyClaim, createContext } from './context.ts';
import { type Answer, type Route, isMutation } from './define-route.ts';
import { notFound, notSignedIn } from './fail.ts';
import { isUuid } from './is-uuid.ts';
import { answerOnce, hashRequest, readIdempotencyKey } from './middleware/answer-once.ts';
import { checkOrigin } from './middleware/check-origin.ts';
import { clientAddress } from './middleware/client-address.ts';
import { assertJsonType, parseJson } from './middleware/parse-json.ts';
import { readBody } from './middleware/read-body.ts';
import { validateInput, validateParams } from './middleware/validate-input.ts';
import type { Services } from './services.ts';

/** Facts of the request that the log line names. */
export type RequestFacts = {
  requestId: string;
  route: string;
  operationId: string;
  tenantId?: string;
  actor?: string;
  code?: string;
};
export type ApiEnv = { Variables: { facts: RequestFacts } };

const ordinaryBodyBytes = 1024 * 1024;

/** Our request id: the caller's when it is a harmless one, else a new one. */
export const chooseRequestId = (given: string | string[] | null | undefined): string =>
  typeof given === 'string' && /^[\w.:-]{8,100}$/.test(given) ? given : randomUUID();

/** The same, of a web request. */
export const readRequestId = (request: Request): string =>
  chooseRequestId(request.headers.get('x-request-id'));

async function admit(services: Services, route: Route, request: Request, tenantId: string | undefined) {
  if (route.raw && route.access === 'public') return null;
  let someone: Actor | null;
  try {
    someone = await authenticate(services, request);
  } catch (error) {
    // A public route works for those whose token has run out.
    if (route.access !== 'public') throw error;
    someone = null;
  }
  if (route.access === 'public') return someone;
  if (!someone) throw notSignedIn();
  if (tenantId !== undefined && someone.tenantId !== tenantId) throw notFound('workspace');
  if (route.access !== 'signedIn') assertMayDo(someone.role, route.access as Act);
  return someone;
}

async function readInput(
  route: Route,
  c: HonoContext,
): Promise<{ bytes: Buffer; query: unknown; body: unknown }> {
  const query = route.query ? validateInput(route.query, c.req.query()) : {};
  if (route.raw || !isMutation(route.method)) return { bytes: Buffer.alloc(0), query, body: undefined };
  const bytes = await readBody(c.req.raw, route.bodyBytes ?? ordinaryBodyBytes);
  if (bytes.length > 0) assertJsonType(c.req.header('content-type') ?? null);
  const value = parseJson(bytes);
  const body = route.body ? validateInput(route.body, value ?? {}) : undefined;
  return { bytes, query, body };
}

function respond(answer: Answer): Response {
  const headers = new Headers(answer.headers);
  for (const cookie of answer.cookies ?? []) headers.append('set-cookie', cookie);
  if (answer.body === undefined) return new Response(null, { status: answer.status, headers });
  if (!headers.has('content-type')) headers.set('content-type', 'application/json; charset=utf-8');
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  const text = headers.get('content-type')!.includes('json')
    ? JSON.stringify(answer.body)
    : String(answer.body);
  return new Response(text, { status: answer.status, headers });
}

async function serve(services: Services, route: Route, c: HonoContext<ApiEnv>): Promise<Response> {
  const facts = c.get('facts');
  facts.route = route.fullPath;
  facts.operationId = route.operationId;
  const request = c.req.raw;
  const given = c.req.param() as { [name: string]: string };
  const tenantId = given.tenantId;
  if (tenantId !== undefined && !isUuid(tenantId)) throw notFound('workspace');
  const someone = await admit(services, route, request, tenantId);
  if (tenantId) facts.tenantId = tenantId;
  if (someone) facts.actor = someone.name;
  if (isMutation(route.method) && !route.raw) checkOrigin(request, services.env, someone?.byCookie ?? false);
  const params = validateParams(route.params, given);
  const { bytes, query, body } = await readInput(route, c);
  const ip = clientAddress(c);
  const run = (claim: IdempotencyClaim | null) =>
    route.handle({
      context: createContext({
        services,
        requestId: facts.requestId,
        operationId: route.operationId,
        request,
        ip,
        someone,
        tenantId: tenantId ?? (route.access === 'signedIn' ? (someone?.tenantId ?? null) : null),
        claim,
      }),
      params,
      query,
      body,
    });
  const onceKey =
    route.raw || !isMutation(route.method) || route.idempotent === false ? null : readIdempotencyKey(request);
  if (onceKey === null) {
    const answer = await run(null);
    return answer instanceof Response ? answer : respond(answer);
  }
  const scope = {
    // Strangers' keys stand beside the platform's own rows, apart by address.
    tenantId: tenantId ?? someone?.tenantId ?? platformTenantId,
    actor: someone?.name ?? `anonymous:${ip}`,
    route: route.operationId,
    key: onceKey,
  };
  const answer = await answerOnce(
    services,
    scope,
    hashRequest(request.method, new URL(request.url).pathname, bytes),
    async (claim) => {
      const answer = await run(claim);
      if (answer instanceof Response)
        throw new TypeError(`${route.operationId} streams and cannot be repeated`);
      return answer;
    },
  );
  return respond(answer);
}

/** Adds a route to the app. */
export function mountRoute(app: Hono<ApiEnv>, services: Services, route: Route): void {
  const path = route.fullPath.replaceAll(/\{(\w+)\}/g, ':$1');
  const handle = (c: HonoContext<ApiEnv>) => serve(services, route, c);
  if (route.method === 'any') app.all(path, handle);
  else app.on(route.method.toUpperCase(), path, handle);
}
