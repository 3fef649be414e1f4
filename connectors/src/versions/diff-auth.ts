/** Changes of one way to sign in. */
import { credentialsSchemaOf } from '../schemas/compose-schema.ts';
import type { Auth, Connector } from '../types.ts';
import type { Change } from './change.ts';
import { diffSchemas } from './diff-schemas.ts';
import { same } from './same.ts';

export function diffAuth(older: Connector, newer: Connector, from: Auth, to: Auth, path: string): Change[] {
  const required = (auth: Auth) =>
    (auth.oauth2?.scopes ?? []).filter((scope) => scope.required === true).map(({ name }) => name);
  const more = required(to).filter((name) => !required(from).includes(name));
  const addresses = [
    'authorizationUrl',
    'deviceAuthorizationUrl',
    'tokenUrl',
    'refreshUrl',
    'revokeUrl',
  ] as const;
  const host = (address: string | undefined) => /^[a-z]+:\/\/[^/?#]*/i.exec(address ?? '')?.[0] ?? '';
  return [
    ...same(from.type, to.type, `${path}/type`, 'major', `"${to.key}" is another type of signing in.`),
    ...diffSchemas(
      credentialsSchemaOf(older, from),
      credentialsSchemaOf(newer, to),
      `${path}/credentialsSchema`,
      'in',
    ),
    ...more.map((name): Change => ({
      path: `${path}/oauth2/scopes`,
      bump: 'major',
      message: `The scope "${name}" is now required, so people must sign in again.`,
    })),
    ...same(
      from.oauth2?.grant,
      to.oauth2?.grant,
      `${path}/oauth2/grant`,
      'major',
      'Tokens are asked for in another way, so people must sign in again.',
    ),
    ...addresses.flatMap((name) =>
      same(
        host(from.oauth2?.[name]),
        host(to.oauth2?.[name]),
        `${path}/oauth2/${name}`,
        'major',
        `"${name}" is on another host, which would get the credentials.`,
      ),
    ),
    ...same(from.oauth2, to.oauth2, `${path}/oauth2`, 'patch', 'How people sign in changed.'),
    ...same(
      [from.session, from.jwt, from.signing, from.capture],
      [to.session, to.jwt, to.signing, to.capture],
      path,
      'patch',
      'How people sign in changed.',
    ),
    ...same(
      [from.apply, from.test, from.label, from.labelTemplate, from.description],
      [to.apply, to.test, to.label, to.labelTemplate, to.description],
      path,
      'patch',
      `Details of "${to.key}" changed.`,
    ),
  ];
}
