import { expect, it } from 'vitest';
import { hasHole, previewValue, scopeOfSamples } from './preview-value.ts';

const scope = scopeOfSamples(
  {
    trigger: { value: { body: { name: 'ada', total: 12 } }, source: 'pasted', at: '' },
    first: { value: { id: 7 }, source: 'test', at: '' },
  },
  { id: 'w', name: 'W' },
);

it('shows what the engine will give for the samples, with its type', () => {
  expect(previewValue('{{trigger.output.body.total}}', scope)).toEqual({ kind: 'value', value: 12 });
  expect(
    previewValue({ a: 'Hi {{upper(trigger.output.body.name)}}', b: ['{{steps.first.output.id}}'] }, scope),
  ).toEqual({ kind: 'value', value: { a: 'Hi ADA', b: [7] } });
});

it('names a path that does not resolve', () => {
  const preview = previewValue('{{trigger.output.body.nam}}', scope);
  expect(preview.kind).toBe('missing');
  expect(preview).toHaveProperty('message', expect.stringContaining('nam'));
});

it('says what is wrong with an expression that can never work', () => {
  expect(previewValue('{{upper(}}', scope).kind).toBe('wrong');
  expect(previewValue('{{trigger.constructor}}', scope).kind).not.toBe('value');
});

it('has nothing to show for a value without holes', () => {
  expect(hasHole({ a: ['x', 1] })).toBe(false);
  expect(previewValue({ a: 'x' }, scope)).toEqual({ kind: 'none' });
});
