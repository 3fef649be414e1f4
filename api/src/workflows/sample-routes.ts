// What the editor builds with: calls of the hook as samples, steps tried on them, and the webhook's secret.
import { z } from 'zod';
import { type Route, defineRoute } from '../define-route.ts';
import { instant } from '../schema.ts';
import { listSamples, listenForSamples, streamSamples } from './hook-samples.ts';
import * as schema from './schema.ts';
import { testStep } from './test-step.ts';
import { testTrigger } from './test-trigger.ts';
import { formerSecretHours, rotateWebhookSecret } from './webhook-secret.ts';

const one = '/tenants/{tenantId}/workflows/{workflowId}';
const ids = { 'params.workflowId': 'workflow' } as const;
const params = schema.workflowParams;

export const sampleRoutes = (): Route[] => [
  defineRoute(
    {
      method: 'post',
      path: `${one}/listen`,
      operationId: 'listenForSamples',
      summary: 'For ten minutes, keep calls of the hook as samples',
      description: 'Works before the workflow is published; such a call starts no run.',
      access: 'workflows.change',
      params,
      ids,
      idempotent: false,
      responses: { 200: { description: 'Until when.', schema: z.object({ until: instant }) } },
    },
    async ({ context, params }) => ({
      status: 200,
      body: { until: (await listenForSamples(context, params.workflowId)).toISOString() },
    }),
  ),
  defineRoute(
    {
      method: 'get',
      path: `${one}/samples`,
      operationId: 'listSamples',
      summary: 'The last ten calls that were kept as samples',
      access: 'workspace.read',
      params,
      ids,
      responses: { 200: { description: 'Samples.', schema: z.object({ data: z.array(schema.hookSample) }) } },
    },
    async ({ context, params }) => ({
      status: 200,
      body: { data: await listSamples(context, params.workflowId) },
    }),
  ),
  defineRoute(
    {
      method: 'get',
      path: `${one}/samples/stream`,
      operationId: 'streamSamples',
      summary: 'New samples as they come (server-sent events `sample`)',
      access: 'workspace.read',
      params,
      ids,
      responses: { 200: { description: 'A stream without end.', contentType: 'text/event-stream' } },
    },
    async ({ context, params }) => streamSamples(context, params.workflowId),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/webhook-secret/rotate`,
      operationId: 'rotateWebhookSecret',
      summary: 'Replace the webhook’s secret',
      description:
        'The new one is in the next reading of the workflow. The former one counts beside it for a day, or as long as `keepHours` says, so that no call is lost meanwhile; 0 ends it at once.',
      access: 'workflows.change',
      params,
      ids,
      body: z
        .object({ keepHours: z.number().int().min(0).max(formerSecretHours.most).optional() })
        .optional(),
      responses: {
        200: {
          description: 'Replaced.',
          schema: z.object({ rotated: z.boolean(), formerCountsUntil: instant.nullable() }),
        },
      },
      errors: ['conflict'],
    },
    async ({ context, params, body }) => {
      const keepHours = body?.keepHours ?? formerSecretHours.preset;
      const formerCountsUntil = await rotateWebhookSecret(context, params.workflowId, keepHours);
      return { status: 200, body: { rotated: true, formerCountsUntil } };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/trigger/test`,
      operationId: 'testTrigger',
      summary: 'Try the trigger of an app that the draft names',
      description:
        'Asks the service once and starts no run. A trigger that is called instead answers where calls are to be sent.',
      access: 'workflows.change',
      params,
      ids,
      idempotent: false,
      audited: false,
      responses: { 200: { description: 'What runs would start with.', schema: schema.triedTrigger } },
    },
    async ({ context, params }) => ({
      status: 200,
      body: await testTrigger(context, params.workflowId),
    }),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/steps/{stepId}/test`,
      operationId: 'testStep',
      summary: 'Try one step of the draft on samples',
      description: 'An action step really calls its service. What goes wrong there is the answer.',
      access: 'workflows.change',
      params: schema.stepParams,
      body: schema.stepTestBody,
      bodyBytes: 8 * 1024 * 1024,
      ids: { ...ids, 'params.stepId': 'local' },
      idempotent: false,
      audited: false,
      responses: { 200: { description: 'What the step would do.', schema: schema.triedStep } },
    },
    async ({ context, params, body }) => ({
      status: 200,
      body: await testStep(context, params.workflowId, params.stepId, body),
    }),
  ),
];
