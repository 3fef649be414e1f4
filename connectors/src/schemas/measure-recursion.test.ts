import { expect, test } from 'vitest';
import type { Json } from '../json.ts';
import type { JsonSchema } from '../types.ts';
import { validateValue } from '../validate-value.ts';
import { measureRecursion } from './measure-recursion.ts';

const growth = (schema: Json) => measureRecursion({ schema, defs: {} });
const self = { $ref: '#' };

test('what is not recursive, or looks at each part once, does not multiply', () => {
  expect(
    growth({ type: 'object', properties: { a: { anyOf: [{ type: 'string' }, { type: 'null' }] } } }),
  ).toBe(1);
  expect(growth({ properties: { left: self, right: self } })).toBe(1);
  expect(growth({ anyOf: [{ type: 'string' }, { type: 'array', items: self }] })).toBe(1);
  expect(
    growth({
      $ref: '#/$defs/a',
      $defs: {
        a: { properties: { b: { $ref: '#/$defs/b' } } },
        b: { properties: { a: { $ref: '#/$defs/a' } } },
      },
    }),
  ).toBe(1);
});

test('what looks at one part several times multiplies by that number', () => {
  expect(growth({ properties: { child: { allOf: [self, self] } } })).toBe(2);
  expect(
    growth({
      oneOf: [1, 2, 3].map((kind) => ({ properties: { kind: { const: kind }, children: { items: self } } })),
    }),
  ).toBe(3);
  expect(growth({ allOf: [{ properties: { a: self } }, { additionalProperties: self }] })).toBe(2);
  expect(
    growth({
      $ref: '#/$defs/a',
      $defs: {
        a: { anyOf: [{ $ref: '#/$defs/b' }, { $ref: '#/$defs/b' }] },
        b: { properties: { x: { $ref: '#/$defs/a' } } },
      },
    }),
  ).toBe(2);
});

test('a value against such a schema ends, however deep it is', () => {
  const schema: JsonSchema = { properties: { child: { allOf: Array.from({ length: 10 }, () => self) } } };
  let value: Json = 1;
  for (let depth = 0; depth < 100; depth += 1) value = { child: value };
  expect(validateValue(schema, value)).toMatchObject([{ code: 'too_deep' }]);
  expect(validateValue(schema, { child: { child: {} } })).toEqual([]);
});
