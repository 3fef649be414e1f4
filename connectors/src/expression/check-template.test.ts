import { describe, expect, it } from 'vitest';
import type { CheckOptions } from './check-template.ts';
import { checkText, checkValue } from './check-value.ts';

const options: CheckOptions = {
  roots: ['trigger', 'steps', 'vars', 'run'],
  steps: ['create', 'load'],
  members: { trigger: ['output'], steps: ['output'] },
};
const found = (text: string, more: Partial<CheckOptions> = {}): string[] =>
  checkText(text, { ...options, ...more }).map((problem) => problem.code);

describe('checking a template', () => {
  it.each([
    '{{trigger.output.a}}',
    '{{steps.create.output.id + 1}}',
    '{{vars.x ?? "y"}}',
    'no template',
    '{{upper(trigger.output.a)}}',
    '{{sum(map(trigger.output.list, "n")) > 3}}',
    '{{concat([1], [2], [3])}}',
    `{{matches(trigger.output.a, "^\\\\d+$")}}`,
    '{{run.startedAt}}',
    '{{steps["load"].output}}',
  ])('accepts %s', (text) => expect(checkText(text, options)).toEqual([]));

  it.each([
    ['{{triger.output}}', 'unknown_root'],
    ['{{trigger.body}}', 'unknown_member'],
    ['{{steps.creat.output}}', 'unknown_step'],
    ['{{steps.create.request}}', 'unknown_member'],
    ['{{steps}}', 'unknown_step'],
    ['{{steps[-1].output}}', 'unknown_step'],
    ['{{item.a}}', 'unknown_root'],
    ['{{uper("a")}}', 'unknown_function'],
    ['{{upper()}}', 'wrong_arguments'],
    ['{{upper("a", "b")}}', 'wrong_arguments'],
    ['{{join("a")}}', 'wrong_type'],
    ['{{sum(upper("a"))}}', 'wrong_type'],
    ['{{7 * "7"}}', 'wrong_type'],
    ['{{-"a"}}', 'wrong_type'],
    ['{{matches("a", "(")}}', 'bad_pattern'],
    ['{{a | upper}}', 'invalid_expression'],
    ['{{', 'invalid_expression'],
  ])('refuses %s with %s', (text, code) => expect(found(text)).toContain(code));

  it('says what was meant', () => {
    const message = (text: string): string => checkText(text, options)[0]?.message ?? '';
    expect(message('{{triger.output}}')).toContain('did you mean `trigger`');
    expect(message('{{steps.laod.output}}')).toContain('did you mean `load`');
    expect(message('{{uper("a")}}')).toContain('did you mean `upper`');
    expect(checkText('{{trigger.output.headers.x-event}}', options).at(-1)?.message).toContain(
      `headers['x-event']`,
    );
    expect(message('{{upper}}')).toContain('upper(…)');
  });

  it('knows item and index inside lists', () => {
    expect(found('{{item.a}} {{index}}', { item: true })).toEqual([]);
  });

  it('asks for escaping between the quotes of a query language', () => {
    const query = { escapeQuoted: true };
    expect(found(`WHERE id = '{{vars.x}}'`, query)).toEqual(['unescaped_quote']);
    expect(found(`WHERE id LIKE '%{{vars.x}}%'`, query)).toEqual(['unescaped_quote']);
    expect(found(`WHERE id = '{{escapeQuotes(vars.x)}}' AND n = {{number(vars.n)}}`, query)).toEqual([]);
    expect(found(`It's '{{vars.x}}'`)).toEqual([]);
  });

  it('gives the place in a document as a JSON pointer', () => {
    const document = { input: { 'a/b': ['ok', '{{nope}}'] } };
    expect(checkValue(document, options, '/steps/0')).toMatchObject([
      { path: '/steps/0/input/a~1b/1', code: 'unknown_root' },
    ]);
  });
});
