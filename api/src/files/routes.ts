// Files of a workspace: put in as raw bytes, handed on by reference, fetched as an attachment.
import { z } from 'zod';
import { dispositionOf } from '@weftline/runner/executor/name-file';
import { type Route, defineRoute } from '../define-route.ts';
import { notFound } from '../fail.ts';
import { checkOrigin } from '../middleware/check-origin.ts';
import { paramsOf } from '../schema.ts';
import { receiveUpload } from './receive-upload.ts';
import { streamFile } from './stream-file.ts';

const file = z.object({
  fileId: z.string(),
  name: z.string(),
  contentType: z.string(),
  size: z.number().int(),
});
const example = {
  fileId: '0197b7a2-6c1f-7d35-9a1e-3d5c1f0b2a44',
  name: 'invoice.pdf',
  contentType: 'application/pdf',
  size: 48_213,
};

/** Opened in a browser it could still be a page: it is downloaded, and runs nothing. */
const harmless = {
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
};

export const routes = (): Route[] => [
  defineRoute(
    {
      method: 'post',
      path: '/tenants/{tenantId}/files',
      operationId: 'uploadFile',
      summary: 'Put a file in',
      description:
        'The body is the file as it is; its Content-Type is kept. The answer is what stands for it among inputs. A file that no run reads is removed after 7 days; one that a run has read is kept as long as the run.',
      access: 'apps.change',
      params: paramsOf('tenantId'),
      query: z.object({
        name: z
          .string()
          .min(1)
          .max(500)
          .optional()
          .describe('Its name; else the header X-File-Name, percent-encoded.'),
      }),
      raw: true,
      rawBody: {
        contentType: 'application/octet-stream',
        description: 'The bytes of the file, of any type.',
      },
      idempotent: false,
      example: { query: { name: 'invoice.pdf' } },
      responses: { 201: { description: 'Kept.', schema: file, example } },
      errors: ['too_large', 'not_parseable'],
    },
    async ({ context, query }) => {
      const { services, request, actor } = context;
      checkOrigin(request, services.env, actor.byCookie);
      const kept = await receiveUpload(context, query.name);
      return { status: 201, body: kept };
    },
  ),
  defineRoute(
    {
      method: 'get',
      path: '/tenants/{tenantId}/files/{fileId}',
      operationId: 'downloadFile',
      summary: 'Fetch a file',
      access: 'workspace.read',
      params: paramsOf('tenantId', 'fileId'),
      ids: { 'params.fileId': 'file' },
      responses: {
        200: { description: 'The file, as an attachment.', contentType: 'application/octet-stream' },
      },
    },
    async ({ context, params }) => {
      const files = context.services.files.of(context.tenantId);
      const found = await files.find(params.fileId);
      if (found === null) throw notFound('file');
      return new Response(streamFile(files.read(found.fileId)), {
        headers: {
          ...harmless,
          'content-type': found.contentType,
          'content-length': String(found.size),
          'content-disposition': dispositionOf(found.name),
        },
      });
    },
  ),
  defineRoute(
    {
      method: 'delete',
      path: '/tenants/{tenantId}/files/{fileId}',
      operationId: 'deleteFile',
      summary: 'Remove a file before its time',
      description: 'Steps that are given its reference fail from then on.',
      access: 'apps.change',
      params: paramsOf('tenantId', 'fileId'),
      ids: { 'params.fileId': 'file' },
      responses: { 204: { description: 'Removed.' } },
    },
    async ({ context, params }) => {
      const files = context.services.files.of(context.tenantId);
      if ((await files.find(params.fileId)) === null) throw notFound('file');
      await files.remove(params.fileId);
      const entry = { action: 'file.deleted', subject: `file:${params.fileId}` };
      await context.change(entry, async () => undefined);
      return { status: 204 };
    },
  ),
];
