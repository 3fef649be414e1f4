import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { measure } from './budget.ts';
import { checkTemplate } from './check-template.ts';
import { describeCondition } from './describe-condition.ts';
import { evaluateTemplate } from './evaluate-template.ts';
import { evaluateValue } from './evaluate-value.ts';
import { ExpressionError } from './expression-error.ts';
import { functionCatalogue } from './functions/catalogue.ts';
import { parseTemplate } from './parse-template.ts';
import { printExpression } from './print-expression.ts';
import { loneHole, type BinaryOperator, type Expression, type PathPart } from './syntax.ts';

const at = 0;
const names = fc.constantFrom(
  'a',
  'b',
  'list',
  'toString',
  'length',
  'x-y',
  'in',
  'valueOf',
  '0',
  'odd "name"',
  'hasOwnProperty',
);
const roots = fc.constantFrom('a', 'b', 'trigger', 'steps');
const operators = fc.constantFrom<BinaryOperator>(
  '??',
  '||',
  '&&',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  '+',
  '-',
  '*',
  '/',
  '%',
);
const texts = fc.string({
  unit: fc.constantFrom(
    'a',
    '"',
    "'",
    '\\',
    '\n',
    '}',
    '{',
    '(',
    '|',
    'ä',
    '😀',
    '$1',
    '2026-01-01',
    '1',
    '__proto__',
  ),
  maxLength: 6,
});
const literals = fc.oneof(
  texts,
  fc.integer({ min: -1000, max: 1000 }),
  fc.double({ min: 0.001, max: 1e6, noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);

/** Any tree the language can have, without positions. */
const { expression } = fc.letrec<{
  expression: Expression;
  path: Expression;
  part: PathPart;
  call: Expression;
}>((tie) => ({
  part: fc.oneof(
    names.map((name) => ({ kind: 'name' as const, name })),
    fc.integer({ min: -3, max: 3 }).map((index) => ({ kind: 'index' as const, index })),
    fc.constant({ kind: 'each' as const }),
    roots.map((name) => ({ kind: 'computed' as const, key: { kind: 'root' as const, name, at } })),
  ),
  path: fc
    .tuple(
      fc.oneof(
        { weight: 5, arbitrary: roots.map((name) => ({ kind: 'root' as const, name, at })) },
        tie('call'),
      ),
      fc.array(tie('part'), { minLength: 1, maxLength: 4 }),
    )
    .map(([base, parts]) => ({ kind: 'path' as const, base, parts, at })),
  call: fc
    .tuple(
      fc.constantFrom(...functionCatalogue.map((entry) => entry.name)),
      fc.array(tie('expression'), { maxLength: 4 }),
    )
    .map(([name, list]) => ({ kind: 'call' as const, name, arguments: list, at })),
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'expression' },
    literals.map((value) => ({ kind: 'literal' as const, value: Object.is(value, -0) ? 0 : value, at })),
    roots.map((name) => ({ kind: 'root' as const, name, at })),
    tie('path'),
    tie('call'),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => ({ kind: 'list' as const, items, at })),
    tie('expression').map((operand) => ({ kind: 'unary' as const, operator: '!' as const, operand, at })),
    roots.map((name) => ({
      kind: 'unary' as const,
      operator: '-' as const,
      operand: { kind: 'root' as const, name, at },
      at,
    })),
    fc
      .tuple(operators, tie('expression'), tie('expression'))
      .map(([operator, left, right]) => ({ kind: 'binary' as const, operator, left, right, at })),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([test, then, otherwise]) => ({ kind: 'conditional' as const, test, then, otherwise, at })),
  ),
}));

const isFault = (error: unknown, ...codes: string[]): boolean =>
  error instanceof ExpressionError && (codes.length === 0 || codes.includes(error.code));
const withoutPositions = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, member: unknown) => (key === 'at' ? 0 : member)));
const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
};
const data = fc.record({
  a: fc.jsonValue({ maxDepth: 3 }),
  b: fc.record({
    a: fc.jsonValue({ maxDepth: 2 }),
    list: fc.array(fc.record({ a: fc.jsonValue({ maxDepth: 1 }), b: fc.integer() })),
  }),
  trigger: fc.oneof(texts, fc.array(texts), fc.integer(), fc.dictionary(names, texts)),
}) as fc.Arbitrary<{ [root: string]: Json }>;

