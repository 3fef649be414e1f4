import { expect, it } from 'vitest';
import { searchItems, toSearchable } from './search-words.ts';

const all = [
  ['GitHub', 'Create an issue', 'Opens an issue in a repository.'],
  ['GitHub', 'List issues', 'Newest first.'],
  ['Slack', 'Send a message', 'Writes into a channel.'],
  ['Zoom', 'Create a meeting', 'For now or later.'],
  ['Café', 'Order a coffee', 'With milk.'],
].map((texts) =>
  toSearchable(texts.slice(0, 2).join(': '), [
    { text: texts[1], weight: 1 },
    { text: texts[0], weight: 0.9 },
    { text: texts[2], weight: 0.4, isExact: true },
  ]),
);
const find = (query: string) => searchItems(all, query);

it('finds words in any order, by their first letters, and the best first', () => {
  expect(find('issue github')).toEqual(['GitHub: Create an issue', 'GitHub: List issues']);
  expect(find('crea')).toEqual(['GitHub: Create an issue', 'Zoom: Create a meeting']);
  expect(find('cafe')).toEqual(['Café: Order a coffee']);
  expect(find('channel')).toEqual(['Slack: Send a message']);
});

it('forgives one typo in a word of four letters and two in a long one', () => {
  expect(find('slcak')).toEqual(['Slack: Send a message']);
  expect(find('gihub isue')).toEqual(['GitHub: Create an issue', 'GitHub: List issues']);
  expect(find('mesage')).toEqual(['Slack: Send a message']);
  expect(find('xyz')).toEqual([]);
  expect(find('chanel')).toEqual([]);
});

it('gives everything for nothing typed, and puts what has a bonus first', () => {
  expect(find('  ')).toHaveLength(5);
  expect(searchItems(all, 'create', (item) => (item.startsWith('Zoom') ? 0.1 : 0))[0]).toContain('Zoom');
});

it('searches thousands of things without making anybody wait', () => {
  const many = Array.from({ length: 5000 }, (_, at) =>
    toSearchable(at, [{ text: `Change the thing number ${at} of a service`, weight: 1 }]),
  );
  expect(searchItems(many, 'chnage thing')).toHaveLength(5000);
  expect(searchItems(many, 'change thing 4999')).toEqual([4999]);
});
