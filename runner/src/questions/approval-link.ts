// Links to approvals: the token that an address ends on, and the one-time values of the page that it opens.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { encodeBase32 } from '../platform/vault/encode-base32.ts';
import type { Vault } from '../platform/vault.ts';

type Signer = Pick<Vault, 'signForTenant'>;

/** Tokens as they stand in texts; the part before the dash lets us find and cover them. */
const tokenForm = /approve-[a-z2-7]{52}/g;

/** How long a page that was opened can be used, in ms. */
export const pageLifeMs = 15 * 60_000;

/** The token of one step of one run of one workspace: 256 bits of HMAC, the same whenever it is asked for. */
export async function approvalToken(
  vault: Signer,
  tenantId: string,
  runId: string,
  address: string,
): Promise<string> {
  const bytes = await vault.signForTenant(tenantId, 'approval', ['link', tenantId, runId, address]);
  return `approve-${encodeBase32(bytes).toLowerCase()}`;
}

/** What is kept of a token. Null for what is no token. */
export const hashApprovalToken = (token: string): Buffer | null =>
  /^approve-[a-z2-7]{52}$/.test(token) ? createHash('sha256').update(token).digest() : null;

/** A text without the tokens in it. */
export const coverTokens = (text: string): string => text.replaceAll(tokenForm, 'approve-…');

/** A fresh value for one button of the page: for this approval and this decision, good for `pageLifeMs`. */
export async function pressValue(
  vault: Signer,
  { tenantId, questionId, decision }: { tenantId: string; questionId: string; decision: string },
  nowMs: number,
): Promise<string> {
  const head = `${(nowMs + pageLifeMs).toString(36)}.${randomBytes(16).toString('base64url')}`;
  const mac = await vault.signForTenant(tenantId, 'approval', ['press', questionId, decision, head]);
  return `${head}.${mac.toString('base64url')}`;
}

/** True for a value that this page gave for this decision, not too long ago. */
export async function isPressValue(
  vault: Signer,
  { tenantId, questionId, decision }: { tenantId: string; questionId: string; decision: string },
  value: string,
  nowMs: number,
): Promise<boolean> {
  const [ends, nonce, mac, more] = value.split('.');
  if (!ends || !nonce || !mac || more !== undefined) return false;
  const wanted = await vault.signForTenant(tenantId, 'approval', [
    'press',
    questionId,
    decision,
    `${ends}.${nonce}`,
  ]);
  const given = Buffer.from(mac, 'base64url');
  const endsMs = Number.parseInt(ends, 36);
  return given.length === wanted.length && timingSafeEqual(given, wanted) && endsMs > nowMs;
}
