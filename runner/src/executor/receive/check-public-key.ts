// Signatures that a service makes with a private key of its own.
import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Scope } from '@weftline/connectors/expression';
import { isJsonObject } from '@weftline/connectors/json';
import type { SenderCheck } from '@weftline/connectors/types';
import { mendPem } from '../sign-jwt.ts';
import { readSignedTime } from './check-time.ts';
import { decodeStrictly } from './decode-strictly.ts';
import { fillBytes, fillSecret, fillText } from './fill-check.ts';
import type { IncomingCall } from './incoming-call.ts';
import { KeyUnavailable, type FetchKey } from './fetch-key.ts';
import { fault, type SenderVerdict } from './sender-verdict.ts';

const mostKeys = 10;
const leastRsaBits = 2048;

/** Keys of other kinds are none: the scheme is the connector's choice, never the key's. */
function isFit(key: KeyObject, scheme: SenderCheck['scheme']): boolean {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (scheme === 'ed25519') return key.asymmetricKeyType === 'ed25519';
  if (scheme === 'ecdsa-p256') return key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1';
  return key.asymmetricKeyType === 'rsa' && modulusLength >= leastRsaBits;
}

/** A key of 32 bytes (Ed25519) or an uncompressed point (P-256), else the DER of a SubjectPublicKeyInfo. */
function readBytes(bytes: Buffer, scheme: SenderCheck['scheme']): KeyObject {
  const part = (from: number, to: number) => bytes.subarray(from, to).toString('base64url');
  if (scheme === 'ed25519' && bytes.length === 32)
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: part(0, 32) }, format: 'jwk' });
  if (scheme === 'ecdsa-p256' && bytes.length === 65 && bytes[0] === 4)
    return createPublicKey({
      key: { kty: 'EC', crv: 'P-256', x: part(1, 33), y: part(33, 65) },
      format: 'jwk',
    });
  return createPublicKey({ key: bytes, format: 'der', type: 'spki' });
}

/** The public keys in a text: one as PEM (also as a certificate), or a JSON Web Key Set. */
export function readKeyText(text: string): KeyObject[] {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return [createPublicKey(mendPem(trimmed))];
  const set: unknown = JSON.parse(trimmed);
  const keys = isJsonObject(set as never) ? (set as { keys?: unknown }).keys : undefined;
  return (Array.isArray(keys) ? keys : [set]).slice(0, mostKeys).flatMap((key: unknown) => {
    try {
      return [createPublicKey({ key: key as JsonWebKey, format: 'jwk' })];
    } catch {
      return [];
    }
  });
}

async function findKeys(check: SenderCheck, scope: Scope, fetchKey: FetchKey): Promise<KeyObject[]> {
  const written = fillSecret(check.publicKey, scope);
  if (written !== undefined) {
    const encoding = check.keyEncoding ?? 'pem';
    if (encoding === 'pem') return readKeyText(written);
    const bytes = decodeStrictly(written.trim(), encoding);
    return bytes === undefined ? [] : [readBytes(bytes, check.scheme)];
  }
  const url = fillText(check.keyUrl, scope);
  return url === undefined ? [] : readKeyText(await fetchKey(url));
}

type Algorithm = 'sha1' | 'sha256' | null;
const algorithms: { [scheme: string]: Algorithm } = {
  ed25519: null,
  'ecdsa-p256': 'sha256',
  'rsa-sha1': 'sha1',
  'rsa-sha256': 'sha256',
};

export async function checkPublicKey(
  check: SenderCheck,
  call: IncomingCall,
  scope: Scope,
  fetchKey: FetchKey,
): Promise<SenderVerdict> {
  const given = fillText(check.signature, scope);
  const content = fillBytes(check.content, scope, call.rawBody);
  if (given === undefined || content === undefined) return fault('missing_header');
  const time = check.timestamp && readSignedTime(check.timestamp, scope);
  if (time && 'fault' in time) return fault(time.fault);
  const signature = decodeStrictly(given, check.encoding ?? 'base64');
  if (signature === undefined) return fault('bad_signature');
  let keys: KeyObject[];
  try {
    keys = await findKeys(check, scope, fetchKey);
  } catch (error) {
    if (error instanceof KeyUnavailable) return fault(error.mayReturn ? 'key_unavailable' : 'bad_signature');
    return fault('misconfigured');
  }
  const fit = keys.filter((key) => isFit(key, check.scheme));
  if (fit.length === 0) return fault('misconfigured');
  const isRight = fit.some((key) => {
    try {
      return verify(algorithms[check.scheme] ?? null, content, key, signature);
    } catch {
      return false;
    }
  });
  if (!isRight) return fault('bad_signature');
  return { ok: true, secrets: [], ...(time ? { sentAtMs: time.atMs } : {}) };
}
