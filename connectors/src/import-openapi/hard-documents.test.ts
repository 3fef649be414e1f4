import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../json.ts';
import { inputSchemaOf } from '../schemas/compose-schema.ts';
import { validateConnector } from '../validate-connector.ts';
import { validateValue } from '../validate-value.ts';
import { importOpenApi } from './index.ts';

const fine = { responses: { 200: { description: 'Fine.' } } };
const importOf = (more: object, url?: string) => {
  const imported = importOpenApi(
    {
      openapi: '3.0.3',
      info: { title: 'Shop' },
      servers: [{ url: 'https://api.example.com' }],
      paths: { '/me': { get: fine } },
      ...(more as JsonObject),
    },
    { url },
  );
  expect(validateConnector(imported.definition, 'publish')).toEqual([]);
  return imported;
};

test('a parent that names its children, which name it, is checked as far as it says something', () => {
  const child = (name: string, ...required: string[]) => ({
    allOf: [
      { $ref: '#/components/schemas/Animal' },
      { type: 'object', required, properties: { [name]: { type: 'string' } } },
    ],
  });
  const schemas = {
    Animal: {
      type: 'object',
      required: ['kind'],
      properties: { kind: { type: 'string' } },
      oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }],
    },
    Cat: child('colour', 'colour'),
    Dog: child('name', 'name'),
    Round: { allOf: [{ $ref: '#/components/schemas/Trip' }], properties: { a: { type: 'integer' } } },
    Trip: { allOf: [{ $ref: '#/components/schemas/Round' }], properties: { b: { type: 'integer' } } },
    Alone: { $ref: '#/components/schemas/Alone' },
    Choice: { oneOf: [{ $ref: '#/components/schemas/Other' }, { type: 'integer' }] },
    Other: { anyOf: [{ $ref: '#/components/schemas/Choice' }, { type: 'string' }] },
  };
  const post = (name: string) => ({
    post: {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
      },
      responses: {},
    },
  });
  const paths = Object.fromEntries(Object.keys(schemas).map((name) => [`/${name}`, post(name)]));
  const { definition, left } = importOf({ components: { schemas }, paths });
  expect(left).toEqual([]);
  const takes = (name: string, body: Json) => {
    const action = definition.actions.find(({ key }) => key === `post-${name}`)!;
    return validateValue(inputSchemaOf(definition, action), { body }).length === 0;
  };
  expect(takes('animal', { kind: 'cat', colour: 'red' })).toBe(true);
  expect(takes('animal', { colour: 'red' })).toBe(false);
  expect(takes('animal', { kind: 'cat' })).toBe(false);
  expect(takes('dog', { kind: 'dog', name: 'Rex' })).toBe(true);
  expect(takes('dog', { name: 'Rex' })).toBe(false);
  expect(takes('round', { a: 1, b: 1 })).toBe(true);
  expect(takes('round', { a: 1, b: 'x' })).toBe(false);
  expect(takes('choice', 5)).toBe(true);
});

test('a body that nobody could check to an end may hold anything, and that is said', () => {
  const levels = Array.from({ length: 30 }, (_, at): [string, Json] => {
    const next = { $ref: `#/components/schemas/L${at + 1}` };
    return [
      `L${at}`,
      at === 29 ? { type: 'string' } : { allOf: [next, { anyOf: [next, { type: 'null' }] }] },
    ];
  });
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/L0' } } };
  const { definition, left, warnings } = importOf({
    components: { schemas: Object.fromEntries(levels) },
    paths: { '/deep': { post: { requestBody: { required: true, content }, responses: {} } } },
  });
  expect(left).toEqual([]);
  expect(definition.actions[0]!.bodySchema).toEqual({ 'x-required': true });
  expect(warnings.join()).toContain('The body of POST /deep cannot be checked');
});

test('more operations than a connector may have are left with a reason', () => {
  const paths = Object.fromEntries(Array.from({ length: 5001 }, (_, at) => [`/p${at}`, { get: fine }]));
  const { actions, left } = importOf({ paths });
  expect(actions).toBe(5000);
  expect(left).toEqual([{ operation: 'GET /p5000', reason: expect.stringContaining('at most 5000') }]);
});

test('a document that is too large loses the words of members, then its last operations', () => {
  const many = (count: number, size: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, at) => [
        `/p${at}`,
        {
          post: {
            requestBody: {
              content: {
                'application/json': {
                  schema: {
                    type: 'object',
                    properties: {
                      a: { type: 'string', description: 'd'.repeat(500), enum: ['e'.repeat(size) + at] },
                    },
                  },
                },
              },
            },
            responses: {},
          },
        },
      ]),
    );
  const worded = importOf({ paths: many(30, 550_000) });
  expect(worded.actions).toBeLessThan(30);
  expect(worded.actions).toBeGreaterThan(20);
  expect(worded.left[0]!.reason).toContain('choose what you need');
});
