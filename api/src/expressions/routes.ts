// What an expression gives for samples: the evaluator of runs, for callers without one of their own.
import {
  checkText,
  evaluateTemplate,
  ExpressionError,
  parseTemplate,
  type Scope,
} from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import { z } from 'zod';
import { type Route, defineRoute } from '../define-route.ts';
import { paramsOf } from '../schema.ts';
import { findVariables } from '../variables/find-variables.ts';
import { readSchedule, scheduleAnswer, scheduleBody } from './read-schedule.ts';

const previewBody = z.object({
  template: z.string().max(20_000),
  samples: z
    .object({
      trigger: z.unknown().optional().describe('What the trigger gave.'),
      steps: z.record(z.string(), z.unknown()).default({}).describe('Outputs by step id.'),
    })
    .default({ steps: {} }),
});

const preview = z.object({
  ok: z.boolean(),
  value: z.unknown().optional(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      path: z.string().optional(),
      position: z.number().optional(),
    })
    .optional(),
});

/** The value, or what is wrong in a sentence. */
export function previewTemplate(template: string, scope: Scope): z.infer<typeof preview> {
  const [problem] = checkText(template, { roots: ['trigger', 'steps', 'vars', 'run'] });
  if (problem) return { ok: false, error: { code: problem.code, message: problem.message } };
  try {
    return { ok: true, value: evaluateTemplate(parseTemplate(template), scope, { missing: 'fail' }) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { code, message, path, position } = error;
    return {
      ok: false,
      error: {
        code,
        message,
        ...(path === undefined ? {} : { path }),
        ...(position === undefined ? {} : { position }),
      },
    };
  }
}

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'post',
      path: '/tenants/{tenantId}/expressions/preview',
      operationId: 'previewExpression',
      summary: 'What a template gives for samples',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      body: previewBody,
      idempotent: false,
      audited: false,
      example: { body: { template: 'Hello {{trigger.output.name}}', samples: { trigger: { name: 'Ada' } } } },
      responses: { 200: { description: 'The value, or what is wrong.', schema: preview } },
    },
    async ({ context, body }) => {
      const { trigger, steps } = body.samples;
      const vars = await context.read((tx) => findVariables(tx, context.tenantId));
      const outputs = Object.entries(steps).map(([name, output]) => [name, { output: output as Json }]);
      const scope: Scope = {
        trigger: trigger === undefined ? {} : { output: trigger as Json },
        steps: Object.fromEntries(outputs) as { [name: string]: Json },
        vars,
        run: { id: 'preview' },
      };
      return { status: 200, body: previewTemplate(body.template, scope) };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: '/tenants/{tenantId}/expressions/schedule',
      operationId: 'readSchedule',
      summary: 'What a sentence says as a schedule',
      description:
        'Reads "every weekday at 9" or "tomorrow at 9am" in a time zone, and answers cron or one instant with the next times it fires. A text that may mean two things is not taken: the answer names both.',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      body: scheduleBody,
      idempotent: false,
      audited: false,
      example: { body: { text: 'every weekday at 9', timezone: 'Europe/Berlin' } },
      responses: {
        200: { description: 'The schedule, or why the text is not taken.', schema: scheduleAnswer },
      },
    },
    async ({ context, body }) => ({ status: 200, body: readSchedule(body, context.services.clock()) }),
  ),
];
