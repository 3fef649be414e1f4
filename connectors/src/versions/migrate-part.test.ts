import { expect, test } from 'vitest';
import { parsePath } from '../expression/parse-path.ts';
import { printParts } from '../expression/print-expression.ts';
import type { Json } from '../json.ts';
import type { Connector, Migration, MigrationOperation } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { changeValue } from './change-value.ts';
import { findMigrations } from './find-migrations.ts';
import { migratePart, migrateRead } from './migrate-part.ts';

const connector = (version: string, migrations: Migration[]): Connector => ({
  manifestVersion: 1,
  app: { key: 'desk', name: 'Desk' },
  version,
  baseUrl: 'https://api.desk.example',
  auth: [{ key: 'none', label: 'None', type: 'NONE' }],
  actions: [{ key: 'post-message', name: 'Post', method: 'POST', endpointTemplate: '/m', outputSchema: {} }],
  migrations,
});

const chain: Migration[] = [
  {
    from: '1.x',
    to: '2.0.0',
    actions: { 'send-message': 'post-message' },
    inputs: [
      {
        of: 'post-message',
        operations: [
          { op: 'move', from: 'message', to: 'body.text' },
          { op: 'remove', path: 'asUser' },
        ],
      },
    ],
    outputs: [{ of: 'post-message', operations: [{ op: 'move', from: 'ts', to: 'message.id' }] }],
  },
  {
    from: '2.x',
    to: '3.0.0',
    inputs: [{ of: 'post-message', operations: [{ op: 'wrap', path: 'channel' }] }],
    outputs: [{ of: 'post-message', operations: [{ op: 'remove', path: 'link' }] }],
  },
];

test('a step goes through every migration between its version and the new one', () => {
  const newest = connector('3.1.0', chain);
  expect(findMigrations(newest, '1.4.2').map(({ to }) => to)).toEqual(['2.0.0', '3.0.0']);
  expect(findMigrations(newest, '2.0.0').map(({ to }) => to)).toEqual(['3.0.0']);
  expect(findMigrations(newest, '3.0.0')).toEqual([]);
  expect(findMigrations(connector('2.5.0', chain), '1.0.0').map(({ to }) => to)).toEqual(['2.0.0']);
  expect(
    migratePart(
      newest,
      { kind: 'actions', version: '1.0.0', key: 'send-message' },
      { message: 'Hi {{trigger.output.name}}', asUser: true, channel: 'C1' },
    ),
  ).toEqual({
    key: 'post-message',
    input: { body: { text: 'Hi {{trigger.output.name}}' }, channel: ['C1'] },
    notes: [],
  });
});

test.each<[string, MigrationOperation, Json, Json, number]>([
  [
    'moves into what is there',
    { op: 'move', from: 'a', to: 'b.c' },
    { a: 1, b: { d: 2 } },
    { b: { d: 2, c: 1 } },
    0,
  ],
  ['moves nothing that is not there', { op: 'move', from: 'x', to: 'b' }, { a: 1 }, { a: 1 }, 0],
  ['removes from a list', { op: 'remove', path: 'a[1]' }, { a: [1, 2, 3] }, { a: [1, 3] }, 0],
  ['sets', { op: 'set', path: 'a.b', value: 3 }, {}, { a: { b: 3 } }, 0],
  [
    'sets only where nothing stands',
    { op: 'set', path: 'a', value: 3, ifAbsent: true },
    { a: null },
    { a: null },
    0,
  ],
  ['wraps', { op: 'wrap', path: 'a' }, { a: '{{x}}' }, { a: ['{{x}}'] }, 0],
  ['wraps no list twice', { op: 'wrap', path: 'a' }, { a: [1] }, { a: [1] }, 0],
  ['unwraps one', { op: 'unwrap', path: 'a' }, { a: [1] }, { a: 1 }, 0],
  ['unwraps several and says so', { op: 'unwrap', path: 'a' }, { a: [1, 2] }, { a: 1 }, 1],
  ['unwraps none', { op: 'unwrap', path: 'a' }, { a: [] }, {}, 0],
  ['leaves an expression that may be a list', { op: 'unwrap', path: 'a' }, { a: '{{x}}' }, { a: '{{x}}' }, 1],
  ['maps values', { op: 'mapValues', path: 'a', map: { low: 1 } }, { a: 'low' }, { a: 1 }, 0],
  [
    'maps only what is named',
    { op: 'mapValues', path: 'a', map: { low: 1 } },
    { a: 'high' },
    { a: 'high' },
    0,
  ],
  [
    'leaves an expression to a person',
    { op: 'mapValues', path: 'a', map: { low: 1 } },
    { a: '{{x}}' },
    { a: '{{x}}' },
    1,
  ],
  [
    'says what hides in an expression',
    { op: 'move', from: 'body.a', to: 'body.b' },
    { body: '{{x}}' },
    { body: '{{x}}' },
    1,
  ],
])('%s', (_, operation, before, after, notes) => {
  const former = structuredClone(before);
  const changed = changeValue(before, operation);
  expect(changed.value).toEqual(after);
  expect(changed.notes).toHaveLength(notes);
  expect(before).toEqual(former);
});

