import { expect, test } from 'vitest';
import type { Auth, Connector } from '../types.ts';
import { commonHosts, listAppHosts } from '../credential-hosts.ts';
import { listAppLevel } from './app-level.ts';

const authOf = (properties: object, more: Partial<Auth> = {}): Auth => ({
  key: 'sign-in',
  label: 'Sign in',
  type: 'OAUTH2',
  oauth2: {
    grant: 'authorization_code',
    authorizationUrl: 'https://login.example.com/authorize',
    tokenUrl: 'https://login.example.com/token',
    scopes: [],
  },
  credentialsSchema: { type: 'object', properties } as never,
  ...more,
});
const connectorOf = (auth: Auth, more: Partial<Connector> = {}): Connector => ({
  manifestVersion: 1,
  app: { key: 'acme', name: 'Acme' },
  version: '1.0.0',
  baseUrl: 'https://api.example.com',
  auth: [auth],
  actions: [],
  triggers: [],
  ...more,
});

test('members of the level app are told with what the type says of them; those that signing in gives are never among them', () => {
  const auth = authOf({
    clientId: { type: 'string', 'x-level': 'app', 'x-label': 'Key of the client' },
    clientSecret: { type: 'string', 'x-level': 'app' },
    accessToken: { type: 'string', 'x-level': 'app' },
    refreshToken: { type: 'string', 'x-level': 'app' },
    signingSecret: { type: 'string', 'x-secret': true, 'x-level': 'app' },
    region: { type: 'string', 'x-level': 'connection' },
    note: { type: 'string' },
  });
  expect(listAppLevel(connectorOf(auth), auth)).toEqual([
    { name: 'clientId', label: 'Key of the client', isSecret: false, isRequired: true },
    { name: 'clientSecret', label: 'Client secret', isSecret: true, isRequired: true },
    { name: 'signingSecret', label: 'signingSecret', isSecret: true, isRequired: false },
  ]);
});

test('a setting may complete a host that the app fixes, and decides about none alone', () => {
  const auth = authOf({});
  const hostsOf = (more: Partial<Connector>) => listAppHosts(connectorOf(auth, more), auth);
  expect(hostsOf({})).toEqual(['api.example.com', 'login.example.com']);
  expect(hostsOf({ baseUrl: 'https://{{connection.shop}}.example.com/v1' })).toEqual([
    'https://{{connection.shop}}.example.com',
    'login.example.com',
  ]);
  for (const baseUrl of [
    'https://{{connection.host}}/v1',
    'https://{{connection.host}}.com',
    'https://api.{{connection.domain}}',
    '{{connection.baseUrl}}',
    'https://{{connection.host}}:8080',
    'https://a.example.com.{{connection.end}}',
  ])
    expect([baseUrl, hostsOf({ baseUrl })]).toEqual([baseUrl, ['login.example.com']]);
  expect(hostsOf({ allowedHosts: ['*'] })).toEqual(['login.example.com']);
});

test('of two lists of hosts the narrower counts', () => {
  expect(commonHosts(['*.example.com'], ['a.example.com', 'b.example.org'])).toEqual(['a.example.com']);
  expect(commonHosts(['a.example.com', 'c.example'], ['*.example.com'])).toEqual(['a.example.com']);
  expect(commonHosts(['a.example.com'], [])).toEqual([]);
  expect(commonHosts(['a.example.com'], ['a.example.com:8443'])).toEqual([]);
});
