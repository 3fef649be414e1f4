// Tokens that a service signs (RFC 7519). Which algorithms are taken is the connector's word alone.
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Scope } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { SenderCheck } from '@weftline/connectors/types';
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTVerifyOptions } from 'jose';
import { mendPem } from '../sign-jwt.ts';
import { fillSecret, fillText, holdsOf } from './fill-check.ts';
import { KeyUnavailable, type FetchKey } from './fetch-key.ts';
import { withRoots } from './incoming-call.ts';
import { fault, type SenderVerdict } from './sender-verdict.ts';

const leewaySeconds = 60;
/** A token without an end is taken for this long after it was issued. */
const longestAgeSeconds = 300;

type Verified = { payload: { [claim: string]: unknown } };

async function verifyWith(
  token: string,
  check: SenderCheck,
  scope: Scope,
  fetchKey: FetchKey,
  options: JWTVerifyOptions,
): Promise<Verified | 'misconfigured'> {
  const isShared = check.algorithms?.every((name) => name.startsWith('HS')) === true;
  const written = fillSecret(check.key, scope);
  if (written !== undefined) {
    const key: KeyObject | Uint8Array = isShared
      ? Buffer.from(written, 'utf8')
      : createPublicKey(mendPem(written));
    return jwtVerify(token, key, options);
  }
  const url = fillText(check.keyUrl, scope);
  // A key that anybody can fetch signs nothing by itself.
  if (url === undefined || isShared) return 'misconfigured';
  const withText = (text: string): Promise<Verified> =>
    text.trim().startsWith('{')
      ? jwtVerify(token, createLocalJWKSet(JSON.parse(text) as JSONWebKeySet), options)
      : jwtVerify(token, createPublicKey(text), options);
  try {
    return await withText(await fetchKey(url));
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    // The service may have a new key since we looked.
    return withText(await fetchKey(url, { isStale: true }));
  }
}

const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

export async function checkJwt(
  check: SenderCheck,
  scope: Scope,
  nowMs: number,
  fetchKey: FetchKey,
): Promise<SenderVerdict> {
  const token = fillText(check.token, scope)?.replace(/^Bearer +/i, '');
  if (token === undefined) return fault('missing_header');
  const algorithms = check.algorithms ?? [];
  const audience = check.audience === undefined ? undefined : fillSecret(check.audience, scope);
  if (algorithms.length === 0 || (check.audience !== undefined && audience === undefined))
    return fault('misconfigured');
  const options: JWTVerifyOptions = {
    algorithms,
    currentDate: new Date(nowMs),
    clockTolerance: leewaySeconds,
    ...(audience === undefined ? {} : { audience }),
  };
  try {
    const verified = await verifyWith(token, check, scope, fetchKey, options);
    if (verified === 'misconfigured') return fault('misconfigured');
    const { payload } = verified;
    const issuedAt = asNumber(payload['iat']);
    if (payload['exp'] === undefined) {
      if (issuedAt === undefined) return fault('bad_timestamp');
      if (Math.abs(nowMs / 1000 - issuedAt) > longestAgeSeconds) return fault('timestamp_out_of_tolerance');
    }
    if (check.claims !== undefined && !holdsOf(check.claims, withRoots(scope, { claims: payload as Json })))
      return fault('bad_signature');
    const sentAtMs = issuedAt === undefined ? {} : { sentAtMs: issuedAt * 1000 };
    return { ok: true, secrets: [token, fillSecret(check.key, scope) ?? ''], ...sentAtMs };
  } catch (error) {
    if (error instanceof KeyUnavailable) return fault(error.mayReturn ? 'key_unavailable' : 'bad_signature');
    if (error instanceof errors.JWTExpired) return fault('timestamp_out_of_tolerance');
    return fault('bad_signature');
  }
}
