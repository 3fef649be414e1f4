import { expect, it } from 'vitest';
import { locateValues, spanOf } from './json-position.ts';

const text = '{ "a": [1, {"b/c": "x\\"y"}], "d": true }';

it('finds each value by its pointer', () => {
  const spans = locateValues(text);
  const shown = (pointer: string) => {
    const { from, to } = spanOf(spans, pointer);
    return text.slice(from, to);
  };
  expect(shown('/a/0')).toBe('1');
  expect(shown('/a/1/b~1c')).toBe('"x\\"y"');
  expect(shown('/d')).toBe('true');
  expect(shown('')).toBe(text);
});

it('marks the value around one that is missing', () => {
  const { from, to } = spanOf(locateValues(text), '/a/1/nothing');
  expect(text.slice(from, to)).toBe('{"b/c": "x\\"y"}');
});

it('does not hang or throw on a text that is no JSON', () => {
  for (const wrong of ['', '{', '{"a":', '[1,,2', '{"a" 1}', '['.repeat(5000)])
    expect(locateValues(wrong)).toBeInstanceOf(Map);
});
