import { expect, test } from 'vitest';
import { validateConnector } from '../validate-connector.ts';

type Tree = { [name: string]: unknown };

const connectorWith = (oauth2: Tree, auth: Tree = {}): Tree => ({
  manifestVersion: 1,
  app: { key: 'sample', name: 'Sample' },
  version: '1.0.0',
  baseUrl: 'https://api.example.com',
  connectionSchema: { type: 'object', properties: { account: { type: 'string' } } },
  auth: [
    {
      key: 'oauth',
      label: 'Sign in',
      type: 'OAUTH2',
      oauth2: { tokenUrl: 'https://api.example.com/token', scopes: [], ...oauth2 },
      ...auth,
    },
  ],
  actions: [
    {
      key: 'get',
      name: 'Get',
      effect: 'read',
      method: 'GET',
      endpointTemplate: '/',
      outputSchema: {},
    },
  ],
});
const problemsOf = (oauth2: Tree, auth?: Tree) =>
  validateConnector(connectorWith(oauth2, auth), 'save').map(({ path, code }) => `${path} ${code}`);

const jwt = { alg: 'RS256', key: '{{credentials.privateKey}}', claims: { iss: '{{credentials.clientId}}' } };
const withKey = {
  credentialsSchema: { type: 'object', properties: { privateKey: { type: 'string', 'x-secret': true } } },
};
const signIn = { grant: 'authorization_code', authorizationUrl: 'https://api.example.com/auth' };

test('each grant is taken with what it needs', () => {
  expect(problemsOf(signIn)).toEqual([]);
  expect(problemsOf({ grant: 'client_credentials' })).toEqual([]);
  expect(
    problemsOf({ grant: 'client_credentials', tokenAuthMethod: 'private_key_jwt', jwt }, withKey),
  ).toEqual([]);
  expect(problemsOf({ grant: 'jwt_bearer', jwt }, withKey)).toEqual([]);
  expect(
    problemsOf({ grant: 'account_credentials', tokenParams: { account_id: '{{connection.account}}' } }),
  ).toEqual([]);
  const typed = { username: { type: 'string' }, password: { type: 'string', 'x-secret': true } };
  expect(
    problemsOf({ grant: 'password' }, { credentialsSchema: { type: 'object', properties: typed } }),
  ).toEqual([]);
});

test.each([
  ['a sign-in without its address', { grant: 'authorization_code' }, 'authorizationUrl missing_key'],
  ['the implicit grant', { grant: 'implicit' }, 'grant wrong_value'],
  ['a device code from nowhere', { grant: 'device_code' }, 'deviceAuthorizationUrl missing_key'],
  [
    'an address for codes nobody asks for',
    { ...signIn, deviceAuthorizationUrl: 'https://a.example/device' },
    'deviceAuthorizationUrl unknown_key',
  ],
  ['an address nobody opens', { ...signIn, grant: 'client_credentials' }, 'authorizationUrl unknown_key'],
  ['an assertion that is not described', { grant: 'jwt_bearer' }, 'jwt missing_key'],
  ['an assertion nobody sends', { ...signIn, jwt }, 'jwt unknown_key'],
  ['GET with a form', { grant: 'client_credentials', tokenMethod: 'GET' }, 'tokenBodyFormat body_not_sent'],
  [
    'a parameter of ours',
    { grant: 'x', tokenParams: { client_secret: 'x' } },
    'tokenParams/client_secret reserved_name',
  ],
  ['state under a taken name', { ...signIn, stateParam: 'code' }, 'stateParam reserved_name'],
  [
    'a secret in the sign-in address',
    { ...signIn, authorizationParams: { s: '{{credentials.clientSecret}}' } },
    'authorizationParams/s secret_in_clear',
  ],
  [
    'a token path that begins nowhere',
    { grant: 'x', tokenResponse: { accessToken: 'token' } },
    'tokenResponse/accessToken bad_path',
  ],
  [
    'a metadata address for renewing',
    { grant: 'x', refreshUrl: 'http://169.254.169.254/t' },
    'refreshUrl forbidden_host',
  ],
])('refused: %s', (_title, oauth2, problem) => {
  expect(problemsOf(oauth2, 'jwt' in oauth2 ? withKey : {})).toContain(`/auth/0/oauth2/${problem}`);
});

test('the password grant must be meant', () => {
  expect(problemsOf({ grant: 'password' })).toEqual(['/auth/0/credentialsSchema missing_key']);
});

test('a parameter that is left out may be set otherwise', () => {
  expect(
    problemsOf({
      ...signIn,
      omitParams: ['client_id', 'code'],
      authorizationParams: { client_key: '{{credentials.clientId}}' },
      tokenParams: { client_key: '{{credentials.clientId}}', code: '{{callback.auth_code}}' },
    }),
  ).toEqual([]);
});
