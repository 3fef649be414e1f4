import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { en } from './en.ts';

const app = join(import.meta.dirname, '..');
const sources = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.(vue|ts)$/.test(file) && !file.includes('locales') && !file.endsWith('.test.ts'),
);

/** What a key names in the catalogue: a text, a group of texts, or nothing. */
function find(key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], en);
}

it('has every text that a screen asks for', () => {
  const missing = sources.flatMap((file) => {
    const text = readFileSync(join(app, file), 'utf8');
    const fixed = [...text.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map((match) => match[1]!);
    // Of a key that is put together only the part before the hole is known: it has to be a group.
    const groups = [...text.matchAll(/\bte?\(\s*`([\w.-]+)\.\$\{/g)].map((match) => match[1]!);
    return [
      ...fixed.filter((key) => typeof find(key) !== 'string').map((key) => `${file}: ${key}`),
      ...groups.filter((key) => typeof find(key) !== 'object').map((key) => `${file}: ${key}.*`),
    ];
  });
  expect(missing).toEqual([]);
});
