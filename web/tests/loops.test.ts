// A loop built from sample data by hand, and a run that shows its items, those that failed first.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { callAs, openBrowser, signUpInBrowser, visit } from './testing/open-browser.ts';

let product: Product;
let browser: Browser;
beforeAll(async () => {
  product = await startProduct();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

it('builds a loop with steps inside, tries one on the first item, and shows the items of a run', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await click('new-workflow');
  await click('tab-test');
  await click('sample-paste');
  await page.getByTestId('sample-text').fill('{"list": [{"n": 1}, {"n": 20}, {"n": 3}]}');
  await click('sample-save');
  await page.getByTestId('trigger-sample').waitFor();

  await click('add-step-1');
  await click('pick-forEach');
  await page.getByTestId('field-items').fill('{{trigger.output.body.list}}');
  await page.getByTestId('loop-sample').getByText('3 items in the sample').waitFor();
  await page.getByTestId('field-at-once').fill('2');
  await page.getByTestId('field-on-item-error').getByText('Go on').click();

  await click('add-step-forEach-body-1');
  await click('pick-filter');
  await page.getByTestId('step-filter').waitFor();
  await click('add-step-forEach-body-2');
  await click('pick-transform');
  await page.getByTestId('field-output').fill('{"whole": {{number(10 / (item.n - 3))}}}');
  await page.getByTestId('preview-output').getByText('-5').waitFor();
  await click('tab-test');
  await click('test-step');
  await page.getByTestId('step-sample').getByText('-5').waitFor();
  await click('menu-filter');
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByTestId('step-filter').waitFor({ state: 'detached' });
  const inside = page.locator('[data-testid="body-forEach"] button[data-testid^="step-"]');
  expect(await inside.evaluateAll((found) => found.map((one) => one.getAttribute('data-testid')))).toEqual([
    'step-transform',
  ]);
  await page.getByTestId('save-state').and(page.locator('[data-state="saved"]')).waitFor();
  const id = new URL(page.url()).pathname.split('/').pop();
  const { draft } = await callAs(page, 'GET', `/workflows/${id}`);
  expect((draft as { steps: unknown[] }).steps).toMatchObject([
    {
      id: 'forEach',
      kind: 'forEach',
      atOnce: 2,
      onItemError: 'continue',
      steps: [{ id: 'transform', after: [] }],
    },
  ]);

  await callAs(page, 'POST', `/workflows/${id}/publish`, {});
  const body = { list: [{ n: 4 }, { n: 5 }, { n: 'none' }] };
  const { runId } = await callAs(page, 'POST', `/workflows/${id}/runs`, { input: { body } });
  await page.goto(`/runs/${String(runId)}`);
  await page.getByTestId('run-status').and(page.locator('[data-status="succeeded"]')).waitFor();
  await page.getByTestId('run-step-forEach').getByRole('button').first().click();
  await page.getByTestId('loop-counts').getByText('2 of 3 done · 1 failed').waitFor();
  const failed = page.getByTestId('iterations-failed').getByTestId('iteration-2');
  await failed.getByText('for the item at index 2').waitFor();
  await failed.getByRole('button').first().click();
  await failed.getByTestId('iteration-item').getByText('none').waitFor();
  const all = page.getByTestId('iterations-all');
  await all.getByTestId('iteration-1').getByRole('button').first().click();
  await all.getByTestId('iteration-1').getByTestId('iteration-value').getByText('5').waitFor();
  expect(errors).toEqual([]);
});
