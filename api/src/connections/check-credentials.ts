// What a person typed in, against what the app asks for.
import type { Json } from '@weftline/connectors/json';
import { connectionSchemaOf, credentialsSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import type { Auth, Connector } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';
import { isOtherName, isSessionName } from '@weftline/runner/executor/session-names';
import { invalidInput, type Problem } from '../fail.ts';
import { redacted } from './schema.ts';

/** Kept with the credentials by the platform itself, known to no schema. */
const platformNames = new Set(['expiresAt', 'issuedAt', 'scope', 'tokenType']);

const below = (base: string, problems: readonly Problem[]): Problem[] =>
  problems.map((problem) => ({ ...problem, path: `${base}${problem.path}` }));

/** The way to sign in that was asked for, else the app's first. @throws CodedError invalid_input at `/auth` */
export function chooseAuth(connector: Connector, key: string | undefined): Auth {
  const auth = key === undefined ? connector.auth[0] : connector.auth.find((one) => one.key === key);
  if (auth !== undefined) return auth;
  throw invalidInput([
    {
      path: '/auth',
      code: 'unknown_auth',
      message: `${connector.app.name} can be signed in to by ${connector.auth.map((one) => one.key).join(' or ')}.`,
    },
  ]);
}

/** Faults of credentials, under `/credentials`. Their sentences hold no value. */
export function checkCredentials(
  connector: Connector,
  auth: Auth,
  credentials: { [name: string]: string },
): Problem[] {
  const typedIn = Object.fromEntries(
    Object.entries(credentials).filter(
      ([name]) => !platformNames.has(name) && !isSessionName(name) && !isOtherName(name),
    ),
  );
  const kept = Object.entries(typedIn)
    .filter(([, value]) => value === redacted)
    .map(([name]) => ({
      path: `/credentials/${name}`,
      code: 'nothing_stored',
      message: `There is no stored ${name} to keep: type it in.`,
    }));
  return [...kept, ...below('/credentials', validateValue(credentialsSchemaOf(connector, auth), typedIn))];
}

/** Faults of settings, under `/config`. */
export const checkConfig = (connector: Connector, config: { [name: string]: unknown }): Problem[] =>
  below('/config', validateValue(connectionSchemaOf(connector), config as Json));

/** @throws CodedError invalid_input when there are any */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw invalidInput(problems);
}
