import { expect, it } from 'vitest';
import type { Json, Schema } from '../types/api.ts';
import { fieldKind, fitsRows, humanize, initialInput, listFields, listSections } from './schema-form.ts';

const kinds: [string, Schema][] = [
  ['text', { type: 'string' }],
  ['text', { type: ['string', 'null'] }],
  ['multiline', { type: 'string', 'x-multiline': true }],
  ['secret', { type: 'string', 'x-secret': true }],
  ['secret', { type: 'string', writeOnly: true }],
  ['number', { type: 'integer' }],
  ['boolean', { type: 'boolean' }],
  ['choice', { enum: ['a', 'b'] }],
  ['choice', { oneOf: [{ const: 1, title: 'One' }, { const: 2 }] }],
  ['options', { type: 'string', 'x-optionsFrom': 'boards' }],
  ['options', { 'x-optionsFrom': 'boards' }],
  ['optionsList', { type: 'array', items: { type: 'string', 'x-optionsFrom': 'boards' } }],
  ['optionsList', { type: 'array', 'x-optionsFrom': 'boards' }],
  ['fields', { type: 'object', 'x-fieldsFrom': 'columns', additionalProperties: true }],
  ['list', { type: 'array', items: { type: 'string' } }],
  ['json', { type: 'array', items: { type: 'object' } }],
  ['rows', { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } }],
  ['map', { type: 'object', additionalProperties: { type: 'string' } }],
  ['map', { type: 'object', additionalProperties: true }],
  ['object', { type: 'object', properties: { a: {} } }],
  ['json', { type: 'object' }],
  ['json', {}],
  ['json', { if: {}, then: {} }],
];
it.each(kinds)('draws a %s control for %j', (kind, schema) => {
  expect(fieldKind(schema)).toBe(kind);
});

it('lists fields in the order of their author, follows references, and leaves hidden ones out', () => {
  const schema = {
    type: 'object',
    required: ['b'],
    properties: {
      a: { type: 'string' },
      b: { $ref: '#/$defs/B' },
      c: { type: 'string', 'x-hidden': true },
      d: { type: 'string', 'x-order': 1 },
    },
    $defs: { B: { type: 'number', title: 'Big B', description: 'What it is' } },
  };
  const fields = listFields(schema);
  expect(fields.map((field) => field.key)).toEqual(['d', 'a', 'b']);
  expect(fields[2]).toMatchObject({ label: 'Big B', help: 'What it is', required: true, kind: 'number' });
});

it('gives a recursive reference up instead of hanging', () => {
  expect(
    listFields({ properties: { a: { $ref: '#/$defs/A' } }, $defs: { A: { $ref: '#/$defs/A' } } }),
  ).toHaveLength(1);
});

it('starts a step with the defaults of what is required', () => {
  expect(
    initialInput({
      required: ['method'],
      properties: { method: { enum: ['GET'], default: 'GET' }, other: { type: 'string', default: 'x' } },
    }),
  ).toEqual({ method: 'GET' });
});

it('makes words of keys', () => {
  expect(['clientId', 'per_page', 'x-source'].map(humanize)).toEqual(['Client id', 'Per page', 'X source']);
});

it('shows what holds when a field is left empty', () => {
  const fields = listFields({
    properties: {
      limit: { type: 'integer', default: 30, examples: [5] },
      q: { 'x-placeholder': 'is:open', default: '' },
    },
  });
  expect(fields.map(({ example }) => example)).toEqual(['30', 'is:open']);
});

it('asks for a file where the schema says so, whatever its type', () => {
  const list: Schema = { type: 'array', items: { 'x-file': true } };
  const files: Schema[] = [{ 'x-file': true }, { type: 'object', 'x-file': true }, list];
  expect(files.map((schema) => fieldKind(schema))).toEqual(['file', 'file', 'file']);
});

it('shows a list of objects as rows while it is short and every entry is an object', () => {
  const fitting: (Json | undefined)[] = [undefined, [], [{ a: 1 }, {}]];
  expect(fitting.map(fitsRows)).toEqual([true, true, true]);
  const others: Json[] = ['{{x}}', ['{{x}}'], [[]], [null], Array.from({ length: 31 }, () => ({}))];
  expect(others.map(fitsRows)).toEqual(others.map(() => false));
});

it('puts fields under the headings of their author, and rarely needed ones last', () => {
  const sections = listSections(
    listFields({
      type: 'object',
      properties: {
        a: { type: 'string', 'x-group': 'Address' },
        b: { type: 'string' },
        c: { type: 'string', 'x-advanced': true, 'x-group': 'Address' },
        d: { type: 'string', 'x-group': 'Address' },
        e: { type: 'string', 'x-group': 'advanced' },
      },
    }),
  );
  expect(sections.map(({ kind, title, fields }) => [kind, title, fields.map(({ key }) => key)])).toEqual([
    ['main', '', ['b']],
    ['group', 'Address', ['a', 'd']],
    ['group', 'advanced', ['e']],
    ['advanced', '', ['c']],
  ]);
});
