// Every expected failure of a call, in the words of `CallError`.
import { ExpressionError } from '@weftline/connectors/expression';
import type { Problem } from '@weftline/connectors/problem';
import { readEgressDetails } from '../platform/egress/egress-error.ts';
import { CodedError } from '../platform/errors.ts';
import type { ErrorCode } from '../platform/errors.ts';
import type { Failure } from './read-response.ts';
import type { CallError, CallErrorType, Sent } from './types.ts';

const types: Partial<Record<ErrorCode, CallErrorType>> = {
  blocked_address: 'BLOCKED',
  hosts_not_agreed: 'BLOCKED',
  remote_unreachable: 'NETWORK',
  step_timeout: 'TIMEOUT',
  cancelled: 'CANCELLED',
  connection_expired: 'AUTH',
  remote_busy: 'RATE_LIMIT',
  unavailable: 'TEMPORARY',
  not_found: 'NOT_FOUND',
  invalid_input: 'VALIDATION',
  unresolved_path: 'VALIDATION',
  invalid_expression: 'VALIDATION',
  expression_limit: 'VALIDATION',
  bad_value: 'VALIDATION',
};

/** An input that its schema does not allow. */
export const inputError = (problems: readonly Problem[]): CallError => {
  const [first] = problems;
  return {
    code: 'invalid_input',
    type: 'VALIDATION',
    message: `The input does not fit: ${problems
      .slice(0, 5)
      .map(({ path, message }) => `${path === '' ? 'the input' : path} ${message}`)
      .join('; ')}`,
    sent: 'no',
    ...(first === undefined ? {} : { path: first.path }),
    problems: [...problems],
  };
};

/** A failure that the service's answer told. */
export const answeredError = (failure: Failure, status: number): CallError => ({
  ...failure,
  status,
  sent: 'answered',
});

/**
 * An error thrown on the way.
 * @param sent how far the request had come, when the error itself does not say
 * @throws what is not one of the expected errors
 */
export const thrownError = (error: unknown, sent: Sent): CallError => {
  if (error instanceof ExpressionError)
    return {
      code: error.code,
      type: 'VALIDATION',
      message: error.message,
      sent,
      ...(error.path === undefined ? {} : { path: error.path }),
    };
  if (!(error instanceof CodedError)) throw error;
  const details = readEgressDetails(error);
  return {
    code: error.code,
    // Refused before the call, where a token should have been given: the credentials are at fault.
    type:
      error.code === 'remote_refused' && details?.reason === 'token'
        ? 'AUTH'
        : (types[error.code] ?? 'PERMANENT'),
    message: error.message,
    sent: details?.sent ?? sent,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(details === undefined ? {} : { reason: details.reason }),
  };
};
