import type { Json } from '../../json.ts';
import type { Budget } from '../budget.ts';
import { ExpressionError } from '../expression-error.ts';
import { limits } from '../limits.ts';
import { argument, type ExpressionFunction } from './define.ts';

const text = argument('text', 'text', 'The text.');

/** Puts pieces together after asking the budget. */
export function joinWith(pieces: readonly string[], separator: string, budget: Budget): string {
  let length = separator.length * Math.max(0, pieces.length - 1);
  for (const piece of pieces) length += piece.length;
  budget.allowText(length);
  return pieces.join(separator);
}

function splitBy(value: string, separator: string, budget: Budget): string[] {
  if (separator === '') {
    budget.allowItems(value.length);
    return [...value];
  }
  const pieces: string[] = [];
  let from = 0;
  for (let at = value.indexOf(separator); at !== -1; at = value.indexOf(separator, from)) {
    budget.spend(1);
    if (pieces.length > limits.items) budget.allowItems(pieces.length);
    pieces.push(value.slice(from, at));
    from = at + separator.length;
  }
  return [...pieces, value.slice(from)];
}

/** Functions that take and give text. */
export const textFunctions: ExpressionFunction[] = [
  {
    name: 'upper',
    group: 'text',
    description: 'The text in capital letters.',
    arguments: [text],
    returns: 'text',
    example: { expression: 'upper("ab")', result: 'AB' },
    run: ([value]) => (value as string).toUpperCase(),
  },
  {
    name: 'lower',
    group: 'text',
    description: 'The text in small letters.',
    arguments: [text],
    returns: 'text',
    example: { expression: 'lower("AB")', result: 'ab' },
    run: ([value]) => (value as string).toLowerCase(),
  },
  {
    name: 'capitalize',
    group: 'text',
    description: 'The text with its first letter as a capital.',
    arguments: [text],
    returns: 'text',
    example: { expression: 'capitalize("weekly report")', result: 'Weekly report' },
    run: ([value]) => (value as string).charAt(0).toUpperCase() + (value as string).slice(1),
  },
  {
    name: 'trim',
    group: 'text',
    description: 'The text without spaces and line ends around it.',
    arguments: [text],
    returns: 'text',
    example: { expression: 'trim("  a b ")', result: 'a b' },
    run: ([value]) => (value as string).trim(),
  },
  {
    name: 'split',
    group: 'text',
    description: 'A list of the pieces between separators.',
    returns: 'list',
    arguments: [
      text,
      argument('separator', 'text', 'What stands between the pieces; empty for single characters.'),
    ],
    example: { expression: 'split("a,b", ",")', result: ['a', 'b'] },
    run: ([value, separator], budget) => splitBy(value as string, separator as string, budget),
  },
  {
    name: 'join',
    group: 'text',
    description: 'One text of all items of a list.',
    returns: 'text',
    arguments: [
      argument('list', 'list', 'Texts, numbers or true/false.'),
      argument('separator', 'text', 'What to put between them; ", " if left out.', { optional: true }),
    ],
    example: { expression: 'join(["a", "b"], "; ")', result: 'a; b' },
    run: ([list, separator], budget) =>
      joinWith(
        (list as Json[]).map((item) => plain(item, 'join')),
        (separator as string | undefined) ?? ', ',
        budget,
      ),
  },
  {
    name: 'slice',
    group: 'text',
    description: 'A part of a text or list. Places count from 0; negative ones from the end.',
    returns: 'any',
    arguments: [
      argument('value', 'any', 'A text or a list.'),
      argument('start', 'number', 'First place.'),
      argument('end', 'number', 'Place after the last one; the end if left out.', { optional: true }),
    ],
    example: { expression: 'slice("abcdef", 1, -2)', result: 'bcd' },
    run: ([value, start, end]) => {
      if (typeof value !== 'string' && !Array.isArray(value))
        throw new ExpressionError('bad_value', 'slice() takes a text or a list.');
      return value.slice(
        Math.trunc(start as number),
        end === undefined ? undefined : Math.trunc(end as number),
      );
    },
  },
  {
    name: 'replace',
    group: 'text',
    description: 'The text with every occurrence of one text replaced by another.',
    returns: 'text',
    arguments: [
      text,
      argument('search', 'text', 'The text to look for, exactly as it is.'),
      argument('replacement', 'text', 'The text to put there.'),
    ],
    example: { expression: 'replace("1.2.3", ".", "-")', result: '1-2-3' },
    run: ([value, search, replacement], budget) =>
      joinWith(splitBy(value as string, search as string, budget), replacement as string, budget),
  },
  {
    name: 'startsWith',
    group: 'text',
    description: 'True when the text starts with another.',
    returns: 'boolean',
    arguments: [text, argument('start', 'text', 'The start to look for.')],
    example: { expression: 'startsWith("invoice-7", "invoice")', result: true },
    run: ([value, start]) => (value as string).startsWith(start as string),
  },
  {
    name: 'endsWith',
    group: 'text',
    description: 'True when the text ends with another.',
    returns: 'boolean',
    arguments: [text, argument('end', 'text', 'The end to look for.')],
    example: { expression: 'endsWith("a.pdf", ".pdf")', result: true },
    run: ([value, end]) => (value as string).endsWith(end as string),
  },
  {
    name: 'contains',
    group: 'text',
    description: 'True when the text has another text in it. For lists use `in`.',
    returns: 'boolean',
    arguments: [text, argument('search', 'text', 'The text to look for.')],
    example: { expression: 'contains("hello", "ell")', result: true },
    run: ([value, search]) => (value as string).includes(search as string),
  },
  {
    name: 'truncate',
    group: 'text',
    description: 'The text cut to a number of characters, ending in … when it was longer.',
    returns: 'text',
    arguments: [text, argument('length', 'number', 'Most characters to keep.')],
    example: { expression: 'truncate("a long title", 6)', result: 'a lon…' },
    run: ([value, length]) => {
      const characters = [...(value as string)];
      const most = Math.max(1, Math.trunc(length as number));
      return characters.length <= most ? (value as string) : `${characters.slice(0, most - 1).join('')}…`;
    },
  },
  {
    name: 'padStart',
    group: 'text',
    description: 'The text filled up in front to a length.',
    returns: 'text',
    arguments: [
      text,
      argument('length', 'number', 'The length wanted.'),
      argument('filler', 'text', 'What to fill with; a space if left out.', { optional: true }),
    ],
    example: { expression: 'padStart(7, 3, "0")', result: '007' },
    run: ([value, length, filler], budget) => {
      budget.allowText(Math.max(0, length as number));
      return (value as string).padStart(length as number, (filler as string | undefined) ?? ' ');
    },
  },
  {
    name: 'prefix',
    group: 'text',
    description: 'Puts a text in front, unless there is nothing to put it before.',
    returns: 'text',
    arguments: [
      argument('text', 'text', 'The text; absent or empty gives an empty text.', { mayBeMissing: true }),
      argument('start', 'text', 'What to put in front.'),
    ],
    example: { expression: 'prefix("disk full", ": ")', result: ': disk full' },
    run: ([value, start], budget) =>
      value === undefined || value === '' ? '' : joinWith([start as string, value as string], '', budget),
  },
  {
    name: 'suffix',
    group: 'text',
    description: 'Puts a text behind, unless there is nothing to put it behind.',
    returns: 'text',
    arguments: [
      argument('text', 'text', 'The text; absent or empty gives an empty text.', { mayBeMissing: true }),
      argument('end', 'text', 'What to put behind.'),
    ],
    example: { expression: 'suffix("12", " items")', result: '12 items' },
    run: ([value, end], budget) =>
      value === undefined || value === '' ? '' : joinWith([value as string, end as string], '', budget),
  },
  {
    name: 'wrap',
    group: 'text',
    description: 'Puts a text before and one behind, unless there is nothing between them.',
    returns: 'text',
    arguments: [
      argument('text', 'text', 'The text; absent or empty gives an empty text.', { mayBeMissing: true }),
      argument('start', 'text', 'What to put before.'),
      argument('end', 'text', 'What to put behind.'),
    ],
    example: { expression: 'wrap("done", "(", ")")', result: '(done)' },
    run: ([value, start, end], budget) =>
      value === undefined || value === ''
        ? ''
        : joinWith([start as string, value as string, end as string], '', budget),
  },
  {
    name: 'a1Quote',
    group: 'text',
    description: "The name of a sheet as it stands in a range such as 'My sheet'!A1.",
    returns: 'text',
    arguments: [argument('name', 'text', 'The name of the sheet.')],
    example: { expression: 'a1Quote("Ann\'s list")', result: "'Ann''s list'" },
    run: ([value], budget) => {
      budget.allowText((value as string).length * 2 + 2);
      return `'${(value as string).replaceAll("'", "''")}'`;
    },
  },
];

/** Text of a plain value. @throws ExpressionError bad_value for null, lists and objects */
export function plain(value: Json, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ExpressionError(
    'bad_value',
    `${name}() takes texts, numbers and true/false; pick a member of objects first, as in items[*].name.`,
  );
}
