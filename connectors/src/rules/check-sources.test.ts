import { expect, test } from 'vitest';
import { baseConnector } from '../testing/malicious-connectors.ts';
import type { Action, Connector, FieldSource, JsonSchema, OptionSource, Trigger } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';

const list: Action = {
  key: 'list-boards',
  name: 'List boards',
  effect: 'read',
  method: 'GET',
  endpointTemplate: '/boards',
  outputSchema: {},
};
const boards: OptionSource = {
  request: { action: 'list-boards' },
  items: 'output',
  value: '{{item.id}}',
  label: '{{item.name}}',
};
const lists: OptionSource = {
  request: {
    method: 'GET',
    endpointTemplate: '/boards/{{input.board}}/lists',
    queryTemplate: { q: '{{search}}' },
  },
  items: 'body.lists',
  value: '{{item.id}}',
  label: '{{item.name}} ({{index}})',
  dependsOn: ['board'],
};
const columns: FieldSource = {
  request: { method: 'GET', endpointTemplate: '/boards/{{input.board}}/fields' },
  items: 'body',
  dependsOn: ['board'],
  field: {
    key: '{{item.id}}',
    title: '{{item.name}}',
    type: {
      from: 'item.type',
      map: { date: { type: 'string', format: 'date' }, list: { type: 'string', 'x-optionsFrom': 'lists' } },
      default: { type: 'string' },
    },
    required: 'item.required',
    options: { items: 'item.options', value: '{{option.id}}', label: '{{option.text}}' },
    skipWhen: '{{item.readOnly == true}}',
  },
};
const inputSchema: JsonSchema = {
  type: 'object',
  required: ['board'],
  properties: {
    board: { $ref: '#/$defs/board' },
    list: { type: 'string', 'x-optionsFrom': 'lists' },
    labels: { type: 'array', items: { type: 'string', 'x-optionsFrom': 'boards' } },
    fields: { type: 'object', 'x-fieldsFrom': 'columns' },
    kind: { enum: ['a', 'b'] },
    detail: { type: 'string', 'x-showWhen': "{{input.kind == 'b'}}" },
  },
};

type Parts = {
  input?: JsonSchema;
  options?: { [name: string]: OptionSource };
  fields?: { [name: string]: FieldSource };
  more?: Partial<Connector>;
};

function codes({ input, options, fields, more }: Parts): string[] {
  const base = baseConnector() as unknown as Connector;
  const { pathSchema: _path, querySchema: _query, bodySchema: _body, ...action } = base.actions[0]!;
  const add: Action = {
    ...action,
    method: 'POST',
    endpointTemplate: '/cards',
    headersTemplate: {},
    effect: 'create',
    inputSchema: input ?? inputSchema,
  };
  const document: Connector = {
    ...base,
    $defs: { board: { type: 'string', 'x-optionsFrom': 'boards' } },
    optionSources: { boards, lists, ...options },
    fieldSources: { columns, ...fields },
    actions: [add, list],
    ...more,
  };
  return validateConnector(document, 'save').map(({ path, code }) => `${path} ${code}`);
}
const withInput = (name: string, schema: JsonSchema): JsonSchema => ({
  ...inputSchema,
  properties: { ...(inputSchema['properties'] as JsonSchema), [name]: schema },
});

test('sources, dependent ones and custom fields that name each other rightly are taken', () => {
  expect(codes({})).toEqual([]);
});

test('a name that is no source is found wherever it stands', () => {
  const at = (schema: JsonSchema) => codes({ input: withInput('list', schema) });
  const place = '/actions/0/inputSchema/properties/list';
  expect(at({ type: 'string', 'x-optionsFrom': 'cards' })).toEqual([`${place}/x-optionsFrom unknown_source`]);
  expect(at({ type: 'object', 'x-fieldsFrom': 'lists' })).toEqual([`${place}/x-fieldsFrom unknown_source`]);
  expect(at({ type: 'array', items: { 'x-optionsFrom': 'cards' } })).toEqual([
    `${place}/items/x-optionsFrom unknown_source`,
  ]);
  expect(
    codes({ more: { $defs: { board: { anyOf: [{ type: 'string', 'x-optionsFrom': 'cards' }] } } } }),
  ).toEqual(['/$defs/board/anyOf/0/x-optionsFrom unknown_source']);
});

test('what a source depends on is an input of the form that uses it', () => {
  const { board: _board, ...rest } = inputSchema['properties'] as { [name: string]: JsonSchema };
  expect(codes({ input: { type: 'object', properties: rest, additionalProperties: false } })).toEqual([
    '/actions/0/inputSchema/properties/list/x-optionsFrom undeclared_name',
    '/actions/0/inputSchema/properties/fields/x-fieldsFrom undeclared_name',
  ]);
});

