// Turns what undici, TLS and the kernel throw into a code, a reason and a sentence without addresses.
import { CodedError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { egressError, readEgressDetails } from './egress-error.ts';
import type { EgressReason, Sent } from './egress-error.ts';

type Fault = readonly [ErrorCode, EgressReason, string];

const faults: Readonly<Record<string, Fault>> = {
  ECONNREFUSED: ['remote_unreachable', 'refused', 'refused the connection'],
  ENOTFOUND: ['remote_unreachable', 'dns', 'is a name that does not exist'],
  EAI_AGAIN: ['remote_unreachable', 'dns', 'could not be looked up'],
  EHOSTUNREACH: ['remote_unreachable', 'refused', 'cannot be reached'],
  ENETUNREACH: ['remote_unreachable', 'refused', 'cannot be reached'],
  EADDRNOTAVAIL: ['remote_unreachable', 'refused', 'cannot be reached'],
  ETIMEDOUT: ['remote_unreachable', 'connect_timeout', 'did not accept a connection in time'],
  UND_ERR_CONNECT_TIMEOUT: ['remote_unreachable', 'connect_timeout', 'did not accept a connection in time'],
  UND_ERR_HEADERS_TIMEOUT: ['step_timeout', 'timeout', 'did not answer in time'],
  UND_ERR_BODY_TIMEOUT: ['remote_unreachable', 'idle', 'stopped in the middle of its answer'],
  UND_ERR_HEADERS_OVERFLOW: ['too_large', 'header', 'sent too many or too long headers'],
  UND_ERR_SOCKET: ['remote_unreachable', 'closed', 'closed the connection before it had answered'],
  ECONNRESET: ['remote_unreachable', 'closed', 'closed the connection before it had answered'],
  EPIPE: ['remote_unreachable', 'closed', 'closed the connection before it had answered'],
  UND_ERR_INVALID_ARG: [
    'invalid_input',
    'header',
    'cannot be sent this request: a header or the method is not valid',
  ],
};

const tls: Fault = ['remote_unreachable', 'tls', 'has no certificate we can trust, or speaks no TLS'];
const protocol: Fault = ['response_invalid', 'protocol', 'sent an answer that is not valid HTTP'];
const other: Fault = ['remote_unreachable', 'closed', 'could not be called'];

const isTlsCode = (code: string): boolean =>
  /^(ERR_TLS|ERR_SSL|CERT_|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|INVALID_CA|HOSTNAME_MISMATCH)/.test(
    code,
  );

const find = (code: string, name: string): Fault => {
  if (name === 'HTTPParserError') return protocol;
  if (Object.hasOwn(faults, code)) return faults[code] as Fault;
  if (isTlsCode(code)) return tls;
  return other;
};

/**
 * @param error what the connection threw
 * @param host as the caller wrote it
 * @param sent how far the request had come
 */
export const readFault = (error: Error, host: string, sent: Sent): CodedError => {
  if (error instanceof CodedError)
    return readEgressDetails(error) === undefined
      ? egressError(error.code, 'closed', sent, error.message, error)
      : error;
  const codes = error instanceof AggregateError ? error.errors : [error];
  const code = String((codes[0] as { code?: unknown } | undefined)?.code ?? '');
  const [coded, reason, says] = find(code, error.name);
  return egressError(
    coded,
    reason,
    coded === 'too_large' || coded === 'response_invalid' ? 'answered' : sent,
    `"${host}" ${says}.`,
    error,
  );
};
