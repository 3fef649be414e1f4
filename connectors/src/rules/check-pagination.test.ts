import { expect, test } from 'vitest';
import { baseConnector } from '../testing/malicious-connectors.ts';
import type { Action, Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';

const codes = (change: Partial<Action>): string[] => {
  const base = baseConnector() as unknown as Connector;
  const [action] = base.actions;
  const document = { ...base, actions: [{ ...action, ...change }] };
  return validateConnector(document, 'save').map(
    ({ path, code }) => `${path.replace('/actions/0/', '')} ${code}`,
  );
};
const cursor = {
  type: 'cursor',
  items: 'body.items',
  next: 'body.next',
  send: { in: 'query', name: 'cursor' },
} as const;

test('a list in pages with all it needs is taken', () => {
  expect(codes({ pagination: cursor, maxItems: 50, response: { map: { all: '{{items}}' } } })).toEqual([]);
  expect(codes({ pagination: { type: 'none' } })).toEqual([]);
});

test('what a type needs is asked for, and what it does not read is refused', () => {
  expect(codes({ pagination: { type: 'cursor', items: 'body' } })).toEqual([
    'pagination/next missing_key',
    'pagination/send missing_key',
  ]);
  expect(codes({ pagination: { type: 'link', items: 'body', next: 'body.next' } })).toEqual([
    'pagination/next unknown_key',
  ]);
  expect(codes({ pagination: { type: 'none', items: 'body' } })).toEqual([]);
  const offset = {
    type: 'offset',
    items: 'body',
    send: { in: 'query', name: 'o' },
    size: { value: 5 },
  } as const;
  expect(codes({ pagination: offset })).toEqual(['pagination/size missing_key']);
});

test('paths are paths, items are read with pagination alone, and only reads are made again and again', () => {
  expect(codes({ pagination: { ...cursor, items: 'body.{{x}}' } })).toEqual(['pagination/items bad_path']);
  expect(codes({ maxItems: 5 })).toEqual(['maxItems unknown_key']);
  expect(codes({ response: { map: { all: '{{items}}' } } })).toEqual(['response/map/all unknown_root']);
  expect(codes({ pagination: cursor, response: { unwrap: 'body.items' } })).toEqual([
    'response/unwrap mixed_modes',
  ]);
  expect(codes({ pagination: cursor, effect: 'create' })).toEqual(['pagination wrong_value']);
});

test('the address of further pages is judged like any other', () => {
  const at = (endpointTemplate: string) =>
    codes({ pagination: { ...cursor, send: { in: 'body', name: 'cursor', endpointTemplate } } });
  expect(at('/contacts/continue')).toEqual([]);
  expect(at('https://evil.example/continue')).toEqual(['pagination/send/endpointTemplate host_not_allowed']);
  expect(at('/a/{{credentials.apiKey}}')).toEqual([
    'pagination/send/endpointTemplate credentials_outside_auth',
  ]);
});

test('in GraphQL a variable is named without its list', () => {
  const at = (name: string) =>
    codes({
      method: 'POST',
      effect: 'read',
      bodyFormat: 'graphql',
      graphql: { query: 'query($after: String) { things }' },
      bodyTemplate: {},
      pagination: { ...cursor, send: { in: 'body', name } },
    });
  expect(at('after')).toEqual([]);
  expect(at('variables.after')).toEqual(['pagination/send/name wrong_value']);
});

test('a computed next page and a page in the path are looked at', () => {
  const next = (value: string) => codes({ pagination: { ...cursor, next: value } });
  expect(next("{{items[-1].id + 'x'}}")).toEqual([]);
  expect(next('{{input.id}}')).toEqual(['pagination/next unknown_root']);
  expect(next('{{items[-1')).toEqual(['pagination/next invalid_expression']);
  const page = { type: 'page', items: 'body', send: { in: 'path', name: 'page' } } as const;
  expect(codes({ pagination: page })).toEqual(['pagination/send/name placeholder_mismatch']);
  const send = { in: 'path', name: 'c' } as const;
  expect(codes({ pagination: { ...cursor, send } })).toEqual(['pagination/send/name placeholder_mismatch']);
  expect(
    codes({ pagination: { ...cursor, send: { ...send, endpointTemplate: '/contacts/after/{c}' } } }),
  ).toEqual([]);
});
