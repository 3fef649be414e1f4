import { expect, test } from 'vitest';
import { baseConnector } from '../testing/malicious-connectors.ts';
import type { Auth, Connector } from '../types.ts';
import { credentialsSchemaOf } from './compose-schema.ts';

test('what is secret by its kind stays secret, whatever a document says of it', () => {
  const connector = baseConnector() as unknown as Connector;
  const auth = {
    key: 'key',
    label: 'Key',
    type: 'API_KEY',
    credentialsSchema: {
      type: 'object',
      properties: { apiKey: { type: 'string', title: 'Token', 'x-secret': false }, shop: { type: 'string' } },
    },
    apply: [],
  } as unknown as Auth;
  const { properties } = credentialsSchemaOf(connector, auth) as { properties: { [name: string]: object } };
  expect(properties['apiKey']).toMatchObject({ title: 'Token', 'x-secret': true });
  expect(properties['shop']).not.toHaveProperty('x-secret');
});
