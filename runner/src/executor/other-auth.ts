// A request may name another way to sign in than its connection was made with (`auth: <key>`). That way is filled from the same connection,
// by the names it declares; a token that it has to get is kept beside the credentials, under its own key, and is never taken for another's.
import { createHash } from 'node:crypto';
import { listCredentialHosts } from '@weftline/connectors/credential-hosts';
import { credentialsSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import { signInOf } from '@weftline/connectors/schemas/fixed-credentials';
import {
  exchangesToken,
  givenCredentials,
  namedAuth,
  readsOf,
} from '@weftline/connectors/schemas/other-auth';
import type { Action, Auth, Connector, Request } from '@weftline/connectors/types';
import { CodedError } from '../platform/errors.ts';
import { findAuth, listSecrets } from './authorize.ts';
import { isOtherName, isSessionName, nameForOther, readOther } from './session-names.ts';
import type { OpenConnection } from './types.ts';

type Credentials = { [name: string]: string };

/** Of which credentials a token was got: with others it is no longer used. */
const originName = 'from';

const originOf = (typed: Credentials): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(typed).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest('base64url');

/** The way to sign in that a request names; null where it is the connection's own, or none. */
const findNamed = (
  connector: Connector,
  request: Request | Action,
  connection: OpenConnection,
): Auth | null => {
  const key = namedAuth(request);
  if (key === null || key === connection.authKey) return null;
  const named = connector.auth.find((auth) => auth.key === key);
  if (named !== undefined && signInOf(named) === 'none') return named;
  throw new CodedError({
    code: 'invalid_input',
    message: `This version of ${connector.app.name} cannot be signed in to as "${key}" with a connection that was made otherwise.`,
  });
};

/** What the other way declares, of what this connection has. */
const pickTyped = (connector: Connector, named: Auth, own: Auth, credentials: Credentials): Credentials => {
  const declared = (credentialsSchemaOf(connector, named)['properties'] ?? {}) as object;
  const given = exchangesToken(named) ? [...givenCredentials(own), ...givenCredentials(named)] : [];
  return Object.fromEntries(
    Object.entries(credentials).filter(
      ([name]) =>
        Object.hasOwn(declared, name) && !given.includes(name) && !isSessionName(name) && !isOtherName(name),
    ),
  );
};

/** @throws CodedError `invalid_input` for a connection from before the app asked for it */
const checkFilled = (connector: Connector, named: Auth, typed: Credentials, name: string): void => {
  const required = (credentialsSchemaOf(connector, named)['required'] ?? []) as string[];
  const given = exchangesToken(named) ? givenCredentials(named) : [];
  const missing = required.find((one) => !given.includes(one) && !typed[one]);
  if (missing === undefined) return;
  throw new CodedError({
    code: 'invalid_input',
    message: `The connection "${name}" has no "${missing}", which "${named.label}" needs for this request: add it to the connection.`,
    details: { sent: 'no', reason: 'credentials' },
  });
};

/** Credentials with what a way to sign in got in place of what it got before. */
const keepGot = (
  named: Auth,
  typed: Credentials,
  credentials: Credentials,
  next: Credentials,
): Credentials => {
  const got = Object.entries(next).filter(([name]) => !Object.hasOwn(typed, name));
  const others = Object.entries(credentials).filter(
    ([name]) => !name.startsWith(nameForOther(named.key, '')),
  );
  const kept = [...got, [originName, originOf(typed)] as const].map(
    ([name, value]) => [nameForOther(named.key, name), value] as const,
  );
  return Object.fromEntries([...others, ...kept]);
};

/** Credentials with an access token for a way that would have to get one, for a play in which nobody gives any. */
export const withPlayedToken = (
  connector: Connector,
  own: Auth,
  named: Auth,
  credentials: Credentials,
  accessToken: string,
): Credentials => keepGot(named, pickTyped(connector, named, own, credentials), credentials, { accessToken });

/** The connection as each way to sign in sees it that got a token or session for it and knows how to give it back. */
export const listRevocable = (connector: Connector, connection: OpenConnection): OpenConnection[] =>
  connector.auth
    .filter(
      ({ key, oauth2, session }) =>
        key !== connection.authKey &&
        ((oauth2?.revokeUrl !== undefined &&
          readOther(connection.credentials, key)['accessToken'] !== undefined) ||
          (session?.logout !== undefined &&
            readOther(connection.credentials, key)['issuedAt'] !== undefined)),
    )
    .flatMap((named) => {
      try {
        return [seenBy(connector, named, connection)];
      } catch {
        return []; // what it was got with is gone, so it cannot be proved whose it is
      }
    });

/** A connection as another way to sign in sees it. */
const seenBy = (connector: Connector, named: Auth, connection: OpenConnection): OpenConnection => {
  const own = findAuth(connector, connection.authKey);
  const { credentials, config } = connection;
  const typed = pickTyped(connector, named, own, credentials);
  checkFilled(connector, named, typed, connection.name);
  const kept = exchangesToken(named) ? readOther(credentials, named.key) : {};
  const { [originName]: origin, ...tokens } = kept;
  return {
    ...connection,
    whole: connection,
    authKey: named.key,
    credentials: { ...(origin === originOf(typed) ? tokens : {}), ...typed },
    // A connection that is bound to no hosts yet is bound to those of the way it was made with.
    ...(connection.bindHosts === undefined
      ? {}
      : { bindHosts: () => connection.bindHosts!(listCredentialHosts(connector, own, config)) }),
    saveCredentials: (next) => connection.saveCredentials(keepGot(named, typed, credentials, next)),
  };
};

/**
 * The connection whose token a request is sent with, which is the one to renew: the connection itself, or what the named way to sign in
 * sees of it.
 * @throws CodedError `invalid_input` when the connection cannot be used so
 */
export const openFor = (
  connector: Connector,
  request: Request | Action,
  connection: OpenConnection,
): OpenConnection => {
  const named = findNamed(connector, request, connection);
  if (named === null) return connection;
  const given = givenCredentials(findAuth(connector, connection.authKey));
  const placesGiven =
    !exchangesToken(named) && readsOf(named).credentials.some((name) => given.includes(name));
  return placesGiven ? connection : seenBy(connector, named, connection);
};

/** The connection as a request is signed in with it, once its token is fresh. @throws as openFor */
export const seenFor = (
  connector: Connector,
  request: Request | Action,
  connection: OpenConnection,
): OpenConnection => {
  const named = findNamed(connector, request, connection);
  return named === null ? connection : seenBy(connector, named, connection);
};

/** Secret texts that were set for the app of a connection: no version of the app can declare them public. */
export const appSecretsOf = ({ credentials, appLevel }: OpenConnection): string[] =>
  (appLevel?.secrets ?? []).flatMap((name) => credentials[name] || []);

/** The secret texts of a connection, also of what the way that a request names does not see. */
export const secretsOf = (connector: Connector, connection: OpenConnection): string[] => [
  ...listSecrets(connector, findAuth(connector, connection.authKey), connection.credentials),
  ...appSecretsOf(connection),
  ...(connection.whole === undefined ? [] : secretsOf(connector, connection.whole)),
];
