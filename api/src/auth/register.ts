// A new person in a new workspace, who owns it.
import { uuidv7 } from 'uuidv7';
import { writeAudit } from '../audit.ts';
import { conflict } from '../fail.ts';
import { translateDatabaseError } from '../middleware/translate-database-error.ts';
import type { Services } from '../services.ts';
import { hashPassword } from './hash-password.ts';
import { type User, type Workspace, findAccount } from './people.ts';

export type Registration = { email: string; password: string; name: string; tenantName: string };

const taken = () =>
  conflict('There is already an account with this e-mail address. Sign in, or use another address.');

/** Creates the workspace, the account and the membership in one transaction. @throws CodedError conflict */
export async function register(
  services: Services,
  { email, password, name, tenantName }: Registration,
  requestId: string,
): Promise<{ user: User; tenant: Workspace }> {
  if (await findAccount(services, email)) throw taken();
  const passwordHash = await hashPassword(password);
  const user: User = { id: uuidv7(), email, name };
  const tenant: Workspace = {
    id: uuidv7(),
    name: tenantName,
    plan: services.env.DEFAULT_PLAN,
    role: 'owner',
  };
  const tenantId = tenant.id;
  try {
    await services.database.withTenant(tenantId, async (tx) => {
      await tx.tenant.createMany({ data: [{ id: tenantId, name: tenantName, plan: tenant.plan }] });
      // createMany and not create: reading the row back would need the membership that comes next.
      await tx.user.createMany({ data: [{ ...user, passwordHash }] });
      await tx.member.createMany({ data: [{ tenantId, userId: user.id, role: 'owner' }] });
      await tx.tenantQueue.createMany({ data: [{ tenantId }] });
      await writeAudit(
        tx,
        { tenantId, actor: `user:${user.id}`, requestId },
        { action: 'workspace.created', subject: `workspace:${tenantId}` },
      );
    });
  } catch (error) {
    // Somebody registered the same address between the look and the insert.
    if (translateDatabaseError(error)?.code === 'conflict') throw taken();
    throw error;
  }
  return { user, tenant };
}
