// The authoring page takes over what describes an API already: an OpenAPI document and a cURL line become apps.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { callAs, openBrowser, signUpInBrowser, visit } from './testing/open-browser.ts';

const fixture = join(import.meta.dirname, '../../scripts/import/fixtures/library-31.yaml');
let product: Product;
let browser: Browser;
beforeAll(async () => {
  product = await startProduct({});
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

const withoutProblems = (page: Page) =>
  page.getByTestId('connector-problems').and(page.locator('[data-count="0"][data-checking="false"]'));

it('makes a published app of an OpenAPI file, and imports it again without losing what was changed by hand', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await page.goto('/apps/new');
  await click('connector-import');
  await page.getByTestId('import-file').setInputFiles(fixture);
  await page.getByTestId('import-chosen').getByText('library-31.yaml').waitFor();
  await click('import-load');
  await page.getByTestId('imported').getByText('3 of 3 operations became actions.').waitFor();
  expect(await page.getByTestId('import-key').inputValue()).toBe('lending-library');
  await page.getByTestId('import-key').fill('http');
  await click('import-take');
  await page.getByTestId('import-failure').getByText('built-in app').waitFor();
  await page.getByTestId('import-key').fill('library');
  await click('import-take');
  await page.waitForURL('**/apps/library/edit');
  await withoutProblems(page).waitFor();
  await click('connector-publish');
  await click('publish-version');
  await page.getByTestId('version-1.0.0').waitFor();
  await page.getByTestId('action-lend-book').waitFor();

  // By hand a name is changed that the next document changes too, and one that it does not.
  const { definition, etag } = (await callAs(page, 'GET', '/apps/library')) as {
    definition: { version: string; actions: { key: string; name: string; description?: string }[] };
    etag: string;
  };
  definition.version = '1.1.0';
  definition.actions.find(({ key }) => key === 'list-books')!.name = 'Find books';
  definition.actions.find(({ key }) => key === 'lend-book')!.name = 'Hand out a book';
  await callAs(page, 'PUT', '/apps/library/draft', { definition }, { 'if-match': etag });
  await page.goto('/apps/library/edit');
  const next = readFileSync(fixture, 'utf8')
    .replace('summary: List books', 'summary: List all books')
    .replace('components:', '  /readers: { get: { operationId: listReaders, responses: {} } }\ncomponents:');
  await click('connector-import');
  await page.getByTestId('import-source').fill(next);
  await click('import-load');
  await page.getByTestId('import-conflict').getByText('/actions/list-books/name').waitFor();
  await page.getByTestId('import-added').click();
  await page.getByTestId('import-added').getByText('/actions/list-readers').waitFor();
  await page.getByTestId('import-kept_edit').click();
  await page.getByTestId('import-kept_edit').getByText('/actions/lend-book/name').waitFor();
  await click('import-take');
  await page.getByTestId('import').waitFor({ state: 'detached' });
  await expect
    .poll(async () => {
      const kept = (await callAs(page, 'GET', '/apps/library')) as {
        draft: { definition: { actions: { name: string }[] } };
      };
      return kept.draft.definition.actions.map(({ name }) => name).toSorted();
    })
    .toEqual(['Add a book', 'Find books', 'Hand out a book', 'List readers']);
  await withoutProblems(page).waitFor();
  await page.locator('.cm-line', { hasText: '"version": "1.1.0"' }).waitFor();
  expect(errors).toEqual([]);
}, 120_000);

it('says what is no document, takes only what is asked for, and tells what was left', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await page.goto('/apps/new');
  await click('connector-import');
  await page.getByTestId('import-source').fill('{"hello": "world"}');
  await click('import-load');
  await page.getByTestId('import-failure').waitFor();
  await page.getByTestId('import-source').fill(readFileSync(fixture, 'utf8'));
  await page.getByTestId('import-only').fill('books');
  await click('import-load');
  await page.getByTestId('imported').getByText('2 of').waitFor();

  // What the service calls becomes triggers only where somebody wants that.
  const hooks = 'webhooks: { lent: { post: { requestBody: { content: { application/json: {} } } } } }';
  await page.getByTestId('import-source').fill(`${readFileSync(fixture, 'utf8')}${hooks}\n`);
  await click('import-load');
  const warnings = page.getByTestId('import-warnings');
  await warnings.getByText('one call of the service (lent)').waitFor({ state: 'attached' });
  await click('import-triggers');
  await click('import-load');
  await warnings.getByText('One trigger is a draft').waitFor({ state: 'attached' });
  expect(errors).toEqual([]);
});

it('makes a published app of a cURL line, without its password', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await page.goto('/apps/new');
  await click('connector-import');
  await click('tab-curl');
  await page
    .getByTestId('import-source')
    .fill(
      `curl -X POST https://api.parcels.example/v1/parcels -H 'Authorization: Bearer never-shown' --json '{"weight": 2}'`,
    );
  await click('import-load');
  await page.getByTestId('imported').waitFor();
  await page.getByTestId('import-warnings').waitFor();
  await click('import-take');
  await withoutProblems(page).waitFor();
  await page.locator('.cm-line', { hasText: '"/v1/parcels"' }).waitFor();
  await click('connector-publish');
  await click('publish-version');
  await page.getByTestId('version-1.0.0').waitFor();
  expect(await page.content()).not.toContain('never-shown');
  await page.goto('/apps');
  await page.getByTestId('apps-own').getByText('api.parcels.example').waitFor();
  expect(errors).toEqual([]);
});
