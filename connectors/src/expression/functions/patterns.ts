import type { Budget } from '../budget.ts';
import { matcherOf } from '../match-pattern.ts';
import { argument, type ExpressionFunction } from './define.ts';
import { joinWith } from './text.ts';

const text = argument('text', 'text', 'The text.');
const pattern = argument('pattern', 'text', 'A pattern (RE2 syntax); write \\\\d for a digit.');

function replacePattern(value: string, wanted: string, replacement: string, budget: Budget): string {
  const matcher = matcherOf(wanted, value, budget);
  const pieces: string[] = [];
  let from = 0;
  while (matcher.find()) {
    budget.spend(10);
    const fill = replacement.replace(/\$(\d)/g, (_, digit: string) =>
      Number(digit) <= matcher.groupCount() ? (matcher.group(Number(digit)) ?? '') : '',
    );
    pieces.push(value.slice(from, matcher.start()), fill);
    budget.allowText(fill.length);
    from = matcher.end();
  }
  return joinWith([...pieces, value.slice(from)], '', budget);
}

/** Functions that look for patterns, on an engine whose time is linear in the text. */
export const patternFunctions: ExpressionFunction[] = [
  {
    name: 'matches',
    group: 'text',
    description: 'True when the pattern is found in the text. Use ^ and $ for the whole text.',
    returns: 'boolean',
    arguments: [text, pattern],
    example: { expression: 'matches("ORD-17", "^ORD-[0-9]+$")', result: true },
    run: ([value, wanted], budget) => matcherOf(wanted as string, value as string, budget).find(),
  },
  {
    name: 'match',
    group: 'text',
    description: 'The first match of a pattern, or its group; gives nothing without a match.',
    returns: 'text',
    arguments: [
      text,
      pattern,
      argument('group', 'number', 'Which group; the first if the pattern has one, else the whole match.', {
        optional: true,
      }),
    ],
    example: { expression: 'match("total: 42 EUR", "([0-9]+) EUR")', result: '42' },
    run: ([value, wanted, group], budget) => {
      const matcher = matcherOf(wanted as string, value as string, budget);
      if (!matcher.find()) return undefined;
      const chosen = (group as number | undefined) ?? Math.min(1, matcher.groupCount());
      return Number.isInteger(chosen) && chosen >= 0 && chosen <= matcher.groupCount()
        ? (matcher.group(chosen) ?? undefined)
        : undefined;
    },
  },
  {
    name: 'replacePattern',
    group: 'text',
    description: 'The text with every match of a pattern replaced; $1 to $9 stand for the groups.',
    returns: 'text',
    arguments: [text, pattern, argument('replacement', 'text', 'The text to put there.')],
    example: { expression: 'replacePattern("a1b22", "[0-9]+", "<$0>")', result: 'a<1>b<22>' },
    run: ([value, wanted, replacement], budget) =>
      replacePattern(value as string, wanted as string, replacement as string, budget),
  },
];
