import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import { ExpressionError } from '../expression-error.ts';
import { argument, type ExpressionFunction } from './define.ts';
import { plain } from './text.ts';

const object = argument('object', 'object', 'The object.');
const names = argument('names', 'any', 'Member names: one or more texts, or a list of them.', {
  repeats: true,
});

function namesOf(values: readonly (Json | undefined)[]): Set<string> {
  return new Set(values.flat(1).map((name) => plain(name as Json, 'pick')));
}

function pairs(value: Json | undefined): [string, Json][] {
  return Object.entries(value as JsonObject);
}

/** Functions over objects. Objects are built with fromEntries, which defines members and cannot reach a prototype. */
export const objectFunctions: ExpressionFunction[] = [
  {
    name: 'keys',
    group: 'objects',
    description: 'The member names of an object.',
    arguments: [object],
    returns: 'list',
    example: { expression: 'keys(parseJson(\'{"a": 1, "b": 2}\'))', result: ['a', 'b'] },
    run: ([value]) => Object.keys(value as JsonObject),
  },
  {
    name: 'values',
    group: 'objects',
    description: 'The member values of an object.',
    arguments: [object],
    returns: 'list',
    example: { expression: 'values(parseJson(\'{"a": 1, "b": 2}\'))', result: [1, 2] },
    run: ([value]) => Object.values(value as JsonObject),
  },
  {
    name: 'pick',
    group: 'objects',
    description: 'An object with only the named members; absent ones are left out.',
    arguments: [object, names],
    returns: 'object',
    example: { expression: 'pick(parseJson(\'{"a": 1, "b": 2}\'), "a")', result: { a: 1 } },
    run: ([value, ...rest]) => {
      const wanted = namesOf(rest);
      return Object.fromEntries(pairs(value).filter(([name]) => wanted.has(name)));
    },
  },
  {
    name: 'omit',
    group: 'objects',
    description: 'An object without the named members.',
    arguments: [object, names],
    returns: 'object',
    example: { expression: 'omit(parseJson(\'{"a": 1, "b": 2}\'), "a")', result: { b: 2 } },
    run: ([value, ...rest]) => {
      const unwanted = namesOf(rest);
      return Object.fromEntries(pairs(value).filter(([name]) => !unwanted.has(name)));
    },
  },
  {
    name: 'merge',
    group: 'objects',
    description: 'One object of several; members of later ones win.',
    returns: 'object',
    arguments: [object, argument('more', 'object', 'A further object.', { optional: true, repeats: true })],
    example: {
      expression: 'merge(parseJson(\'{"a": 1}\'), parseJson(\'{"b": 2}\'))',
      result: { a: 1, b: 2 },
    },
    run: (objects) => Object.fromEntries(objects.flatMap(pairs)),
  },
  {
    name: 'toPairs',
    group: 'objects',
    description: 'A list of [name, value] of an object.',
    arguments: [object],
    returns: 'list',
    example: { expression: 'toPairs(parseJson(\'{"a": 1}\'))', result: [['a', 1]] },
    run: ([value]) => pairs(value),
  },
  {
    name: 'fromPairs',
    group: 'objects',
    description: 'An object of a list of [name, value].',
    returns: 'object',
    arguments: [argument('pairs', 'list', 'A list of lists with a name and a value.')],
    example: { expression: 'fromPairs([["a", 1], ["b", 2]])', result: { a: 1, b: 2 } },
    run: ([value]) =>
      Object.fromEntries(
        (value as Json[]).map((pair) => {
          if (!Array.isArray(pair) || pair.length !== 2)
            throw new ExpressionError('bad_value', 'fromPairs() takes a list of [name, value].');
          return [plain(pair[0] as Json, 'fromPairs'), pair[1] as Json];
        }),
      ),
  },
  {
    name: 'keyBy',
    group: 'objects',
    description:
      'An object of a list of objects, each under the value of one of its members; the last one wins.',
    returns: 'object',
    arguments: [
      argument('list', 'list', 'A list of objects.'),
      argument('name', 'text', 'The member whose value becomes the name.'),
    ],
    example: {
      expression: 'keyBy(parseJson(\'[{"id": "x", "n": 1}]\'), "id")',
      result: { x: { id: 'x', n: 1 } },
    },
    run: ([value, name]) =>
      Object.fromEntries(
        (value as Json[]).map((item) => {
          if (!isJsonObject(item) || !Object.hasOwn(item, name as string))
            throw new ExpressionError('bad_value', `keyBy(): every item needs a member ${String(name)}.`);
          return [plain(item[name as string] as Json, 'keyBy'), item];
        }),
      ),
  },
  {
    name: 'indexedArray',
    group: 'objects',
    description:
      'A list of the members of an object whose names are a prefix and a place, such as c0, c1, c4; places between are filled.',
    returns: 'list',
    arguments: [
      object,
      argument('prefix', 'text', 'What stands before the place, such as "c".'),
      argument('filler', 'any', 'What to put where there is no member; null if left out.', {
        optional: true,
      }),
    ],
    example: {
      expression: 'indexedArray(parseJson(\'{"c0": "a", "c2": "b"}\'), "c", "")',
      result: ['a', '', 'b'],
    },
    run: ([value, prefix, filler], budget) => {
      const found = pairs(value).flatMap(([name, member]) => {
        const place = name.startsWith(prefix as string) ? name.slice((prefix as string).length) : '';
        return /^(0|[1-9][0-9]{0,4})$/.test(place) ? [[Number(place), member] as const] : [];
      });
      const length = found.reduce((most, [place]) => Math.max(most, place + 1), 0);
      budget.allowItems(length);
      const whole: Json[] = Array.from({ length }, () => filler ?? null);
      for (const [place, member] of found) whole[place] = member;
      return whole;
    },
  },
];
