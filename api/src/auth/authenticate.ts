// Who asks. An Authorization header counts alone; the cookie is looked at only without one.
// The membership is read at each request, so a changed role, a removal and a sign-out hold at once.
import { type Role, lowerRole } from '../access.ts';
import type { Actor } from '../context.ts';
import { notSignedIn } from '../fail.ts';
import type { Services } from '../services.ts';
import { verifyAccessToken } from './access-token.ts';
import { hashToken, looksLikeApiKey } from './secret-token.ts';
import { accessCookie, readCookie } from './cookies.ts';

type SessionRow = { role: Role };
type KeyRow = { tenant_id: string; id: string; role: Role; created_by: string; creator_role: Role };

async function byToken(services: Services, token: string, byCookie: boolean): Promise<Actor | null> {
  const claims = await verifyAccessToken(services.tokenKeys, token, services.clock());
  if (!claims) return null;
  const { userId, tenantId, familyId } = claims;
  const [row] = await services.database.callDoor<SessionRow>('session_role', [tenantId, userId, familyId]);
  if (!row) return null;
  return {
    kind: 'user',
    id: userId,
    userId,
    tenantId,
    role: row.role,
    familyId,
    name: `user:${userId}`,
    byCookie,
  };
}

async function byApiKey(services: Services, key: string): Promise<Actor | null> {
  const [row] = await services.database.callDoor<KeyRow>('find_api_key', [hashToken(key), services.clock()]);
  if (!row) return null;
  const { id, created_by: userId, tenant_id: tenantId } = row;
  const role = lowerRole(row.role, row.creator_role);
  return { kind: 'key', id, userId, tenantId, role, familyId: null, name: `key:${id}`, byCookie: false };
}

/**
 * The caller, or null for a stranger who shows nothing.
 * @throws CodedError not_signed_in for a token or key that is shown and not good (a stale cookie counts as nothing)
 */
export async function authenticate(services: Services, request: Request): Promise<Actor | null> {
  const header = request.headers.get('authorization');
  if (header !== null) {
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(header)?.[1];
    const actor = token
      ? await (looksLikeApiKey(token) ? byApiKey(services, token) : byToken(services, token, false))
      : null;
    if (!actor) throw notSignedIn();
    return actor;
  }
  const cookie = readCookie(request, accessCookie);
  return cookie ? byToken(services, cookie, true) : null;
}
