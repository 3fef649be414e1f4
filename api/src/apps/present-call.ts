import type { CallResult } from '@weftline/runner/executor/types';

/** A call as the API answers it; the executor has taken the secrets out already. */
export function presentCall(result: CallResult): { [member: string]: unknown } {
  const { ok, request, response, tookMs } = result;
  const seen = { ok, request, response, tookMs: Math.round(tookMs) };
  if (result.ok) return { ...seen, output: result.output, warnings: result.warnings };
  const { code, message, type, status, path, remoteCode, reason, problems, retryAfterMs } = result.error;
  return {
    ...seen,
    error: { code, message, type, status, path, remoteCode, reason, problems, retryAfterMs },
  };
}
