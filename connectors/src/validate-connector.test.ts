import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Connector } from './types.ts';
import { isConnector, validateConnector } from './validate-connector.ts';

type Tree = { [key: string]: any }; // oxlint-disable-line typescript/no-explicit-any -- edits reach anywhere in the document

const sound: Tree = {
  manifestVersion: 1,
  app: { key: 'acme', name: 'Acme' },
  version: '1.0.0',
  baseUrl: 'https://{{connection.region}}.acme.example/v1',
  allowedHosts: ['*.acme.example'],
  connectionSchema: {
    type: 'object',
    required: ['region'],
    properties: { region: { type: 'string', pattern: '^[a-z0-9-]+$' }, free: { type: 'string' } },
  },
  auth: [
    {
      key: 'key',
      label: 'Key',
      type: 'API_KEY',
      test: { action: 'get-me' },
      labelTemplate: '{{test.body.name}}',
    },
  ],
  defaults: { errors: [{ when: '{{body.ok == false}}', type: 'VALIDATION', message: '{{body.error}}' }] },
  $defs: {
    thing: {
      type: 'object',
      properties: { id: { type: 'string' }, parts: { type: 'array', items: { $ref: '#/$defs/thing' } } },
    },
  },
  actions: [
    {
      key: 'get-me',
      name: 'Get me',
      effect: 'read',
      method: 'GET',
      endpointTemplate: '/me',
      outputSchema: { type: 'object' },
    },
    {
      key: 'add-thing',
      name: 'Add a thing',
      effect: 'create',
      idempotency: { mode: 'header', name: 'Idempotency-Key' },
      verify: { action: 'get-me', input: {}, foundWhen: '{{output.last == run.idempotencyKey}}' },
      inverse: { action: 'delete-thing', input: { path: { id: '{{output.id}}' } } },
      method: 'POST',
      endpointTemplate: '/things/{{input.kind}}',
      bodyTemplate: { name: '{{input.name}}', first: '{{input.things[0].parts[0].id}}' },
      inputSchema: {
        type: 'object',
        required: ['kind'],
        properties: {
          kind: { type: 'string' },
          name: { type: 'string' },
          things: { type: 'array', items: { $ref: '#/$defs/thing' } },
        },
      },
      outputSchema: { $ref: '#/$defs/thing' },
      sample: { id: 'a' },
      examples: [{ title: 'one', input: { kind: 'x' }, expect: { output: { id: 'a' } } }],
    },
    {
      key: 'delete-thing',
      name: 'Delete a thing',
      effect: 'delete',
      idempotency: { mode: 'natural' },
      method: 'DELETE',
      endpointTemplate: '/things/{id}',
      pathSchema: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
      outputSchema: {},
    },
  ],
};

const edited = (edit: (connector: Tree) => unknown): Tree => {
  const copy = structuredClone(sound);
  edit(copy);
  return copy;
};
const codes = (document: unknown, moment: 'save' | 'publish' = 'save') =>
  validateConnector(document, moment).map(({ path, code }) => `${path} ${code}`);

test('a sound connector can be published', () => {
  expect(validateConnector(sound, 'publish')).toEqual([]);
  expect(isConnector(sound)).toBe(true);
});

