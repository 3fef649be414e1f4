// Asking people in: a link that works once, for one address and role. It is shown once, only its hash is kept.
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { grantableRoles } from '../access.ts';
import { hashToken, makeToken } from '../auth/secret-token.ts';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { assertFound, conflict, notAllowed } from '../fail.ts';
import { email, id, instant, paramsOf, role } from '../schema.ts';

const invitationShape = z.object({ id, email: z.string(), role, expiresAt: instant, createdAt: instant });
const goodForMs = 7 * 24 * 3600 * 1000;

type Row = { id: string; email: string; role: string; expiresAt: Date; createdAt: Date };
const present = ({ id, email, role, expiresAt, createdAt }: Row) => ({
  id,
  email,
  role,
  expiresAt: expiresAt.toISOString(),
  createdAt: createdAt.toISOString(),
});

export function routes(): Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/tenants/{tenantId}/invitations',
        operationId: 'listInvitations',
        summary: 'Invitations that can still be accepted',
        access: 'members.change',
        params: paramsOf('tenantId'),
        query: pageQuery,
        responses: { 200: { description: 'Newest first.', schema: pageOf(invitationShape) } },
      },
      async ({ context, query }) => {
        const { tenantId, services } = context;
        const page = openPage(context, query);
        const rows = await context.read((tx) =>
          tx.invitation.findMany({
            where: {
              tenantId,
              acceptedAt: null,
              revokedAt: null,
              expiresAt: { gt: services.clock() },
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
        path: '/tenants/{tenantId}/invitations',
        operationId: 'createInvitation',
        summary: 'Invite somebody by a one-time link',
        description:
          'The link is shown in this answer alone. A former open invitation of the same address ends.',
        access: 'members.change',
        params: paramsOf('tenantId'),
        body: z.strictObject({ email, role }),
        example: { body: { email: 'grace@example.com', role: 'builder' } },
        responses: {
          201: {
            description: 'The invitation and its link.',
            schema: invitationShape.extend({ link: z.url() }),
          },
        },
        errors: ['conflict'],
      },
      async ({ context, body }) => {
        const { tenantId, actor, services } = context;
        if (!grantableRoles(actor.role).includes(body.role))
          throw notAllowed(`Your role (${actor.role}) may not invite anybody as ${body.role}.`);
        const now = services.clock();
        const token = makeToken();
        const row = {
          id: uuidv7(),
          ...body,
          expiresAt: new Date(now.getTime() + goodForMs),
          createdAt: now,
        };
        await context.change(
          { action: 'invitation.created', subject: `invitation:${row.id}`, details: { role: body.role } },
          async (tx) => {
            const members = await tx.member.findMany({ where: { tenantId }, select: { userId: true } });
            const ids = members.map((member) => member.userId);
            const known = await tx.user.findFirst({ where: { id: { in: ids }, email: body.email } });
            if (known) throw conflict('This person is a member already.');
            await tx.invitation.updateMany({
              where: { tenantId, email: body.email, acceptedAt: null, revokedAt: null },
              data: { revokedAt: now },
            });
            await tx.invitation.createMany({
              data: [
                { ...row, tenantId, invitedBy: actor.userId, tokenHash: new Uint8Array(hashToken(token)) },
              ],
            });
          },
        );
        const link = `${services.env.PUBLIC_URL}/invite?token=${token}`;
        return { status: 201, body: { ...present(row), link } };
      },
    ),
    defineRoute(
      {
        method: 'delete',
        path: '/tenants/{tenantId}/invitations/{invitationId}',
        operationId: 'revokeInvitation',
        summary: 'Withdraw an invitation',
        access: 'members.change',
        params: paramsOf('tenantId', 'invitationId'),
        ids: { 'params.invitationId': 'invitation' },
        responses: { 204: { description: 'Its link is dead.' } },
      },
      async ({ context, params: { invitationId } }) => {
        const { tenantId, services } = context;
        await context.change(
          { action: 'invitation.revoked', subject: `invitation:${invitationId}` },
          async (tx) => {
            const { count } = await tx.invitation.updateMany({
              where: { tenantId, id: invitationId, acceptedAt: null, revokedAt: null },
              data: { revokedAt: services.clock() },
            });
            assertFound(count, 'open invitation');
          },
        );
        return { status: 204 };
      },
    ),
  ];
}
