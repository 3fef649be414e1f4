// Changing and ending memberships. A workspace always keeps an owner, also when two of them leave at once.
import type { Transaction } from '@weftline/prisma';
import { type Role, grantableRoles, isRole, mayDo } from '../access.ts';
import type { Context } from '../context.ts';
import { conflict, notAllowed, notFound } from '../fail.ts';

/** The role of a member now. Takes the owners' rows first, so that changes of owners come one after the other. */
async function lockMember(tx: Transaction, tenantId: string, userId: string) {
  const owners = await tx.$queryRaw<{ user_id: string }[]>`
    SELECT user_id FROM members WHERE tenant_id = ${tenantId}::uuid AND role = 'owner' ORDER BY user_id FOR UPDATE`;
  const row = await tx.member.findFirst({ where: { tenantId, userId }, select: { role: true } });
  if (!row || !isRole(row.role)) throw notFound('member');
  return { role: row.role, lastOwner: row.role === 'owner' && owners.length === 1 };
}

const lastOwner = () => conflict('A workspace needs an owner. Make somebody else owner first.');

function assertMayGrant(own: Role, touched: Role): void {
  if (!grantableRoles(own).includes(touched))
    throw notAllowed(`Your role (${own}) may not give, change or take away the role ${touched}.`);
}

/** @throws CodedError not_found, not_allowed, conflict for the last owner */
export async function changeRole(context: Context, userId: string, role: Role): Promise<void> {
  const { tenantId, actor } = context;
  await context.change(
    (former: Role) => ({
      action: 'member.role_changed',
      subject: `user:${userId}`,
      details: { from: former, to: role },
    }),
    async (tx) => {
      const member = await lockMember(tx, tenantId, userId);
      assertMayGrant(actor.role, member.role);
      assertMayGrant(actor.role, role);
      if (member.lastOwner && role !== 'owner') throw lastOwner();
      await tx.member.updateMany({ where: { tenantId, userId }, data: { role } });
      return member.role;
    },
  );
}

/** Removes somebody, or lets a person leave. Their API keys of this workspace end with it. */
export async function removeMember(context: Context, userId: string): Promise<void> {
  const { tenantId, actor, services } = context;
  const leaves = actor.kind === 'user' && actor.userId === userId;
  await context.change(
    { action: leaves ? 'member.left' : 'member.removed', subject: `user:${userId}` },
    async (tx) => {
      const member = await lockMember(tx, tenantId, userId);
      if (!leaves && !mayDo(actor.role, 'members.change'))
        throw notAllowed(`Your role (${actor.role}) may not remove others.`);
      if (!leaves) assertMayGrant(actor.role, member.role);
      if (member.lastOwner) throw lastOwner();
      await tx.member.deleteMany({ where: { tenantId, userId } });
      await tx.apiKey.updateMany({
        where: { tenantId, createdBy: userId, revokedAt: null },
        data: { revokedAt: services.clock() },
      });
    },
  );
}
