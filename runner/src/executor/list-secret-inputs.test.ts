import type { Json } from '@weftline/connectors/json';
import { expect, test } from 'vitest';
import { hideSecretInputs, listSecretInputs } from './list-secret-inputs.ts';

const schema = {
  type: 'object',
  properties: {
    pin: { type: 'string', 'x-secret': true },
    users: {
      type: 'array',
      items: {
        type: 'object',
        properties: { key: { type: 'string', 'x-secret': true }, name: { type: 'string' } },
      },
    },
  },
};
const input: Json = { pin: '123', users: [{ key: 'a-key', name: 'Ada' }, { name: 'Bob' }], other: 'kept' };

test('inputs marked secret are listed, also inside lists, and hidden by their place however short they are', () => {
  expect(listSecretInputs(schema, input)).toEqual(['123', 'a-key']);
  expect(hideSecretInputs(schema, input)).toEqual({
    pin: '[REDACTED]',
    users: [{ key: '[REDACTED]', name: 'Ada' }, { name: 'Bob' }],
    other: 'kept',
  });
});

test('an input without secret members is handed on as it is', () => {
  const open = { type: 'object', properties: { a: { type: 'string' } } };
  expect(listSecretInputs(open, input)).toEqual([]);
  expect(hideSecretInputs(open, input)).toBe(input);
});
