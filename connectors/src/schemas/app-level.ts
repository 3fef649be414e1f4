/** Which credentials are set once for an app (`x-level: app`), for all connections of a workspace. Pure; runs in the browser too. */
import type { Json } from '../json.ts';
import type { Auth, Connector } from '../types.ts';
import { credentialsSchemaOf } from './compose-schema.ts';
import { givenCredentials } from './other-auth.ts';

export type AppLevelMember = { name: string; label: string; isSecret: boolean; isRequired: boolean };

/** The members of one way to sign in that are set once for the app, in the order of its schema. */
export function listAppLevel(connector: Connector, auth: Auth): AppLevelMember[] {
  const schema = credentialsSchemaOf(connector, auth);
  // What signing in gives belongs to one account, whatever a schema says of it.
  const given = givenCredentials(auth);
  const required = (schema['required'] ?? []) as string[];
  return Object.entries((schema['properties'] ?? {}) as { [name: string]: Json }).flatMap(
    ([name, member]) => {
      if (typeof member !== 'object' || member === null || Array.isArray(member)) return [];
      if (member['x-level'] !== 'app' || given.includes(name)) return [];
      const label = member['x-label'];
      return [
        {
          name,
          label: typeof label === 'string' ? label : name,
          isSecret: member['x-secret'] === true,
          isRequired: required.includes(name),
        },
      ];
    },
  );
}
