// A fresh access token for a refresh token, which is used up by it.
import { writeAudit } from '../audit.ts';
import { notSignedIn } from '../fail.ts';
import type { Services } from '../services.ts';
import { type User, type Workspace, findPerson, listWorkspaces } from './people.ts';
import { endFamily, rotateRefreshToken } from './refresh-tokens.ts';

const ended = () => notSignedIn('The session has ended. Sign in again.');

/** @throws CodedError not_signed_in for a token that is unknown, ended, used too long ago, or of a former member */
export async function refresh(
  services: Services,
  shown: string | null,
  requestId: string,
): Promise<{ user: User; tenant: Workspace; familyId: string; refreshToken: string }> {
  if (!shown || shown.length > 200) throw ended();
  const rotation = await rotateRefreshToken(services, shown);
  if (rotation.verdict === 'unknown') throw ended();
  const { userId, tenantId, familyId } = rotation;
  if (rotation.verdict === 'reused') {
    await services.database.withTenant(tenantId, (tx) =>
      writeAudit(
        tx,
        { tenantId, actor: `user:${userId}`, requestId },
        { action: 'session.reuse_detected', subject: `session:${familyId}` },
      ),
    );
    throw ended();
  }
  const user = await findPerson(services, userId);
  const tenant = (await listWorkspaces(services, userId)).find((one) => one.id === tenantId);
  if (!user || !tenant) {
    await endFamily(services, familyId);
    throw ended();
  }
  return { user, tenant, familyId, refreshToken: rotation.refreshToken };
}
