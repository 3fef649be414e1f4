import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { readCorpus } from '../testing/malicious-connectors.ts';
import { validateConnector } from '../validate-connector.ts';
import { ImportError, importOpenApi, parseOpenApi } from './index.ts';

const corpus = readCorpus();
const prototype = () => Object.getOwnPropertyNames(Object.prototype).join();
const document = (paths: object, more: JsonObject = {}): JsonObject => ({
  openapi: '3.0.3',
  info: { title: 'Shop' },
  servers: [{ url: 'https://api.example.com' }],
  paths: paths as JsonObject,
  ...more,
});

test.each(corpus.filter(({ raw_document: text }) => text !== undefined))(
  '$id $what: refused as a document to import',
  ({ raw_document: text }) => {
    const before = prototype();
    expect(() => importOpenApi(parseOpenApi(text!))).toThrow(ImportError);
    expect(prototype()).toBe(before);
  },
);

test.each(corpus.filter(({ raw_generate: generate }) => generate?.kind === 'openapi'))(
  '$id $what: refused before anything is read or called',
  ({ raw_generate: generate }) => {
    const { server, ref } = generate as { server?: string; ref?: string };
    const servers = [{ url: server ?? 'https://api.example.com' }];
    const responses = ref === undefined ? {} : { 200: { $ref: ref } };
    expect(() => importOpenApi(document({ '/x': { get: { responses } } }, { servers }))).toThrow(ImportError);
  },
);

test('a document that is nested without end, or has too many values, is refused', () => {
  let deep: JsonObject = {};
  for (let depth = 0; depth < 5000; depth += 1) deep = { a: deep };
  expect(() => importOpenApi(document({ '/x': deep }))).toThrow(ImportError);
  const wide = Array.from({ length: 3000 }, () => Array.from({ length: 3000 }, () => 0));
  expect(() => importOpenApi(document({ '/x': wide }))).toThrow(ImportError);
});

test('references in circles, and schemas that double at every level, cost nothing and nothing else', () => {
  const schemas: JsonObject = {
    a: { $ref: '#/components/schemas/b' },
    b: { $ref: '#/components/schemas/a' },
    self: { allOf: [{ $ref: '#/components/schemas/self' }] },
    fine: { type: 'object', properties: { next: { $ref: '#/components/schemas/fine' } } },
  };
  for (let level = 0; level < 40; level += 1) {
    const next = { $ref: `#/components/schemas/d${level + 1}` };
    schemas[`d${level}`] = { allOf: [next, next] };
  }
  schemas['d40'] = {};
  const answer = (name: string) => ({
    get: {
      responses: {
        200: {
          description: 'x',
          content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
        },
      },
    },
  });
  const { definition, actions, left, warnings } = importOpenApi(
    document(
      {
        '/a': answer('a'),
        '/self': answer('self'),
        '/fine': answer('fine'),
        '/doubling': answer('d0'),
        '/path': { $ref: '#/paths/~1path' },
      },
      { components: { schemas } },
    ),
  );
  expect(validateConnector(definition, 'publish')).toEqual([]);
  expect({ actions, left }).toEqual({ actions: 4, left: [] });
  // What nobody could check to an end is not described, and said.
  expect(definition.actions.at(-1)).toMatchObject({ key: 'get-doubling', outputSchema: {} });
  expect(warnings.join()).toContain('GET /doubling');
});

test('names that every object has, and texts that are templates, mean nothing', () => {
  const before = prototype();
  const odd = {
    get: {
      operationId: 'constructor',
      summary: '{{credentials.apiKey}}',
      parameters: [
        { name: '__proto__', in: 'query', schema: { type: 'constructor', format: 'toString' } },
        {
          name: 'constructor',
          in: 'query',
          style: 'constructor',
          schema: { type: 'array', items: { enum: ['{{input.x}}'] } },
        },
        { name: 'hasOwnProperty', in: 'header', schema: { type: 'string', pattern: '{{' } },
      ],
      responses: {
        200: {
          description: 'x',
          content: {
            'application/json': {
              schema: { properties: { __proto__: {}, toString: {} }, required: ['valueOf'] },
            },
          },
        },
      },
    },
  };
  const { definition, actions } = importOpenApi(
    parseOpenApi(JSON.stringify(document({ '/{{credentials.apiKey}}/{x}?a={{b}}': odd }))),
  );
  expect(actions).toBe(1);
  expect(validateConnector(definition, 'publish')).toEqual([]);
  expect(definition.actions[0]!.endpointTemplate).not.toContain('{{');
  expect(prototype()).toBe(before);
});
