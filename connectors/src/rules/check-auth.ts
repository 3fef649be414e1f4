/** Each way to sign in has what its type needs, and no secret stands in the document. */
import type { Json } from '../json.ts';
import { pointer, problem, type Problem } from '../problem.ts';
import { fixedCredentials } from '../schemas/fixed-credentials.ts';
import type { Auth, Connector, JsonSchema } from '../types.ts';
import { checkCaptures } from './check-captures.ts';
import { checkSession } from './check-session.ts';
import { checkSigning } from './check-signing.ts';
import { checkOauth2 } from './check-oauth2.ts';
import type { Rule } from './list-requests.ts';

export const checkAuth: Rule = (connector) =>
  connector.auth.flatMap((auth, index) => checkOne(connector, auth, pointer('/auth', index)));

function checkOne(connector: Connector, auth: Auth, path: string): Problem[] {
  const found: Problem[] = [];
  if (auth.type === 'OAUTH2' && !auth.oauth2)
    found.push(
      problem(
        `${path}/oauth2`,
        'missing_key',
        '"oauth2" is missing; the type OAUTH2 needs the addresses and scopes.',
      ),
    );
  if (auth.type !== 'OAUTH2' && auth.oauth2)
    found.push(
      problem(
        `${path}/oauth2`,
        'unknown_key',
        '"oauth2" belongs to the type OAUTH2; change the type or take it out.',
      ),
    );
  if (auth.type === 'NONE' && (auth.apply ?? []).length > 0)
    found.push(
      problem(`${path}/apply`, 'unknown_key', 'The type NONE has no credentials to place; take "apply" out.'),
    );
  if (auth.type === 'OAUTH2' && auth.oauth2) found.push(...checkOauth2(auth, auth.oauth2, `${path}/oauth2`));
  return [
    ...found,
    ...checkSession(auth, path),
    ...checkSigning(auth, path),
    ...checkCaptures(connector, auth, path),
    ...checkCredentials(auth, path),
  ];
}

function checkCredentials(auth: Auth, path: string): Problem[] {
  const schema: JsonSchema = auth.credentialsSchema ?? {};
  const properties = (schema['properties'] ?? {}) as { [name: string]: Json };
  const fixed = fixedCredentials(auth).properties;
  const at = `${path}/credentialsSchema/properties`;
  const found: Problem[] = [];
  if (auth.type === 'NONE' && Object.keys(properties).length > 0)
    found.push(
      problem(at, 'unknown_key', 'The type NONE has no credentials; choose another type or take them out.'),
    );
  for (const [name, value] of Object.entries(properties)) {
    const here = pointer(at, name);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      found.push(problem(here, 'wrong_type', 'A credential needs a schema with the type "string".'));
      continue;
    }
    const type = value['type'] ?? (Object.hasOwn(fixed, name) ? 'string' : undefined);
    if (type !== 'string')
      found.push(
        problem(pointer(here, 'type'), 'wrong_value', 'A credential is a text: give it the type "string".'),
      );
    for (const keyword of ['default', 'const', 'enum', 'examples']) {
      if (value['x-secret'] === true && value[keyword] !== undefined) {
        found.push(
          problem(
            pointer(here, keyword),
            'secret_in_document',
            `A secret must not stand in the document; take "${keyword}" out.`,
          ),
        );
      }
    }
  }
  return found;
}
