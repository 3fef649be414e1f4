import { describe, expect, it } from 'vitest';
import { ExpressionError } from './expression-error.ts';
import { parseTemplate } from './parse-template.ts';
import { holesOf, loneHole } from './syntax.ts';

const fault = (source: string): ExpressionError => {
  try {
    parseTemplate(source);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`accepted: ${source}`);
};

describe('parsing a template', () => {
  it('splits text and holes and keeps their places', () => {
    const template = parseTemplate('Hi {{a.b}}, {{c}}!');
    expect(template.parts.filter((part) => typeof part === 'string')).toEqual(['Hi ', ', ', '!']);
    expect(holesOf(template).map((hole) => template.source.slice(hole.start, hole.end))).toEqual([
      '{{a.b}}',
      '{{c}}',
    ]);
    expect(loneHole(template)).toBeUndefined();
    expect(loneHole(parseTemplate('{{ a }}'))?.source).toBe(' a ');
  });

  it('takes texts without holes as they are, whatever their length', () => {
    expect(parseTemplate('').parts).toEqual(['']);
    expect(parseTemplate('x'.repeat(500_000)).parts).toHaveLength(1);
  });

  it('finds the end of a hole behind braces in quotes', () => {
    expect(loneHole(parseTemplate(`{{"}}" + '{{' + "\\""}}`))).toBeDefined();
  });

  it('gives the same frozen tree for the same text', () => {
    const template = parseTemplate('{{a}}');
    expect(parseTemplate('{{a}}')).toBe(template);
    expect(Object.isFrozen(loneHole(template)?.expression)).toBe(true);
  });

  it.each([
    ['{{a | upper}}', /upper\(a\)/],
    ['{{a = 1}}', /==/],
    ['{{a === 1}}', /write ==/],
    ['{{a?.b}}', /\?\?/],
    ['{{a.b()}}', /b\(…\)/],
    ['{{"\\u0041"}}', /\\u/],
    ['{{"\\x41"}}', /\\x/],
    ['{{"\\d"}}', /two/],
    ['{{a.\\u0062}}', /backslash/],
    ['{{`a`}}', /Backquotes/],
    ['{{“a”}}', /Curly quotes/],
    ['{{a\u00a0}}', /space/],
    ['{{a.__proto__}}', /not allowed/],
    ['{{a["constructor"]}}', /not allowed/],
    ['{{prototype}}', /not allowed/],
    ['{{a b}}', /does not fit/],
    ['{{a, b}}', /does not fit/],
    ['{{a; b}}', /one expression/],
    ['{{(a, b)}}', /does not fit/],
    ['{{f(a,)}}', /ends too early|does not fit/],
    ['{{a.}}', /Unexpected|ends/],
    ['{{a +}}', /Expected/],
    ['{{}}', /empty/],
    ['{{a', /no closing/],
    ['{{"a}}', /no closing/],
    ['{{1e400}}', /too large/],
    ['{{9007199254740993}}', /exactly/],
    ['{{[1][0]}}', /starts at a name/],
    ['{{"a".b}}', /starts at a name/],
    ['{{this}}', /does not exist/],
    ['{{a ** 2}}', /no power/],
    ['{{~a}}', /not an operator/],
    ['{{{a}}}', /brace/],
    ['{{a[1.5]}}', /whole number/],
    ['{{*}}', /does not fit/],
    ['{{[*]}}', /path/],
  ])('refuses %s and says what to do', (source, message) => {
    const error = fault(source);
    expect(error.code).toBe('invalid_expression');
    expect(error.message).toMatch(message);
    expect(error.position).toBeTypeOf('number');
  });

  it.each([
    ['an expression of more than 4,000 characters', `{{"${'a'.repeat(4001)}"}}`],
    ['an unclosed hole before a long text', `{{${'a'.repeat(4002)}`],
    ['brackets nested more than 32 deep', `{{${'('.repeat(33)}1${')'.repeat(33)}}}`],
    ['more than 300 parts', `{{${'1+'.repeat(400)}1}}`],
    ['more than 300 parts over several holes', '{{1+1+1+1+1}}'.repeat(40)],
    ['more than 64 holes', '{{a}}'.repeat(65)],
    ['a huge text with a hole', `{{a}}${' '.repeat(300_000)}`],
    ['a long row of conditions', `{{${'1?1:'.repeat(900)}1}}`],
    ['a long row of signs', `{{${'!'.repeat(3990)}1}}`],
  ])('refuses %s', (_name, source) => {
    expect(fault(source).code).toBe('expression_limit');
  });

  it('accepts what is just within the limits', () => {
    expect(holesOf(parseTemplate('{{a}}'.repeat(64)))).toHaveLength(64);
    expect(loneHole(parseTemplate(`{{${'('.repeat(32)}1${')'.repeat(32)}}}`))).toBeDefined();
  });
});