test('what later steps read of an output follows it', () => {
  const newest = connector('3.1.0', chain);
  const part = { kind: 'actions', version: '1.0.0', key: 'send-message' } as const;
  const read = (path: string) => {
    const { parts, note } = migrateRead(newest, part, parsePath(path));
    return parts === null ? null : `${printParts(parts)}${note ?? ''}`;
  };
  expect(read('ts')).toBe('.message.id');
  expect(read('ts.first')).toBe('.message.id.first');
  expect(read('text')).toBe('.text');
  expect(read('link.href')).toBeNull();
});

test('a list that became one value is read without its place', () => {
  const newest = connector('2.0.0', [
    {
      from: '1.x',
      to: '2.0.0',
      outputs: [
        {
          of: 'post-message',
          operations: [
            { op: 'unwrap', path: 'files' },
            { op: 'wrap', path: 'user' },
          ],
        },
      ],
    },
  ]);
  const read = (path: string) => {
    const { parts, note } = migrateRead(
      newest,
      { kind: 'actions', version: '1.0.0', key: 'post-message' },
      parsePath(path),
    );
    return [parts && printParts(parts), note];
  };
  expect(read('files[0].id')).toEqual(['.files.id', null]);
  expect(read('files[*].id')).toEqual(['.files[*].id', '"files" is one value now and was a list.']);
  expect(read('user.name')).toEqual(['.user[0].name', null]);
});

test('a migration that leads nowhere is refused when it is saved', () => {
  const codes = (migration: Migration) =>
    validateConnector(connector('2.0.0', [migration]), 'save').map(({ path, code }) => `${path} ${code}`);
  expect(codes(chain[0]!)).toEqual([]);
  expect(codes({ from: '1.x', to: '9.0.0' })).toEqual(['/migrations/0/to bad_version']);
  expect(codes({ from: '2.x', to: '2.0.0' })).toEqual(['/migrations/0/from bad_version']);
  expect(codes({ from: '1.x', to: '2.0.0', actions: { a: 'gone' } })).toEqual([
    '/migrations/0/actions/a unknown_action',
  ]);
  const inputs = (operation: object) =>
    codes({
      from: '1.x',
      to: '2.0.0',
      inputs: [{ of: 'post-message', operations: [operation as MigrationOperation] }],
    });
  expect(inputs({ op: 'move', from: 'a' })).toEqual(['/migrations/0/inputs/0/operations/0/to missing_key']);
  expect(inputs({ op: 'remove', path: 'a[*].b' })).toEqual([
    '/migrations/0/inputs/0/operations/0/path bad_path',
  ]);
  expect(inputs({ op: 'remove', path: 'a', map: {} })).toEqual([
    '/migrations/0/inputs/0/operations/0/map unknown_key',
  ]);
});