describe('for any expression', () => {
  it('what is printed parses to the same tree', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        const text = `{{${printExpression(tree)}}}`;
        try {
          const hole = loneHole(parseTemplate(text));
          expect(withoutPositions(hole?.expression)).toEqual(withoutPositions(tree));
        } catch (error) {
          // Trees over the limits are refused; nothing that is printed may be unreadable.
          if (!isFault(error, 'expression_limit')) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('evaluating gives JSON or an ExpressionError, leaves frozen data unchanged, and twice gives the same', () => {
    const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype].map(
      (prototype) => Object.getOwnPropertyNames(prototype),
    );
    fc.assert(
      fc.property(
        expression,
        data,
        fc.constantFrom('fail' as const, 'drop' as const),
        (tree, scope, missing) => {
          const before = JSON.stringify(scope);
          freeze(scope);
          const work = (): unknown => {
            const template = parseTemplate(`{{${printExpression(tree)}}}`);
            checkTemplate(template, { roots: ['a'] });
            const value = evaluateTemplate(template, scope, { missing });
            if (value !== undefined) measure(value);
            return value;
          };
          const outcomes = [1, 2].map(() => {
            try {
              return JSON.stringify(work()) ?? 'nothing';
            } catch (error) {
              if (!isFault(error)) throw error;
              return (error as ExpressionError).message;
            }
          });
          expect(outcomes[0]).toBe(outcomes[1]);
          expect(JSON.stringify(scope)).toBe(before);
        },
      ),
      { numRuns: 5000 },
    );
    expect(
      [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) =>
        Object.getOwnPropertyNames(prototype),
      ),
    ).toEqual(prototypes);
  });

  it('a function of the catalogue gets along with any arguments', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...functionCatalogue),
        fc.array(fc.oneof(fc.jsonValue({ maxDepth: 2 }), texts, fc.dictionary(names, texts)), {
          maxLength: 5,
        }),
        (entry, values) => {
          const scope = Object.fromEntries(values.map((value, index) => [`v${index}`, value as Json]));
          try {
            evaluateTemplate(
              parseTemplate(`{{${entry.name}(${Object.keys(scope).join(', ')})}}`),
              freeze(scope),
              { missing: 'fail' },
            );
          } catch (error) {
            if (!isFault(error)) throw error;
          }
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('a condition can always be described', () => {
    fc.assert(
      fc.property(expression, data, (tree, scope) => {
        const source = `{{${printExpression(tree)}}}`;
        const template = (() => {
          try {
            return parseTemplate(source);
          } catch {
            return undefined;
          }
        })();
        if (template) expect(describeCondition(template, scope)).toMatch(/^`/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('for any text', () => {
  const pieces = fc.constantFrom(
    '{{',
    '}}',
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    '"',
    "'",
    '\\',
    '\\u',
    '.',
    '..',
    ',',
    ';',
    '?',
    '?.',
    '??',
    ':',
    '=',
    '==',
    '|',
    '||',
    '!',
    '-',
    '1',
    '1e9',
    'n',
    'a',
    'constructor',
    '__proto__',
    'this',
    'upper',
    '*',
    '[*]',
    ' ',
    '\n',
    '`',
    '$',
    '\u00a0',
    '\ud800',
    '=>',
    '//',
    '/*',
    '#',
    '@',
    'in',
    'new ',
    'null',
  );
  it('parsing gives a template or an ExpressionError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces, { maxLength: 30 }).map((list) => list.join('')),
          fc.array(pieces, { maxLength: 30 }).map((list) => `{{${list.join('')}}}`),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          try {
            const template = parseTemplate(text);
            checkTemplate(template, { roots: ['a'] });
            evaluateTemplate(template, { a: { a: [1] } }, { missing: 'drop' });
          } catch (error) {
            if (!isFault(error)) throw error;
          }
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('text that comes out of data is given as it is, never evaluated (X1)', () => {
    fc.assert(
      fc.property(
        fc.array(pieces).map((list) => list.join('')),
        (text) => {
          expect(evaluateTemplate(parseTemplate('<{{a}}>'), { a: text }, { missing: 'fail' })).toBe(
            `<${text}>`,
          );
          expect(evaluateValue({ x: ['{{a}}'] }, { a: text }, { missing: 'fail' })).toEqual({ x: [text] });
        },
      ),
    );
  });

  it('names of every prototype resolve only when they are own (X1)', () => {
    const inherited = [
      Object.prototype,
      Array.prototype,
      String.prototype,
      Number.prototype,
      Function.prototype,
    ].flatMap((prototype) => Object.getOwnPropertyNames(prototype));
    for (const name of new Set(inherited)) {
      for (const value of [{}, [], 'text', 1, true]) {
        expect(
          evaluateTemplate(
            parseTemplate('{{a[key] ?? "absent"}}'),
            { a: value, key: name },
            { missing: 'fail' },
          ),
          name,
        ).toBe('absent');
      }
    }
  });
});
