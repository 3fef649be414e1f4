// Sessions: a token or cookies that a login gives for a while, kept beside the credentials that got them.
import { parseTemplate } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import { allowsHost } from '@weftline/connectors/rules/hosts';
import type { JsonObject } from '@weftline/connectors/json';
import type { Auth, Connector, LoginStep, Session } from '@weftline/connectors/types';
import type { Egress } from '../platform/egress/create-egress.ts';
import { CodedError, isCodedError } from '../platform/errors.ts';
import { assertAgreed, type AgreedHosts } from './agreed-hosts.ts';
import { listSecrets, place } from './authorize.ts';
import { buildRequest, requestScope } from './build-request.ts';
import { readAt, readMoment } from './oauth2/read-tokens.ts';
import { readBody } from './read-body.ts';
import { readResponse } from './read-response.ts';
import type { ReadAnswer } from './read-response.ts';
import { createRedact } from './redact.ts';
import { isSessionName, readSession, sessionCookies, sessionPrefix } from './session-names.ts';

export type Login = {
  tenantId: string;
  connector: Connector;
  auth: Auth;
  config: JsonObject;
  credentials: { [name: string]: string };
  agreedHosts?: AgreedHosts;
  egress: Egress;
  now: () => number;
  signal: AbortSignal | undefined;
};

const run = { id: 'login', stepId: 'login', attempt: 1, idempotencyKey: 'login' };
const loginTimeoutMs = 30_000;

type Jar = Map<string, string>;
const writeJar = (jar: Jar): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');

