// What is set once for an app and one of its ways to sign in, for all connections that bring none of their own.
import { z } from 'zod';
import { credentials } from '../connections/schema.ts';
import { defineRoute, type Route } from '../define-route.ts';
import { deleteAppCredentials } from './delete-app-credentials.ts';
import { presentAppCredentials, requireAppAuth } from './find-app-credentials.ts';
import { appParams } from './schema.ts';
import { storeAppCredentials } from './store-app-credentials.ts';

const path = '/tenants/{tenantId}/apps/{app}/credentials/{auth}';
const params = appParams.extend({ auth: z.string().max(100) });
const ids = { 'params.app': 'app', 'params.auth': 'local' } as const;

const shown = z.object({
  app: z.string(),
  auth: z.string(),
  members: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      secret: z.boolean(),
      required: z.boolean(),
      set: z.boolean(),
      updatedAt: z.string().nullable(),
      fingerprint: z
        .string()
        .nullable()
        .describe('Tells whether two credentials are the same, and nothing else.'),
    }),
  ),
  hosts: z
    .array(z.string())
    .describe('The only hosts that a connection may be used with while it uses what is set here.'),
  setBy: z.string().nullable().describe('`user:<id>` or `key:<id>`.'),
  updatedAt: z.string().nullable(),
});
const host = z
  .string()
  .max(300)
  .regex(
    /^(\*\.(?=[^.]+\.))?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/i,
    'must be a host such as crm.example.com',
  );

export const credentialRoutes = (): Route[] => [
  defineRoute(
    {
      method: 'get',
      path,
      operationId: 'readAppCredentials',
      summary: 'What is set once for an app, and since when',
      description: 'Members of the level `app` of one way to sign in. Values never come out.',
      access: 'workspace.read',
      params,
      ids,
      responses: { 200: { description: 'Per member whether it is set.', schema: shown } },
    },
    async ({ context, params: { app, auth } }) => ({
      status: 200,
      body: await presentAppCredentials(context, await requireAppAuth(context, app, auth)),
    }),
  ),
  defineRoute(
    {
      method: 'put',
      path,
      operationId: 'setAppCredentials',
      summary: 'Set them for all connections of the app',
      description:
        'For connections that bring none of their own. Those that use a changed one become untested; with another client id those that somebody signed in for are to be connected again.',
      access: 'workspace.change',
      params,
      body: z.object({
        credentials: credentials.describe(
          'Write-only. What is left out is taken back; [REDACTED] keeps the stored value.',
        ),
        hosts: z
          .array(host)
          .max(50)
          .default([])
          .describe(
            'Further hosts that they may be sent to, where a connection’s settings decide about the host.',
          ),
      }),
      ids,
      example: { body: { credentials: { clientId: 'client', clientSecret: 'secret' } } },
      responses: { 200: { description: 'Set.', schema: shown } },
      errors: ['conflict'],
    },
    async ({ context, params: { app, auth }, body }) => {
      const found = await requireAppAuth(context, app, auth);
      const { changed, write, settle } = await storeAppCredentials(context, found, body.credentials, {
        hosts: body.hosts,
      });
      await context.change(
        { action: 'app.credentials_set', subject: `app:${app}`, details: { auth, changed } },
        write,
      );
      await settle();
      return { status: 200, body: await presentAppCredentials(context, found) };
    },
  ),
  defineRoute(
    {
      method: 'delete',
      path,
      operationId: 'deleteAppCredentials',
      summary: 'Take them back',
      description: 'Connections that use them become untested and fail until they get their own.',
      access: 'workspace.change',
      params,
      ids,
      responses: { 204: { description: 'Taken back.' } },
    },
    async ({ context, params: { app, auth } }) => {
      await deleteAppCredentials(context, app, auth);
      return { status: 204 };
    },
  ),
];
