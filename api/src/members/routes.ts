// Who belongs to the workspace, and with which role.
import { z } from 'zod';
import { openPage, pageOf, pageQuery } from '../cursor.ts';
import { type Route, defineRoute } from '../define-route.ts';
import { notFound } from '../fail.ts';
import { id, instant, paramsOf, role } from '../schema.ts';
import { changeRole, removeMember } from './change-members.ts';

const memberShape = z.object({ userId: id, email: z.string(), name: z.string(), role, joinedAt: instant });

export function routes(): Route[] {
  return [
    defineRoute(
      {
        method: 'get',
        path: '/tenants/{tenantId}/members',
        operationId: 'listMembers',
        summary: 'The members of the workspace',
        access: 'members.read',
        params: paramsOf('tenantId'),
        query: pageQuery,
        responses: { 200: { description: 'Members, oldest account first.', schema: pageOf(memberShape) } },
      },
      async ({ context, query }) => {
        const { tenantId } = context;
        const page = openPage(context, query);
        const { members, people } = await context.read(async (tx) => {
          const members = await tx.member.findMany({
            where: { tenantId, ...(page.after === undefined ? {} : { userId: { gt: page.after } }) },
            orderBy: { userId: 'asc' },
            take: page.take,
          });
          const people = await tx.user.findMany({
            where: { id: { in: members.map((member) => member.userId) } },
            select: { id: true, email: true, name: true },
          });
          return { members, people: new Map(people.map((person) => [person.id, person])) };
        });
        return page.answer(
          members,
          (member) => member.userId,
          ({ userId, role, createdAt }) => ({
            userId,
            email: people.get(userId)?.email ?? '',
            name: people.get(userId)?.name ?? '',
            role,
            joinedAt: createdAt.toISOString(),
          }),
        );
      },
    ),
    defineRoute(
      {
        method: 'patch',
        path: '/tenants/{tenantId}/members/{userId}',
        operationId: 'changeMember',
        summary: 'Change the role of a member',
        access: 'members.change',
        params: paramsOf('tenantId', 'userId'),
        body: z.strictObject({ role }),
        ids: { 'params.userId': 'member' },
        example: { body: { role: 'builder' } },
        responses: { 200: { description: 'The member.', schema: memberShape } },
        errors: ['conflict'],
      },
      async ({ context, params: { userId }, body }) => {
        await changeRole(context, userId, body.role);
        const { tenantId } = context;
        const answer = await context.read(async (tx) => {
          const member = await tx.member.findFirst({ where: { tenantId, userId } });
          const person = member && (await tx.user.findFirst({ where: { id: member.userId } }));
          if (!member || !person) throw notFound('member');
          const { email, name } = person;
          return { userId, email, name, role: member.role, joinedAt: member.createdAt.toISOString() };
        });
        return { status: 200, body: answer };
      },
    ),
    defineRoute(
      {
        method: 'delete',
        path: '/tenants/{tenantId}/members/{userId}',
        operationId: 'removeMember',
        summary: 'Remove a member, or leave',
        description: 'Everybody may leave, except the last owner. API keys that the person made end with it.',
        access: 'members.read',
        params: paramsOf('tenantId', 'userId'),
        ids: { 'params.userId': 'member' },
        responses: { 204: { description: 'No member any more.' } },
        errors: ['conflict'],
      },
      async ({ context, params }) => {
        await removeMember(context, params.userId);
        return { status: 204 };
      },
    ),
  ];
}
