import type { Json } from '@weftline/connectors/json';
import type { Connector, FieldSource } from '@weftline/connectors/types';
import { validateConnector } from '@weftline/connectors/validate-connector';
import { validateValue } from '@weftline/connectors/validate-value';
import { afterEach, expect, test } from 'vitest';
import { startFakeService } from '../../testing/fake-service.ts';
import { createEgress } from '../platform/egress/create-egress.ts';
import { loadFields } from './load-fields.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

const request = { method: 'GET', endpointTemplate: '/fields' };
const custom: FieldSource = {
  request,
  items: 'body.fields',
  field: {
    key: '{{item.id}}',
    title: '{{item.name}}',
    help: '{{item.hint}}',
    type: {
      from: 'item.type',
      map: {
        number: { type: 'number' },
        tags: { type: 'array', items: { type: 'string' } },
        date: { type: 'string', format: 'date' },
      },
      default: { type: 'string' },
    },
    required: 'item.must',
    options: { items: 'item.choices', value: '{{option.id}}', label: '{{option.text}}' },
    skipWhen: '{{item.readOnly == true}}',
  },
};

const load = async (source: FieldSource, body: Json) => {
  const service = await startFakeService(() => ({ body }));
  const egress = createEgress({ allow: [service.host] });
  cleanups.push(
    () => service.close(),
    () => egress.close(),
  );
  const connector: Connector = {
    manifestVersion: 1,
    app: { key: 'acme', name: 'Acme' },
    version: '1.0.0',
    baseUrl: `http://${service.host}`,
    auth: [{ key: 'none', label: 'None', type: 'NONE' }],
    fieldSources: { custom: source },
    actions: [],
  };
  expect(validateConnector(connector, 'save')).toEqual([]);
  const given = { tenantId: 't', connector, input: {}, openConnection: null, keepAs: null };
  return loadFields(given, 'custom', { egress, now: Date.now });
};

test('descriptions become the members of an object, with types, choices, help and what is required', async () => {
  const loaded = await load(custom, {
    fields: [
      { id: 'size', name: 'Size', type: 'number', hint: 'In metres', must: true },
      {
        id: 'state',
        name: 'State',
        choices: [{ id: 'o', text: 'Open' }, { id: 'c' }, { id: 'o', text: 'x' }],
      },
      { id: 'tags', name: 'Tags', type: 'tags', choices: [{ id: 7, text: 'Seven' }] },
      { id: 'made', name: 'Made', type: 'date', readOnly: true },
      { id: 'size', name: 'Size again' },
      { id: '__proto__', name: 'No' },
      { name: 'No id' },
    ],
  });
  expect(loaded).toEqual({
    ok: true,
    schema: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'number', 'x-label': 'Size', 'x-help': 'In metres' },
        state: {
          type: 'string',
          'x-label': 'State',
          oneOf: [
            { const: 'o', title: 'Open' },
            { const: 'c', title: 'c' },
          ],
        },
        tags: {
          type: 'array',
          items: { type: 'string', oneOf: [{ const: 7, title: 'Seven' }] },
          uniqueItems: true,
          'x-label': 'Tags',
        },
      },
    },
  });
  if (!loaded.ok) return;
  expect(validateValue(loaded.schema, { size: 1, state: 'o' })).toEqual([]);
  expect(validateValue(loaded.schema, { state: 'p' }).map(({ path }) => path)).toContain('/size');
});

test('a row of titles is enough: columns are numbered', async () => {
  const columns: FieldSource = {
    request,
    items: 'body.values[0]',
    field: { key: 'c{{index}}', title: '{{item}}', skipWhen: "{{item == ''}}" },
  };
  expect(await load(columns, { values: [['Name', '', 'Total']] })).toEqual({
    ok: true,
    schema: {
      type: 'object',
      properties: { c0: { type: 'string', 'x-label': 'Name' }, c2: { type: 'string', 'x-label': 'Total' } },
    },
  });
});

test('at most 500 fields and 1,000 choices are taken; a list of choices is whole or left out', async () => {
  const fields = Array.from({ length: 700 }, (_, index) => ({
    id: `f${index}`,
    name: `Field ${index}`,
    choices: Array.from({ length: index < 4 ? 300 : 0 }, (_each, id) => ({ id, text: `Choice ${id}` })),
  }));
  const loaded = await load(custom, { fields });
  expect(loaded.ok).toBe(true);
  if (!loaded.ok) return;
  const properties = loaded.schema['properties'] as { [name: string]: { oneOf?: unknown[] } };
  expect(Object.keys(properties)).toHaveLength(500);
  expect(['f0', 'f2', 'f3', 'f4'].map((name) => properties[name]?.oneOf?.length)).toEqual([
    300,
    300,
    undefined,
    undefined,
  ]);
});
