// The API as one Hono app: what every request meets (id, headers, CORS, log line, errors), then the routes of the nouns.
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { errorTable } from '@weftline/runner/platform/errors';
import { notFound } from './fail.ts';
import { countRequest } from './health/count-requests.ts';
import { allowedOrigins } from './middleware/check-origin.ts';
import { presentError } from './middleware/handle-error.ts';
import { addSecurityHeaders } from './middleware/security-headers.ts';
import { type ApiEnv, mountRoute, readRequestId } from './mount-route.ts';
import { collectRoutes } from './nouns.ts';
import type { Services } from './services.ts';
import { serveWeb } from './web/serve-web.ts';

/** Asked every few seconds by machines; their lines would bury the others. */
const quiet = new Set(['/health', '/ready', '/metrics']);

/** The whole API, the hooks and the web app. Input: what main.ts has made. */
export function createApp(services: Services): Hono<ApiEnv> {
  const { logger, env } = services;
  const app = new Hono<ApiEnv>();

  app.use(async (c, next) => {
    const startedAt = performance.now();
    const facts = { requestId: readRequestId(c.req.raw), route: 'none', operationId: 'none' };
    c.set('facts', facts);
    await next();
    c.res.headers.set('x-request-id', facts.requestId);
    addSecurityHeaders(c.res.headers, env);
    const ms = Math.round((performance.now() - startedAt) * 10) / 10;
    countRequest(services, c.req.method, facts.route, c.res.status, ms);
    const line = { ...c.get('facts'), method: c.req.method, status: c.res.status, ms };
    if (c.res.status >= 500) logger.warn(line, 'request');
    else if (quiet.has(facts.route) || facts.route === 'none') logger.debug(line, 'request');
    else logger.info(line, 'request');
  });
  app.use(
    '/api/*',
    cors({
      origin: (origin) => (allowedOrigins(env).includes(origin) ? origin : null),
      credentials: true,
      allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'last-event-id'],
      exposeHeaders: ['etag', 'link', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
      maxAge: 600,
    }),
  );

  for (const route of collectRoutes(services)) mountRoute(app, services, route);
  serveWeb(app, services);

  app.notFound(() => {
    throw notFound('address');
  });
  app.onError((thrown, c) => {
    const facts = c.get('facts');
    const { status, headers, body, error } = presentError(thrown, facts.requestId);
    facts.code = error.code;
    // Logged once, here; with the cause, which never leaves the process.
    if (errorTable[error.code].status >= 500)
      logger.error({ err: error.cause ?? error, ...facts }, error.message);
    return c.json(body as object, status as 500, { ...headers, 'cache-control': 'no-store' });
  });
  return app;
}
