// Versions of a workflow: what was published, and back to it.
import { z } from 'zod';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { describeWorkflow } from './read-workflow.ts';
import * as schema from './schema.ts';
import { upgradeWorkflow } from './upgrade-workflow.ts';
import { listVersions, readVersion, restoreVersion } from './versions.ts';

const one = '/tenants/{tenantId}/workflows/{workflowId}';
const ids = { 'params.workflowId': 'workflow' } as const;

export const versionRoutes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: `${one}/versions`,
      operationId: 'listWorkflowVersions',
      summary: 'Published versions, the newest first',
      access: 'workspace.read',
      params: schema.workflowParams,
      query: pageQuery,
      ids,
      responses: { 200: { description: 'Versions.', schema: pageOf(schema.version) } },
    },
    async ({ context, params, query }) => {
      const page = openPage<number>(context, query);
      const rows = await listVersions(context, params.workflowId, page.after, page.take);
      return page.answer(
        rows,
        (row) => row.version,
        (row) => row,
      );
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: `${one}/versions/{version}`,
      operationId: 'readWorkflowVersion',
      summary: 'One version with its document',
      access: 'workspace.read',
      params: schema.workflowParams.extend({ version: z.coerce.number().int().min(1).max(1_000_000) }),
      ids: { ...ids, 'params.version': 'local' },
      responses: {
        200: { description: 'The version.', schema: schema.version.extend({ definition: z.unknown() }) },
      },
    },
    async ({ context, params }) => ({
      status: 200,
      body: await readVersion(context, params.workflowId, params.version),
    }),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/restore`,
      operationId: 'restoreWorkflowVersion',
      summary: 'Make a former version the draft',
      description: 'What runs stays as it is until the draft is published.',
      access: 'workflows.change',
      params: schema.workflowParams,
      body: schema.restoreBody,
      ids,
      example: { body: { version: 1 } },
      responses: { 200: { description: 'The workflow with its new draft.', schema: schema.workflow } },
    },
    async ({ context, params, body }) => {
      const workflow = await describeWorkflow(
        context,
        await restoreVersion(context, params.workflowId, body.version),
      );
      return { status: 200, body: workflow, headers: { etag: workflow.etag } };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/upgrade`,
      operationId: 'previewUpgrade',
      summary: 'Show what taking over another version of an app changes',
      description: 'Saves nothing. Send the document it answers as the new draft to take it over.',
      access: 'workspace.read',
      params: schema.workflowParams,
      body: schema.upgradeBody,
      bodyBytes: 8 * 1024 * 1024,
      ids,
      idempotent: false,
      audited: false,
      responses: { 200: { description: 'The changed document and every change.', schema: schema.upgrade } },
    },
    async ({ context, params, body }) => ({
      status: 200,
      body: await upgradeWorkflow(context, params.workflowId, body),
    }),
  ),
];
