// Our URLs that others call. Thin and fast: raw bytes in, committed run out; who may call is decided by the key alone.
import { type ErrorCode, isErrorCode } from '@weftline/runner/platform/errors';
import type { FilledAnswer } from '@weftline/runner/executor/receive/fill-answer';
import { hookFault, type HookAnswer, largestHookBody } from '@weftline/runner/triggers/take-hook';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type Answer, type Route, defineRoute } from '../define-route.ts';
import { readBody } from '../middleware/read-body.ts';
import { runLimitHeaders } from '../quota-errors.ts';
import { id } from '../schema.ts';
import { ingressRoutes } from './ingress-routes.ts';

/** Query parameters; one that comes several times is a list. */
export function readQuery(url: string): Record<string, string | string[]> {
  const { searchParams } = new URL(url);
  const query: Record<string, string | string[]> = Object.create(null);
  for (const name of new Set(searchParams.keys())) {
    const values = searchParams.getAll(name);
    query[name] = values.length === 1 ? values[0]! : values;
  }
  return query;
}

/** What an app declares goes out as it is; answers with a body never leave a type to a browser's guess. */
function asDeclared({ status, headers, body }: FilledAnswer): Response {
  const isBare = status === 204 || status === 205 || status === 304;
  return new Response(isBare ? null : body, {
    status,
    headers: { 'cache-control': 'no-store', ...headers },
  });
}

function answerHook(answer: HookAnswer, context: Context): Answer | Response {
  if (answer.status === 'declared') return asDeclared(answer.answer);
  if (answer.status === 202)
    return {
      status: 202,
      body: { runId: answer.runId, ...(answer.captured ? { captured: true } : {}) },
    };
  // Calls that came together were counted together: at a refusal the hour is used up.
  const { status, message, retryAfterSeconds, allowed } = answer;
  const code: ErrorCode = isErrorCode(answer.code) ? answer.code : 'internal';
  return {
    status,
    headers: {
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...(allowed === undefined ? {} : runLimitHeaders(allowed, allowed, context.services.clock())),
    },
    body: {
      error: {
        code,
        message,
        requestId: context.requestId,
        details: allowed === undefined ? {} : { used: allowed, limit: allowed },
      },
    },
  };
}

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
      errors: ['not_found', 'not_signed_in', 'too_large', 'quota_runs_per_hour'],
    },
    async ({ context, params }) => {
      const { request, services } = context;
      const call = {
        key: params.key,
        method: request.method,
        headers: Object.fromEntries(request.headers),
        query: readQuery(request.url),
        search: new URL(request.url).search,
        rawBody: await readBody(request, largestHookBody),
      };
      return answerHook(await services.takeHook(call).catch(hookFault), context);
    },
  ),
];
