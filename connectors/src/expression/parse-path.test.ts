import { expect, it } from 'vitest';
import { parsePath } from './parse-path.ts';

it('reads bare paths with indexes, every item and odd names', () => {
  expect(parsePath('')).toEqual([]);
  expect(parsePath('a.b[0][-1][*]["x y"]')).toEqual([
    { kind: 'name', name: 'a' },
    { kind: 'name', name: 'b' },
    { kind: 'index', index: 0 },
    { kind: 'index', index: -1 },
    { kind: 'each' },
    { kind: 'name', name: 'x y' },
  ]);
  expect(parsePath('[0].id')).toHaveLength(2);
});

it.each(['a b', 'a[b]', 'upper(a)', 'a.__proto__', 'a ?? 1', 'a + b', '.a', 'a.', 'a;', 'a["\\u0041"]'])(
  'refuses %s',
  (path) => {
    expect(() => parsePath(path)).toThrow(/\S/);
  },
);

it('a name with a dash is refused with the way to write it', () => {
  expect(() => parsePath('body.user-name')).toThrow("['some-name']");
  expect(parsePath("body['user-name']")).toHaveLength(2);
});
