// Connectors from what describes a service already: an OpenAPI document or a cURL line.
import { importCurl } from '@weftline/connectors/import-curl/index';
import { z } from 'zod';
import { defineRoute, type Route } from '../define-route.ts';
import { invalidInput } from '../fail.ts';
import { paramsOf } from '../schema.ts';
import { importOpenApi } from './import-openapi.ts';
import { appKey, problem } from './schema.ts';

const base = '/tenants/{tenantId}/apps/import';
const bodyBytes = 48 * 1024 * 1024;

/** The egress judges where it leads. */
const webAddress = z
  .string()
  .max(2000)
  .refine(
    (text) => /^https?:\/\/[^\s\p{Cc}]+$/u.test(text) && URL.canParse(text),
    'must be an address that begins with https://',
  );

const openApiBody = z.object({
  document: z
    .unknown()
    .optional()
    .describe('The document: an object, or its text as JSON or YAML. OpenAPI 3.1, 3.0 or Swagger 2.0.'),
  url: webAddress.optional().describe('Its address, instead of the document; at most 10 MiB.'),
  only: z
    .array(z.string().min(1).max(500))
    .max(2000)
    .optional()
    .describe('Operation ids, "GET /path" or tags; without it all operations.'),
  app: appKey.optional().describe('Key of the app; preset: made from the title of the document.'),
  triggers: z
    .boolean()
    .optional()
    .describe(
      'Make drafts of triggers of its webhooks and callbacks. They cannot be published before you write their sender check. Preset: as the last import into this app.',
    ),
  save: z
    .boolean()
    .optional()
    .describe('Keep the result as the draft of the app, and remember the import for the next one.'),
});

const change = z.object({
  path: z.string().describe('JSON pointer; parts of lists stand by their key.'),
  kind: z.enum(['added', 'removed', 'changed', 'kept_edit', 'conflict']),
});

const imported = z.object({
  definition: z.unknown().describe('The connector document.'),
  operations: z.number().int().describe('Operations of the document.'),
  actions: z.number().int().describe('Operations that became actions.'),
  triggers: z.number().int().describe('Webhooks and callbacks that became drafts of triggers.'),
  left: z.array(z.object({ operation: z.string(), reason: z.string() })),
  warnings: z.array(z.string()),
  diff: z
    .array(change)
    .optional()
    .describe('Against the app of this key, if there is one; hand edits are kept.'),
  key: z.string().optional(),
  etag: z.string().optional(),
  problems: z.array(problem).optional(),
});

export const importRoutes = (): Route[] => [
  defineRoute(
    {
      method: 'post',
      path: `${base}/openapi`,
      operationId: 'importOpenApi',
      summary: 'Make a connector of an OpenAPI document',
      description:
        'Nothing is stored unless `save` is true. Where an app of the key is there, what was changed by hand since its last import is kept.',
      access: 'apps.change',
      params: paramsOf('tenantId'),
      body: openApiBody,
      example: {
        body: {
          document: {
            openapi: '3.1.0',
            info: { title: 'Shop' },
            servers: [{ url: 'https://api.example.com' }],
            paths: { '/me': { get: { operationId: 'readMe', responses: {} } } },
          },
        },
      },
      bodyBytes,
      idempotent: false,
      audited: false,
      responses: { 200: { description: 'The connector and what was left.', schema: imported } },
      errors: ['conflict', 'invalid_input', 'too_large', 'blocked_address'],
    },
    async ({ context, body }) => ({ status: 200, body: await importOpenApi(context, body) }),
  ),
  defineRoute(
    {
      method: 'post',
      path: `${base}/curl`,
      operationId: 'importCurl',
      summary: 'Make a connector with one action of a cURL line',
      description: 'Credentials that stand in the line are left out; only how they are sent is taken over.',
      access: 'apps.change',
      params: paramsOf('tenantId'),
      body: z.object({
        command: z.string().min(1).max(100_000).describe('The line, as a terminal would take it.'),
        app: appKey.optional(),
      }),
      example: { body: { command: "curl https://api.example.com/me -H 'Authorization: Bearer …'" } },
      idempotent: false,
      audited: false,
      responses: {
        200: {
          description: 'The connector.',
          schema: z.object({ definition: z.unknown(), warnings: z.array(z.string()) }),
        },
      },
      errors: ['invalid_input'],
    },
    async ({ body }) => {
      const answer = importCurl(body.command, { app: body.app });
      if ('problem' in answer)
        throw invalidInput([{ path: '/command', code: 'bad_command', message: answer.problem }]);
      return { status: 200, body: answer };
    },
  ),
];
