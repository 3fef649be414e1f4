// What every way in answers: the person, the workspace, a short access token, and the cookies for browsers.
import { z } from 'zod';
import type { Answer } from '../define-route.ts';
import { notSignedIn } from '../fail.ts';
import type { Services } from '../services.ts';
import { accessTokenSeconds, signAccessToken } from './access-token.ts';
import { sessionCookies } from './cookies.ts';
import { type User, type Workspace, userShape, workspaceShape } from './people.ts';
import { refreshSeconds, startFamily } from './refresh-tokens.ts';

export const sessionShape = z.object({
  user: userShape,
  tenant: workspaceShape,
  accessToken: z.string(),
  expiresIn: z.number().int().describe('Seconds.'),
});

/** The answer for a sign-in that stands. */
export async function presentSession(
  services: Services,
  status: 200 | 201,
  {
    user,
    tenant,
    familyId,
    refreshToken,
  }: { user: User; tenant: Workspace; familyId: string; refreshToken: string },
): Promise<Answer> {
  const claims = { userId: user.id, tenantId: tenant.id, familyId };
  const accessToken = await signAccessToken(services.tokenKeys, claims, services.clock());
  return {
    status,
    body: { user, tenant, accessToken, expiresIn: accessTokenSeconds },
    cookies: sessionCookies(services.env, { accessToken, refreshToken, refreshSeconds }),
  };
}

/** Begins a sign-in and answers it. @throws CodedError not_signed_in when the membership has just ended */
export async function startSession(
  services: Services,
  status: 200 | 201,
  user: User,
  tenant: Workspace,
): Promise<Answer> {
  const family = await startFamily(services, user.id, tenant.id);
  if (!family) throw notSignedIn('You are no member of this workspace any more.');
  return presentSession(services, status, { user, tenant, ...family });
}
