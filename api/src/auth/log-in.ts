// Sign-in by password. An unknown address and a wrong password look the same, in words and in time.
import { notAllowed, notSignedIn } from '../fail.ts';
import type { Services } from '../services.ts';
import { verifyPassword } from './hash-password.ts';
import { type User, type Workspace, findAccount, listWorkspaces } from './people.ts';
import type { LoginThrottle } from './throttle-login.ts';

/** The person of an address and password. @throws CodedError not_signed_in, too_many_requests */
export async function checkPassword(
  services: Services,
  throttle: LoginThrottle,
  { ip, email, password }: { ip: string; email: string; password: string },
): Promise<User> {
  await throttle.count(ip, email);
  const account = await findAccount(services, email);
  const fits = await verifyPassword(account?.password_hash ?? null, password);
  if (!fits || !account) throw notSignedIn('The e-mail address or the password is wrong.');
  await throttle.forget(ip, email);
  return { id: account.id, email: account.email, name: account.name };
}

/** Person and workspace to begin with: the one that is asked for, else the oldest membership. */
export async function logIn(
  services: Services,
  throttle: LoginThrottle,
  input: { ip: string; email: string; password: string; tenantId?: string | undefined },
): Promise<{ user: User; tenant: Workspace }> {
  const user = await checkPassword(services, throttle, input);
  const workspaces = await listWorkspaces(services, user.id);
  const tenant = workspaces.find((one) => one.id === input.tenantId) ?? workspaces[0];
  if (!tenant) throw notAllowed('You belong to no workspace any more. Ask for an invitation.');
  return { user, tenant };
}
