import { isJsonObject, type Json } from '../../json.ts';
import { measure, type Budget } from '../budget.ts';
import { equalValues, orderValues } from '../compare-values.ts';
import { ExpressionError } from '../expression-error.ts';
import { limits } from '../limits.ts';
import { argument, type ExpressionFunction } from './define.ts';
import { look, lookAll, optionalPath } from './look.ts';

const list = argument('list', 'list', 'The list.');
function key(value: Json, budget: Budget): string {
  budget.spend(4 + (measure(value) >> 4));
  return canonical(value);
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  return `{${Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name] as Json)}`)
    .join(',')}}`;
}

const comparisons: { [name: string]: (left: Json, right: Json, budget: Budget) => boolean } = {
  '==': equalValues,
  '!=': (left, right, budget) => !equalValues(left, right, budget),
  '<': (left, right) => orderValues(left, right) < 0,
  '<=': (left, right) => orderValues(left, right) <= 0,
  '>': (left, right) => orderValues(left, right) > 0,
  '>=': (left, right) => orderValues(left, right) >= 0,
  in: (left, right, budget) => Array.isArray(right) && right.some((item) => equalValues(left, item, budget)),
};

/** Functions over lists. */
export const listFunctions: ExpressionFunction[] = [
  {
    name: 'first',
    group: 'lists',
    description: 'The first item; gives nothing for an empty list.',
    arguments: [list],
    returns: 'any',
    example: { expression: 'first([3, 4])', result: 3 },
    run: ([items]) => (items as Json[])[0],
  },
  {
    name: 'last',
    group: 'lists',
    description: 'The last item; gives nothing for an empty list.',
    arguments: [list],
    returns: 'any',
    example: { expression: 'last([3, 4])', result: 4 },
    run: ([items]) => (items as Json[]).at(-1),
  },
  {
    name: 'compact',
    group: 'lists',
    description: 'The list without null and empty texts.',
    arguments: [list],
    returns: 'list',
    example: { expression: 'compact([1, null, "", 0])', result: [1, 0] },
    run: ([items]) => (items as Json[]).filter((item) => item !== null && item !== ''),
  },
  {
    name: 'flatten',
    group: 'lists',
    description: 'One list of the items of the lists in a list, one level deep.',
    arguments: [list],
    returns: 'list',
    example: { expression: 'flatten([[1, 2], 3])', result: [1, 2, 3] },
    run: ([items], budget) => {
      const flat: Json[] = [];
      for (const item of items as Json[]) {
        const more = Array.isArray(item) ? item : [item];
        if (flat.length + more.length > limits.items) budget.allowItems(flat.length + more.length);
        budget.spend(more.length);
        for (const inner of more) flat.push(inner);
      }
      return flat;
    },
  },
  {
    name: 'unique',
    group: 'lists',
    description: 'The list without repeated items; the first of each stays.',
    arguments: [list, optionalPath],
    returns: 'list',
    example: { expression: 'unique(["a", "b", "a"])', result: ['a', 'b'] },
    run: ([items, path], budget) => {
      const seen = new Set<string>();
      return (items as Json[]).filter((item) => {
        const found = look(item, path, budget);
        const mark = found === undefined ? 'missing' : key(found, budget);
        return !seen.has(mark) && seen.add(mark);
      });
    },
  },
  {
    name: 'sort',
    group: 'lists',
    description:
      'The list in order: numbers by size, texts by their characters. Items without the member come last.',
    returns: 'list',
    arguments: [
      list,
      optionalPath,
      argument('direction', 'text', '"up" (if left out) or "down".', { optional: true }),
    ],
    example: { expression: 'sort([3, 1, 2], "", "down")', result: [3, 2, 1] },
    run: ([items, path, direction], budget) => {
      if (direction !== undefined && direction !== 'up' && direction !== 'down')
        throw new ExpressionError('bad_value', 'sort(): the direction is "up" or "down".');
      const pairs = (items as Json[]).map((item) => ({ item, by: look(item, path, budget) }));
      budget.spend(pairs.length * 8);
      const sign = direction === 'down' ? -1 : 1;
      pairs.sort((a, b) =>
        a.by === undefined || b.by === undefined
          ? Number(a.by === undefined) - Number(b.by === undefined)
          : sign * orderValues(a.by, b.by),
      );
      return pairs.map((pair) => pair.item);
    },
  },
  {
    name: 'reverse',
    group: 'lists',
    description: 'The list from its end to its start.',
    arguments: [list],
    returns: 'list',
    example: { expression: 'reverse([1, 2])', result: [2, 1] },
    run: ([items]) => (items as Json[]).toReversed(),
  },
  {
    name: 'map',
    group: 'lists',
    description: 'A list of one member of every item.',
    returns: 'list',
    arguments: [
      list,
      argument('path', 'text', 'The member to take, such as "name" or "owner.name".'),
      argument('default', 'any', 'What to take for items without it; without a default that fails.', {
        optional: true,
      }),
    ],
    example: { expression: 'map(parseJson(\'[{"n": 1}, {"n": 2}]\'), "n")', result: [1, 2] },
    run: ([items, path, instead], budget) => lookAll(items as Json[], path, 'map', budget, instead),
  },
  {
    name: 'where',
    group: 'lists',
    description: 'The items whose member compares as asked; items without the member are left out.',
    returns: 'list',
    arguments: [
      list,
      argument('path', 'text', 'The member to compare; "" for the item itself.'),
      argument('comparison', 'text', 'One of == != < <= > >= in.'),
      argument('value', 'any', 'What to compare with.'),
    ],
    example: { expression: 'where([1, 5, 9], "", ">", 4)', result: [5, 9] },
    run: ([items, path, comparison, value], budget) => {
      const known = Object.hasOwn(comparisons, comparison as string);
      if (!known)
        throw new ExpressionError(
          'bad_value',
          `where(): the comparison is one of ${Object.keys(comparisons).join(' ')}.`,
        );
      const compare = comparisons[comparison as string]!;
      return (items as Json[]).filter((item) => {
        const found = look(item, path, budget);
        return found !== undefined && compare(found, value as Json, budget);
      });
    },
  },
  {
    name: 'concat',
    group: 'lists',
    description: 'One list of the items of several lists.',
    returns: 'list',
    arguments: [list, argument('more', 'list', 'A further list.', { optional: true, repeats: true })],
    example: { expression: 'concat([1], [2, 3])', result: [1, 2, 3] },
    run: (lists, budget) => {
      budget.allowItems((lists as Json[][]).reduce((count, items) => count + items.length, 0));
      return (lists as Json[][]).flat(1);
    },
  },
  {
    name: 'chunk',
    group: 'lists',
    description: 'The list cut into lists of a size.',
    returns: 'list',
    arguments: [list, argument('size', 'number', 'Items per piece, at least 1.')],
    example: { expression: 'chunk([1, 2, 3], 2)', result: [[1, 2], [3]] },
    run: ([items, size]) => {
      const step = Math.trunc(size as number);
      if (!(step >= 1)) throw new ExpressionError('bad_value', 'chunk(): the size is at least 1.');
      const pieces: Json[] = [];
      for (let at = 0; at < (items as Json[]).length; at += step)
        pieces.push((items as Json[]).slice(at, at + step));
      return pieces;
    },
  },
  {
    name: 'asList',
    group: 'lists',
    description:
      'A list as it is, any other value as a list of it alone, and nothing (absent, null or an empty text) as an empty list: for services that leave the list out where there is one item.',
    returns: 'list',
    arguments: [argument('value', 'any', 'A list, one item, or nothing.', { mayBeMissing: true })],
    example: { expression: 'asList("a")', result: ['a'] },
    run: ([value]) =>
      Array.isArray(value) ? value : value === undefined || value === null || value === '' ? [] : [value],
  },
];
