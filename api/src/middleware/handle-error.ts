// The one place where a failure becomes an answer. 5xx is for faults of ours only; nothing foreign gets out.
import { refusedHeader } from '@weftline/runner/platform/call-chain';
import { CodedError, errorTable, isCodedError } from '@weftline/runner/platform/errors';
import { type LimitFacts, limitHeaders } from './limit-headers.ts';
import { translateDatabaseError } from './translate-database-error.ts';

export type ErrorAnswer = {
  status: number;
  headers: { [name: string]: string };
  body: unknown;
  error: CodedError;
};

/** Makes a CodedError of whatever was thrown; unknown faults become `internal` with the cause kept for the log. */
export function toCodedError(thrown: unknown): CodedError {
  if (isCodedError(thrown)) return thrown;
  return (
    translateDatabaseError(thrown) ??
    new CodedError({
      code: 'internal',
      message: 'Something went wrong on our side. It has been recorded under the request id.',
      cause: thrown,
    })
  );
}

/** Status, headers and body of an error. */
export function presentError(thrown: unknown, requestId: string): ErrorAnswer {
  const error = toCodedError(thrown);
  const headers: { [name: string]: string } = {};
  const { status, again } = errorTable[error.code];
  const retryAfterMs = error.retryAfterMs ?? (status === 503 ? 1_000 : undefined);
  if (retryAfterMs !== undefined && again !== 'no')
    headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="weftline"';
  const { code, message, details } = error;
  if (code === 'call_cycle') headers[refusedHeader] = code;
  // A refused limit carries its facts as details.policy: they are headers as well.
  const policy = (details as { policy?: LimitFacts } | null | undefined)?.policy;
  if (policy) Object.assign(headers, limitHeaders(policy));
  return { status, headers, error, body: { error: { code, message, requestId, details: details ?? {} } } };
}
