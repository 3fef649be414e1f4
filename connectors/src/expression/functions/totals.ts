import type { Json } from '../../json.ts';
import type { Budget } from '../budget.ts';
import { orderValues } from '../compare-values.ts';
import { ExpressionError } from '../expression-error.ts';
import { argument, type ExpressionFunction } from './define.ts';
import { lookAll, optionalPath } from './look.ts';

const list = argument('list', 'list', 'The list.');

function numbersOf(items: Json, path: Json | undefined, name: string, budget: Budget): number[] {
  return lookAll(items as Json[], path, name, budget).map((value) => {
    if (typeof value === 'number') return value;
    throw new ExpressionError('bad_value', `${name}() takes a list of numbers.`);
  });
}

function pickBest(
  items: Json,
  path: Json | undefined,
  better: (order: number) => boolean,
  name: string,
  budget: Budget,
): Json | undefined {
  const values = lookAll(items as Json[], path, name, budget);
  return values.length === 0
    ? undefined
    : values.reduce((best, value) => (better(orderValues(value, best)) ? value : best));
}

/** Functions that make one value of a list. */
export const totalFunctions: ExpressionFunction[] = [
  {
    name: 'sum',
    group: 'lists',
    description: 'All numbers of a list added up; 0 for an empty list.',
    arguments: [list, optionalPath],
    returns: 'number',
    example: { expression: 'sum([1, 2, 3.5])', result: 6.5 },
    run: ([items, path], budget) =>
      numbersOf(items!, path, 'sum', budget).reduce((total, value) => total + value, 0),
  },
  {
    name: 'average',
    group: 'lists',
    description: 'The mean of the numbers of a list; gives nothing for an empty list.',
    arguments: [list, optionalPath],
    returns: 'number',
    example: { expression: 'average([1, 2, 6])', result: 3 },
    run: ([items, path], budget) => {
      const numbers = numbersOf(items!, path, 'average', budget);
      return numbers.length === 0
        ? undefined
        : numbers.reduce((total, value) => total + value, 0) / numbers.length;
    },
  },
  {
    name: 'min',
    group: 'lists',
    description: 'The smallest number or text of a list; gives nothing for an empty list.',
    arguments: [list, optionalPath],
    returns: 'any',
    example: { expression: 'min([3, 1, 2])', result: 1 },
    run: ([items, path], budget) => pickBest(items!, path, (order) => order < 0, 'min', budget),
  },
  {
    name: 'max',
    group: 'lists',
    description: 'The largest number or text of a list; gives nothing for an empty list.',
    arguments: [list, optionalPath],
    returns: 'any',
    example: { expression: 'max([3, 1, 2])', result: 3 },
    run: ([items, path], budget) => pickBest(items!, path, (order) => order > 0, 'max', budget),
  },
];
