// Refresh tokens: opaque, kept as hashes, each used once. The successor is sealed with a key made from the token itself,
// so that a second tab showing the same token within 10 s gets the same successor, and the database alone gives nothing.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { Services } from '../services.ts';
import { hashToken, makeToken } from './secret-token.ts';

export const refreshSeconds = 30 * 24 * 3600;

const keyOf = (token: string): Buffer =>
  Buffer.from(hkdfSync('sha256', token, 'weftline', 'weftline/v1/refresh-successor', 32));

function sealWith(token: string, text: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(token), nonce, { authTagLength: 16 });
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}
function openWith(token: string, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(token), sealed.subarray(0, 12), {
    authTagLength: 16,
  });
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8');
}

const expiry = (services: Services): Date => new Date(services.clock().getTime() + refreshSeconds * 1000);

/** Begins a sign-in of a person in a tenant. Null: no member of it. */
export async function startFamily(
  services: Services,
  userId: string,
  tenantId: string,
): Promise<{ familyId: string; refreshToken: string } | null> {
  const refreshToken = makeToken();
  const familyId = uuidv7();
  const values = [uuidv7(), familyId, userId, tenantId, hashToken(refreshToken), expiry(services)];
  const rows = await services.database.callDoor('start_session', values);
  return rows.length === 1 ? { familyId, refreshToken } : null;
}

type RotationRow = {
  verdict: 'rotated' | 'repeated' | 'reused' | 'unknown';
  user_id: string;
  tenant_id: string;
  family_id: string;
  successor: Buffer | null;
};
export type Rotation =
  | { verdict: 'rotated'; userId: string; tenantId: string; familyId: string; refreshToken: string }
  | { verdict: 'reused'; userId: string; tenantId: string; familyId: string }
  | { verdict: 'unknown' };

/** Exchanges a refresh token for its successor. `reused`: it was shown again too late, and its family has just ended. */
export async function rotateRefreshToken(services: Services, shown: string): Promise<Rotation> {
  const next = makeToken();
  const [row] = await services.database.callDoor<RotationRow>('rotate_refresh', [
    hashToken(shown),
    services.clock(),
    uuidv7(),
    hashToken(next),
    sealWith(shown, next),
    expiry(services),
  ]);
  if (!row || row.verdict === 'unknown') return { verdict: 'unknown' };
  const whose = { userId: row.user_id, tenantId: row.tenant_id, familyId: row.family_id };
  if (row.verdict === 'reused') return { verdict: 'reused', ...whose };
  const refreshToken = row.successor ? openWith(shown, row.successor) : next;
  return { verdict: 'rotated', ...whose, refreshToken };
}

/** Ends a sign-in, named by one of its refresh tokens. Unknown tokens are no fault. */
export async function endFamilyOf(services: Services, shown: string): Promise<void> {
  const [row] = await services.database.callDoor<{ family_id: string }>('family_of', [hashToken(shown)]);
  if (row) await endFamily(services, row.family_id);
}

export async function endFamily(services: Services, familyId: string): Promise<void> {
  await services.database.callDoor('end_session', [familyId]);
}
