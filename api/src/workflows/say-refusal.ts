/** Why calls of a webhook are refused, for the person who set it up; whoever calls is never told. */
const sentences: { [reason: string]: string } = {
  missing_header: 'The call had no webhook-id, webhook-timestamp or webhook-signature: it was not signed.',
  bad_id: 'Its webhook-id was no usable id.',
  bad_timestamp: 'Its webhook-timestamp was no time in seconds.',
  too_old:
    'It was signed more than five minutes before it came: the caller’s clock may be slow, or an old call was sent again.',
  too_new: 'It was signed more than five minutes in the future: the caller’s clock is fast.',
  no_match: 'Its signature was made with another secret, or its body was changed on the way.',
};

/** @param reason as verifyStandardWebhook gives it */
export const sayRefusal = (reason: string | null): string =>
  sentences[reason ?? ''] ?? 'Its signature was not accepted.';
