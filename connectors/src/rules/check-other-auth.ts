/** A request that names another way to sign in can be signed in so, with whichever way its connection was made. */
import { problem, quote, type Problem } from '../problem.ts';
import { credentialsSchemaOf } from '../schemas/compose-schema.ts';
import { signInOf } from '../schemas/fixed-credentials.ts';
import { exchangesToken, givenCredentials, namedAuth, readsOf } from '../schemas/other-auth.ts';
import type { Auth, Connector } from '../types.ts';
import { listRequests, type PlacedRequest, type Rule } from './list-requests.ts';

export const checkOtherAuth: Rule = (connector) =>
  listRequests(connector).flatMap((placed) => checkOne(connector, placed));

function checkOne(connector: Connector, { request, path: at, auth: owner }: PlacedRequest): Problem[] {
  const key = namedAuth(request);
  if (key === null) return [];
  const path = `${at}/auth`;
  const named = connector.auth.find((auth) => auth.key === key);
  if (named === undefined)
    return [
      problem(
        path,
        'unknown_auth',
        `There is no way to sign in ${quote(key)}; name the key of one, or "inherit" or "none".`,
      ),
    ];
  if (named.type === 'NONE')
    return [problem(path, 'wrong_value', `${quote(key)} sends no credentials; write "none".`)];
  // What tests a way to sign in, and learns with it, is asked for its own connections alone.
  const others = (owner ? [owner] : connector.auth).filter((auth) => auth.key !== key);
  if (others.length > 0 && signInOf(named) !== 'none')
    return [
      problem(
        path,
        'auth_needs_person',
        `For ${quote(key)} a person signs in, so a connection made with ${quote(others[0]!.key)} cannot use it; name a way that needs credentials alone, or take "auth" out.`,
      ),
    ];
  return others.flatMap((other) => checkFilled(connector, named, other, path)).slice(0, 5);
}

/** What the named way reads is there in every connection that the other way makes. */
function checkFilled(connector: Connector, named: Auth, other: Auth, path: string): Problem[] {
  const reads = readsOf(named);
  const add = (message: string) => problem(path, 'auth_not_filled', message);
  if (reads.isOpen)
    return [
      add(
        `${quote(named.key)} does not read its credentials by name, so nobody can tell whether a connection made with ${quote(other.key)} has them.`,
      ),
    ];
  const schema = credentialsSchemaOf(connector, other);
  const given = givenCredentials(other);
  const declared = Object.keys((schema['properties'] ?? {}) as object).filter(
    // A token that signing in gave is the other's; a way that gets its own is not got with it.
    (name) => !exchangesToken(named) || !given.includes(name),
  );
  const sure = [
    ...((schema['required'] ?? []) as string[]),
    ...given.filter((name) => name !== 'refreshToken'),
  ];
  const needed = (credentialsSchemaOf(connector, named)['required'] ?? []) as string[];
  const missing = reads.credentials.filter((name) => !declared.includes(name));
  const unsure = needed.filter((name) => declared.includes(name) && !sure.includes(name));
  const learned = (auth: Auth) => (auth.capture ?? []).map(({ name }) => name);
  const unlearned = reads.connection.filter(
    (name) => learned(named).includes(name) && !learned(other).includes(name),
  );
  return [
    ...missing.map((name) =>
      add(
        `A connection made with ${quote(other.key)} has no credential ${quote(name)}, which ${quote(named.key)} reads; declare it in the credentialsSchema of ${quote(other.key)}.`,
      ),
    ),
    ...unsure.map((name) =>
      add(
        `A connection made with ${quote(other.key)} may lack the credential ${quote(name)}, which ${quote(named.key)} requires; require it in the credentialsSchema of ${quote(other.key)}.`,
      ),
    ),
    ...unlearned.map((name) =>
      add(
        `A connection made with ${quote(other.key)} does not learn the setting ${quote(name)}, which ${quote(named.key)} reads; capture it there, too.`,
      ),
    ),
  ];
}
