import type { Json } from '@weftline/connectors/json';
import type { Connector } from '@weftline/connectors/types';
import { expect, test } from 'vitest';
import { checkDefinition } from './check-definition.ts';

const connector = {
  manifestVersion: 1,
  app: { key: 'table', name: 'Table' },
  version: '1.0.0',
  auth: [{ key: 'none', type: 'NONE' }],
  actions: [
    {
      key: 'add-row',
      name: 'Add a row',
      method: 'POST',
      endpointTemplate: '/rows',
      inputSchema: { type: 'object', properties: { row: { $ref: '#/$defs/row' }, note: { type: 'string' } } },
    },
    {
      key: 'wire',
      name: 'Wire',
      method: 'POST',
      endpointTemplate: '/rows',
      bodySchema: {
        type: 'object',
        properties: { fields: { type: 'object', 'x-fieldsFrom': 'columns' } },
      },
    },
  ],
  triggers: [
    {
      key: 'new-row',
      name: 'New row',
      type: 'POLL',
      inputSchema: {
        type: 'object',
        properties: { table: { type: 'string' }, where: { $ref: '#/$defs/row' } },
      },
      outputSchema: {},
      sample: {},
    },
  ],
  $defs: { row: { type: 'object', 'x-fieldsFrom': 'columns' } },
} as unknown as Connector;

const columns = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', 'x-label': 'Name' },
    size: { type: 'number', 'x-label': 'Size' },
    state: { oneOf: [{ const: 'o', title: 'Open' }], 'x-label': 'State' },
    tags: { type: 'array', items: { type: 'string' } },
  },
};

const check = (input: Json, fields: Json = { row: columns }, action = 'add-row') =>
  checkDefinition(
    {
      format: 'workflow/1',
      name: 'Rows',
      trigger: { kind: 'manual' },
      steps: [{ id: 'add', kind: 'action', use: `table@1.0.0#${action}`, input, fields }],
    },
    { findApp: () => connector },
  );
const found = (...given: Parameters<typeof check>) =>
  check(...given).map(({ code, path }) => `${path.replace('/steps/0/', '')} ${code}`);

test('an input that fits the fields that were found may be published', () => {
  expect(found({ row: { name: 'a', size: 1, state: 'o', tags: ['x'] } })).toEqual([]);
  expect(found({ note: 'the row is left out' })).toEqual([]);
});

test('what does not fit is told at its place, and a missing field by its name', () => {
  expect(found({ row: { size: 'large' } }).sort()).toEqual([
    'input/row/name required',
    'input/row/size wrong_type',
  ]);
  expect(check({ row: {} })[0]?.message).toBe('Fill in "Name".');
  expect(found({ row: { name: 'a', state: 'x' } })).toContain('input/row/state wrong_value');
});

test('what an expression gives is known in a run only', () => {
  expect(
    found({
      row: { name: '{{trigger.output.a}}', size: '{{trigger.output.b}}', state: '{{trigger.output.c}}' },
    }),
  ).toEqual([]);
  expect(found({ row: { name: 'a', tags: ['{{trigger.output.a}}'] } })).toEqual([]);
  expect(found({ row: '{{trigger.output.row}}' })).toEqual([]);
});

test('a part of a request has a place with dots', () => {
  const fields = { 'body.fields': columns };
  expect(found({ body: { fields: {} } }, fields, 'wire')).toEqual(['input/body/fields/name required']);
});

test('fields for a place that has none, and schemas that are none, are refused', () => {
  expect(found({}, { note: columns })).toEqual(['fields/note unknown_key']);
  expect(found({}, { row: { type: 'text' } })).toEqual(['fields/row/type wrong_type']);
  expect(found({}, { row: { allOf: [{ $ref: '#' }] } })).toEqual(['fields/row schema_loop']);
  expect(found({}, { row: { $ref: 'https://example.com/schema' } })).toEqual([
    'fields/row/$ref remote_reference',
  ]);
  expect(found({}, { row: { title: 'x'.repeat(500_001) } })).toEqual(['fields/row too_large']);
  expect(found({}, { row: 'x' })).toEqual(['fields/row invalid_shape']);
});

test('a trigger keeps its fields as a step does, and its input is checked against them', () => {
  const trigger = (input: Json, fields: Json = { where: columns }) =>
    checkDefinition(
      {
        format: 'workflow/1',
        name: 'Rows',
        trigger: { kind: 'app', use: 'table@1.0.0#new-row', input, fields },
        steps: [{ id: 'note', kind: 'transform', output: null }],
      },
      { findApp: () => connector, vars: { name: 'n' } },
    ).map(({ code, path, message }) => `${path.replace('/trigger/', '')} ${code}: ${message}`);
  expect(trigger({ table: 't', where: { name: 'a', size: 1 } })).toEqual([]);
  expect(trigger({ where: { name: '{{vars.name}}', size: 1 } })).toEqual([]);
  expect(trigger({ where: { size: 'x' } })).toEqual([
    'input/where/name required: Fill in "Name".',
    expect.stringContaining('input/where/size wrong_type'),
  ]);
  expect(trigger({}, { table: columns })).toEqual([
    'fields/table unknown_key: "New row" has no fields of its own at "table". Take this out.',
  ]);
});
