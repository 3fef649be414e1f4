// Our URLs that others call: raw bytes in, committed run out; who may call is decided by the key alone. A server takes
// these calls by listen-raw.ts; the route is what is described, and what takes them where there is no server of ours.
import { largestHookBody } from '@weftline/runner/triggers/take-hook';
import { z } from 'zod';
import { type Route, defineRoute } from '../define-route.ts';
import { readBody } from '../middleware/read-body.ts';
import { id } from '../schema.ts';
import { answerCall } from './answer-call.ts';
import { ingressRoutes } from './ingress-routes.ts';

export const routes = (): Route[] => [
  ...ingressRoutes(),
  defineRoute(
    {
      method: 'any',
      base: 'root',
      path: '/hooks/{key}',
      operationId: 'takeHook',
      summary: 'Start a run from outside',
      description:
        'The same `webhook-id` (else `Idempotency-Key`) within 30 days gives the same run. A hook that does not exist or is switched off answers 404. The address of an app or of its trigger answers as the app declares: else 200 with `runIds`.',
      access: 'public',
      raw: true,
      params: z.object({ key: z.string().max(200) }),
      ids: { 'params.key': 'local' },
      responses: {
        200: {
          description:
            'Accepted at the address of an app or of its trigger, unless the app declares another answer.',
          schema: z.object({ runIds: z.array(id) }),
        },
        202: {
          description: 'Accepted: the run is stored.',
          schema: z.object({ runId: id.nullable(), captured: z.boolean().optional() }),
        },
      },
      errors: ['not_found', 'not_signed_in', 'too_large', 'quota_runs_per_hour', 'call_cycle'],
    },
    async ({ context, params }) => {
      const { request, services, requestId } = context;
      const { status, headers, body } = await answerCall(services, requestId, {
        key: params.key,
        method: request.method,
        headers: Object.fromEntries(request.headers),
        search: new URL(request.url).search,
        rawBody: await readBody(request, largestHookBody),
      });
      return new Response(body, { status, headers });
    },
  ),
];
