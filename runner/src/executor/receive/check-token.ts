// Secrets that a service sends along: a token, or HTTP Basic. Compared by their digests, so that neither length nor place of a
// difference shows in the time it takes.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Scope } from '@weftline/connectors/expression';
import type { SenderCheck } from '@weftline/connectors/types';
import { decodeStrictly } from './decode-strictly.ts';
import { fillSecret, fillText } from './fill-check.ts';
import type { IncomingCall } from './incoming-call.ts';
import { fault, type SenderVerdict } from './sender-verdict.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
const isSame = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted));

export function checkSharedToken(check: SenderCheck, scope: Scope): SenderVerdict {
  const secret = fillSecret(check.secret, scope);
  if (secret === undefined) return fault('misconfigured');
  const given = fillText(check.value, scope);
  if (given === undefined) return fault('missing_header');
  // Without the word before it the token is as secret as with it.
  return isSame(given, secret)
    ? { ok: true, secrets: [secret, secret.replace(/^(?:Bearer|Basic|Token) /i, '')] }
    : fault('bad_signature');
}

export function checkBasic(check: SenderCheck, call: IncomingCall, scope: Scope): SenderVerdict {
  const username = fillSecret(check.username, scope);
  const password = fillSecret(check.password, scope);
  if (username === undefined || password === undefined) return fault('misconfigured');
  const header = /^Basic +(\S+) *$/i.exec(call.headers['authorization'] ?? '')?.[1];
  if (header === undefined) return fault('missing_header');
  const pair = decodeStrictly(header, 'base64')?.toString('utf8') ?? '';
  const colon = pair.indexOf(':');
  const isUser = isSame(pair.slice(0, Math.max(colon, 0)), username);
  const isPassword = isSame(pair.slice(colon + 1), password);
  return isUser && isPassword && colon > 0
    ? { ok: true, secrets: [password, pair, header] }
    : fault('bad_signature');
}
