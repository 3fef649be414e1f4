import type { Json } from '@weftline/connectors/json';
import { expect, test } from 'vitest';
import {
  checkTriggerExpressions,
  completeTriggerInput,
  readsVariables,
  resolveTriggerInput,
} from './resolve-trigger-input.ts';

const vars = { repo: 'Weft/Line', limit: 5, labels: ['a', 'b'] };
const resolve = (input: { [name: string]: Json }) => resolveTriggerInput(input, vars);

test('named values keep their type, and functions work on them', () => {
  const input = {
    repo: '{{lower(vars.repo)}}',
    limit: '{{vars.limit}}',
    labels: ['{{vars.labels[1]}}', 'c'],
    text: 'of {{vars.repo}}',
    plain: 3,
  };
  expect(readsVariables(input)).toBe(true);
  expect(readsVariables({ a: ['b', { c: 1 }] })).toBe(false);
  expect(resolve(input)).toEqual({
    ok: true,
    input: { repo: 'weft/line', limit: 5, labels: ['b', 'c'], text: 'of Weft/Line', plain: 3 },
  });
  expect(resolve({ a: "{{vars.other ?? 'none'}}" })).toEqual({ ok: true, input: { a: 'none' } });
});

test('every text that cannot be filled is named with its place and what to do', () => {
  expect(resolve({ a: { b: ['{{vars.nope}}'] }, c: '{{vars.labels.x}}', d: '{{vars.repo}}' })).toEqual({
    ok: false,
    problems: [
      {
        path: '/a/b/0',
        code: 'unresolved_path',
        message:
          'The workspace has no variable "nope": set it, correct the name, or give a default, as in {{vars.nope ?? \'none\'}}.',
      },
      { path: '/c', code: 'unresolved_path', message: expect.stringContaining('vars.labels.x') },
    ],
  });
});

test('nothing but named values can be read, and what cannot be parsed is told at its place', () => {
  const found = (input: { [name: string]: Json }) =>
    checkTriggerExpressions(input, '/trigger/input').map(({ path, code }) => `${path} ${code}`);
  expect(found({ a: '{{vars.repo}}' })).toEqual([]);
  expect(found({ a: '{{trigger.output.id}}', b: ['{{steps.x.output}}'], c: '{{run.id}}' })).toEqual([
    '/trigger/input/a unknown_root',
    '/trigger/input/b/0 unknown_root',
    '/trigger/input/c unknown_root',
  ]);
  expect(found({ a: '{{vars.}}' })).toEqual(['/trigger/input/a invalid_expression']);
  expect(checkTriggerExpressions({ a: '{{run.id}}' }, '')[0]!.message).toContain('A trigger comes first');
});

test('what is filled in must fit the trigger, after defaults', () => {
  const schema = {
    type: 'object',
    required: ['repo', 'limit'],
    properties: { repo: { type: 'string' }, limit: { type: 'integer', default: 9 } },
  };
  expect(completeTriggerInput(schema, { repo: '{{vars.repo}}' }, vars)).toEqual({
    ok: true,
    input: { repo: 'Weft/Line', limit: 9 },
  });
  const wrong = completeTriggerInput(schema, { limit: '{{vars.repo}}' }, vars);
  expect(!wrong.ok && wrong.problems.map(({ path, code }) => `${path} ${code}`).toSorted()).toEqual([
    '/limit wrong_type',
    '/repo required',
  ]);
});