test.each([
  [
    'a template that does not parse',
    (c) => (c['actions'][1].bodyTemplate.name = '{{input.name'),
    '/actions/1/bodyTemplate/name invalid_expression',
  ],
  [
    'an older filter',
    (c) => (c['actions'][1].bodyTemplate.name = '{{input.name | upper}}'),
    '/actions/1/bodyTemplate/name invalid_expression',
  ],
  [
    'a function nobody knows',
    (c) => (c['actions'][1].bodyTemplate.name = '{{shout(input.name)}}'),
    '/actions/1/bodyTemplate/name unknown_function',
  ],
  [
    'an input that is not declared',
    (c) => (c['actions'][1].bodyTemplate.name = '{{input.nmae}}'),
    '/actions/1/bodyTemplate/name undeclared_name',
  ],
  [
    'a member deep inside that is not declared',
    (c) => (c['actions'][1].bodyTemplate.first = '{{input.things[0].parts[0].size}}'),
    '/actions/1/bodyTemplate/first undeclared_name',
  ],
  [
    'a setting that is not declared',
    (c) => (c['actions'][0].queryTemplate = { a: '{{connection.plan}}' }),
    '/actions/0/queryTemplate/a undeclared_name',
  ],
  [
    'a scope of another place',
    (c) => (c['actions'][0].queryTemplate = { a: '{{trigger.output.a}}' }),
    '/actions/0/queryTemplate/a unknown_root',
  ],
  [
    'the answer read before there is one',
    (c) => (c['actions'][1].bodyTemplate.name = '{{body.a}}'),
    '/actions/1/bodyTemplate/name unknown_root',
  ],
  [
    'credentials in a body',
    (c) => (c['actions'][1].bodyTemplate.name = '{{credentials.apiKey}}'),
    '/actions/1/bodyTemplate/name credentials_outside_auth',
  ],
  [
    'credentials in an error message',
    (c) => (c['defaults'].errors[0].message = '{{credentials.apiKey}}'),
    '/defaults/errors/0/message credentials_outside_auth',
  ],
  [
    'credentials in the test',
    (c) => (c['auth'][0].test = { method: 'GET', endpointTemplate: '/{{credentials.apiKey}}' }),
    '/auth/0/test/endpointTemplate credentials_outside_auth',
  ],
  [
    'a credential that is not declared',
    (c) => (c['auth'][0].apply = [{ in: 'header', name: 'X-Key', value: '{{credentials.token}}' }]),
    '/auth/0/apply/0/value undeclared_name',
  ],
  [
    'a condition that is two holes',
    (c) => (c['defaults'].errors[0].when = '{{body.a}}{{body.b}}'),
    '/defaults/errors/0/when not_a_condition',
  ],
  ['a host from an input', (c) => (c['baseUrl'] = 'https://{{input.host}}/'), '/baseUrl free_host'],
  [
    'a host from a setting without a pattern',
    (c) => (c['baseUrl'] = 'https://{{connection.free}}.acme.example'),
    '/connectionSchema/properties/free free_host',
  ],
  [
    'a pattern that lets another host in',
    (c) => (c['connectionSchema'].properties.region.pattern = '[a-z]+'),
    '/connectionSchema/properties/region/pattern free_host',
  ],
  [
    'a path that leaves its folder',
    (c) => (c['actions'][0].endpointTemplate = '/a/../b'),
    '/actions/0/endpointTemplate bad_address',
  ],
  [
    'a query in the path',
    (c) => (c['actions'][0].endpointTemplate = '/me?x=1'),
    '/actions/0/endpointTemplate bad_address',
  ],
  [
    'another host',
    (c) => (c['actions'][0].endpointTemplate = 'https://evil.example/me'),
    '/actions/0/endpointTemplate host_not_allowed',
  ],
  [
    'a whole address from an input without a list of hosts',
    (c) => {
      delete c['allowedHosts'];
      c['actions'][1].endpointTemplate = '{{input.name}}';
    },
    '/actions/1/endpointTemplate host_not_allowed',
  ],
  [
    'every host with credentials and no setting for them',
    (c) => (c['allowedHosts'] = ['*']),
    '/connectionSchema missing_key',
  ],
  [
    'a placeholder without schema',
    (c) => (c['actions'][0].endpointTemplate = '/me/{id}'),
    '/actions/0/endpointTemplate placeholder_mismatch',
  ],
  [
    'a placeholder with another name',
    (c) => (c['actions'][2].endpointTemplate = '/things/{key}'),
    '/actions/2/endpointTemplate placeholder_mismatch',
  ],
  [
    'a placeholder that is not closed',
    (c) => (c['actions'][2].endpointTemplate = '/things/{id'),
    '/actions/2/endpointTemplate bad_placeholder',
  ],
  [
    'both ways of writing an action',
    (c) => (c['actions'][1].querySchema = {}),
    '/actions/1/querySchema mixed_modes',
  ],
  ['GET with a body', (c) => (c['actions'][1].method = 'GET'), '/actions/1/method body_not_sent'],
  [
    'a test that deletes',
    (c) => (c['auth'][0].test = { action: 'delete-thing' }),
    '/auth/0/test/action unsafe_test',
  ],
  [
    'a method from an open input',
    (c) => (c['actions'][1].method = '{{input.kind}}'),
    '/actions/1/method open_choice',
  ],
  ['two actions with one key', (c) => (c['actions'][2].key = 'get-me'), '/actions/2/key duplicate'],
  [
    'a test that names no action',
    (c) => (c['auth'][0].test.action = 'who'),
    '/auth/0/test/action unknown_action',
  ],
  [
    'a server that is not there',
    (c) => (c['actions'][0].server = 'upload'),
    '/actions/0/server unknown_server',
  ],
  [
    'a bare path that is none',
    (c) => (c['actions'][0].response = { unwrap: 'body[' }),
    '/actions/0/response/unwrap bad_path',
  ],
  [
    'a key without a name',
    (c) => (c['actions'][1].idempotency = { mode: 'header' }),
    '/actions/1/idempotency/name missing_key',
  ],
  ['OAuth addresses that are missing', (c) => (c['auth'][0].type = 'OAUTH2'), '/auth/0/oauth2 missing_key'],
  [
    'a secret with a default',
    (c) =>
      (c['auth'][0].credentialsSchema = {
        properties: { apiKey: { type: 'string', 'x-secret': true, default: 'abc' } },
      }),
    '/auth/0/credentialsSchema/properties/apiKey/default secret_in_document',
  ],
  [
    'an unknown keyword in a schema',
    (c) => (c['actions'][0].outputSchema.nullable = true),
    '/actions/0/outputSchema/nullable unknown_keyword',
  ],
  [
    'a shared schema that names the whole',
    (c) => (c['$defs'].thing.properties.whole = { $ref: '#' }),
    '/$defs/thing/properties/whole/$ref dangling_reference',
  ],
] as [string, (connector: Tree) => unknown, string][])('%s is refused when saved', (_, edit, expected) => {
  const document = edited(edit);
  expect(codes(document)).toContain(expected);
});

