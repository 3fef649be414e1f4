import { isJsonObject, type Json } from '../../json.ts';
import { measure } from '../budget.ts';
import { holds, nameType } from '../compare-values.ts';
import { ExpressionError } from '../expression-error.ts';
import { limits } from '../limits.ts';
import { argument, type ExpressionFunction } from './define.ts';

const any = argument('value', 'any', 'Any value.');
const maybe = argument('value', 'any', 'A path that may be absent.', { mayBeMissing: true });

function toNumber(value: Json): number {
  if (typeof value === 'number') return value;
  const text = typeof value === 'string' ? value.trim() : '';
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    throw new ExpressionError(
      'bad_value',
      typeof value === 'string'
        ? 'number(): this text is not a number.'
        : `number() takes a text, it got ${nameType(value)}.`,
    );
  }
  const number = Number(text);
  if (!Number.isFinite(number)) throw new ExpressionError('bad_value', 'number(): this number is too large.');
  if (/^[+-]?\d+$/.test(text) && !Number.isSafeInteger(number))
    throw new ExpressionError(
      'bad_value',
      'number(): this number cannot be kept exactly; keep it as a text.',
    );
  return number;
}

function toBoolean(value: Json): boolean {
  if (typeof value === 'boolean') return value;
  const known: { [text: string]: boolean } = {
    true: true,
    yes: true,
    on: true,
    '1': true,
    false: false,
    no: false,
    off: false,
    '0': false,
    '': false,
  };
  // An object may hold a member `toString`, so only plain values are made text.
  const text = typeof value === 'object' ? '' : String(value).trim().toLowerCase();
  if (typeof value !== 'object' && Object.hasOwn(known, text)) return known[text]!;
  if (value === null) return false;
  throw new ExpressionError(
    'bad_value',
    `boolean() knows true, yes, on, 1, false, no, off, 0 and empty; it got ${nameType(value)}.`,
  );
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

/** Functions that test and convert values. */
export const valueFunctions: ExpressionFunction[] = [
  {
    name: 'length',
    group: 'values',
    description: 'How many characters, items or members.',
    arguments: [argument('value', 'any', 'A text, list or object.')],
    returns: 'number',
    example: { expression: 'length([4, 5, 6])', result: 3 },
    run: ([value]) => {
      if (typeof value === 'string' || Array.isArray(value)) return value.length;
      if (isJsonObject(value)) return Object.keys(value).length;
      throw new ExpressionError(
        'bad_value',
        `length() takes a text, list or object, it got ${nameType(value)}.`,
      );
    },
  },
  {
    name: 'number',
    group: 'values',
    description: 'The number that a text says.',
    arguments: [any],
    returns: 'number',
    example: { expression: 'number(" 12.50 ")', result: 12.5 },
    run: ([value]) => toNumber(value!),
  },
  {
    name: 'string',
    group: 'values',
    description: 'The value as text; lists and objects become JSON, null becomes empty.',
    arguments: [any],
    returns: 'text',
    example: { expression: 'string(12.5)', result: '12.5' },
    run: ([value], budget) => {
      if (typeof value === 'string') return value;
      if (value === null) return '';
      budget.allowText(measure(value!));
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    },
  },
  {
    name: 'boolean',
    group: 'values',
    description: 'True or false from a text or number such as "yes", "off", 1.',
    arguments: [any],
    returns: 'boolean',
    example: { expression: 'boolean("yes")', result: true },
    run: ([value]) => toBoolean(value!),
  },
  {
    name: 'json',
    group: 'values',
    description: 'The value written as JSON text.',
    arguments: [any],
    returns: 'text',
    example: { expression: 'json(["a", 1])', result: '["a",1]' },
    run: ([value], budget) => {
      budget.allowText(measure(value!));
      return JSON.stringify(value);
    },
  },
  {
    name: 'parseJson',
    group: 'values',
    description: 'The value that a JSON text stands for.',
    arguments: [argument('text', 'text', 'JSON text.')],
    returns: 'any',
    example: { expression: 'parseJson(\'{"a": [1]}\')', result: { a: [1] } },
    run: ([text], budget) => {
      budget.allowText((text as string).length);
      budget.spend((text as string).length >> 3);
      let value: Json;
      try {
        value = JSON.parse(text as string) as Json;
      } catch {
        throw new ExpressionError('bad_value', 'parseJson(): this text is not JSON.');
      }
      measure(value, limits.treeBytes);
      return value;
    },
  },
  {
    name: 'default',
    group: 'values',
    description:
      'The value, or another one when it is absent, null or an empty text. (?? leaves empty texts.)',
    returns: 'any',
    arguments: [maybe, argument('instead', 'any', 'What to take then.')],
    example: { expression: 'default("", "none")', result: 'none' },
    run: ([value, instead]) => (value === undefined || value === null || value === '' ? instead : value),
  },
  {
    name: 'exists',
    group: 'values',
    description: 'True when the path is there and not null.',
    arguments: [maybe],
    returns: 'boolean',
    example: { expression: 'exists(null)', result: false },
    run: ([value]) => value !== undefined && value !== null,
  },
  {
    name: 'isEmpty',
    group: 'values',
    description: 'True for what is absent, null, an empty text, list or object.',
    arguments: [maybe],
    returns: 'boolean',
    example: { expression: 'isEmpty([])', result: true },
    run: ([value]) => isEmpty(value),
  },
  {
    name: 'choose',
    group: 'values',
    description: 'One of two values, by a condition; the same as condition ? a : b.',
    returns: 'any',
    arguments: [
      argument('condition', 'any', 'False, null, 0 and the empty text choose the second.'),
      argument('then', 'any', 'The value if it holds.'),
      argument('otherwise', 'any', 'The value if not.'),
    ],
    example: { expression: 'choose(2 > 1, "more", "less")', result: 'more' },
    run: ([condition, then, otherwise]) => (holds(condition!) ? then : otherwise),
  },
  {
    name: 'typeOf',
    group: 'values',
    description: 'The kind of a value: text, number, boolean, list, object or null.',
    arguments: [any],
    returns: 'text',
    example: { expression: 'typeOf([1])', result: 'list' },
    run: ([value]) => {
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'list';
      return typeof value === 'string' ? 'text' : typeof value;
    },
  },
];
