import { expect, test } from 'vitest';
import { readExample } from '../read-example.ts';
import type { Connector } from '../types.ts';
import { describePlace } from './describe-place.ts';
import { findSchemas } from './find-schemas.ts';
import { listKeys, listReadable, listValues } from './list-completions.ts';

const example = readExample() as Connector;
const labels = (list: { label: string }[]) => list.map(({ label }) => label);

test('keys that are needed come first, those that are there do not come again', () => {
  const keys = listKeys([], ['manifestVersion', 'app']);
  expect(keys.slice(0, 3).map(({ label, required }) => [label, required])).toEqual([
    ['version', true],
    ['auth', true],
    ['actions', true],
  ]);
  expect(labels(keys)).not.toContain('app');
  expect(listKeys(['actions', 0], []).find(({ label }) => label === 'method')).toMatchObject({
    insert: '"method": "GET"',
    required: true,
  });
});

test('values are the words of the format, or names of the document', () => {
  expect(labels(listValues(['actions', 0, 'effect'], example))).toEqual([
    'read',
    'create',
    'update',
    'delete',
    'send',
  ]);
  expect(labels(listValues(['actions', 0, 'method'], example))).toContain('PATCH');
  expect(labels(listValues(['auth', 0, 'type'], example))).toContain('OAUTH2');
  expect(labels(listValues(['actions', 0, 'hidden'], example))).toEqual(['true', 'false']);
  expect(labels(listValues(['auth', 0, 'test', 'action'], example))).toEqual(
    example.actions.map(({ key }) => key),
  );
  expect(labels(listValues(['actions', 0, 'auth'], example))).toEqual([
    'inherit',
    'none',
    ...example.auth.map(({ key }) => key),
  ]);
  expect(labels(listValues(['actions', 0, 'inputSchema', 'properties', 'a', 'type'], example))).toContain(
    'integer',
  );
});

test('inside braces: what is declared, and the functions', () => {
  const index = example.actions.findIndex((action) => action.inputSchema?.['properties']);
  const readable = labels(listReadable(['actions', index, 'bodyTemplate'], example));
  expect(readable.some((label) => label.startsWith('input.'))).toBe(true);
  expect(readable).toContain('upper(');
  expect(labels(listReadable(['auth', 0], example)).some((label) => label.startsWith('credentials.'))).toBe(
    true,
  );
});

test('a key is explained in the words of the format, also inside choices and references', () => {
  expect(describePlace(['baseUrl'])?.text).toContain('Where requests go');
  expect(describePlace(['actions', 0, 'pagination', 'type'])).toMatchObject({
    type: 'one of a list',
    required: true,
  });
  expect(describePlace(['auth', 0, 'test', 'endpointTemplate'])?.text).toContain(
    'Path below the base address',
  );
  expect(describePlace(['auth', 0, 'test', 'with'])).not.toBeNull();
  expect(describePlace(['actions', 0, 'inputSchema', 'properties', 'a', 'x-label'])?.type).toBe(
    'JSON Schema',
  );
  expect(describePlace(['actions', 0, 'inputSchema', 'properties', 'mine'])).toBeNull();
  expect(describePlace(['nowhere'])).toBeNull();
});

test('every place of the example is known to the format, so that no key of it is without help', () => {
  const unknown: string[] = [];
  const visit = (value: unknown, place: (string | number)[]): void => {
    const nodes = findSchemas(place);
    if (nodes.length === 0) return void unknown.push(place.join('.'));
    // What the author's own schemas, templates and samples hold is theirs.
    if (nodes.some(({ title }) => title === 'JsonSchema' || title === 'TemplateValue')) return;
    if (nodes.some((node) => typeof node['tsType'] === 'string' && node['properties'] === undefined)) return;
    if (Array.isArray(value)) value.forEach((entry, index) => visit(entry, [...place, index]));
    else if (typeof value === 'object' && value !== null)
      for (const [key, entry] of Object.entries(value)) visit(entry, [...place, key]);
  };
  visit(example, []);
  expect(unknown).toEqual([]);
});