test('in wire mode inputs are named with their part', () => {
  const wire = (dependsOn: string[]) =>
    codes({
      options: {
        lists: {
          ...lists,
          request: { method: 'GET', endpointTemplate: '/boards/{{input.path.board}}/lists' },
          dependsOn,
        },
      },
      fields: { columns: { ...columns, field: { key: '{{item.id}}', title: '{{item.id}}' } } },
      more: {
        actions: [
          list,
          {
            ...list,
            key: 'read-list',
            endpointTemplate: '/boards/{board}',
            pathSchema: {
              type: 'object',
              required: ['board'],
              properties: { board: { type: 'string' } },
              additionalProperties: false,
            },
            querySchema: {
              type: 'object',
              properties: { list: { type: 'string', 'x-optionsFrom': 'lists' } },
            },
          },
        ],
      },
    });
  expect(wire(['path.board'])).toEqual([]);
  expect(wire(['path.board', 'path.shelf'])).toEqual([
    '/actions/1/querySchema/properties/list/x-optionsFrom undeclared_name',
  ]);
});

test('loading choices must change nothing', () => {
  const at = (request: OptionSource['request'], items = 'body') =>
    codes({ options: { boards: { ...boards, request, items } } });
  const request = { method: 'POST', endpointTemplate: '/boards' };
  expect(at({ ...request, method: 'DELETE' })).toEqual([
    '/optionSources/boards/request/method unsafe_source',
  ]);
  expect(at(request)).toEqual(['/optionSources/boards/request/method unsafe_source']);
  expect(at({ ...request, bodyTemplate: { query: '{{search}}' } })).toEqual([]);
  expect(at({ action: 'create-contact' }, 'output')).toEqual([
    '/optionSources/boards/request/action unsafe_source',
  ]);
  const ask = (query: string) => at({ ...request, bodyFormat: 'graphql', graphql: { query } });
  expect(ask('query { mutation(id: "a mutation") { id } } # mutation')).toEqual([]);
  expect(ask('query A { a } mutation B { b }')).toEqual([
    '/optionSources/boards/request/graphql/query unsafe_source',
  ]);
});

test('the list of a source stands where its request can give one', () => {
  const at = (change: Partial<OptionSource>) => codes({ options: { boards: { ...boards, ...change } } });
  expect(at({ items: 'body' })).toEqual(['/optionSources/boards/items wrong_value']);
  expect(at({ items: 'output.boards' })).toEqual([]);
  expect(at({ request: { action: 'nothing' } })).toEqual([
    '/optionSources/boards/request/action unknown_action',
  ]);
  const pages = {
    type: 'cursor',
    items: 'body.boards',
    next: 'body.next',
    send: { in: 'query', name: 'c' },
  } as const;
  expect(at({ pagination: pages })).toEqual(['/optionSources/boards/pagination mixed_modes']);
  const request = { method: 'GET', endpointTemplate: '/boards' };
  expect(at({ request, items: 'body.boards', pagination: pages })).toEqual([]);
  expect(at({ request, items: 'body', pagination: pages })).toEqual([
    '/optionSources/boards/items wrong_value',
  ]);
  expect(at({ request, items: 'body.boards', pagination: { type: 'cursor', items: 'body.boards' } })).toEqual(
    [
      '/optionSources/boards/pagination/next missing_key',
      '/optionSources/boards/pagination/send missing_key',
    ],
  );
});

test('an address that needs an input names it in dependsOn, and none needs a search', () => {
  const { dependsOn: _, ...alone } = lists;
  expect(codes({ options: { lists: alone } })).toEqual(['/optionSources/lists/dependsOn missing_key']);
  const at = (endpointTemplate: string) =>
    codes({ options: { lists: { ...alone, request: { method: 'GET', endpointTemplate } } } });
  expect(at("/boards/{{input.board ?? 'all'}}/lists")).toEqual([]);
  expect(at('/find/{{search}}')).toEqual(['/optionSources/lists/request/endpointTemplate wrong_value']);
  expect(at("/find/{{search ?? 'a'}}")).toEqual([]);
});

