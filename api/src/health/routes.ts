// What machines ask about the process: alive, ready, numbers.
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type Route, defineRoute } from '../define-route.ts';
import { notFound } from '../fail.ts';
import { hashToken } from '../auth/secret-token.ts';
import { isLoopback } from '../middleware/client-address.ts';
import type { Services } from '../services.ts';
import { createReadiness } from './check-readiness.ts';
import { printRequests } from './count-requests.ts';

const same = (left: string, right: string): boolean => timingSafeEqual(hashToken(left), hashToken(right));

export function routes(services: Services): Route[] {
  const readiness = createReadiness(services);
  return [
    defineRoute(
      {
        method: 'get',
        path: '/health',
        base: 'root',
        operationId: 'getHealth',
        summary: 'Whether the process is alive',
        description: 'Touches nothing: no database, no network.',
        access: 'public',
        responses: {
          200: {
            description: 'Alive.',
            schema: z.object({ status: z.literal('ok') }),
            example: { status: 'ok' },
          },
        },
      },
      async () => ({ status: 200, body: { status: 'ok' } }),
    ),
    defineRoute(
      {
        method: 'get',
        path: '/ready',
        base: 'root',
        operationId: 'getReadiness',
        summary: 'Whether the process can serve',
        access: 'public',
        responses: {
          200: {
            description: 'Every check is ok.',
            schema: z.object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) }),
            example: {
              ready: true,
              checks: { database: 'ok', migrations: 'ok', partitions: 'ok', keys: 'ok' },
            },
          },
          503: { description: 'A check is not ok, or the process is shutting down.' },
        },
      },
      async () => {
        const answer = await readiness();
        return { status: answer.ready ? 200 : 503, body: answer };
      },
    ),
    defineRoute(
      {
        method: 'get',
        path: '/metrics',
        base: 'root',
        operationId: 'getMetrics',
        summary: 'Numbers for Prometheus',
        description: 'Answers with METRICS_TOKEN as Bearer token; without that setting only to this machine.',
        access: 'public',
        responses: { 200: { description: 'Prometheus text.', contentType: 'text/plain' } },
      },
      async ({ context }) => {
        const { env, metrics } = context.services;
        const given = context.request.headers.get('authorization') ?? '';
        const allowed = env.METRICS_TOKEN
          ? same(given, `Bearer ${env.METRICS_TOKEN}`)
          : isLoopback(context.ip) && context.request.headers.get('x-forwarded-for') === null;
        if (!allowed) throw notFound('address');
        const body = `${metrics ? await metrics.metrics() : ''}${printRequests(services)}`;
        return { status: 200, body, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } };
      },
    ),
  ];
}
