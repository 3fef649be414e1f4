// Keyed hashes over the raw bytes of a call.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Scope } from '@weftline/connectors/expression';
import type { SenderCheck } from '@weftline/connectors/types';
import { readSignedTime } from './check-time.ts';
import { decodeStrictly } from './decode-strictly.ts';
import { fillBytes, fillSecret, fillText } from './fill-check.ts';
import type { IncomingCall } from './incoming-call.ts';
import { fault, type SenderVerdict } from './sender-verdict.ts';

const mostSignatures = 16;

function keyOf(check: SenderCheck, secret: string): Buffer | undefined {
  const encoding = check.secretEncoding ?? 'utf8';
  return encoding === 'utf8' ? Buffer.from(secret, 'utf8') : decodeStrictly(secret, encoding);
}

/** The signatures that a text holds, without what stands before them. */
function listSignatures({ list, prefix }: SenderCheck, text: string): string[] {
  const parts = list === undefined ? [text] : text.split(list.separator).map((part) => part.trim());
  const start = list?.key === undefined ? '' : `${list.key}=`;
  return parts.flatMap((part) => {
    if (!part.startsWith(start)) return [];
    const rest = part.slice(start.length);
    return prefix === undefined ? [rest] : rest.startsWith(prefix) ? [rest.slice(prefix.length)] : [];
  });
}

/** The time is judged by the caller, once the signature is known to be right. */
export function checkHmac(check: SenderCheck, call: IncomingCall, scope: Scope): SenderVerdict {
  const secret = fillSecret(check.secret, scope);
  const key = secret === undefined ? undefined : keyOf(check, secret);
  if (secret === undefined || key === undefined || key.length === 0 || check.algorithm === undefined)
    return fault('misconfigured');
  const given = fillText(check.signature, scope);
  if (given === undefined) return fault('missing_header');
  const time = check.timestamp && readSignedTime(check.timestamp, scope);
  if (time && 'fault' in time) return fault(time.fault);
  const content = fillBytes(check.content, scope, call.rawBody);
  if (content === undefined) return fault('missing_header');
  const expected = createHmac(check.algorithm, key).update(content).digest();
  let isRight = false;
  // Every candidate is compared in full, so that time tells nothing.
  for (const text of listSignatures(check, given).slice(0, mostSignatures)) {
    const bytes = decodeStrictly(text, check.encoding ?? 'hex');
    if (bytes?.length === expected.length && timingSafeEqual(bytes, expected)) isRight = true;
  }
  if (!isRight) return fault('bad_signature');
  return { ok: true, secrets: [secret], ...(time ? { sentAtMs: time.atMs } : {}) };
}
