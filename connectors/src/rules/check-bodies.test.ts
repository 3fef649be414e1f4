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

test('GraphQL and JSON-RPC need their fixed part, and only they have one', () => {
  const graphql = { query: '{ me { id } }' };
  expect(codes({ bodyFormat: 'graphql', graphql })).toEqual([]);
  expect(codes({ bodyFormat: 'graphql' })).toEqual(['graphql missing_key']);
  expect(codes({ graphql })).toEqual(['graphql unknown_key']);
  expect(codes({ bodyFormat: 'jsonRpc' })).toEqual(['jsonRpc missing_key']);
  expect(codes({ bodyFormat: 'graphql', graphql, method: 'PUT' })).toEqual(['method wrong_value']);
});

test('no value is spliced into a document or a method name', () => {
  const query = '{ user(id: "{{input.path.id}}") { id } }';
  expect(codes({ bodyFormat: 'graphql', graphql: { query } })).toEqual(['graphql/query spliced_value']);
  expect(codes({ bodyFormat: 'jsonRpc', jsonRpc: { method: '{{input.path.id}}' } })).toEqual([
    'jsonRpc/method spliced_value',
  ]);
});

test('a body without members takes no key', () => {
  const idempotency = { mode: 'field', name: 'key' } as const;
  expect(codes({ bodyFormat: 'binary', idempotency })).toEqual(['bodyFormat wrong_value']);
  expect(codes({ bodyFormat: 'multipart', idempotency })).toEqual([]);
});
