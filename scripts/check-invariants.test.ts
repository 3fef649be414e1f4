// The check of docs/invariants.md can fail; and the document is up to date.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listTitles, readTitles } from './invariants/list-titles.ts';
import { nameTests, requiredIds } from './invariants/name-tests.ts';

const root = join(import.meta.dirname, '..');
const document = (ids: readonly string[], more = ''): string =>
  `# All\n\n${ids.map((id) => `### ${id}. Something\n\nThat holds.\n`).join('\n')}${more}`;
const shownBy = (ids: readonly string[]) =>
  ids.map((id) => ({ file: 'runner/src/a.test.ts', title: `holds (${id})` }));

test('every invariant names the tests that show it, and the list is that of today', () => {
  const text = readFileSync(join(root, 'docs/invariants.md'), 'utf8');
  const named = nameTests(text, listTitles(root));
  expect(named.faults).toEqual([]);
  expect(named.text, 'run `node scripts/check-invariants.ts --write`').toBe(text);
});

test('an id without a test, without a heading, with two, or that nobody knows is a fault', () => {
  expect(nameTests(document(requiredIds), shownBy(requiredIds)).faults).toEqual([]);
  const [first, ...others] = requiredIds;
  expect(nameTests(document(requiredIds), shownBy(others)).faults).toEqual([
    `${first} is shown by no test: give the test that shows it a title with (${first}).`,
  ]);
  expect(nameTests(document(others), shownBy(others)).faults).toEqual([
    `${first} has no heading in docs/invariants.md.`,
  ]);
  expect(nameTests(document([first!, ...requiredIds]), shownBy(requiredIds)).faults).toEqual([
    `${first} has two headings.`,
  ]);
  expect(nameTests(document(requiredIds), shownBy([...requiredIds, 'R99'])).faults).toHaveLength(1);
});

test('the lists are written anew, what stands around them stays', () => {
  const once = nameTests(document(requiredIds, '\n## More\n\nText.\n'), shownBy(requiredIds)).text;
  expect(once).toContain('That holds.\n\n- `runner/src/a.test.ts`: holds (R1)\n');
  expect(once).toContain('## More\n\nText.');
  expect(nameTests(once, shownBy(requiredIds)).text).toBe(once);
  expect(nameTests(once, []).text).not.toContain('a.test.ts');
});

test('a title is read wherever it stands; a test that does not run has none', () => {
  const call = (name: string, rest: string) => `${name}${rest}`;
  const text = [
    call('test', `('plain (R1)', () => {});`),
    call('it', `.each(cases.map((one) => [one.id]))(\n  "each (R2)", () => {});`),
    call('test', `.skipIf(true)('perhaps (R3)', () => {});`),
    call('test', `.skip('not run (R4)', () => {});`),
    call('test', `.todo('not written (R5)');`),
    call('describe', `('a group (R6)', () => {});`),
    call('test', `('it\\'s quoted (R7)', () => {});`),
  ].join('\n');
  expect(readTitles(text)).toEqual(['plain (R1)', 'each (R2)', 'perhaps (R3)', "it's quoted (R7)"]);
});
