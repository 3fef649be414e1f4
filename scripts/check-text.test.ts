import { expect, test } from 'vitest';
import { findTextFaults } from './text/find-text-faults.ts';

const faultsOf = (text: string): string[] => findTextFaults('a.ts', text, new Set(['README.md']));
// Put together here, so that this file passes the check it tests.
const planted = [
  ['', 'home', 'somebody', 'project'].join('/'),
  ['', 'Users', 'somebody'].join('/'),
  ['', 'work', 'main'].join('/'),
  ['https:/', ['registry', 'npmjs', 'org'].join('.'), 'pnpm'].join('/'),
  ['..', 'shared', 'corpora'].join('/'),
  `see ${'NOWHERE'}.md`,
  `made with ${'Co'}${'pilot'}`,
];

test('what must not get in is caught with its line', () => {
  for (const text of planted) expect(faultsOf(`fine\n${text}`), text).toHaveLength(1);
  expect(faultsOf(`fine\n${planted[0]}`)[0]).toMatch(/^a\.ts:2: /);
});

test('ordinary text passes', () => {
  const text =
    "import a from './work/a.ts'; // see README.md, https://example.com/work/items, docs/home/index.md";
  expect(faultsOf(text)).toEqual([]);
});
