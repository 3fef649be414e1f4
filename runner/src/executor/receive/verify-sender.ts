// Makes sure that a call comes from the service and was not changed: over the bytes as they came, in constant time, never throwing
// for anything a caller can send.
import type { Scope } from '@weftline/connectors/expression';
import type { Receive, SenderCheck } from '@weftline/connectors/types';
import { verifyStandardWebhook } from './verify-standard-webhook.ts';
import { checkHmac } from './check-hmac.ts';
import { checkJwt } from './check-jwt.ts';
import { checkPublicKey } from './check-public-key.ts';
import { isWithin } from './check-time.ts';
import { checkBasic, checkSharedToken } from './check-token.ts';
import type { FetchKey } from './fetch-key.ts';
import { fillSecret } from './fill-check.ts';
import type { IncomingCall } from './incoming-call.ts';
import { fault, furthest, type SenderFault, type SenderVerdict } from './sender-verdict.ts';

export type SenderContext = {
  call: IncomingCall;
  /** From `secretScope`. */
  scope: Scope;
  /** Milliseconds since 1970. */
  nowMs: number;
  fetchKey: FetchKey;
};

const standardFaults: { [reason: string]: SenderFault } = {
  missing_header: 'missing_header',
  bad_id: 'bad_signature',
  bad_timestamp: 'bad_timestamp',
  too_old: 'timestamp_out_of_tolerance',
  too_new: 'timestamp_out_of_tolerance',
  no_match: 'bad_signature',
};

function checkStandard(check: SenderCheck, { call, scope, nowMs }: SenderContext): SenderVerdict {
  const secret = fillSecret(check.secret, scope);
  if (secret === undefined) return fault('misconfigured');
  const { headers, rawBody } = call;
  const verdict = verifyStandardWebhook({ secrets: [secret], headers, rawBody, nowMs });
  if (!verdict.ok) return fault(standardFaults[verdict.reason] ?? 'bad_signature');
  const sentAtMs = Number(headers['webhook-timestamp']) * 1000;
  return { ok: true, deliveryId: verdict.id, sentAtMs, secrets: [secret] };
}

async function checkOne(check: SenderCheck, context: SenderContext): Promise<SenderVerdict> {
  const { call, scope, nowMs, fetchKey } = context;
  switch (check.scheme) {
    case 'hmac':
      return checkHmac(check, call, scope);
    case 'sharedToken':
      return checkSharedToken(check, scope);
    case 'basic':
      return checkBasic(check, call, scope);
    case 'jwt':
      return checkJwt(check, scope, nowMs, fetchKey);
    case 'standardWebhooks':
      return checkStandard(check, context);
    default:
      return checkPublicKey(check, call, scope, fetchKey);
  }
}

/**
 * Whether any of the checks passes. None at all: the address is the secret, so knowing it is enough.
 * Never throws for what a call holds.
 */
export async function verifySender(
  { verify, maxAgeSeconds }: Pick<Receive, 'verify' | 'maxAgeSeconds'>,
  context: SenderContext,
): Promise<SenderVerdict> {
  if (verify.length === 0) return { ok: true, secrets: [] };
  const reasons: SenderFault[] = [];
  for (const check of verify) {
    const verdict = await checkOne(check, context);
    if (!verdict.ok) {
      reasons.push(verdict.reason);
      continue;
    }
    const { sentAtMs } = verdict;
    const { timestamp } = check;
    const isInTime =
      (timestamp === undefined ||
        (sentAtMs !== undefined && isWithin(sentAtMs, context.nowMs, timestamp.toleranceSeconds))) &&
      (maxAgeSeconds === undefined ||
        (sentAtMs !== undefined && context.nowMs - sentAtMs <= maxAgeSeconds * 1000));
    if (isInTime) return verdict;
    reasons.push('timestamp_out_of_tolerance');
  }
  return fault(furthest(reasons));
}
