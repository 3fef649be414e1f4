// API keys: for programs. Shown once, kept as a hash, never stronger than the person who made them.
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { lowerRole } from '../access.ts';
import { hashToken, makeApiKey } from '../auth/secret-token.ts';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { assertFound, invalidInput, notAllowed } from '../fail.ts';
import { id, instant, name, paramsOf, role } from '../schema.ts';

const keyShape = z.object({
  id,
  name: z.string(),
  role,
  prefix: z.string().describe('Its first characters, to tell keys apart.'),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
});
type Row = {
  id: string;
  name: string;
  role: string;
  hint: string;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
};
const present = ({ id, name, role, hint, createdAt, expiresAt, lastUsedAt }: Row) => ({
  id,
  name,
  role,
  prefix: hint,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt?.toISOString() ?? null,
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
});

export function routes(): Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/tenants/{tenantId}/api-keys',
        operationId: 'listApiKeys',
        summary: 'API keys that are not revoked',
        access: 'keys.change',
        params: paramsOf('tenantId'),
        query: pageQuery,
        responses: { 200: { description: 'Newest first. Never the key itself.', schema: pageOf(keyShape) } },
      },
      async ({ context, query }) => {
        const { tenantId } = context;
        const page = openPage(context, query);
        const rows = await context.read((tx) =>
          tx.apiKey.findMany({
            where: {
              tenantId,
              revokedAt: null,
              ...(page.after === undefined ? {} : { id: { lt: page.after } }),
            },
            orderBy: { id: 'desc' },
            take: page.take,
          }),
        );
        return page.answer(rows, (row) => row.id, present);
      },
    ),
    defineRoute(
      {
        method: 'post',
        path: '/tenants/{tenantId}/api-keys',
        operationId: 'createApiKey',
        summary: 'Make an API key',
        description: 'The key is shown in this answer alone.',
        access: 'keys.change',
        params: paramsOf('tenantId'),
        body: z.strictObject({
          name,
          role: role.default('builder'),
          expiresAt: z.iso.datetime({ offset: true }).optional(),
        }),
        example: { body: { name: 'Nightly import', role: 'builder' } },
        responses: { 201: { description: 'The key.', schema: keyShape.extend({ key: z.string() }) } },
      },
      async ({ context, body }) => {
        const { tenantId, actor, services } = context;
        if (lowerRole(actor.role, body.role) !== body.role)
          throw notAllowed(`Your role (${actor.role}) may not make a key with the role ${body.role}.`);
        const expiresAt = body.expiresAt ? new Date(body.expiresAt) : null;
        const now = services.clock();
        if (expiresAt && expiresAt <= now)
          throw invalidInput([
            { path: '/expiresAt', code: 'past', message: 'expiresAt must lie in the future.' },
          ]);
        const key = makeApiKey();
        const { name, role } = body;
        const row = {
          id: uuidv7(),
          name,
          role,
          hint: key.slice(0, 8),
          createdAt: now,
          expiresAt,
          lastUsedAt: null,
        };
        await context.change(
          { action: 'api_key.created', subject: `key:${row.id}`, details: { role } },
          (tx) =>
            tx.apiKey.createMany({
              data: [{ ...row, tenantId, createdBy: actor.userId, keyHash: new Uint8Array(hashToken(key)) }],
            }),
        );
        return { status: 201, body: { ...present(row), key } };
      },
    ),
    defineRoute(
      {
        method: 'delete',
        path: '/tenants/{tenantId}/api-keys/{apiKeyId}',
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key',
        access: 'keys.change',
        params: paramsOf('tenantId', 'apiKeyId'),
        ids: { 'params.apiKeyId': 'apiKey' },
        responses: { 204: { description: 'The key is dead from now on.' } },
      },
      async ({ context, params: { apiKeyId } }) => {
        const { tenantId, services } = context;
        await context.change({ action: 'api_key.revoked', subject: `key:${apiKeyId}` }, async (tx) => {
          const { count } = await tx.apiKey.updateMany({
            where: { tenantId, id: apiKeyId, revokedAt: null },
            data: { revokedAt: services.clock() },
          });
          assertFound(count, 'API key');
        });
        return { status: 204 };
      },
    ),
  ];
}
