import { expect, it } from 'vitest';
import { asFileReference, formatBytes, listFileReferences } from './file-reference.ts';

const file = (digit: string) => ({
  fileId: `0197b7a2-6c1f-7d35-9a1e-3d5c1f0b2a4${digit}`,
  name: `${digit}.pdf`,
  contentType: 'application/pdf',
  size: 48_213,
});

it('finds files wherever they stand, each once, and nothing that only looks like one', () => {
  const value = { a: file('1'), list: [{ deep: file('2') }, file('1')], not: { ...file('3'), size: '1' } };
  expect(listFileReferences(value)).toEqual([file('1'), file('2')]);
  expect(listFileReferences(null)).toEqual([]);
  expect(asFileReference({ ...file('1'), fileId: '../x' })).toBeUndefined();
});

it('writes sizes as people read them', () => {
  expect([0, 999, 1000, 48_213, 104_857_600].map(formatBytes)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.0 KB',
    '48.2 KB',
    '104.9 MB',
  ]);
});
