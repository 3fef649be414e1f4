// People and their workspaces, as sign-in, refresh and /me show them.
import { z } from 'zod';
import type { Role } from '../access.ts';
import type { Services } from '../services.ts';
import { id, role } from '../schema.ts';

export type User = { id: string; email: string; name: string };
export type Workspace = { id: string; name: string; plan: string; role: Role };

export const userShape = z.object({ id, email: z.string(), name: z.string() });
export const workspaceShape = z.object({ id, name: z.string(), plan: z.string(), role });

type MembershipRow = { tenant_id: string; name: string; plan: string; role: Role };

/** The workspaces of a person, oldest membership first. */
export async function listWorkspaces(services: Services, userId: string): Promise<Workspace[]> {
  const rows = await services.database.callDoor<MembershipRow>('memberships', [userId]);
  return rows.map(({ tenant_id, name, plan, role }) => ({ id: tenant_id, name, plan, role }));
}

/** Name and address of a person who has shown who they are. */
export async function findPerson(services: Services, userId: string): Promise<User | null> {
  const [row] = await services.database.callDoor<User>('find_person', [userId]);
  return row ? { id: row.id, email: row.email, name: row.name } : null;
}

export type Account = User & { password_hash: string };

/** The account of an e-mail address, with its password hash. */
export async function findAccount(services: Services, email: string): Promise<Account | null> {
  const [row] = await services.database.callDoor<Account>('find_account', [email]);
  return row ?? null;
}
