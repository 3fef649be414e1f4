import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { evaluateCondition, evaluateTemplate } from './evaluate-template.ts';
import { ExpressionError } from './expression-error.ts';
import { parseTemplate } from './parse-template.ts';

const scope: { [root: string]: Json } = {
  trigger: {
    output: {
      headers: { 'x-event': 'push' },
      amount: 80,
      text: '7',
      nothing: null,
      empty: '',
      yes: true,
      list: [
        { v: 1, in: [1, 2] },
        { v: 2, in: [3] },
      ],
      'odd name': 1,
      constructed: { keys: 'own' },
    },
  },
  index: 1,
};
const run = (text: string, missing: 'fail' | 'drop' = 'fail'): Json | undefined =>
  evaluateTemplate(parseTemplate(text), scope, { missing });
const code = (text: string): string => {
  try {
    return `gave ${JSON.stringify(run(text))}`;
  } catch (error) {
    return error instanceof ExpressionError ? error.code : String(error);
  }
};

describe('evaluating a template', () => {
  it('keeps the type of a lone hole and makes text of mixed ones', () => {
    expect(run('{{trigger.output.amount}}')).toBe(80);
    expect(run('{{trigger.output.list[0].in}}')).toEqual([1, 2]);
    expect(run('{{trigger.output.nothing}}')).toBeNull();
    expect(run(' {{trigger.output.amount}}')).toBe(' 80');
    expect(run('{{trigger.output.nothing}}|{{trigger.output.yes}}|{{trigger.output.list[1]}}')).toBe(
      '|true|{"v":2,"in":[3]}',
    );
  });

  it('reads odd names, the last item, every item and computed keys', () => {
    expect(run(`{{trigger.output.headers['x-event']}}`)).toBe('push');
    expect(run('{{trigger.output["odd name"]}}')).toBe(1);
    expect(run('{{trigger.output.list[-1].v}}')).toBe(2);
    expect(run('{{trigger.output.list[*].v}}')).toEqual([1, 2]);
    expect(run('{{trigger.output.list[*].in[*]}}')).toEqual([1, 2, 3]);
    expect(run('{{trigger.output.list[index].v}}')).toBe(2);
    expect(run('{{first(trigger.output.list).v}}')).toBe(1);
  });

  it('fails by name when a path does not resolve, and says where it ended', () => {
    const read = (): unknown => run('{{trigger.output.customer.name}}');
    expect(read).toThrow(
      /`trigger.output.customer.name` does not resolve: `trigger.output` has no `customer`/,
    );
    try {
      read();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'unresolved_path',
        path: 'trigger.output.customer.name',
        position: 2,
      });
    }
    expect(() => run('{{trigger.output.nothing.x}}')).toThrow(/is null/);
    expect(() => run('{{trigger.output.list.v}}')).toThrow(/is a list/);
    expect(() => run('{{trigger.output.list[5]}}')).toThrow(/has 2 items/);
    expect(() => run('{{trigger.output.list[*].zip}}')).toThrow(/list\[0\].zip/);
  });

  it.each([
    'trigger.output.zip == null',
    'upper(trigger.output.zip)',
    '!trigger.output.zip',
    'trigger.output.zip || "x"',
    '[trigger.output.zip]',
    'trigger.output[trigger.output.zip]',
    'trigger.output.zip ? 1 : 2',
    '"a" + trigger.output.zip',
  ])('does not let an absent path slip through %s', (expression) => {
    expect(code(`{{${expression}}}`)).toBe('unresolved_path');
    expect(run(`{{${expression}}}`, 'drop')).toBeUndefined();
    expect(run(`{{(${expression}) ?? "d"}}`)).toBe('d');
  });

  it('takes the default for absent and null, but not for empty or false', () => {
    expect(run('{{trigger.output.zip ?? "none"}}')).toBe('none');
    expect(run('{{trigger.output.nothing ?? "none"}}')).toBe('none');
    expect(run('{{trigger.output.empty ?? "none"}}')).toBe('');
    expect(run('{{trigger.output.a.b.c ?? trigger.output.amount}}')).toBe(80);
    expect(run('{{trigger.output.zip ?? 0 > 100}}')).toBe(false);
  });

  it('does not work out what is not needed', () => {
    expect(run('{{false && trigger.output.zip}}')).toBe(false);
    expect(run('{{true || trigger.output.zip}}')).toBe(true);
    expect(run('{{true ? 1 : trigger.output.zip}}')).toBe(1);
  });

  it('calculates, compares and joins without converting silently', () => {
    expect(run('{{1 + 2 * 3 - 4 / 2 % 3}}')).toBe(5);
    expect(run('{{"a" + 1 + true}}')).toBe('a1true');
    expect(run('{{trigger.output.text == 7}}')).toBe(false);
    expect(run('{{trigger.output.list == trigger.output.list}}')).toBe(true);
    expect(run('{{2 in [1, 2] && "us" in "push" && "amount" in trigger.output}}')).toBe(true);
    expect(code('{{trigger.output.text > 3}}')).toBe('bad_value');
    expect(code('{{trigger.output.text * 3}}')).toBe('bad_value');
    expect(code('{{1 / 0}}')).toBe('bad_value');
    expect(code('{{"a" + null}}')).toBe('bad_value');
    expect(code('{{1 in 2}}')).toBe('bad_value');
  });

  it('reads own members only', () => {
    for (const name of ['toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'])
      expect(code(`{{trigger.output.${name}}}`)).toBe('unresolved_path');
    expect(code('{{trigger.output["__pro" + "to__"]}}')).toBe('unresolved_path');
    expect(code('{{trigger.output["const" + "ructor"]}}')).toBe('unresolved_path');
    expect(run('{{trigger.output.constructed.keys}}')).toBe('own');
    expect(code('{{toString}}')).toBe('unresolved_path');
    expect(code('{{hasOwnProperty("a")}}')).toBe('invalid_expression');
  });

  it('stops at its limits', () => {
    const big = {
      ...scope,
      big: 'x'.repeat(700_000),
      many: Array.from({ length: 10_001 }, () => 1),
      deep: nest(200),
    };
    const at = (text: string) => (): unknown =>
      evaluateTemplate(parseTemplate(text), big, { missing: 'fail' });
    expect(at('{{big + big}}')).toThrow(ExpressionError);
    expect(at('{{big}}{{big}}')).toThrow(ExpressionError);
    expect(at('{{[big, big]}}')).toThrow(ExpressionError);
    expect(at('{{many}}')).toThrow(/10000 items/);
    expect(at('{{deep}}')).toThrow(/nested/);
    expect(at('{{many[*]}}')).toThrow(/10000 items/);
    expect(at('{{length(big)}}')()).toBe(700_000);
  });

  it('takes only true or false for a condition', () => {
    expect(evaluateCondition(parseTemplate('{{trigger.output.amount > 50}}'), scope)).toBe(true);
    expect(() => evaluateCondition(parseTemplate('{{trigger.output.amount}}'), scope)).toThrow(
      /true or false, it is a number/,
    );
    expect(evaluateCondition(parseTemplate('{{trigger.output.zip == 1}}'), scope, { missing: 'drop' })).toBe(
      false,
    );
  });
});

function nest(levels: number): Json {
  let value: Json = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
