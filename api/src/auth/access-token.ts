// Access tokens: HS256 over our own keys, ten minutes, naming user, tenant and sign-in. The role is never in it.
import { SignJWT, jwtVerify } from 'jose';
import { isUuid } from '../is-uuid.ts';

export const accessTokenSeconds = 600;
const issuer = 'weftline';
const audience = 'weftline-api';
/** Type of the token in its header (RFC 9068); a token of another kind is refused by it. */
const type = 'at+jwt';

export type AccessClaims = { userId: string; tenantId: string; familyId: string };
export type TokenKeys = ReadonlyMap<string, Buffer>;

/** A signed token. Inputs: the keyring (its first key signs), the claims, the time. */
export async function signAccessToken(keys: TokenKeys, claims: AccessClaims, now: Date): Promise<string> {
  const [kid, key] = [...keys][0] ?? [];
  if (!kid || !key) throw new TypeError('There is no key to sign access tokens with');
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({ tenantId: claims.tenantId, sid: claims.familyId })
    .setProtectedHeader({ alg: 'HS256', typ: type, kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(claims.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + accessTokenSeconds)
    .sign(key);
}

/** The claims of a token that is ours and current; null for every other text. Never throws. */
export async function verifyAccessToken(
  keys: TokenKeys,
  token: string,
  now: Date,
): Promise<AccessClaims | null> {
  // Ours are about 400 characters; nothing longer is worth parsing.
  if (token.length > 2_048) return null;
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid, jwk, jku, x5u, x5c, crit }) => {
        // Only our own key ids count; a token that brings its own key is refused, not just ignored.
        if (jwk ?? jku ?? x5u ?? x5c ?? crit) throw new TypeError('foreign key');
        const key = typeof kid === 'string' ? keys.get(kid) : undefined;
        if (!key) throw new TypeError('unknown key');
        return key;
      },
      {
        algorithms: ['HS256'],
        typ: type,
        issuer,
        audience,
        currentDate: now,
        requiredClaims: ['sub', 'exp', 'iat', 'tenantId', 'sid'],
        clockTolerance: 0,
      },
    );
    const { sub, tenantId, sid, iat, exp, aud } = payload;
    if (typeof aud !== 'string' || !isUuid(sub) || !isUuid(tenantId) || !isUuid(sid)) return null;
    // Nothing we sign lives longer, and nothing is from the future.
    if (!Number.isInteger(iat) || !Number.isInteger(exp) || exp! - iat! > accessTokenSeconds) return null;
    if (iat! > Math.floor(now.getTime() / 1000)) return null;
    return { userId: sub, tenantId, familyId: sid };
  } catch {
    return null;
  }
}
