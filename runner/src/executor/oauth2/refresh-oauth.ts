// Renews an access token: one refresh at a time for a connection, and the new tokens are stored before they are used.
import type { Connector } from '@weftline/connectors/types';
import * as oauth from 'oauth4webapi';
import { readEgressDetails } from '../../platform/egress/egress-error.ts';
import { CodedError, isCodedError } from '../../platform/errors.ts';
import { findAuth } from '../authorize.ts';
import type { ExecutorDependencies, LockRefresh, OpenConnection } from '../types.ts';
import { describeProvider } from './describe-provider.ts';
import { readAnswer } from './finish-oauth.ts';
import { createRedact } from '../redact.ts';
import { mergeTokens, readTokens } from './read-tokens.ts';

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

/**
 * True when the access token is missing, over or about to be, and there is something to renew it with.
 * @param now milliseconds since 1970
 */
export const needsRefresh = (connector: Connector, connection: OpenConnection, now: number): boolean => {
  const auth = findAuth(connector, connection.authKey);
  const { accessToken, refreshToken, expiresAt } = connection.credentials;
  if (auth.type !== 'OAUTH2' || !refreshToken) return false;
  if (!accessToken) return true;
  const marginMs = (auth.oauth2?.refreshMarginSeconds ?? 60) * 1_000;
  return expiresAt !== undefined && Date.parse(expiresAt) - marginMs <= now;
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
    throw isCodedError(error) ? describeFailure(error, given.used) : error;
  }
};

/**
 * For the call that waits for the token, nothing has been sent. A service that refuses to renew wants the person, not
 * another try.
 */
const describeFailure = (error: CodedError, connection: OpenConnection): CodedError => {
  const details = { sent: 'no', reason: readEgressDetails(error)?.reason ?? 'token' };
  const { code, message, retryAfterMs } = error;
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

const renew = async (given: RefreshOauth, { egress, now }: ExecutorDependencies): Promise<OpenConnection> => {
  const connection = await given.openConnection();
  const { credentials } = connection;
  if (credentials['accessToken'] && credentials['accessToken'] !== given.used.credentials['accessToken'])
    return connection;
  const refreshToken = credentials['refreshToken'];
  if (!refreshToken)
    throw new CodedError({
      code: 'connection_expired',
      message: 'There is nothing to renew it with.',
    });

  const { connector, tenantId, signal } = given;
  const provider = describeProvider({
    tenantId,
    connector,
    authKey: connection.authKey,
    config: connection.config,
    credentials,
    egress,
    signal,
  });
  const response = await oauth.refreshTokenGrantRequest(
    provider.server,
    provider.client,
    provider.clientAuth,
    refreshToken,
    provider.options,
  );
  const host = new URL(provider.server.token_endpoint ?? '').host;
  const redact = createRedact([refreshToken, credentials['clientSecret'] ?? '']);
  const tokens = readTokens(await readAnswer(response), now(), host, redact.text);
  const next = mergeTokens(credentials, tokens);
  await connection.saveCredentials(next);
  return { ...connection, credentials: next };
};
