import { expect, test } from 'vitest';
import type { Json } from '../json.ts';
import type { JsonSchema } from '../types.ts';
import { validateValue } from '../validate-value.ts';
import { checkSchemas } from '../rules/check-schemas.ts';
import { checkExpansions, checkSchema } from './check-schema.ts';

const codes = (schema: Json) => checkSchema(schema, '/s').map(({ path, code }) => `${path} ${code}`);
const expanded = (schema: Json, defs: { [name: string]: Json } = {}) =>
  checkExpansions([{ schema, path: '/s' }], defs).map(({ code }) => code);

test('an ordinary schema has no problem', () => {
  const schema: Json = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: ['a'],
    properties: {
      a: { type: ['string', 'null'], format: 'date-time', 'x-label': 'A' },
      b: { $ref: '#/$defs/b' },
      c: { $ref: '#/properties/a' },
      d: { 'x-xml': { name: 'n:d', prefix: 'n', namespace: 'urn:n', attribute: true, wrapped: false } },
    },
    $defs: { b: { type: 'array', items: { enum: [1, 'x', null] }, uniqueItems: true } },
    additionalProperties: false,
  };
  expect(codes(schema)).toEqual([]);
  expect(expanded(schema)).toEqual([]);
});

test.each([
  [{ type: 'text' }, '/s/type wrong_type'],
  [{ properties: { a: 1 } }, '/s/properties/a wrong_type'],
  [{ properties: [] }, '/s/properties wrong_type'],
  [{ anyOf: [] }, '/s/anyOf wrong_type'],
  [{ required: 'a' }, '/s/required wrong_type'],
  [{ required: ['a', 'a'] }, '/s/required wrong_type'],
  [{ minLength: -1 }, '/s/minLength wrong_type'],
  [{ maximum: '3' }, '/s/maximum wrong_type'],
  [{ exclusiveMinimum: true, minimum: 1 }, '/s/exclusiveMinimum wrong_type'],
  [{ enum: [] }, '/s/enum wrong_type'],
  [{ 'x-xml': 'a' }, '/s/x-xml wrong_type'],
  [{ 'x-xml': { wrapped: 'yes' } }, '/s/x-xml wrong_type'],
  [{ 'x-xml': { name: 'a b' } }, '/s/x-xml wrong_type'],
  [{ 'x-xml': { other: true } }, '/s/x-xml wrong_type'],
  [{ format: 'regex' }, '/s/format unknown_format'],
  [{ pattern: '(?=a)' }, '/s/pattern bad_pattern'],
  [{ pattern: 'a'.repeat(1001) }, '/s/pattern too_large'],
  [{ patternProperties: { '(': {} } }, '/s/patternProperties/( bad_pattern'],
  [{ definitions: {} }, '/s/definitions unknown_keyword'],
  [{ nullable: true }, '/s/nullable unknown_keyword'],
  [{ 'x-script': 'x' }, '/s/x-script unknown_keyword'],
  [{ $ref: 'other.json' }, '/s/$ref remote_reference'],
  [{ $ref: '#/$defs/none' }, '/s/$ref dangling_reference'],
  [{ $ref: '#/properties', properties: { a: {} } }, ''],
  [{ properties: { a: { $id: 'x' } } }, '/s/properties/a/$id wrong_form'],
  [{ enum: Array.from({ length: 5001 }, (_, index) => index) }, '/s/enum too_large'],
  [{ anyOf: Array.from({ length: 10_001 }, () => ({})) }, '/s/anyOf/9999 too_large'],
] as [Json, string][])('%j: %s', (schema, expected) => {
  if (expected === '') expect(codes(schema)).toEqual([]);
  else expect(codes(schema)).toContain(expected);
});

test('recursion through a part of the value is fine, recursion on the spot is refused', () => {
  expect(expanded({ properties: { child: { $ref: '#' } } })).toEqual([]);
  expect(expanded({ allOf: [{ $ref: '#' }] })).toEqual(['schema_loop']);
  expect(
    expanded({ $ref: '#/$defs/a' }, { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { $ref: '#/$defs/a' } }),
  ).toEqual(['schema_loop']);
});

test('a chain of hundreds of definitions is refused before anything walks it', () => {
  const defs: { [name: string]: Json } = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [
      `d${index}`,
      index === 499 ? true : { $ref: `#/$defs/d${index + 1}` },
    ]),
  );
  expect(expanded({ $ref: '#/$defs/d0' }, defs)).toEqual(['too_deep']);
});

test('nested lists of schemas behind a reference compile without doubling', () => {
  let schema: JsonSchema = { type: 'string' };
  for (let depth = 0; depth < 30; depth += 1) schema = { allOf: [schema] };
  const whole: JsonSchema = { $ref: '#/$defs/deep', $defs: { deep: schema } };
  expect(codes(whole)).toEqual([]);
  expect(validateValue(whole, 'x')).toEqual([]);
  expect(validateValue(whole, 1)).toHaveLength(1);
});

test('long chains through parts of a value, and large circles, are fine: work grows with the value alone', () => {
  const defs: { [name: string]: Json } = Object.fromEntries(
    Array.from({ length: 3000 }, (_, index) => [
      `d${index}`,
      { type: 'object', properties: { a: { $ref: `#/$defs/d${(index + 1) % 3000}` } } },
    ]),
  );
  expect(expanded({ $ref: '#/$defs/d0' }, defs)).toEqual([]);
  const schema = { $ref: '#/$defs/d0', $defs: defs } as JsonSchema;
  expect(validateValue(schema, { a: { a: { a: {} } } })).toEqual([]);
  expect(validateValue(schema, { a: { a: { a: 1 } } })).toMatchObject([{ path: '/a/a/a' }]);
});

test('what looks at parts of parts twice at every level is refused', () => {
  const defs: { [name: string]: Json } = {};
  for (let index = 0; index < 40; index += 1) {
    const next = { properties: { a: index === 39 ? true : { $ref: `#/$defs/d${index + 1}` } } };
    defs[`d${index}`] = { allOf: [next, next] };
  }
  expect(expanded({ $ref: '#/$defs/d0' }, defs)).toEqual(['too_large']);
});

test('patterns that are dear together are refused before all of them are compiled', () => {
  const base = {
    manifestVersion: 1 as const,
    app: { key: 'a', name: 'A' },
    version: '1.0.0',
    auth: [{ key: 'none', label: 'None', type: 'NONE' as const }],
    actions: [],
  };
  const large = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`d${at}`, { pattern: `^a{0,900}${at}$` }]));
  expect(checkSchemas({ ...base, $defs: large(50) })).toEqual([]);
  const found = checkSchemas({ ...base, $defs: large(4000) });
  expect(found[0]).toMatchObject({
    code: 'too_large',
    message: expect.stringContaining('together') as string,
  });
});
