/** What each OAuth2 grant needs, what it cannot use, and which parameters are the platform's. */
import { listPaths } from '../expression/list-paths.ts';
import { parsePath } from '../expression/parse-path.ts';
import { parseTemplate } from '../expression/parse-template.ts';
import type { Json } from '../json.ts';
import { pointer, problem, quote, type Problem } from '../problem.ts';
import { fixedCredentials, tokenAuthMethodOf } from '../schemas/fixed-credentials.ts';
import type { Auth, OAuth2 } from '../types.ts';

/** Parameters of OAuth requests that the platform sets; some of them are secrets. */
const reserved = new Set([
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'assertion',
  'redirect_uri',
  'response_type',
  'grant_type',
  'state',
  'code',
  'code_verifier',
  'code_challenge',
  'code_challenge_method',
  'refresh_token',
  'access_token',
  'password',
  'scope',
]);

/** Grants that need more than a request to the token endpoint, and those that nobody should use. */
const impossible = /^(implicit|token|refresh_token|urn:ietf:params:oauth:grant-type:device_code)$/;
const browserOnly = [
  'authorizationUrl',
  'authorizationParams',
  'extraScopeParams',
  'stateParam',
  'codeParam',
];

export function checkOauth2(auth: Auth, oauth2: OAuth2, path: string): Problem[] {
  return [
    ...checkGrant(auth, oauth2, path),
    ...checkParameters(oauth2, path),
    ...checkLeaks(auth, oauth2, path),
    ...checkPaths(oauth2, path),
  ];
}

function checkGrant(auth: Auth, oauth2: OAuth2, path: string): Problem[] {
  const { grant, jwt, tokenMethod, tokenBodyFormat } = oauth2;
  const found: Problem[] = [];
  const add = (key: string, code: string, message: string) =>
    found.push(problem(`${path}/${key}`, code, message));
  if (impossible.test(grant))
    add('grant', 'wrong_value', `The grant ${quote(grant)} cannot be used here; choose another one.`);
  if (grant === 'authorization_code' && oauth2.authorizationUrl === undefined)
    add('authorizationUrl', 'missing_key', '"authorizationUrl" is missing: say where people sign in.');
  if (grant !== 'authorization_code')
    for (const key of browserOnly)
      if (oauth2[key as keyof OAuth2] !== undefined)
        add(key, 'unknown_key', `${quote(key)} belongs to the grant authorization_code; take it out.`);
  if (grant === 'device_code' && oauth2.deviceAuthorizationUrl === undefined)
    add(
      'deviceAuthorizationUrl',
      'missing_key',
      '"deviceAuthorizationUrl" is missing: say where the code is asked for.',
    );
  if (grant !== 'device_code' && oauth2.deviceAuthorizationUrl !== undefined)
    add('deviceAuthorizationUrl', 'unknown_key', 'It belongs to the grant device_code; take it out.');
  const needsJwt = grant === 'jwt_bearer' || tokenAuthMethodOf(oauth2) === 'private_key_jwt';
  if (needsJwt && jwt === undefined)
    add('jwt', 'missing_key', '"jwt" is missing: say what the assertion holds and how it is signed.');
  if (!needsJwt && jwt !== undefined)
    add('jwt', 'unknown_key', '"jwt" belongs to jwt_bearer and private_key_jwt; take it out.');
  if (grant === 'jwt_bearer' && oauth2.tokenAuthMethod === 'private_key_jwt')
    add('tokenAuthMethod', 'mixed_modes', 'One assertion cannot be both grant and proof; choose "none".');
  if (tokenMethod === 'GET' && tokenBodyFormat !== 'query')
    add('tokenBodyFormat', 'body_not_sent', 'A GET request has no body; set tokenBodyFormat to "query".');
  if (grant === 'password' && !declares(auth, ['username', 'password']))
    found.push(
      problem(
        path.replace(/oauth2$/, 'credentialsSchema'),
        'missing_key',
        'This grant hands people’s own passwords to the platform (RFC 9700 advises against it). If the service knows no other way, declare "username" and "password" in credentialsSchema.',
      ),
    );
  return found;
}

function propertiesOf(auth: Auth): { [name: string]: Json } {
  return (auth.credentialsSchema?.['properties'] ?? {}) as { [name: string]: Json };
}

function declares(auth: Auth, names: string[]): boolean {
  return names.every((name) => Object.hasOwn(propertiesOf(auth), name));
}

function checkParameters(oauth2: OAuth2, path: string): Problem[] {
  const omitted: string[] = oauth2.omitParams ?? [];
  const found: Problem[] = [];
  for (const name of ['authorizationParams', 'tokenParams', 'refreshParams', 'extraScopeParams'] as const)
    for (const parameter of Object.keys(oauth2[name] ?? {})) {
      if (!reserved.has(parameter.toLowerCase()) || omitted.includes(parameter)) continue;
      const message = `${quote(parameter)} is set by the platform; take it out.`;
      found.push(problem(pointer(path, name, parameter), 'reserved_name', message));
    }
  for (const name of ['scopeParam', 'stateParam'] as const) {
    const parameter = oauth2[name];
    const usual = name === 'scopeParam' ? 'scope' : 'state';
    if (parameter === undefined || parameter === usual || !reserved.has(parameter.toLowerCase())) continue;
    found.push(
      problem(`${path}/${name}`, 'reserved_name', `${quote(parameter)} already has another meaning.`),
    );
  }
  return found;
}

/** The sign-in address stands in the browser's history, so no secret may stand in it. */
function checkLeaks(auth: Auth, oauth2: OAuth2, path: string): Problem[] {
  const known = { ...fixedCredentials(auth).properties, ...propertiesOf(auth) };
  const isSecret = (name: string) => {
    const schema = Object.hasOwn(known, name) ? known[name] : undefined;
    return (
      typeof schema === 'object' &&
      schema !== null &&
      (schema as { [key: string]: Json })['x-secret'] === true
    );
  };
  return Object.entries(oauth2.authorizationParams ?? {}).flatMap(([name, template]) =>
    credentialsIn(template).some((credential) => credential === null || isSecret(credential))
      ? [
          problem(
            pointer(path, 'authorizationParams', name),
            'secret_in_clear',
            'The sign-in address is seen by everybody on the way; a secret must not stand in it.',
          ),
        ]
      : [],
  );
}

/** Names read from `credentials`; null where all of them are. A template that does not parse is reported elsewhere. */
function credentialsIn(template: string): (string | null)[] {
  try {
    return listPaths(parseTemplate(template))
      .filter(({ root }) => root === 'credentials')
      .map(({ path: [first] }) => (first === undefined ? null : String(first)));
  } catch {
    return [];
  }
}

function checkPaths(oauth2: OAuth2, path: string): Problem[] {
  const { errorWhen: _condition, expiresInUnit: _unit, ...paths } = oauth2.tokenResponse ?? {};
  return Object.entries(paths).flatMap(([name, value]) =>
    checkAnswerPath(value, `${path}/tokenResponse/${name}`, ['body', 'headers']),
  );
}

/** A bare path whose first name must be one of `roots`. */
export function checkAnswerPath(value: string, at: string, roots: string[]): Problem[] {
  try {
    const [first] = parsePath(value);
    if (first?.kind === 'name' && roots.includes(first.name)) return [];
  } catch (error) {
    return [problem(at, 'bad_path', error instanceof Error ? error.message : 'This is no path.')];
  }
  return [problem(at, 'bad_path', `The path begins with ${roots.map(quote).join(' or ')}.`)];
}
