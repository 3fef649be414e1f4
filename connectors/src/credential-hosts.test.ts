import { expect, test } from 'vitest';
import {
  closeHosts,
  describeUnagreed,
  isAgreedHost,
  isAllAgreed,
  listCredentialHosts,
  listUnagreedHosts,
} from './credential-hosts.ts';
import { loadApps } from './load-apps.ts';
import type { Auth, Connector } from './types.ts';

const key: Auth = { key: 'key', label: 'Key', type: 'API_KEY' };
const oauth2 = (more: object = {}): Auth =>
  ({
    key: 'in',
    label: 'Sign in',
    type: 'OAUTH2',
    oauth2: { grant: 'authorization_code', tokenUrl: 'https://login.example/token', scopes: [], ...more },
  }) as Auth;
const connector = (more: object = {}): Connector =>
  ({
    manifestVersion: 1,
    app: { key: 'shop', name: 'Shop' },
    version: '1.0.0',
    baseUrl: 'https://api.shop.example/v1',
    auth: [key],
    actions: [],
    ...more,
  }) as Connector;

test('the hosts of the own addresses get credentials, with settings filled in and ports kept', () => {
  const shop = connector({
    baseUrl: 'https://{{connection.region}}.SHOP.example/v1',
    servers: { files: 'https://files.shop.example:8443/up', named: '{{connection.url}}/x' },
  });
  const config = { region: 'eu', url: 'https://own.example:444/root' };
  expect(listCredentialHosts(shop, key, config)).toEqual([
    'eu.shop.example',
    'files.shop.example:8443',
    'own.example:444',
  ]);
});

test('declared hosts stand for themselves; where any host may be called, the connection names them', () => {
  const listed = connector({ allowedHosts: ['API.shop.example', '*.files.example'] });
  expect(listCredentialHosts(listed, key, {})).toEqual(['api.shop.example', '*.files.example']);
  const any = connector({ allowedHosts: ['*'] });
  expect(listCredentialHosts(any, key, { hosts: ['a.example', '*', 7] })).toEqual(['a.example']);
});

test('addresses that sign in, renew, revoke and log in are among them, those without a secret are not', () => {
  const addresses = {
    authorizationUrl: 'https://page.example/allow',
    refreshUrl: 'https://renew.example/token',
    revokeUrl: 'https://revoke.example/token',
    deviceAuthorizationUrl: 'https://device.example/code',
  };
  expect(listCredentialHosts(connector(), oauth2(addresses), {})).toEqual([
    'api.shop.example',
    'login.example',
    'renew.example',
    'revoke.example',
    'device.example',
  ]);
  const signing = { requestTokenUrl: 'https://one.example/r', accessTokenUrl: 'https://two.example/a' };
  const signed = { key: 'o', label: 'O', type: 'OAUTH1', signing } as unknown as Auth;
  expect(listCredentialHosts(connector(), signed, {})).toEqual([
    'api.shop.example',
    'one.example',
    'two.example',
  ]);
  const login = [
    { id: 'a', method: 'POST', endpointTemplate: '/login' },
    { id: 'b', method: 'POST', endpointTemplate: 'https://sso.example/session' },
    { id: 'c', method: 'POST', endpointTemplate: '/x', server: 'gate' },
  ];
  const session = { key: 's', label: 'S', type: 'SESSION', session: { login } } as unknown as Auth;
  const gated = connector({ allowedHosts: ['*'], servers: { gate: 'https://gate.example' } });
  expect(listCredentialHosts(gated, session, {})).toEqual([
    'api.shop.example',
    'sso.example',
    'gate.example',
  ]);
  expect(listCredentialHosts(connector(), { key: 'none', label: 'None', type: 'NONE' }, {})).toEqual([]);
});

test('where requests name another way to sign in, its addresses are among them, and only then', () => {
  const machine = oauth2({ grant: 'client_credentials', refreshUrl: 'https://renew.example/token' });
  const request = { method: 'GET', endpointTemplate: '/x', auth: 'in' };
  const named = connector({ auth: [key, machine], actions: [request] });
  expect(listCredentialHosts(named, key, {})).toEqual(['api.shop.example', 'login.example', 'renew.example']);
  expect(listCredentialHosts(connector({ auth: [key, machine] }), key, {})).toEqual(['api.shop.example']);
});

test('a host that is learned stays open until it is, whatever its default, and is closed then', () => {
  const capture = [{ name: 'home', from: 'tokenResponse', path: 'body.home' }];
  const auth = { ...oauth2(), capture } as Auth;
  const learner = connector({
    baseUrl: "https://{{connection.home ?? 'eu'}}.shop.example/v1/{{connection.x}}",
  });
  const open = listCredentialHosts(learner, auth, {});
  expect(open).toEqual(["https://{{connection.home ?? 'eu'}}.shop.example", 'login.example']);
  expect(listUnagreedHosts([], open)).toEqual(['login.example']);
  expect(closeHosts(open, { home: 'us' })).toEqual(['us.shop.example', 'login.example']);
  expect(listCredentialHosts(learner, auth, { home: 'us', x: '1' })[0]).toBe('us.shop.example');
  expect(isAllAgreed(open, open)).toBe(true);
  expect(isAllAgreed(['login.example'], open)).toBe(false);
});

test('an entry covers itself, names below a star and nothing else', () => {
  const agreed = ['api.shop.example', '*.files.example', '*'];
  for (const host of ['api.shop.example', 'API.shop.example', 'a.files.example', 'a.b.files.example'])
    expect(isAgreedHost(agreed, host), host).toBe(true);
  for (const host of [
    'api.shop.example:8443',
    'files.example',
    'evil.example',
    'xfiles.example',
    'api.shop.example.evil.example',
  ])
    expect(isAgreedHost(agreed, host), host).toBe(false);
  expect(listUnagreedHosts(agreed, ['*.files.example', '*.shop.example', 'api.shop.example'])).toEqual([
    '*.shop.example',
  ]);
});

test('the sentence names the app and each host', () => {
  expect(describeUnagreed('Shop', ['evil.example'])).toBe(
    'This version of Shop sends credentials to evil.example, which was not agreed to. Test the connection again to agree.',
  );
  expect(describeUnagreed('Shop', ['a.example', 'b.example'])).toContain(
    'to a.example and b.example, which were not agreed to.',
  );
});

test('every app of the catalogue that takes credentials names where they go, and none goes anywhere', () => {
  for (const app of loadApps())
    for (const auth of app.auth) {
      const hosts = listCredentialHosts(app, auth, { hosts: ['own.example'] });
      expect(hosts, `${app.app.key} ${auth.key}`).not.toContain('*');
      if (auth.type !== 'NONE') expect(hosts.length, `${app.app.key} ${auth.key}`).toBeGreaterThan(0);
    }
});
