import { expect, test } from 'vitest';
import { fillDefaults, hasDefault } from './fill-defaults.ts';

const schema = {
  type: 'object',
  required: ['method', 'name', 'page'],
  properties: {
    method: { enum: ['GET', 'POST'], default: 'GET' },
    name: { type: 'string' },
    limit: { type: 'integer', default: 30 },
    page: { type: 'object', required: ['size'], properties: { size: { $ref: '#/$defs/size' } } },
    rows: { type: 'array', items: { type: 'object', required: ['n'], properties: { n: { default: 1 } } } },
  },
  $defs: { size: { type: 'integer', default: 50 } },
};

test('what must be there and has a default is filled in, at every depth', () => {
  expect(fillDefaults(schema, {})).toEqual({ method: 'GET', page: { size: 50 } });
  expect(fillDefaults(schema, { page: {}, rows: [{}, { n: 2 }] })).toEqual({
    method: 'GET',
    page: { size: 50 },
    rows: [{ n: 1 }, { n: 2 }],
  });
});

test('what may be absent stays absent, and what is there stays as it is, null among it', () => {
  const given = { method: 'POST', name: 'x', page: { size: 1 } };
  expect(fillDefaults(schema, given)).toEqual(given);
  expect(fillDefaults(schema, { ...given, method: null })).toEqual({ ...given, method: null });
  expect(fillDefaults(schema, 'a text')).toBe('a text');
});

test('a schema that refers to itself ends, and no prototype is read', () => {
  const circle = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } };
  expect(fillDefaults(circle, {})).toEqual({});
  const tree = {
    $ref: '#/$defs/node',
    $defs: { node: { type: 'object', required: ['next'], properties: { next: { $ref: '#/$defs/node' } } } },
  };
  expect(fillDefaults(tree, {})).toEqual({});
  const odd = { type: 'object', required: ['toString'], properties: { toString: { default: 1 } } };
  expect(fillDefaults(odd, {})).toEqual({ toString: 1 });
  expect(hasDefault(schema, 'method')).toBe(true);
  expect(hasDefault(schema, 'constructor')).toBe(false);
});