/** Takes in the cookies of an answer, whose lines stand one below the other. */
const fillJar = (jar: Jar, lines: string | undefined): void => {
  for (const line of (lines ?? '').split('\n')) {
    const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=([^;\s",\\]*)/.exec(line.replace(/="([^"]*)"/, '=$1'));
    if (found?.[1] !== undefined) jar.set(found[1], found[2] ?? '');
  }
};

/** A refused login is the person's to mend; the rest is told as the answer tells it. */
const refusal = (failure: { code: CodedError['code']; message: string; retryAfterMs?: number }): CodedError =>
  new CodedError({
    code: failure.code,
    message: `The login failed: ${failure.message}`,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
  });

const makeStep = async (given: Login, step: LoginStep, more: Scope, jar: Jar): Promise<ReadAnswer> => {
  const { connector, auth, config, credentials, egress, tenantId } = given;
  const now = given.now();
  const { id: _id, capture: _capture, apply, ...request } = step;
  const facts = { input: {}, config, run, now, more };
  const built = buildRequest({ connector, request, ...facts });
  assertAgreed(connector, given.agreedHosts, built.url);
  const scope = { ...more, connection: config, now: new Date(now).toISOString() };
  const { url, headers, body: written, places } = place(apply ?? [], built, scope);
  if (jar.size > 0) headers['cookie'] = writeJar(jar);
  const body = written?.bytes ?? written?.text ?? null;
  const raw = await egress.request({
    tenantId,
    method: built.method,
    url,
    headers,
    body,
    credentials: {
      headers: [...places.headers, 'cookie'],
      query: places.query,
      inBody: body !== null,
      values: listSecrets(connector, auth, credentials),
    },
    followRedirects: true,
    mayFollow: (target) => built.allowedHosts.some((entry) => allowsHost(entry, target.host)),
    timeoutMs: loginTimeoutMs,
    signal: given.signal,
  });
  fillJar(jar, raw.headers['set-cookie']);
  const answer = {
    status: raw.status,
    headers: raw.headers,
    body: readBody(raw, undefined, new URL(raw.url).host),
  };
  const outcome = readResponse({ connector, request, answer, scope: requestScope(facts), now });
  if (outcome.ok) return answer;
  const clean = createRedact(listSecrets(connector, auth, credentials)).text;
  throw refusal({ ...outcome.failure, message: clean(outcome.failure.message) });
};

const readEnd = (session: Session, scope: Scope, now: number): number | undefined => {
  const fill = (template: string | undefined): string | undefined =>
    template === undefined
      ? undefined
      : fillTemplate(parseTemplate(template), scope, { missing: 'drop', position: 'text' });
  const at = readMoment(fill(session.expiresAt));
  if (at !== undefined) return at;
  const seconds = Number(fill(session.expiresIn) || Number.NaN);
  const lasts = Number.isFinite(seconds) && seconds > 0 ? seconds : session.ttlSeconds;
  return lasts === undefined ? undefined : now + Math.min(lasts, 3.2e8) * 1_000;
};

/** What a session begins with: nothing at a login, what it had so far at a refresh or logout. */
type Begin = { credentials: { [name: string]: string }; jar: Jar; auth?: { [name: string]: string } };

type Made = {
  answer: ReadAnswer;
  steps: JsonObject;
  /** By the names of the credentials they become. */
  captured: { [name: string]: string };
};

const makeSteps = async (given: Login, list: readonly LoginStep[], begin: Begin): Promise<Made> => {
  const steps: JsonObject = {};
  const captured: { [name: string]: string } = {};
  const usesCookies = given.auth.session?.cookies === true;
  let answer: ReadAnswer = { status: 0, headers: {}, body: null };
  for (const step of list) {
    const scope: Scope = { credentials: begin.credentials, steps, ...(begin.auth && { auth: begin.auth }) };
    answer = await makeStep(given, step, scope, usesCookies ? begin.jar : new Map());
    const values: JsonObject = {};
    for (const [name, path] of Object.entries(step.capture ?? {})) {
      const value = readAt(path, { ...answer, headers: { ...answer.headers } });
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
        throw new CodedError({
          code: 'response_invalid',
          message: `The login's step "${step.id}" answered without "${name}" at ${path}.`,
        });
      values[name] = value;
      captured[`${sessionPrefix}${name}`] = String(value);
    }
    steps[step.id] = values;
  }
  return { answer, steps, captured };
};

const sessionOf = ({ auth }: Login): Session => {
  if (auth.session === undefined)
    throw new CodedError({ code: 'invalid_input', message: 'The app does not say how to log in.' });
  return auth.session;
};

/** What a person typed in, without what a login made of it. */
const typedOf = (credentials: { [name: string]: string }): { [name: string]: string } => {
  const { expiresAt: _end, issuedAt: _start, ...stored } = credentials;
  return Object.fromEntries(Object.entries(stored).filter(([name]) => !isSessionName(name)));
};

const readJar = (cookies: string | undefined): Jar => {
  const jar: Jar = new Map();
  for (const pair of (cookies ?? '').split('; ')) fillJar(jar, pair);
  return jar;
};

/** The credentials to seal after a login or refresh. */
const sealable = (
  given: Login,
  kept: { [name: string]: string },
  { answer, steps, captured }: Made,
  jar: Jar,
): { [name: string]: string } => {
  const now = given.now();
  const end = readEnd(sessionOf(given), { ...answer, headers: { ...answer.headers }, steps }, now);
  return {
    ...kept,
    ...captured,
    ...(jar.size === 0 ? {} : { [sessionCookies]: writeJar(jar) }),
    issuedAt: new Date(now).toISOString(),
    ...(end === undefined ? {} : { expiresAt: new Date(end).toISOString() }),
  };
};

/**
 * Logs in.
 * @returns the credentials to seal: those given, with the session in place of an older one
 * @throws CodedError `remote_refused`, `remote_busy`, `remote_unreachable`, `response_invalid`, `blocked_address`,
 *   `hosts_not_agreed`
 */
export const logIn = async (given: Login): Promise<{ [name: string]: string }> => {
  const credentials = typedOf(given.credentials);
  const jar: Jar = new Map();
  const made = await makeSteps(given, sessionOf(given).login, { credentials, jar });
  return sealable(given, credentials, made, jar);
};

/** Younger sessions that the service refuses are not worth a refresh, in milliseconds. */
const refusedYoungMs = 60_000;

/** True where a login would meet the same. */
const isPassing = (error: unknown): boolean =>
  isCodedError(error) && ['remote_busy', 'remote_unreachable', 'cancelled'].includes(error.code);

/**
 * Gets a session that works: by `refresh` where the app has it and there is a session to prolong, else by a login. A refresh
 * that the service refuses, or that no longer fits, is followed by a login.
 * @param isOver the session came to its end in time; false: the service refused it before
 * @returns the credentials to seal
 * @throws as logIn
 */
export const renewSession = async (given: Login, isOver: boolean): Promise<{ [name: string]: string }> => {
  const { refresh } = sessionOf(given);
  const { issuedAt } = given.credentials;
  const isYoung = !isOver && given.now() - Date.parse(issuedAt ?? '') < refusedYoungMs;
  if (refresh === undefined || issuedAt === undefined || isYoung) return logIn(given);
  const { expiresAt: _end, ...kept } = given.credentials;
  const jar = readJar(kept[sessionCookies]);
  const begin = { credentials: typedOf(kept), jar, auth: readSession(kept) };
  try {
    return sealable(given, kept, await makeSteps(given, refresh, begin), jar);
  } catch (error) {
    if (given.signal?.aborted === true || isPassing(error)) throw error;
    return logIn(given);
  }
};

/**
 * Ends the session at the service, where the app says how and there is one.
 * @returns false when there was nothing to end
 * @throws as logIn; the session may go on then
 */
export const logOut = async (given: Login): Promise<boolean> => {
  const { logout } = sessionOf(given);
  const { credentials } = given;
  if (logout === undefined || credentials['issuedAt'] === undefined) return false;
  const jar = readJar(credentials[sessionCookies]);
  await makeSteps(given, logout, { credentials: typedOf(credentials), jar, auth: readSession(credentials) });
  return true;
};
