// Edits of drafts name the version they change: ETag out, If-Match in. An etag is a whole number that grows by one.
import { CodedError } from '@weftline/runner/platform/errors';
import type { Context } from './context.ts';

/** The header and body form of an etag: `"3"`. */
export const formatEtag = (etag: number): string => `"${etag}"`;

/**
 * The version the caller has read. Put it into the `where` of the update and call staleEdit when the count is 0.
 * Null: `If-Match: *`, whatever is there.
 * @throws CodedError edit_needs_version (428) without If-Match; stale_edit (412) when it is no etag of ours
 */
export function readIfMatch(context: Context): number | null {
  const text = context.request.headers.get('if-match')?.trim();
  if (!text)
    throw new CodedError({
      code: 'edit_needs_version',
      message: 'Say which version you changed: send the ETag you read in If-Match.',
    });
  if (text === '*') return null;
  const match = /^(?:W\/)?"?(\d{1,9})"?$/.exec(text);
  if (!match) throw staleEdit(null);
  return Number(match[1]);
}

/** 412. Input: the etag that is there now, if known. */
export const staleEdit = (current: number | null): CodedError =>
  new CodedError({
    code: 'stale_edit',
    message: 'Somebody saved meanwhile. Load the newest version and make your change there.',
    details: current === null ? {} : { etag: formatEtag(current) },
  });
