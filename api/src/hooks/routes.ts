// Our URLs that others call. Thin and fast: raw bytes in, committed run out; who may call is decided by the key alone.
import { type ErrorCode, isErrorCode } from '@weftline/runner/platform/errors';
import { hookFault, type HookAnswer, largestHookBody } from '@weftline/runner/triggers/take-hook';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type Answer, type Route, defineRoute } from '../define-route.ts';
import { readBody } from '../middleware/read-body.ts';
import { runLimitHeaders } from '../quota-errors.ts';
import { id } from '../schema.ts';

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

function answerHook(answer: HookAnswer, context: Context): Answer {
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
  defineRoute(
    {
      method: 'any',
      base: 'root',
      path: '/hooks/{key}',
      operationId: 'takeHook',
      summary: 'Start a run from outside',
      description:
        'The same `webhook-id` (else `Idempotency-Key`) within 30 days gives the same run. A hook that does not exist or is switched off answers 404.',
      access: 'public',
      raw: true,
      params: z.object({ key: z.string().max(200) }),
      ids: { 'params.key': 'local' },
      responses: {
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
        rawBody: await readBody(request, largestHookBody),
      };
      return answerHook(await services.takeHook(call).catch(hookFault), context);
    },
  ),
];
