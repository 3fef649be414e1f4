// Every fault still fits the code, so that seed-faults.ts can be run at any time.
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { findMissing } from './faults/apply-edits.ts';
import { faults } from './faults.ts';

const root = dirname(dirname(import.meta.dirname));

test('every seeded fault is found exactly once in the code, and its test is there', () => {
  expect(findMissing(root, faults)).toEqual([]);
});

test('there are at least thirty of them, each with a name of its own and a change', () => {
  expect(faults.length).toBeGreaterThanOrEqual(30);
  expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length);
  for (const { edits } of faults) for (const { from, to } of edits) expect(to).not.toBe(from);
});

test('a text that is gone or stands twice is told, and so is a test that is gone', () => {
  const [fault] = faults;
  const file = 'scripts/chaos/faults.test.ts';
  const broken = {
    ...fault!,
    edits: [
      { file, from: ['nobody', 'wrote', 'this'].join(' '), to: '' },
      { file, from: 'expect', to: '' },
    ],
    test: { file, name: ['no', 'such', 'test'].join(' ') },
  };
  expect(findMissing(root, [broken])).toHaveLength(3);
});
