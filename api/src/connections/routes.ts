// Connections: accounts of a workspace at services. What is secret goes in and never comes out.
import { z } from 'zod';
import type { Context } from '../context.ts';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { defineRoute, type Route } from '../define-route.ts';
import { presentError } from '../middleware/handle-error.ts';
import { id, paramsOf } from '../schema.ts';
import { agreeToHosts } from './agree-to-hosts.ts';
import { callbackPage } from './callback-page.ts';
import { changeConnection } from './change-connection.ts';
import { createConnection } from './create-connection.ts';
import { deleteConnection } from './delete-connection.ts';
import { type ConnectionRow, listConnections, requireConnection } from './find-connection.ts';
import { finishOauth } from './finish-oauth.ts';
import { listHostsToAgree } from './list-hosts-to-agree.ts';
import { listUsers } from './list-users.ts';
import { pollSignIn } from './poll-sign-in.ts';
import { presentConnection } from './present-connection.ts';
import * as schema from './schema.ts';
import { startOauth } from './start-oauth.ts';
import { testConnection } from './test-connection.ts';

const base = '/tenants/{tenantId}/connections';
const one = `${base}/{connectionId}`;
const connectionId = { 'params.connectionId': 'connection' } as const;

async function answer(context: Context, status: number, row: ConnectionRow) {
  const { tenantId, services } = context;
  const users = await context.read((tx) => listUsers(tx, tenantId));
  const toAgree = await listHostsToAgree(services, tenantId, [row]);
  const body = presentConnection(row, users.get(row.id) ?? [], toAgree.get(row.id) ?? []);
  return { status, body, headers: { etag: body.etag } };
}

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path: base,
      operationId: 'listConnections',
      summary: 'Connections, the oldest first',
      access: 'workspace.read',
      params: paramsOf('tenantId'),
      query: pageQuery.extend({ app: z.string().max(100).optional().describe('Only those of one app.') }),
      responses: { 200: { description: 'Connections.', schema: pageOf(schema.connection) } },
    },
    async ({ context, query }) => {
      const { tenantId } = context;
      const page = openPage(context, query);
      const { rows, users } = await context.read(async (tx) => ({
        rows: await listConnections(tx, tenantId, { after: page.after, take: page.take, app: query.app }),
        users: await listUsers(tx, tenantId),
      }));
      const toAgree = await listHostsToAgree(context.services, tenantId, rows);
      return page.answer(
        rows,
        (row) => row.id,
        (row) => presentConnection(row, users.get(row.id) ?? [], toAgree.get(row.id) ?? []),
      );
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: base,
      operationId: 'createConnection',
      summary: 'Make a connection',
      description: 'It is untested until POST …/test. Credentials are checked against what the app asks for.',
      access: 'connections.change',
      params: paramsOf('tenantId'),
      body: schema.createBody,
      example: { body: { app: 'http', name: 'Any service', auth: 'none', credentials: {}, config: {} } },
      responses: { 201: { description: 'Made.', schema: schema.connection } },
    },
    async ({ context, body }) => answer(context, 201, await createConnection(context, body)),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${base}/oauth/start`,
      operationId: 'startOauth',
      summary: 'Begin a sign-in at a service',
      description:
        'Open `authorizeUrl` in a popup. It ends on a page that posts `{type: "weftline:oauth", ok, connectionId, message?}` to its opener.',
      access: 'connections.change',
      params: paramsOf('tenantId'),
      body: schema.oauthStartBody,
      ids: { 'body.connectionId': 'connection' },
      idempotent: false,
      responses: {
        200: {
          description: 'Where to send the person.',
          schema: z.object({
            authorizeUrl: z.string(),
            connectionId: id,
            device: z
              .object({
                userCode: z.string(),
                verificationUri: z.string(),
                expiresIn: z.number(),
                interval: z.number(),
              })
              .optional()
              .describe('A code to type there; poll the connection’s sign-in meanwhile. Seconds.'),
          }),
        },
      },
      errors: ['conflict', 'hosts_not_agreed'],
    },
    async ({ context, body }) => ({ status: 200, body: await startOauth(context, body) }),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/oauth/poll`,
      operationId: 'pollSignIn',
      summary: 'Ask whether the code of a sign-in was typed',
      access: 'connections.change',
      params: schema.connectionParams,
      ids: connectionId,
      idempotent: false,
      audited: false,
      responses: {
        200: {
          description: 'Done, or how long to wait.',
          schema: z.object({
            done: z.boolean(),
            waitSeconds: z.number().optional(),
            ok: z.boolean().optional(),
            message: z.string().nullable().optional(),
          }),
        },
      },
      errors: ['conflict'],
    },
    async ({ context, params }) => ({ status: 200, body: await pollSignIn(context, params.connectionId) }),
  ),
  defineRoute(
    {
      method: 'get',
      path: '/oauth/callback',
      operationId: 'finishOauth',
      summary: 'Where a sign-in at a service comes back',
      access: 'public',
      responses: {
        200: { description: 'A page that tells its opener and closes.', contentType: 'text/html' },
      },
    },
    async ({ context }) => {
      const { origin } = new URL(context.services.env.PUBLIC_URL);
      const callback = new URL(context.request.url).searchParams;
      try {
        return callbackPage(await finishOauth(context, callback), origin);
      } catch (thrown) {
        const { error } = presentError(thrown, context.requestId);
        if (error.code === 'internal')
          context.log.error({ err: error.cause ?? error }, 'a sign-in could not be finished');
        return callbackPage({ ok: false, connectionId: null, message: error.message }, origin);
      }
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: one,
      operationId: 'readConnection',
      summary: 'One connection',
      access: 'workspace.read',
      params: schema.connectionParams,
      ids: connectionId,
      responses: { 200: { description: 'The connection.', schema: schema.connection } },
    },
    async ({ context, params }) => {
      const row = await context.read((tx) => requireConnection(tx, context.tenantId, params.connectionId));
      return answer(context, 200, row);
    },
  ),
  defineRoute(
    {
      method: 'patch',
      path: one,
      operationId: 'changeConnection',
      summary: 'Change name, settings or credentials',
      description: 'Other settings or credentials make it untested. If-Match is honoured when it is sent.',
      access: 'connections.change',
      params: schema.connectionParams,
      body: schema.changeBody,
      ids: connectionId,
      example: { body: { name: 'Another name' } },
      responses: { 200: { description: 'Changed.', schema: schema.connection } },
      errors: ['stale_edit', 'conflict'],
    },
    async ({ context, params, body }) =>
      answer(context, 200, await changeConnection(context, params.connectionId, body)),
  ),
  defineRoute(
    {
      method: 'delete',
      path: one,
      operationId: 'deleteConnection',
      summary: 'Delete a connection and its credentials',
      access: 'connections.change',
      params: schema.connectionParams,
      ids: connectionId,
      responses: { 204: { description: 'Deleted.' } },
      errors: ['conflict'],
    },
    async ({ context, params }) => {
      await deleteConnection(context, params.connectionId);
      return { status: 204 };
    },
  ),
  defineRoute(
    {
      method: 'post',
      path: `${one}/test`,
      operationId: 'testConnection',
      summary: 'Ask the service whether it accepts the connection',
      description:
        'A refusal is an answer (`ok: false` with a hint), not a failure. `hosts_not_agreed`: this version of the app would send the credentials to hosts that nobody agreed to; nothing was sent. Name them in `agreeToHosts` to agree.',
      access: 'connections.use',
      params: schema.connectionParams,
      body: schema.testBody,
      ids: connectionId,
      idempotent: false,
      audited: false,
      responses: { 200: { description: 'How it went; kept as `lastTest`.', schema: schema.testAnswer } },
    },
    async ({ context, params: { connectionId }, body }) => {
      const { services, tenantId, request } = context;
      if (body.agreeToHosts?.length) await agreeToHosts(context, connectionId, body.agreeToHosts);
      return { status: 200, body: await testConnection(services, tenantId, connectionId, request.signal) };
    },
  ),
];
