// Renews an access token: one refresh at a time for a connection, and the new tokens are stored before they are used.
import { signInOf } from '@weftline/connectors/schemas/fixed-credentials';
import { evaluateCondition, parseTemplate } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { Auth, Connector } from '@weftline/connectors/types';
import { readEgressDetails } from '../../platform/egress/egress-error.ts';
import { CodedError, isCodedError } from '../../platform/errors.ts';
import { agreedHostsOf } from '../agreed-hosts.ts';
import { findAuth } from '../authorize.ts';
import { renewSession } from '../session.ts';
import { captureFrom } from '../capture-values.ts';
import type { ExecutorDependencies, LockRefresh, OpenConnection } from '../types.ts';
import { describeProvider } from './describe-provider.ts';
import type { Provider } from './describe-provider.ts';
import { mergeTokens } from './read-tokens.ts';
import { renewToken, requestToken } from './request-token.ts';
import type { Granted } from './request-token.ts';

type Answer = { status: number; headers: Readonly<Record<string, string>>; body: Json };

const inProcess = new Map<string, Promise<unknown>>();

/** One after the other within this process; for tests and for the layout of one process. */
const lockInProcess: LockRefresh = async (connectionId, work) => {
  const before = inProcess.get(connectionId);
  const mine = (before ?? Promise.resolve()).then(work, work);
  inProcess.set(connectionId, mine);
  try {
    return await mine;
  } finally {
    if (inProcess.get(connectionId) === mine) inProcess.delete(connectionId);
  }
};

/** True for a grant or login that needs no person: it can be made again at any time. */
const isMachine = (auth: Auth): boolean =>
  auth.type === 'SESSION' || (auth.oauth2 !== undefined && signInOf(auth) === 'none');

/** True when there is something to get a new token with. */
export const canRefresh = (auth: Auth, connection: OpenConnection): boolean =>
  isMachine(auth) || (auth.type === 'OAUTH2' && Boolean(connection.credentials['refreshToken']));

/** True for an answer that means that the token is over, as the connector says. */
export const saysOver = (auth: Auth, { status, headers, body }: Answer): boolean => {
  const { refreshOn } = auth.oauth2 ?? auth.session ?? {};
  if (refreshOn === undefined) return false;
  if (refreshOn.status?.includes(status) === true) return true;
  const scope = { status, headers: { ...headers }, body };
  return (
    refreshOn.when !== undefined &&
    evaluateCondition(parseTemplate(refreshOn.when.trim()), scope, { missing: 'drop' })
  );
};

/** How long before its end a token is renewed; never more than a quarter of its life, so that short ones get used. */
const marginMs = (auth: Auth, { expiresAt, issuedAt }: { [name: string]: string }): number => {
  const wanted = (auth.oauth2?.refreshMarginSeconds ?? 60) * 1_000;
  const life = Date.parse(expiresAt ?? '') - Date.parse(issuedAt ?? '');
  return Number.isFinite(life) ? Math.min(wanted, Math.max(life, 0) / 4) : wanted;
};

/**
 * True when the access token is missing, over or about to be, and there is something to renew it with.
 * @param now milliseconds since 1970
 */
export const needsRefresh = (connector: Connector, connection: OpenConnection, now: number): boolean => {
  const auth = findAuth(connector, connection.authKey);
  if (!canRefresh(auth, connection)) return false;
  const { accessToken, expiresAt, issuedAt } = connection.credentials;
  if (auth.type === 'SESSION' ? !issuedAt : !accessToken) return true;
  return expiresAt !== undefined && Date.parse(expiresAt) - marginMs(auth, connection.credentials) <= now;
};

export type RefreshOauth = {
  tenantId: string;
  connector: Connector;
  /** The connection whose access token is over. */
  used: OpenConnection;
  openConnection: () => Promise<OpenConnection>;
  signal?: AbortSignal | undefined;
};

/**
 * Renews the tokens of a connection, unless somebody else has done so meanwhile.
 * @throws CodedError `connection_expired` when the service no longer accepts it, else what the token request met
 */
export const refreshOauth = async (
  given: RefreshOauth,
  dependencies: ExecutorDependencies,
): Promise<OpenConnection> => {
  try {
    return await (dependencies.lockRefresh ?? lockInProcess)(given.used.id, () => renew(given, dependencies));
  } catch (error) {
    throw isCodedError(error) ? describeFailure(error, given) : error;
  }
};

/**
 * For the call that waits for the token, nothing has been sent. A service that refuses to renew wants the person, not
 * another try.
 */
const describeFailure = (error: CodedError, { used: connection, connector }: RefreshOauth): CodedError => {
  const details = { sent: 'no', reason: readEgressDetails(error)?.reason ?? 'token' };
  const { code, message, retryAfterMs } = error;
  const auth = findAuth(connector, connection.authKey);
  if (isMachine(auth) && code === 'remote_refused')
    return new CodedError({ code, message, details, cause: error });
  const isOver = code === 'remote_refused' || code === 'connection_expired';
  return new CodedError({
    code: isOver ? 'connection_expired' : code,
    message: isOver
      ? `The sign-in of the connection "${connection.name}" is over, reconnect the account. ${message}`
      : message,
    details,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: error,
  });
};

/** By refresh token where there is one; a grant of the machine itself starts anew when that is refused. */
const grant = async (
  provider: Provider,
  credentials: { [name: string]: string },
  now: number,
): Promise<Granted> => {
  const refreshToken = credentials['refreshToken'];
  const machine = isMachine(provider.auth);
  if (!refreshToken && !machine)
    throw new CodedError({ code: 'connection_expired', message: 'There is nothing to renew it with.' });
  if (!refreshToken) return requestToken(provider, credentials, now);
  try {
    return await renewToken(provider, refreshToken, now);
  } catch (error) {
    if (!machine || !isCodedError(error) || error.code !== 'remote_refused') throw error;
    return requestToken(provider, credentials, now);
  }
};

const renew = async (given: RefreshOauth, { egress, now }: ExecutorDependencies): Promise<OpenConnection> => {
  const connection = await given.openConnection();
  const { credentials, config } = connection;
  const { connector, tenantId, signal } = given;
  const auth = findAuth(connector, connection.authKey);
  const before = given.used.credentials;
  if (auth.type === 'SESSION') {
    if (credentials['issuedAt'] && JSON.stringify(credentials) !== JSON.stringify(before)) return connection;
    const agreedHosts = await agreedHostsOf(connector, auth, connection);
    const login = { tenantId, connector, auth, config, credentials, agreedHosts, egress, now, signal };
    const next = await renewSession(login, needsRefresh(connector, connection, now()));
    await connection.saveCredentials(next);
    return { ...connection, credentials: next };
  }
  if (credentials['accessToken'] && credentials['accessToken'] !== before['accessToken']) return connection;
  const provider = describeProvider({
    tenantId,
    connector,
    authKey: connection.authKey,
    config: connection.config,
    credentials,
    agreedHosts: await agreedHostsOf(connector, auth, connection),
    egress,
    now,
    signal,
  });
  const { tokens, answer } = await grant(provider, credentials, now());
  const next = mergeTokens(credentials, tokens);
  await connection.saveCredentials(next);
  const learned = captureFrom(connector, provider.auth, 'tokenResponse', answer);
  if (Object.keys(learned).length > 0) await connection.saveConfig?.(learned);
  return { ...connection, credentials: next, config: { ...connection.config, ...learned } };
};
