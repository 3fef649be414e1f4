// docs/invariants.md: what must always hold, and under each the tests that show it, found by the id in their titles.
import type { Title } from './list-titles.ts';

const range = (letter: string, last: number): string[] =>
  Array.from({ length: last }, (_, index) => `${letter}${index + 1}`);

/** Those that must each be shown by a test. */
export const requiredIds = [...range('R', 20), ...range('W', 8), ...range('A', 4), ...range('X', 6)];

/** `R4` and `R12` in a title, but not within a longer word. */
const idsOf = (title: string): string[] => title.match(/(?<![\w-])[RWAX]\d{1,2}(?![\w-])/g) ?? [];

export type Named = {
  /** The document with the tests of today under each id. */
  text: string;
  faults: string[];
};

/**
 * @param text the document: each id has a heading `### R1. …`, what holds, and a list of tests that is written anew here
 * @param titles of all tests
 */
export function nameTests(text: string, titles: readonly Title[]): Named {
  const shown = new Map<string, Title[]>();
  for (const entry of titles)
    for (const id of new Set(idsOf(entry.title))) shown.set(id, [...(shown.get(id) ?? []), entry]);
  const faults: string[] = [];
  const told = new Set<string>();
  const parts = text.split(/^(?=### )/m).map((part) => {
    const id = /^### ([A-Z]\d{1,2})\. /.exec(part)?.[1];
    if (id === undefined) return part;
    if (told.has(id)) faults.push(`${id} has two headings.`);
    told.add(id);
    const tests = shown.get(id) ?? [];
    if (tests.length === 0)
      faults.push(`${id} is shown by no test: give the test that shows it a title with (${id}).`);
    const lines = tests.map(({ file, title }) => `- \`${file}\`: ${title.replaceAll('`', "'")}`);
    // What follows the list up to the next heading (a chapter, say) stays.
    const [before, after = ''] = part.replaceAll(/^- `[^`]+\.test\.ts`: .*\n/gm, '').split(/^(?=## )/m);
    return `${before!.trimEnd()}\n\n${lines.length > 0 ? `${lines.join('\n')}\n\n` : ''}${after}`;
  });
  for (const id of requiredIds) if (!told.has(id)) faults.push(`${id} has no heading in docs/invariants.md.`);
  for (const [id, [first]] of shown)
    if (!told.has(id)) faults.push(`${first!.file} names ${id}, which docs/invariants.md does not know.`);
  return { text: `${parts.join('').trimEnd()}\n`, faults };
}
