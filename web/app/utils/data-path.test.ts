import { expect, it } from 'vitest';
import { listRows, pillLook, shorten, writePath } from './data-path.ts';

it('writes plain names with dots, odd names and indexes with brackets', () => {
  expect(writePath(['trigger', 'output', 'headers', 'x-event'])).toBe("trigger.output.headers['x-event']");
  expect(writePath(['steps', 'a', 'output', 'lines', 0, 'sku'])).toBe('steps.a.output.lines[0].sku');
  expect(writePath(['trigger', "it's"])).toBe("trigger['it\\'s']");
});

it('lists a sample depth first, and a long list by its first item', () => {
  const rows = listRows({ id: 7, lines: [{ sku: 'A' }, { sku: 'B' }] }, ['trigger', 'output']);
  expect(rows.map((row) => [row.path, row.depth, row.kind])).toEqual([
    ['trigger.output', 0, 'object'],
    ['trigger.output.id', 1, 'number'],
    ['trigger.output.lines', 1, 'list'],
    ['trigger.output.lines[0]', 2, 'object'],
    ['trigger.output.lines[0].sku', 3, 'text'],
  ]);
});

it('stops listing a very wide sample', () => {
  expect(
    listRows(
      Array.from({ length: 3 }, () => 1),
      ['a'],
      2,
    ),
  ).toHaveLength(2);
});

it('shows a plain path by its end, and anything else as a formula', () => {
  expect(pillLook('trigger.output.body.name')).toEqual({ root: 'trigger', text: 'body.name' });
  expect(pillLook("steps.create.output['a-b'][0]")).toEqual({
    root: 'step',
    stepId: 'create',
    text: "['a-b'][0]",
  });
  expect(pillLook('trigger.output')).toEqual({ root: 'trigger', text: '' });
  expect(pillLook('upper(trigger.output.body.name)')).toMatchObject({ root: 'formula' });
});

it('shortens long values to one line', () => {
  expect(shorten('x'.repeat(80))).toHaveLength(60);
  expect(shorten([{ a: 1 }, { a: 2 }])).toBe('2 items');
  expect(shorten(null)).toBe('null');
});
