import { expect, it } from 'vitest';
import { isShown, inputWithDefaults, withoutHidden } from './show-when.ts';

const schema = {
  type: 'object',
  properties: {
    kind: { enum: ['a', 'b'], default: 'a' },
    detail: { type: 'string', 'x-showWhen': "{{input.kind == 'b'}}" },
    body: {
      type: 'object',
      properties: { note: { type: 'string', 'x-showWhen': "{{input.kind == 'a'}}" } },
    },
  },
};
const detail = schema.properties.detail;

it('shows an input when its condition holds for what is filled in and its defaults', () => {
  expect(isShown({ type: 'string' }, {})).toBe(true);
  expect(isShown(detail, { kind: 'b' })).toBe(true);
  expect(isShown(detail, inputWithDefaults(schema, {}))).toBe(false);
  expect(isShown(schema.properties.body.properties.note, inputWithDefaults(schema, {}))).toBe(true);
});

it('shows what cannot be judged before a run', () => {
  expect(isShown(detail, { kind: '{{trigger.output.kind}}' })).toBe(true);
  expect(isShown({ 'x-showWhen': '{{upper(input.kind) > 2}}' }, { kind: 'x' })).toBe(true);
});

it('takes away what a change hides, and keeps what was hidden already', () => {
  const before = { kind: 'b', detail: 'x', body: { note: 'left over' } };
  expect(withoutHidden(schema, before, { ...before, kind: 'a' })).toEqual({
    kind: 'a',
    body: { note: 'left over' },
  });
  expect(
    withoutHidden(schema, { kind: 'a', body: { note: 'n' } }, { kind: 'b', body: { note: 'n' } }),
  ).toEqual({
    kind: 'b',
    body: {},
  });
});
