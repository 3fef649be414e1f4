import { expect, test } from 'vitest';
import { splitPattern } from './split-pattern.ts';

test('patterns that look ahead at the beginning become several that do not', () => {
  expect(splitPattern('^[a-z]+$')).toEqual({ all: ['^[a-z]+$'], none: [] });
  expect(splitPattern('^(?!\\s*$).+')).toEqual({ all: ['^.+'], none: ['^(?:\\s*$)'] });
  expect(splitPattern('^(?=.*[A-Z])(?=.*\\d)(?!.*[()]).{8,}$')).toEqual({
    all: ['^(?:.*[A-Z])', '^(?:.*\\d)', '^.{8,}$'],
    none: ['^(?:.*[()])'],
  });
  expect(splitPattern('^\\u00e9$')).toEqual({ all: ['^\\x{00e9}$'], none: [] });
});

test('what would mean something else is left', () => {
  expect(splitPattern('^(?!a)b|c')).toBeNull();
  expect(splitPattern('a(?!b)')).toBeNull();
  expect(splitPattern('(?<=a)b')).toBeNull();
  expect(splitPattern('(')).toBeNull();
});
