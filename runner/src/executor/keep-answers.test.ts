import { expect, test } from 'vitest';
import { createAnswerStore } from './keep-answers.ts';

test('an answer is given again until its time is over, and nobody can change what others get', () => {
  const store = createAnswerStore(10, 1_000);
  store.keep('a', [1], 1_000, 0);
  (store.find('a', 999) as number[]).push(2);
  expect(store.find('a', 999)).toEqual([1]);
  expect(store.find('a', 1_000)).toBeUndefined();
  store.keep('b', [1], 0, 0);
  expect(store.find('b', 0)).toBeUndefined();
});

test('the answers used longest ago make room', () => {
  const store = createAnswerStore(2, 1_000);
  for (const name of ['a', 'b']) store.keep(name, name, 1_000, 0);
  store.find('a', 0);
  store.keep('c', 'c', 1_000, 0);
  expect(['a', 'b', 'c'].map((name) => store.find(name, 0))).toEqual(['a', undefined, 'c']);
});

test('all answers together stay below the size, and one that is larger is not kept', () => {
  const store = createAnswerStore(100, 100);
  for (const name of ['a', 'b', 'c']) store.keep(name, 'x'.repeat(40), 1_000, 0);
  expect(['a', 'b', 'c'].filter((name) => store.find(name, 0) !== undefined)).toEqual(['b', 'c']);
  store.keep('b', 'x'.repeat(200), 1_000, 0);
  expect(store.find('b', 0)).toBeUndefined();
  store.keep('d', 'x'.repeat(40), 1_000, 0);
  expect(['c', 'd'].filter((name) => store.find(name, 0) !== undefined)).toEqual(['c', 'd']);
});
