// The titles of all tests, read from their files: what a test says of itself is the only thing that can be looked up.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Title = { file: string; title: string };

/** `test('…'`, `it("…"`, also after `.each(…)` or `.skipIf(…)`; a test that is skipped or still to be written is none. */
const called =
  /\b(?:test|it)(?:\.(?:each|for|skipIf|runIf)\([^]{0,400}?\))?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;

/** @returns the titles that stand in a test file, in their order */
export function readTitles(text: string): string[] {
  return [...text.matchAll(called)].map(([, quote, title]) =>
    title!.replaceAll(`\\${quote}`, quote!).replaceAll(/\s+/g, ' '),
  );
}

/** @returns the titles of every test file below `root`, by file and place */
export function listTitles(root: string): Title[] {
  return globSync('{api,web,runner,connectors,prisma,scripts}/**/*.test.ts', {
    cwd: root,
    exclude: ['**/node_modules/**'],
  })
    .toSorted()
    .flatMap((file) =>
      readTitles(readFileSync(join(root, file), 'utf8')).map((title) => ({
        file: file.replaceAll('\\', '/'),
        title,
      })),
    );
}
