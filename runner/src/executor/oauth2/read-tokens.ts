// What a token endpoint answers, read with patience: services differ in where they put things.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import { CodedError } from '../../platform/errors.ts';

export type Tokens = { accessToken: string; refreshToken?: string; expiresAt?: string; scope?: string };

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

const refusal = (
  status: number,
  body: JsonObject,
  host: string,
  clean: (text: string) => string,
): CodedError => {
  const error = textOf(body['error']);
  const described = clean((textOf(body['error_description']) ?? error ?? `status ${status}`).slice(0, 300));
  if (status === 429 || status === 503)
    return new CodedError({ code: 'remote_busy', message: `"${host}" is busy: ${described}.` });
  if (status >= 500)
    return new CodedError({
      code: 'remote_unreachable',
      message: `"${host}" could not give a token: ${described}.`,
    });
  return new CodedError({ code: 'remote_refused', message: `"${host}" gave no token: ${described}.` });
};

/**
 * @param now milliseconds since 1970
 * @param host shown in messages
 * @param clean takes secrets out of what the service says
 * @throws CodedError `remote_refused`, `remote_busy`, `remote_unreachable`, `response_invalid`
 */
export const readTokens = (
  answer: { status: number; contentType: string; text: string },
  now: number,
  host: string,
  clean: (text: string) => string = (text) => text,
): Tokens => {
  const body = parse(answer.text, answer.contentType);
  if (answer.status >= 400 || textOf(body['error']) !== undefined || body['ok'] === false)
    throw refusal(answer.status, body, host, clean);
  const user = isJsonObject(body['authed_user']) ? body['authed_user'] : {};
  const accessToken = textOf(body['access_token']) ?? textOf(user['access_token']);
  if (accessToken === undefined)
    throw new CodedError({
      code: 'response_invalid',
      message: `"${host}" answered without an access token.`,
    });
  const refreshToken = textOf(body['refresh_token']) ?? textOf(user['refresh_token']);
  const seconds = Number(body['expires_in'] ?? user['expires_in']);
  const scope = textOf(body['scope']) ?? textOf(user['scope']);
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(Number.isFinite(seconds) && seconds > 0
      ? { expiresAt: new Date(now + Math.min(seconds, 3.2e8) * 1_000).toISOString() }
      : {}),
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
