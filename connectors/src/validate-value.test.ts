import { expect, test } from 'vitest';
import type { Json } from './json.ts';
import type { JsonSchema } from './types.ts';
import { validateValue } from './validate-value.ts';

const person: JsonSchema = {
  type: 'object',
  required: ['name', 'email'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 5 },
    email: { type: 'string', format: 'email' },
    age: { type: 'integer', minimum: 0 },
    tags: { type: 'array', items: { enum: ['a', 'b'] }, uniqueItems: true },
    code: { type: 'string', pattern: '^[a-z]+$' },
  },
};

test('a value that fits has no problem', () => {
  expect(
    validateValue(person, { name: 'Ada', email: 'ada@example.com', age: 36, tags: ['a'], code: 'x' }),
  ).toEqual([]);
});

test.each([
  [{ email: 'a@b.de' }, '/name', 'missing_key', '"name" is missing; add it.'],
  [{ name: 'Ada', email: 'nobody' }, '/email', 'wrong_form', 'Must be a valid email.'],
  [{ name: '', email: 'a@b.de' }, '/name', 'too_short', 'Must not be empty.'],
  [{ name: 'Ada Lovelace', email: 'a@b.de' }, '/name', 'too_large', 'Must have at most 5 characters.'],
  [{ name: 'Ada', email: 'a@b.de', age: 1.5 }, '/age', 'wrong_type', 'Must be a whole number.'],
  [{ name: 'Ada', email: 'a@b.de', age: -1 }, '/age', 'out_of_range', 'Must be >= 0.'],
  [{ name: 'Ada', email: 'a@b.de', tags: ['c'] }, '/tags/0', 'wrong_value', 'Must be one of "a", "b".'],
  [
    { name: 'Ada', email: 'a@b.de', tags: ['a', 'a'] },
    '/tags',
    'duplicate',
    'Entries 0 and 1 are equal; each must be different.',
  ],
  [
    { name: 'Ada', email: 'a@b.de', code: 'A' },
    '/code',
    'wrong_form',
    'Does not have the form that is asked for here (^[a-z]+$).',
  ],
  [
    { name: 'Ada', email: 'a@b.de', 'a/b': 1 },
    '/a~1b',
    'unknown_key',
    '"a/b" is not a name that is known here; take it out or correct its spelling.',
  ],
] as [Json, string, string, string][])('%j is refused at %s', (value, path, code, message) => {
  expect(validateValue(person, value)).toContainEqual({ path, code, message });
});

test('all faults of one value are told together', () => {
  expect(validateValue(person, { name: 1, email: 2 }).map(({ path }) => path)).toEqual(['/name', '/email']);
});

test('an emoji counts as one character', () => {
  expect(validateValue({ type: 'string', maxLength: 5 }, '👩👩👩👩👩')).toEqual([]);
});

test('a member named like something every object inherits is still missing when it is absent', () => {
  expect(validateValue({ type: 'object', required: ['constructor'] }, {})).toMatchObject([
    { path: '/constructor', code: 'missing_key' },
  ]);
});

test('a recursive schema accepts a tree and refuses one that is nested too deep', () => {
  const tree: JsonSchema = {
    type: 'object',
    properties: { child: { $ref: '#' }, n: { type: 'integer' } },
    additionalProperties: false,
  };
  expect(validateValue(tree, { child: { child: { n: 1 } } })).toEqual([]);
  expect(validateValue(tree, { child: { child: { n: 'x' } } })).toMatchObject([{ path: '/child/child/n' }]);
  let deep: Json = {};
  for (let depth = 0; depth < 10_000; depth += 1) deep = { child: deep };
  expect(validateValue(tree, deep)).toMatchObject([{ code: 'too_deep' }]);
});

test('the hundredth fault is the last that is told, however many there are', () => {
  const many = Array.from({ length: 15_000 }, () => 'x');
  expect(validateValue({ type: 'array', items: { type: 'integer' } }, many)).toHaveLength(100);
  expect(validateValue({ type: 'array', items: { type: 'integer' } }, [...many, ...many])).toHaveLength(1);
});

test('hundreds of different schemas one after the other give the same answers as the first', () => {
  for (let index = 0; index < 650; index += 1) {
    const schema: JsonSchema = { type: 'string', pattern: `^a{${index % 300}}$`, maxLength: 1000 + index };
    expect(validateValue(schema, 'a'.repeat(index % 300))).toEqual([]);
    expect(validateValue(schema, 'b')).toHaveLength(1);
  }
});
