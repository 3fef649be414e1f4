import { expect, test } from 'vitest';
import { baseConnector } from '../testing/malicious-connectors.ts';
import type { Action, Auth, Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';

const secret = { type: 'string', 'x-secret': true };
const schema = (names: string[], required: string[] = names) => ({
  type: 'object',
  required,
  properties: Object.fromEntries(names.map((name) => [name, secret])),
});
const probe = { method: 'GET', endpointTemplate: '/me' } as const;
/** What people sign in with. */
const key = (names: string[] = [], required = names): Auth => ({
  key: 'key',
  label: 'Key',
  type: 'API_KEY',
  credentialsSchema: schema(names, required),
  test: probe,
});
/** What single requests name. */
const app = (change: Partial<Auth> = {}): Auth => ({
  key: 'app',
  label: 'App key',
  type: 'CUSTOM_HEADER',
  credentialsSchema: schema(['appKey']),
  apply: [{ in: 'header', name: 'X-App', value: '{{credentials.appKey}}' }],
  test: probe,
  ...change,
});
const fixed = ['headerName', 'headerValue'];
const person = {
  grant: 'authorization_code',
  authorizationUrl: 'https://api.acme.example/allow',
  tokenUrl: 'https://api.acme.example/token',
  scopes: [],
};
const machine = { grant: 'client_credentials', tokenUrl: 'https://api.acme.example/token', scopes: [] };
const oauth = (settings: object, change: Partial<Auth> = {}): Auth =>
  ({ key: 'in', label: 'Sign in', type: 'OAUTH2', oauth2: settings, test: probe, ...change }) as Auth;

const action: Action = {
  key: 'ask-app',
  name: 'Ask the app',
  effect: 'read',
  method: 'GET',
  endpointTemplate: '/app',
  auth: 'app',
  inputSchema: { type: 'object', properties: {} },
  outputSchema: {},
};
const check = (auth: Auth[], change: Partial<Action> = {}, more: Partial<Connector> = {}) => {
  const base = baseConnector() as unknown as Connector;
  const connector = {
    ...base,
    ...more,
    baseUrl: 'https://api.acme.example',
    auth,
    actions: [{ ...action, ...change }],
  };
  delete (connector as Partial<Connector>).triggers;
  return validateConnector(connector, 'save').map(({ path, code, message }) => ({ path, code, message }));
};
const codes = (...given: Parameters<typeof check>) =>
  check(...given).map(({ path, code }) => `${path} ${code}`);

test('a request names another way to sign in when every connection has what that one reads', () => {
  expect(check([key(['appKey', ...fixed]), app()])).toEqual([]);
  expect(check([app()])).toEqual([]);
});

test('a way that does not exist, or sends nothing, cannot be named', () => {
  expect(codes([key()])).toEqual(['/actions/0/auth unknown_auth']);
  const none: Auth = { key: 'open', label: 'Open', type: 'NONE' };
  expect(codes([none, key()], { auth: 'open' })).toEqual(['/actions/0/auth wrong_value']);
});

test('a connection that lacks what is read is refused by name, one that may lack it as well', () => {
  expect(check([key(fixed), app()])).toEqual([
    {
      path: '/actions/0/auth',
      code: 'auth_not_filled',
      message:
        'A connection made with "key" has no credential "appKey", which "app" reads; declare it in the credentialsSchema of "key".',
    },
  ]);
  const [problem] = check([key(['appKey', ...fixed], fixed), app()]);
  expect(problem?.message).toMatch(/may lack the credential "appKey".*require it/);
  const optional = app({ credentialsSchema: schema(['appKey'], []) });
  expect(check([key(['appKey', ...fixed], fixed), optional])).toEqual([]);
});

test('also connections without credentials count, and credentials that are read as a whole', () => {
  const none: Auth = { key: 'open', label: 'Open', type: 'NONE' };
  expect(codes([none, key(['appKey', ...fixed]), app()])).toContain('/actions/0/auth auth_not_filled');
  const whole = app({ apply: [{ in: 'header', name: 'X-App', value: '{{json(credentials)}}' }] });
  expect(check([key(['appKey', ...fixed]), whole]).map(({ message }) => message)).toEqual([
    '"app" does not read its credentials by name, so nobody can tell whether a connection made with "key" has them.',
  ]);
});

test('what the type itself needs is read, too: keys that sign, clients that get a token', () => {
  const signing = { scheme: 'awsSigV4', service: 's3', region: 'eu' } as const;
  const aws = { key: 'app', label: 'AWS', type: 'AWS_SIGV4', signing, test: probe } as Auth;
  expect(codes([key(), aws])).toEqual(Array(2).fill('/actions/0/auth auth_not_filled'));
  expect(check([key(['accessKeyId', 'secretAccessKey']), aws])).toEqual([]);
  const client = oauth(machine, { key: 'app' });
  expect(codes([key(), client])).toHaveLength(2);
  expect(check([key(['clientId', 'clientSecret']), client])).toEqual([]);
});

test('a way that a person signs in for cannot be named for connections of others', () => {
  expect(check([key(['clientId', 'clientSecret']), oauth(person)], { auth: 'in' })).toEqual([
    {
      path: '/actions/0/auth',
      code: 'auth_needs_person',
      message:
        'For "in" a person signs in, so a connection made with "key" cannot use it; name a way that needs credentials alone, or take "auth" out.',
    },
  ]);
  expect(check([oauth(person)], { auth: 'in' })).toEqual([]);
});

test('the token of a sign-in can be placed otherwise, but gets no other token', () => {
  const placed = app({
    type: 'API_KEY',
    credentialsSchema: schema(['accessToken', 'apiKey'], ['accessToken', 'apiKey']),
    apply: [{ in: 'query', name: 'access_token', value: '{{credentials.accessToken}}' }],
  });
  const both = oauth(person, { credentialsSchema: schema(['apiKey']) });
  expect(check([both, placed])).toEqual([]);
  const login = [
    {
      id: 'login',
      method: 'POST',
      endpointTemplate: '/login',
      bodyTemplate: { token: '{{credentials.accessToken}}' },
      capture: { token: 'body.token' },
    },
  ];
  const session = {
    key: 'app',
    label: 'Session',
    type: 'SESSION',
    credentialsSchema: schema(['accessToken']),
    session: { login },
    apply: [{ in: 'header', name: 'X-Session', value: '{{auth.token}}' }],
    test: probe,
  } as Auth;
  expect(codes([oauth(person), session])).toEqual(['/actions/0/auth auth_not_filled']);
});

test('a setting that one way learns must be learned by the others', () => {
  const learns = (auth: Auth): Auth => ({
    ...auth,
    capture: [{ name: 'site', from: 'request', request: probe, path: 'body.site' }],
  });
  const settings = {
    connectionSchema: { type: 'object', properties: { site: { type: 'string', readOnly: true } } },
  };
  const reads = app({
    apply: [{ in: 'header', name: 'X-App', value: '{{credentials.appKey}} {{connection.site}}' }],
  });
  const plain = key(['appKey', ...fixed]);
  expect(codes([plain, learns(reads)], {}, settings)).toEqual(['/actions/0/auth auth_not_filled']);
  expect(check([learns(plain), learns(reads)], {}, settings)).toEqual([]);
});

test('every request is looked at, and a test only for its own connections', () => {
  const steps = [{ id: 'a', method: 'GET', endpointTemplate: '/a', auth: 'lost' }] as const;
  const source = { items: 'body', value: '{{item.id}}', label: '{{item.id}}' };
  const found = codes(
    [key()],
    { auth: 'none', steps: [...steps], after: [{ ...steps[0], id: 'b' }] },
    { optionSources: { list: { request: { ...probe, auth: 'lost' }, ...source } } },
  );
  expect(found).toEqual([
    '/actions/0/steps/0/auth unknown_auth',
    '/actions/0/after/0/auth unknown_auth',
    '/optionSources/list/request/auth unknown_auth',
  ]);
  const own = app({ test: { ...probe, auth: 'app' } });
  expect(check([key(), own], { auth: 'inherit' })).toEqual([]);
});