test.each([
  ['an action without effect', (c) => delete c['actions'][0].effect, '/actions/0/effect missing_key'],
  [
    'an action that writes and says nothing about repeats',
    (c) => delete c['actions'][1].idempotency,
    '/actions/1/idempotency missing_key',
  ],
  ['credentials that cannot be tested', (c) => delete c['auth'][0].test, '/auth/0/test missing_key'],
  [
    'a sample that does not fit',
    (c) => (c['actions'][1].sample = { id: 1 }),
    '/actions/1/sample/id wrong_type',
  ],
  [
    'an example whose input does not fit',
    (c) => (c['actions'][1].examples[0].input = {}),
    '/actions/1/examples/0/input/kind missing_key',
  ],
  [
    'an example whose output does not fit',
    (c) => (c['actions'][1].examples[0].expect.output = { id: 2 }),
    '/actions/1/examples/0/expect/output/id wrong_type',
  ],
  [
    'a token in a description',
    (c) => (c['app'].description = `Use ghp_${'a'.repeat(36)}`),
    '/app/description secret_in_document',
  ],
  [
    'nothing to do',
    (c) => {
      c['actions'] = [];
      delete c['auth'][0].test;
    },
    '/actions too_short',
  ],
] as [string, (connector: Tree) => unknown, string][])(
  '%s can be saved, and is refused when published',
  (_, edit, expected) => {
    const document = edited(edit);
    expect(validateConnector(document, 'save')).toEqual([]);
    expect(codes(document, 'publish')).toContain(expected);
  },
);

