// Choices and fields of an app's inputs, asked of the service with a connection of the workspace.
import { z } from 'zod';
import { defineRoute, type Route } from '../define-route.ts';
import { id } from '../schema.ts';
import { loadFields, loadOptions } from './load-source.ts';
import { appParams, versionText } from './schema.ts';

const base = '/tenants/{tenantId}/apps/{app}';
const ids = { 'params.app': 'app', 'body.connectionId': 'connection' } as const;
const errors = [
  'connection_expired',
  'remote_refused',
  'remote_busy',
  'remote_unreachable',
  'response_invalid',
] as const;

const sourceBody = z.object({
  version: z
    .union([versionText, z.literal('draft')])
    .optional()
    .describe('Preset: the newest version, else the draft.'),
  source: z.string().min(1).max(100).describe('Name of the source in the connector.'),
  connectionId: id.nullish().describe('Whose credentials to use.'),
  input: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('What is filled in so far; texts with expressions count as not filled in.'),
});

export const sourceRoutes = (): Route[] => [
  defineRoute(
    {
      method: 'post',
      path: `${base}/options`,
      operationId: 'loadOptions',
      summary: 'Load the choices of an input from the service',
      description:
        'For an input with `x-optionsFrom`. Inputs that must be filled in before are named in problems of the code `required_first`.',
      access: 'connections.use',
      params: appParams,
      body: sourceBody.extend({
        search: z.string().max(200).optional().describe('What a person typed so far.'),
      }),
      ids,
      idempotent: false,
      audited: false,
      example: { body: { source: 'channels', input: {} } },
      responses: {
        200: {
          description: 'At most 1,000 choices.',
          schema: z.object({
            options: z.array(
              z.object({ value: z.union([z.string(), z.number(), z.boolean()]), label: z.string() }),
            ),
            hasMore: z.boolean().describe('True when the service has more than were read.'),
          }),
        },
      },
      errors,
    },
    async ({ context, params, body }) => ({
      status: 200,
      body: await loadOptions(context, params.app, body),
    }),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${base}/fields`,
      operationId: 'loadFields',
      summary: 'Load the fields of an input that only the service knows',
      description:
        'For an input with `x-fieldsFrom`. A step or trigger keeps the schema under `fields`, so that a workflow can be checked without the service.',
      access: 'connections.use',
      params: appParams,
      body: sourceBody,
      ids,
      idempotent: false,
      audited: false,
      example: { body: { source: 'columns', input: {} } },
      responses: {
        200: {
          description: 'The schema of an object with at most 500 members.',
          schema: z.object({ schema: z.record(z.string(), z.unknown()) }),
        },
      },
      errors,
    },
    async ({ context, params, body }) => ({
      status: 200,
      body: await loadFields(context, params.app, body),
    }),
  ),
];
