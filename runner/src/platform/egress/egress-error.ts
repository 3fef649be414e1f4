// What the way out tells about a call that did not end in an answer.
import { CodedError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/**
 * Whether the other side can have acted: `no` (nothing was written), `unknown` (written, no complete answer) or
 * `answered` (a complete answer came, but it cannot be used).
 */
export type Sent = 'no' | 'unknown' | 'answered';

/** Why, in one word; hints for people are chosen by it. */
export type EgressReason =
  | 'address'
  | 'agreement'
  | 'port'
  | 'url'
  | 'plain_http'
  | 'dns'
  | 'refused'
  | 'connect_timeout'
  | 'tls'
  | 'closed'
  | 'idle'
  | 'timeout'
  | 'cancelled'
  | 'protocol'
  | 'encoding'
  | 'size'
  | 'redirect'
  | 'header'
  | 'token';

export type EgressDetails = { sent: Sent; reason: EgressReason };

/** A `CodedError` whose details are `{ sent, reason }`. */
export const egressError = (
  code: ErrorCode,
  reason: EgressReason,
  sent: Sent,
  message: string,
  cause?: unknown,
): CodedError => new CodedError({ code, message, details: { sent, reason } satisfies EgressDetails, cause });

/** The `{ sent, reason }` of an error of this module; undefined for every other error. */
export const readEgressDetails = (error: unknown): EgressDetails | undefined => {
  if (!(error instanceof CodedError)) return undefined;
  const details = error.details as Partial<EgressDetails> | undefined;
  return typeof details?.sent === 'string' && typeof details.reason === 'string'
    ? { sent: details.sent, reason: details.reason }
    : undefined;
};
