import { ExpressionError } from '../expression-error.ts';
import { argument, type ExpressionFunction } from './define.ts';

const value = argument('number', 'number', 'The number.');
const digits = argument('digits', 'number', 'Digits after the point, 0 to 12; 0 if left out.', {
  optional: true,
});

/** Rounds by shifting the decimal exponent in text, which avoids 1.005 * 100 = 100.49999999999999. */
function shifted(amount: number, places: number | undefined, how: (number: number) => number): number {
  const by = places ?? 0;
  if (!Number.isInteger(by) || by < 0 || by > 12)
    throw new ExpressionError('bad_value', 'Digits are a whole number from 0 to 12.');
  if (Math.abs(amount) >= 1e15 || String(amount).includes('e')) return how(amount);
  return Number(`${how(Number(`${amount}e${by}`))}e-${by}`);
}

// Halves go away from zero, as people round; Math.round would give -2 for -2.5.
const half = (amount: number): number => Math.sign(amount) * Math.round(Math.abs(amount));

/** Functions over numbers. */
export const numberFunctions: ExpressionFunction[] = [
  {
    name: 'add',
    group: 'numbers',
    description: 'The sum of numbers; the same as +, but never joins texts.',
    returns: 'number',
    arguments: [value, argument('more', 'number', 'A further number.', { repeats: true })],
    example: { expression: 'add(1, 2, 3)', result: 6 },
    run: (numbers) => (numbers as number[]).reduce((total, number) => total + number, 0),
  },
  {
    name: 'round',
    group: 'numbers',
    description: 'The number rounded; halves go away from zero.',
    arguments: [value, digits],
    returns: 'number',
    example: { expression: 'round(1.005, 2)', result: 1.01 },
    run: ([amount, places]) => shifted(amount as number, places as number | undefined, half),
  },
  {
    name: 'floor',
    group: 'numbers',
    description: 'The number rounded down.',
    arguments: [value, digits],
    returns: 'number',
    example: { expression: 'floor(2.79, 1)', result: 2.7 },
    run: ([amount, places]) => shifted(amount as number, places as number | undefined, Math.floor),
  },
  {
    name: 'ceil',
    group: 'numbers',
    description: 'The number rounded up.',
    arguments: [value, digits],
    returns: 'number',
    example: { expression: 'ceil(2.1)', result: 3 },
    run: ([amount, places]) => shifted(amount as number, places as number | undefined, Math.ceil),
  },
  {
    name: 'abs',
    group: 'numbers',
    description: 'The number without its sign.',
    arguments: [value],
    returns: 'number',
    example: { expression: 'abs(-3)', result: 3 },
    run: ([amount]) => Math.abs(amount as number),
  },
  {
    name: 'formatNumber',
    group: 'numbers',
    description: 'The number as text the way a language writes it.',
    returns: 'text',
    arguments: [
      value,
      argument('digits', 'number', 'Digits after the point; as many as there are (at most 3) if left out.', {
        optional: true,
      }),
      argument('language', 'text', 'A language tag such as "en" or "de-DE"; "en" if left out.', {
        optional: true,
      }),
    ],
    example: { expression: 'formatNumber(1234.5, 2)', result: '1,234.50' },
    run: ([amount, places, language]) => {
      try {
        const fixed =
          places === undefined
            ? {}
            : { minimumFractionDigits: places as number, maximumFractionDigits: places as number };
        return new Intl.NumberFormat((language as string | undefined) ?? 'en', fixed).format(
          amount as number,
        );
      } catch {
        throw new ExpressionError(
          'bad_value',
          'formatNumber(): digits are 0 to 100 and the language is a tag such as "en".',
        );
      }
    },
  },
];
