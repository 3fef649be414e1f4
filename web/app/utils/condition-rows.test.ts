import { expect, it } from 'vitest';
import { readRows, writeRows } from './condition-rows.ts';

it.each([
  '{{trigger.output.body.total > 500}}',
  '{{trigger.output.body.paid == true}}',
  '{{trigger.output.body.name == "Ada"}}',
  '{{contains(trigger.output.body.name, "a") && steps.a.output.id != 7}}',
  '{{exists(trigger.output.body.x) || !exists(trigger.output.body.y)}}',
])('shows %s as rows and writes it back', (condition) => {
  expect(writeRows(readRows(condition)!)).toBe(condition);
});

it('keeps a text that looks like a number a text', () => {
  const rows = readRows('{{trigger.output.body.zip == "0815"}}')!;
  expect(rows.rows[0]!.right).toBe('"0815"');
  expect(writeRows(rows)).toBe('{{trigger.output.body.zip == "0815"}}');
});

it('says null for what rows cannot show', () => {
  expect(readRows('{{(a.b > 1 || a.c > 1) && a.d}}')).toBeNull();
  expect(readRows('text {{trigger.output}}')).toBeNull();
  expect(readRows('{{upper(}}')).toBeNull();
});

it('starts with one empty row', () => {
  expect(readRows('')).toEqual({ joint: '&&', rows: [{ left: '', comparison: '==', right: '' }] });
  expect(writeRows(readRows('')!)).toBe('');
});
