// What a token endpoint answers, read with patience: services differ in where they put things.
import { evaluateCondition, evaluateTemplate, parseTemplate } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { OAuth2 } from '@weftline/connectors/types';
import { CodedError } from '../../platform/errors.ts';

export type Tokens = {
  accessToken: string;
  refreshToken?: string;
  expiresAt?: string;
  issuedAt: string;
  scope?: string;
};
export type TokenAnswer = { status: number; headers: Record<string, string>; body: JsonObject };

/** Tokens that live longer than ten years are read as ten. */
const longestMs = 3.2e11;

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const parse = (text: string, contentType: string): JsonObject => {
  if (contentType.includes('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(text));
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
};

/** Reads a token endpoint's answer to the end. */
export const readAnswer = async (response: Response): Promise<TokenAnswer> => ({
  status: response.status,
  headers: Object.fromEntries(response.headers),
  body: parse(await response.text(), response.headers.get('content-type') ?? ''),
});

/** The value at a bare path such as `body.data.token`. */
export const readAt = (path: string, scope: Scope): Json | undefined =>
  evaluateTemplate(parseTemplate(`{{${path}}}`), scope, { missing: 'drop' });

const refusal = (
  { status, body }: TokenAnswer,
  host: string,
  clean: (text: string) => string,
): CodedError => {
  const error = textOf(body['error']);
  const inner = isJsonObject(body['error']) ? textOf(body['error']['message']) : undefined;
  const said = textOf(body['error_description']) ?? error ?? inner ?? textOf(body['message']);
  const described = clean((said ?? `status ${status}`).slice(0, 300));
  if (status === 429 || status === 503)
    return new CodedError({ code: 'remote_busy', message: `"${host}" is busy: ${described}.` });
  if (status >= 500)
    return new CodedError({
      code: 'remote_unreachable',
      message: `"${host}" could not give a token: ${described}.`,
    });
  return new CodedError({ code: 'remote_refused', message: `"${host}" gave no token: ${described}.` });
};

const isRefusal = ({ status, headers, body }: TokenAnswer, settings: OAuth2 | undefined): boolean => {
  if (status >= 400 || textOf(body['error']) !== undefined || body['ok'] === false) return true;
  const when = settings?.tokenResponse?.errorWhen;
  const scope = { status, headers, body };
  return when !== undefined && evaluateCondition(parseTemplate(when.trim()), scope, { missing: 'drop' });
};

/** Seconds or milliseconds since 1970, or a date. */
export const readMoment = (value: Json | undefined): number | undefined => {
  const number = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN;
  const moment = Number.isFinite(number)
    ? number * (number < 1e11 ? 1_000 : 1)
    : Date.parse(textOf(value) ?? '');
  return Number.isFinite(moment) && moment > 0 ? moment : undefined;
};

const readExpiry = (
  settings: OAuth2 | undefined,
  find: (name: 'expiresIn' | 'expiresAt') => Json | undefined,
  now: number,
): number | undefined => {
  const at = readMoment(find('expiresAt'));
  if (at !== undefined) return Math.min(at, now + longestMs);
  const value = find('expiresIn');
  const amount = value === null || value === undefined || value === '' ? Number.NaN : Number(value);
  if (Number.isFinite(amount) && amount > 0) {
    const unit = settings?.tokenResponse?.expiresInUnit === 'ms' ? 1 : 1_000;
    return now + Math.min(amount * unit, longestMs);
  }
  const { accessTokenTtlSeconds } = settings ?? {};
  return accessTokenTtlSeconds === undefined ? undefined : now + accessTokenTtlSeconds * 1_000;
};

const usualNames = {
  accessToken: 'access_token',
  refreshToken: 'refresh_token',
  expiresIn: 'expires_in',
  scope: 'scope',
} as const;

/**
 * @param now milliseconds since 1970
 * @param host shown in messages
 * @param clean takes secrets out of what the service says
 * @param settings where the connector says that things stand elsewhere
 * @throws CodedError `remote_refused`, `remote_busy`, `remote_unreachable`, `response_invalid`
 */
export const readTokens = (
  answer: TokenAnswer,
  now: number,
  host: string,
  clean: (text: string) => string = (text) => text,
  settings?: OAuth2,
): Tokens => {
  if (isRefusal(answer, settings)) throw refusal(answer, host, clean);
  const { status, headers, body } = answer;
  const user = isJsonObject(body['authed_user']) ? body['authed_user'] : {};
  const find = (name: keyof typeof usualNames | 'expiresAt'): Json | undefined => {
    const path = settings?.tokenResponse?.[name];
    if (path !== undefined) return readAt(path, { status, headers, body });
    return name === 'expiresAt' ? undefined : (body[usualNames[name]] ?? user[usualNames[name]]);
  };
  const accessToken = textOf(find('accessToken'));
  if (accessToken === undefined)
    throw new CodedError({
      code: 'response_invalid',
      message: `"${host}" answered without an access token.`,
    });
  const refreshToken = textOf(find('refreshToken'));
  const scope = textOf(find('scope'));
  const expiresAt = readExpiry(settings, find, now);
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    issuedAt: new Date(now).toISOString(),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    ...(scope === undefined ? {} : { scope }),
  };
};

/** Credentials with new tokens in them. A service that sends no new refresh token keeps the old one in force. */
export const mergeTokens = (
  credentials: { [name: string]: string },
  tokens: Tokens,
): { [name: string]: string } => {
  const { expiresAt: _old, ...kept } = credentials;
  return { ...kept, ...tokens };
};
