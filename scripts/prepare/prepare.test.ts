import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashFiles } from './hash-files.ts';
import { isNoWebSource } from './prepare-web.ts';
import { refreshWhenStale } from './refresh-when-stale.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weftline-prepare-'));
  mkdirSync(join(folder, 'web/app'), { recursive: true });
  mkdirSync(join(folder, 'web/tests'));
  mkdirSync(join(folder, 'web/node_modules'));
  writeFileSync(join(folder, 'web/app/app.vue'), '<template />');
});
afterEach(() => rmSync(folder, { recursive: true }));

const hash = (): string => hashFiles(folder, ['web', 'missing'], isNoWebSource);

test('the hash changes with content and name of a source, not with tests and packages', () => {
  const before = hash();
  writeFileSync(join(folder, 'web/tests/a.test.ts'), 'x');
  writeFileSync(join(folder, 'web/app/a.test.ts'), 'x');
  writeFileSync(join(folder, 'web/node_modules/a.js'), 'x');
  expect(hash()).toBe(before);
  writeFileSync(join(folder, 'web/app/page.vue'), 'x');
  const after = hash();
  expect(after).not.toBe(before);
  rmSync(join(folder, 'web/app/page.vue'));
  writeFileSync(join(folder, 'web/app/other.vue'), 'x');
  expect(hash()).not.toBe(after);
});

test('a product is made once, again when its sources change, and again when it was deleted', async () => {
  const file = join(folder, 'out/product');
  let made = 0;
  const refresh = (sources: string): Promise<boolean> =>
    refreshWhenStale({
      stamp: join(folder, 'out/.made-from'),
      hash: sources,
      files: [file],
      make: () => {
        made += 1;
        mkdirSync(join(folder, 'out'), { recursive: true });
        writeFileSync(file, '');
        return Promise.resolve();
      },
    });
  expect([await refresh('one'), await refresh('one'), await refresh('two')]).toEqual([true, false, true]);
  rmSync(file);
  expect([await refresh('two'), made]).toEqual([true, 3]);
});

test('a product that could not be made is tried again the next time', async () => {
  const product = { stamp: join(folder, 'stamp'), hash: 'one', files: [] };
  const fails = refreshWhenStale({ ...product, make: () => Promise.reject(new Error('no memory')) });
  await expect(fails).rejects.toThrow('no memory');
  expect(await refreshWhenStale({ ...product, make: () => Promise.resolve() })).toBe(true);
});