test('every sentence is one line, ends like one, and names a path inside the document', () => {
  const broken = edited((c) => {
    c['actions'][1].bodyTemplate.name = '{{input.nmae}}';
    c['actions'][0].headersTemplate = { Host: 'x', 'X Y': 'a\r\nb' };
    c['baseUrl'] = 'ftp://x';
  });
  const problems = validateConnector(broken, 'save');
  expect(problems.length).toBeGreaterThan(3);
  for (const { path, message } of problems) {
    expect(path).toMatch(/^\//);
    expect(message).toMatch(/^[^\r\n]+$/);
  }
});

test.each([
  null,
  undefined,
  1,
  'x',
  [],
  [[]],
  true,
  () => 1,
  Symbol('x'),
  10n,
  Number.NaN,
  new Date(0),
  new Map(),
])('%o is refused and nothing is thrown', (value) => {
  expect(validateConnector(value, 'publish').length).toBeGreaterThan(0);
});

test('any JSON in any place is answered with a list of problems', () => {
  const places = [...listPlaces(sound)];
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 3 }), (place, value) => {
      const document = structuredClone(sound);
      const keys = [...place];
      const last = keys.pop()!;
      let at: Tree = document;
      for (const key of keys) at = at[key] as Tree;
      at[last] = value;
      for (const { path, code, message } of validateConnector(document, 'publish')) {
        expect([typeof path, typeof code, typeof message]).toEqual(['string', 'string', 'string']);
      }
    }),
    { numRuns: 400 },
  );
});

function* listPlaces(value: unknown, path: string[] = []): Generator<string[]> {
  if (path.length > 0) yield path;
  if (value !== null && typeof value === 'object')
    for (const [key, entry] of Object.entries(value)) yield* listPlaces(entry, [...path, key]);
}

test('the connector itself is not changed by being looked at', () => {
  const before = JSON.stringify(sound);
  validateConnector(sound as unknown as Connector, 'publish');
  expect(JSON.stringify(sound)).toBe(before);
});

test('an endpoint may be empty, keep the slashes of an input, and be asked by the methods of WebDAV', () => {
  const problems = (change: (document: Tree) => void) => {
    const document = structuredClone(sound);
    change(document);
    return validateConnector(document, 'save').map(({ path, code, message }) => `${path} ${code} ${message}`);
  };
  expect(problems((c) => (c['actions'][1].endpointTemplate = ''))).toEqual([]);
  expect(problems((c) => (c['actions'][1].endpointTemplate = '/{+name}/x'))).toEqual([]);
  expect(problems((c) => (c['actions'][1].endpointTemplate = '/{name}'))).toEqual([
    expect.stringMatching(
      /placeholder_mismatch .*write \{\{input\.name\}\}, or \{\+name\} to keep its slashes/,
    ),
  ]);
  expect(problems((c) => (c['actions'][1].endpointTemplate = '/{+other}'))).toEqual([
    expect.stringMatching(
      /^\/actions\/1\/endpointTemplate placeholder_mismatch \{\+other\} is the input "other"/,
    ),
  ]);
  expect(problems((c) => (c['auth'][0].test = { method: 'GET', endpointTemplate: '/{+name}' }))).toEqual([
    expect.stringContaining('placeholder_mismatch'),
  ]);
  expect(problems((c) => (c['auth'][0].test = { method: 'PROPFIND', endpointTemplate: '/' }))).toEqual([]);
  expect(problems((c) => (c['auth'][0].test = { method: 'MKCOL', endpointTemplate: '/' }))).toEqual([
    expect.stringContaining('unsafe_test'),
  ]);
  const step = { id: 'find', method: 'GET', endpointTemplate: '/{+id}' };
  expect(problems((c) => (c['actions'][2].steps = [step]))).toEqual([]);
});
