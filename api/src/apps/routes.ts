// Apps: built-in and own, their versions, drafts, publishing and trying actions.
import { validateConnector } from '@weftline/connectors/validate-connector';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { defineRoute, type Route } from '../define-route.ts';
import { formatEtag } from '../edit-version.ts';
import { paramsOf } from '../schema.ts';
import { z } from 'zod';
import { createDraft } from './create-draft.ts';
import { credentialRoutes } from './credential-routes.ts';
import { importRoutes } from './import-routes.ts';
import { diffApp } from './diff-app.ts';
import { isFound, listApps } from './list-apps.ts';
import { presentAppSummary, presentParts } from './present-app.ts';
import { playExamples } from './play-examples.ts';
import { publishApp } from './publish-app.ts';
import { readApp, readAppVersion } from './read-app.ts';
import { saveDraft } from './save-draft.ts';
import * as schema from './schema.ts';
import { sourceRoutes } from './source-routes.ts';
import { testAction } from './test-action.ts';

/** A connector may have 16 MiB, and a request has more around it. */
const bodyBytes = 18 * 1024 * 1024;
const base = '/tenants/{tenantId}/apps';
const appId = { 'params.app': 'app' } as const;

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: base,
      operationId: 'listApps',
      summary: 'Built-in and own apps, in order of their keys',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      query: pageQuery.extend({
        search: z
          .string()
          .max(200)
          .optional()
          .describe('Words that stand in name, key, description or categories.'),
        parts: z.enum(['yes', 'no']).default('no').describe('Also name what each app can do.'),
      }),
      responses: { 200: { description: 'Apps.', schema: pageOf(schema.appSummary) } },
    },
    async ({ context, query }) => {
      const page = openPage(context, query);
      const listed = await listApps(context);
      const { search } = query;
      const found = search === undefined ? listed : listed.filter((row) => isFound(row, search));
      const rest = found.filter(({ app }) => page.after === undefined || app.row.key > page.after);
      return page.answer(
        rest.slice(0, page.take),
        ({ app }) => app.row.key,
        ({ app, connector }) => ({
          ...presentAppSummary(app, connector),
          ...(query.parts === 'yes' ? { parts: presentParts(connector) } : {}),
        }),
      );
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: base,
      operationId: 'createApp',
      summary: 'Make an app with a draft',
      description: 'Faults of the document are answered in `problems`; the draft is kept all the same.',
      access: 'apps.change',
      params: paramsOf('tenantId'),
      body: schema.definitionBody,
      bodyBytes,
      responses: {
        201: { description: 'The draft is kept.', schema: schema.savedDraft.extend({ key: z.string() }) },
      },
      errors: ['conflict'],
    },
    async ({ context, body }) => {
      const answer = await createDraft(context, body.definition);
      return { status: 201, body: answer, headers: { etag: answer.etag } };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${base}/validate`,
      operationId: 'validateApp',
      summary: 'Say what is wrong with a connector document',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      body: schema.anyDefinitionBody,
      bodyBytes,
      idempotent: false,
      audited: false,
      responses: {
        200: {
          description: 'Problems by path; none: all is well.',
          schema: z.object({ problems: z.array(schema.problem) }),
        },
      },
    },
    async ({ body }) => ({
      status: 200,
      body: { problems: validateConnector(body.definition, body.moment) },
    }),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${base}/examples`,
      operationId: 'playExamples',
      summary: 'Play the examples of a connector document',
      description: 'By the executor that runs workflows; nothing leaves the server and nothing is stored.',
      access: 'apps.change',
      params: paramsOf('tenantId'),
      body: schema.anyDefinitionBody.pick({ definition: true }),
      bodyBytes,
      idempotent: false,
      audited: false,
      responses: { 200: { description: 'What became of each example.', schema: schema.playedExamples } },
    },
    async ({ body }) => ({ status: 200, body: await playExamples(body.definition) }),
  ),
  defineRoute(
    {
      method: 'get',
      path: `${base}/{app}`,
      operationId: 'readApp',
      summary: 'One app: versions, newest document and draft',
      access: 'workspace.read',
      params: schema.appParams,
      ids: appId,
      responses: { 200: { description: 'The app.', schema: schema.app } },
    },
    async ({ context, params }) => {
      const { app, shown } = await readApp(context, params.app);
      return { status: 200, body: shown, headers: { etag: formatEtag(app.row.etag) } };
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: `${base}/{app}/versions/{version}`,
      operationId: 'readAppVersion',
      summary: 'One published version with its document',
      access: 'workspace.read',
      params: schema.versionParams,
      ids: { ...appId, 'params.version': 'local' },
      responses: { 200: { description: 'The version.', schema: schema.appVersion } },
    },
    async ({ context, params }) => ({
      status: 200,
      body: await readAppVersion(context, params.app, params.version),
    }),
  ),
  defineRoute(
    {
      method: 'put',
      path: `${base}/{app}/draft`,
      operationId: 'saveAppDraft',
      summary: 'Replace the draft of an own app',
      access: 'apps.change',
      params: schema.appParams,
      body: schema.definitionBody,
      bodyBytes,
      ids: appId,
      ifMatch: true,
      responses: { 200: { description: 'The draft is kept.', schema: schema.savedDraft } },
      errors: ['conflict'],
    },
    async ({ context, params, body }) => {
      const answer = await saveDraft(context, params.app, body.definition);
      return { status: 200, body: answer, headers: { etag: answer.etag } };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${base}/{app}/publish`,
      operationId: 'publishApp',
      summary: 'Make the draft a version that never changes again',
      access: 'apps.change',
      params: schema.appParams,
      ids: appId,
      responses: {
        201: {
          description: 'Published.',
          schema: z.object({ version: z.string(), contentHash: z.string() }),
        },
      },
      errors: ['conflict', 'invalid_input'],
    },
    async ({ context, params }) => ({ status: 201, body: await publishApp(context, params.app) }),
  ),
  defineRoute(
    {
      method: 'get',
      path: `${base}/{app}/diff`,
      operationId: 'diffApp',
      summary: 'What changed between two documents of an app',
      description: 'Preset: from the newest version to the draft.',
      access: 'workspace.read',
      params: schema.appParams,
      query: z.object({
        from: schema.versionText.optional(),
        to: z.union([schema.versionText, z.literal('draft')]).optional(),
      }),
      ids: appId,
      responses: { 200: { description: 'Changes and the version step they need.', schema: schema.diff } },
      errors: ['conflict', 'invalid_input'],
    },
    async ({ context, params, query }) => ({
      status: 200,
      body: await diffApp(context, params.app, query.from, query.to),
    }),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${base}/{app}/actions/{action}/test`,
      operationId: 'testAction',
      summary: 'Run one action now, as a step would',
      access: 'connections.use',
      params: schema.actionParams,
      body: schema.actionTestBody,
      ids: { ...appId, 'params.action': 'local', 'body.connectionId': 'connection' },
      idempotent: false,
      audited: false,
      responses: { 200: { description: 'What was sent and what came back.', schema: schema.triedAction } },
    },
    async ({ context, params, body }) => ({
      status: 200,
      body: await testAction(context, params.app, params.action, body),
    }),
  ),
  ...sourceRoutes(),
  ...credentialRoutes(),
  ...importRoutes(),
];
