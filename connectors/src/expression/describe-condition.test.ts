import { expect, it } from 'vitest';
import { describeCondition } from './describe-condition.ts';
import { parseTemplate } from './parse-template.ts';

const scope = { amount: 80, name: 'Ann', list: [1, 2], long: 'x'.repeat(500), body: { total: 3 } };

it.each([
  ['{{amount > 100}}', '`amount > 100` was `80 > 100`'],
  [
    '{{ body.total == 4 && name == "Bob" }}',
    '`body.total == 4 && name == "Bob"` was `3 == 4 && "Ann" == "Bob"`',
  ],
  ['{{exists(body.zip)}}', '`exists(body.zip)` was `exists((absent))`'],
  ['{{5 in list}}', '`5 in list` was `5 in [1,2]`'],
  ['{{1 > 2}}', '`1 > 2` is always `false`'],
])('describes %s', (template, text) => {
  expect(describeCondition(parseTemplate(template), scope)).toBe(text);
});

it('keeps long values short and never throws', () => {
  expect(describeCondition(parseTemplate('{{long == "a"}}'), scope).length).toBeLessThan(120);
  expect(describeCondition(parseTemplate('{{body.a.b > amount[name]}}'), scope)).toContain('(absent)');
});
