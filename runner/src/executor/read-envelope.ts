// GraphQL and JSON-RPC answer inside an envelope, with a 200 for their errors as well.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json } from '@weftline/connectors/json';
import type { Request } from '@weftline/connectors/types';
import type { CallErrorType } from './types.ts';

export type EnvelopeError = { type: CallErrorType; message?: string; code?: string };

/** Codes that many GraphQL servers put into `extensions.code`; others are the request's own fault. */
const usualCodes: Readonly<Record<string, CallErrorType>> = {
  UNAUTHENTICATED: 'AUTH',
  FORBIDDEN: 'PERMISSION',
  NOT_FOUND: 'NOT_FOUND',
  RATE_LIMITED: 'RATE_LIMIT',
  RATELIMITED: 'RATE_LIMIT',
  THROTTLED: 'RATE_LIMIT',
  TOO_MANY_REQUESTS: 'RATE_LIMIT',
  INTERNAL_SERVER_ERROR: 'TEMPORARY',
};

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

const errorFrom = (error: Json, code: string | undefined): EnvelopeError => {
  const message = isJsonObject(error) ? textOf(error['message']) : textOf(error);
  return {
    type: usualCodes[(code ?? '').toUpperCase()] ?? 'VALIDATION',
    ...(message === undefined ? {} : { message }),
    ...(code === undefined ? {} : { code }),
  };
};

/** The error inside the envelope; undefined when there is none, or the request has no envelope. */
export const readEnvelopeError = (request: Request, body: Json): EnvelopeError | undefined => {
  if (!isJsonObject(body)) return undefined;
  if (request.bodyFormat === 'graphql') {
    const { errors } = body;
    if (!Array.isArray(errors) || errors[0] === undefined) return undefined;
    const [first] = errors;
    const extensions = isJsonObject(first) ? first['extensions'] : undefined;
    const code = isJsonObject(extensions) ? extensions['code'] : undefined;
    return errorFrom(first, textOf(code));
  }
  if (request.bodyFormat !== 'jsonRpc') return undefined;
  const { error } = body;
  if (error === undefined || error === null) return undefined;
  return errorFrom(error, isJsonObject(error) ? textOf(error['code']) : undefined);
};

/** What an answer holds inside its envelope; the body where there is none. */
export const openEnvelope = (request: Request, body: Json): Json => {
  const member =
    request.bodyFormat === 'graphql' ? 'data' : request.bodyFormat === 'jsonRpc' ? 'result' : undefined;
  return member !== undefined && isJsonObject(body) && Object.hasOwn(body, member)
    ? (body[member] ?? null)
    : body;
};
