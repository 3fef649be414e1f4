import { expect, test } from 'vitest';
import { checkBump, compareConnectors, compareVersions, raise } from './compare-versions.ts';
import type { Action, Connector } from './types.ts';

const base: Connector = {
  manifestVersion: 1,
  app: { key: 'acme', name: 'Acme' },
  version: '1.2.3',
  baseUrl: 'https://api.acme.example',
  auth: [{ key: 'key', label: 'Key', type: 'API_KEY' }],
  actions: [
    {
      key: 'add',
      name: 'Add',
      method: 'POST',
      endpointTemplate: '/things',
      inputSchema: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string', maxLength: 10 }, size: { enum: ['s', 'm'] } },
      },
      outputSchema: {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'string' }, at: { type: 'string' } },
      },
    },
  ],
};

type Tree = { [key: string]: any }; // oxlint-disable-line typescript/no-explicit-any -- edits reach anywhere in the document
const edit = (change: (connector: Tree) => void): Connector => {
  const copy = structuredClone(base) as Tree;
  change(copy);
  return copy as Connector;
};
const action = (change: (action: Tree) => void) => edit((connector) => change(connector['actions'][0]));
const input = (change: (properties: Tree) => void) => action((one) => change(one['inputSchema'].properties));
const output = (change: (properties: Tree) => void) =>
  action((one) => change(one['outputSchema'].properties));

test.each([
  ['nothing', base, 'none'],
  ['a new action', edit((c) => c['actions'].push({ ...(base.actions[0] as Action), key: 'more' })), 'minor'],
  ['an action taken out', edit((c) => (c['actions'] = [])), 'major'],
  ['a new optional input', input((p) => (p['note'] = { type: 'string' })), 'minor'],
  [
    'a new required input',
    action((a) => {
      a['inputSchema'].properties.note = {};
      a['inputSchema'].required.push('note');
    }),
    'major',
  ],
  ['an input that becomes required', action((a) => a['inputSchema'].required.push('size')), 'major'],
  ['an input that is no longer required', action((a) => (a['inputSchema'].required = [])), 'minor'],
  ['an input taken out', input((p) => delete p['size']), 'major'],
  ['a longer text allowed', input((p) => (p['name'].maxLength = 20)), 'minor'],
  ['a shorter text only', input((p) => (p['name'].maxLength = 5)), 'major'],
  ['one more value to choose', input((p) => p['size'].enum.push('l')), 'minor'],
  ['one value fewer', input((p) => p['size'].enum.pop()), 'major'],
  ['a wider input type', input((p) => (p['name'].type = ['string', 'null'])), 'minor'],
  ['another default', input((p) => (p['name'].default = 'x')), 'major'],
  ['a better label', input((p) => (p['name']['x-label'] = 'Name')), 'patch'],
  ['one more output member', output((p) => (p['by'] = { type: 'string' })), 'minor'],
  ['an output member taken out', output((p) => delete p['at']), 'major'],
  ['another output type', output((p) => (p['id'].type = 'integer')), 'major'],
  ['an output that may now be null', output((p) => (p['id'].type = ['string', 'null'])), 'major'],
  ['an output that need not be there', action((a) => (a['outputSchema'].required = [])), 'major'],
  ['a corrected path', action((a) => (a['endpointTemplate'] = '/thing')), 'patch'],
  ['another method', action((a) => (a['method'] = 'PUT')), 'major'],
  ['another host', edit((c) => (c['baseUrl'] = 'https://other.example')), 'major'],
  ['a way to sign in taken out', edit((c) => (c['auth'] = [])), 'major'],
  [
    'one more credential to type in',
    edit(
      (c) =>
        (c['auth'][0].credentialsSchema = {
          required: ['region'],
          properties: { region: { type: 'string' } },
        }),
    ),
    'major',
  ],
  ['one more retry', action((a) => (a['retry'] = { maxRetries: 1 })), 'patch'],
] as [string, Connector, string][])('%s asks for %s', (_, newer, bump) => {
  expect(compareConnectors(base, newer).bump).toBe(bump);
});

test('every change has a place and a sentence', () => {
  const { changes } = compareConnectors(
    base,
    edit((c) => {
      c['actions'] = [];
      c['auth'] = [];
    }),
  );
  expect(changes.map(({ path, message }) => `${path} ${message}`)).toEqual([
    '/auth/0 The way to sign in "key" is gone.',
    '/actions/0 The action "add" is gone.',
  ]);
});

test('a recursive schema is compared and does not hang', () => {
  const tree = (extra: object) =>
    action((a) => (a['inputSchema'] = { type: 'object', properties: { child: { $ref: '#' }, ...extra } }));
  expect(compareConnectors(tree({}), tree({ n: { type: 'integer' } })).bump).toBe('minor');
});

test('versions are ordered by number, not by letter', () => {
  expect(['1.10.0', '1.9.9', '1.0.0', '0.99.0'].sort(compareVersions)).toEqual([
    '0.99.0',
    '1.0.0',
    '1.9.9',
    '1.10.0',
  ]);
});

test('a number that is raised too little is refused with the reason', () => {
  const breaking = edit((c) => {
    c['actions'] = [];
    c['version'] = '1.3.0';
  });
  expect(checkBump(base, breaking)).toBe(
    'This needs a major version (2.0.0 or higher): The action "add" is gone.',
  );
  expect(checkBump(base, { ...breaking, version: '2.0.0' })).toBeNull();
  expect(checkBump(base, base)).toBe('Version 1.2.3 is not newer than 1.2.3, which is published; raise it.');
  expect([raise('1.2.3', 'major'), raise('1.2.3', 'minor'), raise('1.2.3', 'patch')]).toEqual([
    '2.0.0',
    '1.3.0',
    '1.2.4',
  ]);
});

test('another way of signing is a change, however small it looks', () => {
  const jwt = (ttlSeconds: number) =>
    edit((connector) => {
      const claims = {};
      connector['auth'][0] = {
        key: 'key',
        label: 'Key',
        type: 'JWT',
        jwt: { alg: 'HS256', key: 'x', claims, ttlSeconds },
      };
    });
  expect(compareConnectors(jwt(60), jwt(60)).bump).toBe('none');
  expect(compareConnectors(jwt(60), jwt(90))).toMatchObject({
    bump: 'patch',
    changes: [{ path: '/auth/0' }],
  });
});
