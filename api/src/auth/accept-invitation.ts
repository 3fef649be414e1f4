// A one-time link: makes the account when there is none, else asks for its password, and adds the membership.
import { uuidv7 } from 'uuidv7';
import { type Role, isRole } from '../access.ts';
import { writeAudit } from '../audit.ts';
import type { Context } from '../context.ts';
import { invalidInput, notFound } from '../fail.ts';
import { hashPassword } from './hash-password.ts';
import { checkPassword } from './log-in.ts';
import { type User, type Workspace, findAccount, listWorkspaces } from './people.ts';
import { hashToken } from './secret-token.ts';
import type { LoginThrottle } from './throttle-login.ts';

type InvitationRow = { tenant_id: string; id: string; email: string; role: string; tenant_name: string };
export type Acceptance = { token: string; password?: string | undefined; name?: string | undefined };

const askPassword = (message: string) => invalidInput([{ path: '/password', code: 'missing', message }]);

async function findOrMake(
  context: Context,
  throttle: LoginThrottle,
  email: string,
  { password, name }: Acceptance,
): Promise<{ user: User; passwordHash: string | null }> {
  const { services, someone, ip } = context;
  const account = await findAccount(services, email);
  if (account && someone?.kind === 'user' && someone.userId === account.id)
    return { user: { id: account.id, email, name: account.name }, passwordHash: null };
  if (account) {
    if (!password) throw askPassword(`There is already an account for ${email}. Give its password.`);
    return { user: await checkPassword(services, throttle, { ip, email, password }), passwordHash: null };
  }
  if (!password) throw askPassword('Choose a password.');
  if (password.length < 8) throw askPassword('password: must have at least 8 characters');
  const passwordHash = await hashPassword(password);
  return { user: { id: uuidv7(), email, name: name ?? email.split('@')[0]! }, passwordHash };
}

/** @throws CodedError not_found for a link that is unknown, used, withdrawn or too old; invalid_input; not_signed_in */
export async function acceptInvitation(
  context: Context,
  throttle: LoginThrottle,
  acceptance: Acceptance,
): Promise<{ user: User; tenant: Workspace }> {
  const { services, requestId } = context;
  const gone = () => notFound('invitation, or it has been used or withdrawn,');
  const now = services.clock();
  const [row] = await services.database.callDoor<InvitationRow>('find_invitation', [
    hashToken(acceptance.token),
    now,
  ]);
  if (!row || !isRole(row.role)) throw gone();
  const { tenant_id: tenantId, id, email } = row;
  const role: Role = row.role;
  const { user, passwordHash } = await findOrMake(context, throttle, email, acceptance);
  await services.database.withTenant(tenantId, async (tx) => {
    const { count } = await tx.invitation.updateMany({
      where: { tenantId, id, acceptedAt: null, revokedAt: null, expiresAt: { gt: now } },
      data: { acceptedAt: now },
    });
    if (count === 0) throw gone();
    if (passwordHash) await tx.user.createMany({ data: [{ ...user, passwordHash }] });
    // Somebody who is a member already keeps the role they have.
    await tx.member.createMany({ data: [{ tenantId, userId: user.id, role }], skipDuplicates: true });
    await writeAudit(
      tx,
      { tenantId, actor: `user:${user.id}`, requestId },
      { action: 'invitation.accepted', subject: `invitation:${id}`, details: { role } },
    );
  });
  const tenant = (await listWorkspaces(services, user.id)).find((one) => one.id === tenantId);
  if (!tenant) throw gone();
  return { user, tenant };
}