test('a hidden input is judged by a condition over the input, and is never required', () => {
  const at = (schema: JsonSchema) => codes({ input: withInput('detail', schema) });
  const place = '/actions/0/inputSchema/properties/detail/x-showWhen';
  expect(at({ type: 'string', 'x-showWhen': '{{input.kind' })).toEqual([`${place} invalid_expression`]);
  expect(at({ type: 'string', 'x-showWhen': 'kind' })).toEqual([`${place} not_a_condition`]);
  expect(at({ type: 'string', 'x-showWhen': "{{input.sort == 'b'}}" })).toEqual([`${place} undeclared_name`]);
  expect(at({ type: 'string', 'x-showWhen': '{{connection.plan}}' })).toEqual([`${place} unknown_root`]);
  expect(codes({ input: { ...inputSchema, required: ['board', 'detail'] } })).toEqual([
    `${place} wrong_value`,
  ]);
});

test('fields are loaded for one object, and their schemas stand alone', () => {
  const rows = { type: 'array', items: { type: 'object', 'x-fieldsFrom': 'columns' } };
  expect(codes({ input: withInput('fields', rows) })).toEqual([
    '/actions/0/inputSchema/properties/fields/items/x-fieldsFrom wrong_value',
  ]);
  const typed = (schema: JsonSchema) =>
    codes({
      fields: {
        columns: {
          ...columns,
          field: { ...columns.field, type: { from: 'item.type', map: {}, default: schema } },
        },
      },
    });
  const place = '/fieldSources/columns/field/type/default';
  expect(typed({ $ref: '#/$defs/board' })).toEqual([`${place}/$ref wrong_value`]);
  expect(typed({ type: 'string', 'x-optionsFrom': 'cards' })).toEqual([
    `${place}/x-optionsFrom unknown_source`,
  ]);
  expect(typed({ type: 'text' })).toEqual([`${place}/type wrong_type`]);
  const field = { ...columns.field, required: 'option.required' };
  expect(codes({ fields: { columns: { ...columns, field } } })).toEqual([
    '/fieldSources/columns/field/required unknown_root',
  ]);
});

test('triggers have choices that wait for others, and fields of their own, as actions have', () => {
  const trigger: Trigger = {
    key: 'new-card',
    name: 'New card',
    type: 'POLL',
    inputSchema: {
      type: 'object',
      properties: {
        board: { $ref: '#/$defs/board' },
        fields: { type: 'object', 'x-fieldsFrom': 'columns' },
      },
    },
    outputSchema: {},
    sample: {},
    poll: {
      request: { method: 'GET', endpointTemplate: '/cards' },
      items: 'body',
      dedupeKey: '{{item.id}}',
      order: 'newest-first',
      maxItems: 100,
      minIntervalMs: 60_000,
      firstRun: 'skip',
      keepSeen: 1_000,
    },
  };
  expect(codes({ more: { triggers: [trigger] } })).toEqual([]);
  const { board: _, ...others } = trigger.inputSchema!['properties'] as { [name: string]: JsonSchema };
  const alone = { ...trigger, inputSchema: { type: 'object', properties: others } };
  expect(codes({ more: { triggers: [alone] } })).toEqual([
    '/triggers/0/inputSchema/properties/fields/x-fieldsFrom undeclared_name',
  ]);
});

test('settings of a connection have no choices: there is nothing to ask with yet', () => {
  const connectionSchema = {
    type: 'object',
    properties: { team: { type: 'string', 'x-optionsFrom': 'boards' } },
  };
  expect(codes({ more: { connectionSchema } })).toEqual([
    '/connectionSchema/properties/team/x-optionsFrom wrong_value',
  ]);
});

test('a schema that contains itself is walked to an end', () => {
  const tree: JsonSchema = {
    type: 'object',
    properties: {
      child: { $ref: '#/$defs/tree' },
      board: { type: 'string', 'x-optionsFrom': 'none' },
    },
  };
  const found = codes({
    input: { type: 'object', properties: { tree: { $ref: '#/$defs/tree' } } },
    more: { $defs: { tree } },
  });
  expect(found).toEqual(['/$defs/tree/properties/board/x-optionsFrom unknown_source']);
});

test('1,900 actions that share a large definition with choices are refused in bounded time', () => {
  const wide: JsonSchema = {
    type: 'object',
    properties: Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`m${index}`, { type: 'string', 'x-optionsFrom': 'boards' }]),
    ),
  };
  const actions = Array.from({ length: 1_900 }, (_, index) => ({
    ...list,
    key: `list-${index}`,
    inputSchema: { type: 'object', properties: { wide: { $ref: '#/$defs/wide' } } },
  }));
  const all = [...actions, list];
  expect(codes({ more: { $defs: { wide }, actions: all } })).toEqual(['/actions/124 too_large']);
  const { 'x-optionsFrom': _, ...plain } = { 'x-optionsFrom': '', type: 'string' };
  expect(codes({ more: { $defs: { wide: plain }, actions: all } })).toEqual([]);
});
