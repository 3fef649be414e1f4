import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { importOpenApi } from './import-openapi.ts';
import { mergeImports } from './merge-imports.ts';

const document = (paths: JsonObject): JsonObject => ({
  openapi: '3.0.3',
  info: { title: 'Shop' },
  servers: [{ url: 'https://api.example.com' }],
  paths,
});
const get = (operationId: string, more: JsonObject = {}): JsonObject => ({
  get: { operationId, summary: operationId, responses: { 200: { description: 'Fine.' } }, ...more },
});
const imported = (paths: JsonObject) => importOpenApi(document(paths)).definition;
const copy = (value: unknown) => structuredClone(value) as JsonObject;

test('an import again without hand edits is the new import', () => {
  const first = imported({ '/a': get('listA'), '/b': get('listB') });
  const next = imported({ '/b': get('listB', { summary: 'All b' }), '/c': get('listC') });
  const merged = mergeImports(copy(first), copy(first), next);
  expect(merged.definition).toEqual(next);
  expect(merged.diff).toEqual([
    { path: '/actions/list-b/name', kind: 'changed' },
    { path: '/actions/list-c', kind: 'added' },
    { path: '/actions/list-a', kind: 'removed' },
  ]);
});

test('hand edits stay, and what was changed on both sides is told', () => {
  const first = imported({ '/a': get('listA'), '/b': get('listB') });
  const edited = structuredClone(first);
  edited.version = '1.2.0';
  edited.actions[0]!.name = 'Mine';
  edited.actions[1]!.name = 'My b';
  edited.actions.push({ ...edited.actions[0]!, key: 'by-hand' });
  const next = imported({
    '/a': get('listA', { description: 'New words' }),
    '/b': get('listB', { summary: 'All b' }),
  });
  const { definition, diff } = mergeImports(copy(first), copy(edited), next);
  expect(definition.version).toBe('1.2.0');
  expect(definition.actions.map(({ key, name, description }) => [key, name, description])).toEqual([
    ['list-a', 'Mine', 'New words'],
    ['list-b', 'My b', undefined],
    ['by-hand', 'Mine', undefined],
  ]);
  expect(diff).toEqual([
    { path: '/version', kind: 'kept_edit' },
    { path: '/actions/list-a/name', kind: 'kept_edit' },
    { path: '/actions/list-a/description', kind: 'added' },
    { path: '/actions/list-b/name', kind: 'conflict' },
    { path: '/actions/by-hand', kind: 'kept_edit' },
  ]);
});

test('an action that was taken out by hand does not come back', () => {
  const first = imported({ '/a': get('listA'), '/b': get('listB') });
  const edited = { ...structuredClone(first), actions: structuredClone(first.actions).slice(1) };
  const { definition, diff } = mergeImports(
    copy(first),
    copy(edited),
    imported({ '/a': get('listA'), '/b': get('listB') }),
  );
  expect(definition.actions.map(({ key }) => key)).toEqual(['list-b']);
  expect(diff).toEqual([{ path: '/actions/list-a', kind: 'kept_edit' }]);
});
