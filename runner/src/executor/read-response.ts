// What an answer means: the connector's error rules first, then its idea of success, then its output.
import {
  evaluateCondition,
  evaluateTemplate,
  ExpressionError,
  parseTemplate,
} from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import type { Json } from '@weftline/connectors/json';
import type { Action, Connector, ErrorRule, Request, RetryOn } from '@weftline/connectors/types';
import type { ErrorCode } from '../platform/errors.ts';
import { buildOutput } from './build-output.ts';
import { readRetryAfter } from './retry-after.ts';
import { readEnvelopeError } from './read-envelope.ts';
import type { EnvelopeError } from './read-envelope.ts';
import type { CallErrorType } from './types.ts';

export type ReadAnswer = { status: number; headers: Record<string, string>; body: Json };

export type Failure = {
  type: CallErrorType;
  code: ErrorCode;
  message: string;
  remoteCode?: string;
  retryAfterMs?: number;
  isWorthRepeating?: boolean;
};

type Outcome = { ok: true; output: Json } | { ok: false; failure: Failure };

const codes: Readonly<Record<string, ErrorCode>> = {
  RATE_LIMIT: 'remote_busy',
  TEMPORARY: 'remote_unreachable',
};

const byStatus: Readonly<Record<number, CallErrorType>> = {
  401: 'AUTH',
  403: 'PERMISSION',
  404: 'NOT_FOUND',
  408: 'TEMPORARY',
  409: 'CONFLICT',
  410: 'NOT_FOUND',
  412: 'CONFLICT',
  425: 'TEMPORARY',
  429: 'RATE_LIMIT',
};

/** What a status means when no rule of the app says otherwise. */
export const typeOfStatus = (status: number): CallErrorType => {
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status >= 500) return 'TEMPORARY';
  return status >= 400 ? 'VALIDATION' : 'PERMANENT';
};

const holds = (condition: string, scope: Scope): boolean => {
  try {
    return evaluateCondition(parseTemplate(condition.trim()), scope, { missing: 'drop' });
  } catch (error) {
    // A rule that cannot be asked of this answer (a text compared with a number) does not hold for it.
    if (error instanceof ExpressionError) return false;
    throw error;
  }
};

const fillText = (template: string | undefined, scope: Scope): string | undefined => {
  if (template === undefined) return undefined;
  try {
    const text = fillTemplate(parseTemplate(template), scope, { missing: 'drop', position: 'text' });
    return text === undefined || text.trim() === '' ? undefined : text;
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
};

const usualPlaces = [
  'body.error.message',
  'body.message',
  'body.error_description',
  'body.error',
  'body.errors[0].message',
  'body.errors[0].detail',
  'body.reason',
  'body.title',
  'body.detail',
];

/** The sentence in which services usually say what was wrong. */
const findMessage = (scope: Scope): string | undefined => {
  for (const path of usualPlaces) {
    const value = evaluateTemplate(parseTemplate(`{{${path}}}`), scope, { missing: 'drop' });
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  const { body } = scope;
  return typeof body === 'string' && body.trim() !== '' && !/^\s*</.test(body)
    ? body.slice(0, 200)
    : undefined;
};

const says: Readonly<Record<CallErrorType, string>> = {
  AUTH: 'does not accept the credentials',
  PERMISSION: 'does not allow this',
  NOT_FOUND: 'does not know what was asked for',
  VALIDATION: 'refused the request',
  CONFLICT: 'refused the request, because it does not fit the present state',
  RATE_LIMIT: 'asks to wait',
  TEMPORARY: 'has a fault of its own',
  PERMANENT: 'refused the request',
  NETWORK: 'could not be reached',
  TIMEOUT: 'took too long',
  BLOCKED: 'may not be called',
  CANCELLED: 'was not asked to the end',
};

type Reading = {
  connector: Connector;
  request: Request | Action;
  answer: ReadAnswer;
  scope: Scope;
  now: number;
};

/** A request to wait is always worth a repeat; of the rest what `retryOn` names, by default what passes by itself. */
const isWorthRepeating = (retryOn: RetryOn, type: CallErrorType, status: number, scope: Scope): boolean =>
  type === 'RATE_LIMIT' ||
  (retryOn.status?.includes(status) ?? type === 'TEMPORARY') ||
  (retryOn.when !== undefined && holds(retryOn.when, scope));

const describe = (
  { connector, request, answer, scope, now }: Reading,
  type: CallErrorType,
  rule?: ErrorRule,
  inside?: EnvelopeError,
): Failure => {
  const own = fillText(rule?.message, scope);
  const said =
    fillText(request.errorMessage ?? connector.defaults?.errorMessage, scope) ??
    inside?.message ??
    findMessage(scope);
  const general = `${connector.app.name} ${says[type]} (${answer.status})${said === undefined ? '.' : `: ${said.slice(0, 500)}`}`;
  const remoteCode = fillText(rule?.code, scope) ?? inside?.code;
  const isLater = type === 'RATE_LIMIT' || type === 'TEMPORARY';
  const sources = request.retry?.retryAfter ?? connector.defaults?.retry?.retryAfter;
  const retryAfterMs = isLater ? readRetryAfter(sources, answer, now) : undefined;
  const retryOn = request.retry?.retryOn ?? connector.defaults?.retry?.retryOn;
  const isBusy = rule === undefined && answer.status === 503;
  return {
    type,
    code: isBusy ? 'remote_busy' : (codes[type] ?? 'remote_refused'),
    message: own?.slice(0, 500) ?? general,
    ...(remoteCode === undefined ? {} : { remoteCode: remoteCode.slice(0, 200) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(retryOn === undefined
      ? {}
      : { isWorthRepeating: isWorthRepeating(retryOn, type, answer.status, scope) }),
  };
};

/**
 * Decides what an answer is.
 * @param scope what the request could read (`input`, `connection`, `run`, `now`)
 * @throws ExpressionError when the output cannot be built from the answer
 */
export const readResponse = (given: Reading): Outcome => {
  const { connector, request, answer } = given;
  const headers = { ...answer.headers };
  const facts = { status: answer.status, headers, body: answer.body };
  const scope: Scope = { ...given.scope, ...facts, response: facts };
  const reading = { ...given, scope };

  const rules = [...(request.errors ?? []), ...(connector.defaults?.errors ?? [])];
  const rule = rules.find(({ when }) => holds(when, scope));
  if (rule !== undefined && rule.type !== 'IGNORE')
    return { ok: false, failure: describe(reading, rule.type, rule) };
  const envelopeError = readEnvelopeError(request, answer.body);
  if (rule === undefined) {
    const isSuccess =
      request.successWhen === undefined
        ? answer.status >= 200 && answer.status < 300 && envelopeError === undefined
        : holds(request.successWhen, scope);
    if (!isSuccess && envelopeError !== undefined)
      return { ok: false, failure: describe(reading, envelopeError.type, undefined, envelopeError) };
    if (!isSuccess) {
      const type = answer.status >= 200 && answer.status < 300 ? 'PERMANENT' : typeOfStatus(answer.status);
      return { ok: false, failure: describe(reading, type) };
    }
  }
  return { ok: true, output: buildOutput(request, scope, connector.$defs) };
};
