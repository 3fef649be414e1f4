import type { OptionSource } from '@weftline/connectors/types';
import { expect, it } from 'vitest';
import { asksWithSearch, lostFields, readSourceInput } from './source-input.ts';

const lists: OptionSource = {
  request: {
    method: 'GET',
    endpointTemplate: '/boards/{{input.path.board}}/lists',
    queryTemplate: { state: '{{input.state}}', first: '{{input.rows[0].id}}' },
  },
  items: 'body',
  value: '{{item.id}}',
  label: '{{item.name}}',
  dependsOn: ['path.board', 'kind'],
};
const schema = {
  type: 'object',
  required: ['kind'],
  properties: {
    path: {
      type: 'object',
      properties: { board: { type: 'string', 'x-label': 'Board' } },
    },
    kind: { type: 'string', default: 'open' },
    password: { type: 'string', 'x-secret': true },
  },
};
const read = (values: object, scope = {}) => readSourceInput(lists, schema, values as never, scope);

it('sends what the source reads and nothing else of the form', () => {
  const rows = [{ id: 1 }];
  expect(read({ path: { board: 'a', more: 1 }, kind: 'shut', state: 'x', rows, password: 'p' })).toEqual({
    input: { path: { board: 'a' }, kind: 'shut', state: 'x', rows },
    missing: [],
  });
});

it('names what must be filled in first by its label; what is empty has its default', () => {
  expect(read({ path: { board: '' } })).toEqual({
    input: { kind: 'open' },
    missing: [{ label: 'Board', why: 'empty' }],
  });
});

it('fills pills from the samples, and says when there is none', () => {
  const values = { path: { board: '{{trigger.output.id}}' } };
  expect(read(values, { trigger: { output: { id: 7 } } })).toMatchObject({
    input: { path: { board: 7 } },
    missing: [],
  });
  expect(read(values, { trigger: {} }).missing).toEqual([{ label: 'Board', why: 'data' }]);
});

it('knows which sources the service searches itself', () => {
  expect(asksWithSearch(lists)).toBe(false);
  expect(asksWithSearch({ ...lists, request: { action: 'find', with: { query: '{{search}}' } } })).toBe(true);
});

it('finds kept fields whose input is gone', () => {
  const form = {
    type: 'object',
    properties: {
      body: { type: 'object', properties: { fields: { type: 'object', 'x-fieldsFrom': 'columns' } } },
      note: { type: 'string' },
    },
  };
  expect(lostFields(form, { 'body.fields': {}, note: {}, gone: {} })).toEqual(['note', 'gone']);
});
