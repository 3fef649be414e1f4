// What a sender check says. The reason is for the log; a caller is told little of it.

export type SenderFault =
  /** Nothing of ours to check with: no secret, or one that is empty or unreadable. */
  | 'misconfigured'
  | 'missing_header'
  | 'bad_timestamp'
  | 'bad_signature'
  /** Rightly signed, but too long ago or ahead of our clock. */
  | 'timestamp_out_of_tolerance'
  /** The service's key could not be fetched right now: the call may be sent again. */
  | 'key_unavailable';

export type SenderVerdict =
  | {
      ok: true;
      /** The delivery's id, where the scheme signs one. */
      deliveryId?: string;
      /** When it was signed, in ms since 1970, where that is part of what is signed. */
      sentAtMs?: number;
      /** Secret texts that this check read: taken out of everything that leaves the call. */
      secrets: readonly string[];
    }
  | { ok: false; reason: SenderFault };

export const fault = (reason: SenderFault): SenderVerdict => ({ ok: false, reason });

const rank: readonly SenderFault[] = [
  'misconfigured',
  'missing_header',
  'bad_timestamp',
  'bad_signature',
  'key_unavailable',
  'timestamp_out_of_tolerance',
];

/** Of the reasons of several checks the one that came furthest. */
export const furthest = (reasons: readonly SenderFault[]): SenderFault =>
  reasons.reduce(
    (best, reason) => (rank.indexOf(reason) > rank.indexOf(best) ? reason : best),
    'misconfigured',
  );

/** For the caller: enough to mend its own side, nothing of ours. */
export const sentenceFor = (reason: SenderFault): string =>
  reason === 'missing_header'
    ? 'This call does not prove who sent it: the signature or token is missing.'
    : reason === 'timestamp_out_of_tolerance'
      ? 'This call was signed too long ago, or by a clock that is ahead. Send it anew.'
      : 'The signature of this call was not accepted.';
