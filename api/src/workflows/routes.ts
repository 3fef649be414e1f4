// Workflows: drafts, versions, and whether they are live. Samples and tests of steps stand in sample-routes.ts.
import { z } from 'zod';
import type { Context } from '../context.ts';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type RouteDefinition, type Route, defineRoute } from '../define-route.ts';
import { name as nameSchema, paramsOf } from '../schema.ts';
import { changeWorkflow } from './change-workflow.ts';
import { createWorkflow } from './create-workflow.ts';
import { deleteWorkflow } from './delete-workflow.ts';
import { disableWorkflow } from './disable-workflow.ts';
import { duplicateWorkflow } from './duplicate-workflow.ts';
import { enableWorkflow } from './enable-workflow.ts';
import { type WorkflowFound, listWorkflows, requireWorkflow } from './find-workflow.ts';
import { publishWorkflow } from './publish-workflow.ts';
import { describeWorkflow, describeWorkflows } from './read-workflow.ts';
import { sampleRoutes } from './sample-routes.ts';
import * as schema from './schema.ts';
import { versionRoutes } from './version-routes.ts';
import { showSecretOnce } from './webhook-secret.ts';

const base = '/tenants/{tenantId}/workflows';
const one = `${base}/{workflowId}`;
const ids = { 'params.workflowId': 'workflow' } as const satisfies RouteDefinition['ids'];
const params = schema.workflowParams;

async function answerWorkflow(context: Context, status: number, found: WorkflowFound, secret?: string) {
  const body = await describeWorkflow(context, found, secret);
  return { status, body, headers: { etag: body.etag } };
}

const workflowRoutes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: base,
      operationId: 'listWorkflows',
      summary: 'Workflows, the newest first',
      description: 'Rows leave out draft, layout, samples and problems.',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      query: pageQuery.extend({
        search: z.string().trim().max(120).optional().describe('Part of the name.'),
        enabled: z.enum(['true', 'false']).optional(),
      }),
      responses: { 200: { description: 'Workflows.', schema: pageOf(schema.workflowRow) } },
    },
    async ({ context, query }) => {
      const page = openPage(context, query);
      const found = await context.read((tx) =>
        listWorkflows(tx, context.tenantId, {
          after: page.after,
          take: page.take,
          search: query.search || undefined,
          enabled: query.enabled === undefined ? undefined : query.enabled === 'true',
        }),
      );
      const rows = await describeWorkflows(context, found);
      return page.answer(
        rows,
        (row) => row.id,
        (row) => row,
      );
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: base,
      operationId: 'createWorkflow',
      summary: 'Make a workflow',
      description: 'Faults of the document are answered in `problems`; the draft is kept all the same.',
      access: 'workflows.change',
      params: paramsOf('tenantId'),
      body: schema.createBody,
      example: { body: { name: 'Greet new customers' } },
      responses: { 201: { description: 'Made, unpublished and disabled.', schema: schema.workflow } },
      errors: ['quota_workflows'],
    },
    async ({ context, body }) => {
      const name = body.name ?? nameSchema.parse(body.definition?.['name']);
      return answerWorkflow(
        context,
        201,
        await createWorkflow(context, { name, definition: body.definition }),
      );
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: one,
      operationId: 'readWorkflow',
      summary: 'One workflow',
      description:
        'A fresh webhook secret is in `trigger.secret` the first time somebody who may change workflows reads it.',
      access: 'workspace.read',
      params,
      ids,
      responses: { 200: { description: 'The workflow.', schema: schema.workflow } },
    },
    async ({ context, params }) => {
      const found = await context.read((tx) => requireWorkflow(tx, context.tenantId, params.workflowId));
      return answerWorkflow(context, 200, found, await showSecretOnce(context, found.trigger));
    },
  ),
  defineRoute(
    {
      method: 'patch',
      path: one,
      operationId: 'changeWorkflow',
      summary: 'Change draft, name, layout or samples',
      description: 'What runs stays what was published. Faults are answered in `problems`.',
      access: 'workflows.change',
      params,
      body: schema.changeBody,
      bodyBytes: 8 * 1024 * 1024,
      ids,
      ifMatch: true,
      example: { body: { name: 'Another name' } },
      responses: { 200: { description: 'Changed.', schema: schema.workflow } },
    },
    async ({ context, params, body }) =>
      answerWorkflow(context, 200, await changeWorkflow(context, params.workflowId, body)),
  ),
  defineRoute(
    {
      method: 'delete',
      path: one,
      operationId: 'deleteWorkflow',
      summary: 'Delete a workflow',
      description: 'Its runs stay readable.',
      access: 'workflows.change',
      params,
      ids,
      responses: { 204: { description: 'Deleted.' } },
    },
    async ({ context, params }) => {
      await deleteWorkflow(context, params.workflowId);
      return { status: 204 };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/publish`,
      operationId: 'publishWorkflow',
      summary: 'Make the draft a version that never changes again',
      access: 'workflows.change',
      params,
      body: schema.publishBody,
      ids,
      responses: { 201: { description: 'Published.', schema: z.object({ version: z.number().int() }) } },
      errors: ['invalid_input', 'conflict', 'connection_not_tested', 'remote_refused'],
    },
    async ({ context, params, body }) => ({
      status: 201,
      body: { version: await publishWorkflow(context, params.workflowId, body.note) },
    }),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/enable`,
      operationId: 'enableWorkflow',
      summary: 'Let the trigger start runs',
      description:
        'A trigger that has to be registered at its service is registered first; if the service does not agree, its reason is answered.',
      access: 'workflows.change',
      params,
      ids,
      responses: { 200: { description: 'Enabled.', schema: z.object({ enabled: z.boolean() }) } },
      errors: ['conflict', 'connection_not_tested', 'hosts_not_agreed', 'remote_refused'],
    },
    async ({ context, params }) => {
      await enableWorkflow(context, params.workflowId);
      return { status: 200, body: { enabled: true } };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/disable`,
      operationId: 'disableWorkflow',
      summary: 'Stop the trigger from starting runs',
      access: 'workflows.change',
      params,
      ids,
      responses: { 200: { description: 'Disabled.', schema: z.object({ enabled: z.boolean() }) } },
    },
    async ({ context, params }) => {
      await disableWorkflow(context, params.workflowId);
      return { status: 200, body: { enabled: false } };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/duplicate`,
      operationId: 'duplicateWorkflow',
      summary: 'Copy a workflow',
      access: 'workflows.change',
      params,
      body: schema.duplicateBody,
      ids,
      responses: { 201: { description: 'The copy, unpublished and disabled.', schema: schema.workflow } },
      errors: ['quota_workflows'],
    },
    async ({ context, params, body }) =>
      answerWorkflow(context, 201, await duplicateWorkflow(context, params.workflowId, body.name)),
  ),
];

export const routes = (): Route[] => [...workflowRoutes(), ...versionRoutes(), ...sampleRoutes()];
