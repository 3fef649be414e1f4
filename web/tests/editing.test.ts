// Building with branches, data and the keyboard; two people in one workflow; following, cancelling and repeating a run.
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

it('builds a branch from sample data, moves a step with the keyboard, and takes a deletion back', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await click('new-workflow');
  await click('tab-test');
  await click('sample-paste');
  await page.getByTestId('sample-text').fill('{"total": 12}');
  await click('sample-save');
  await page.getByTestId('trigger-sample').waitFor();

  await click('add-step-1');
  await click('pick-branch');
  await click('condition-left-0-pick');
  await page.getByTestId('data-search').fill('total');
  await page.keyboard.press('Enter');
  await click('condition-comparison-0');
  await page.getByRole('option', { name: 'is more than' }).click();
  await page.getByTestId('condition-right-0').fill('10');
  await page.getByTestId('condition-verdict').and(page.locator('[data-verdict="passes"]')).waitFor();

  await click('add-step-branch-true-1');
  await click('pick-delay');
  await click('add-step-2');
  await click('pick-transform');
  await page.getByTestId('field-output').fill('{"seen": {{trigger.output.body.total}}}');
  await page.getByTestId('preview-output').getByText('12').waitFor();

  await page.getByTestId('step-transform').focus();
  await page.keyboard.press('Alt+ArrowUp');
  await page.getByTestId('save-state').and(page.locator('[data-state="saved"]')).waitFor();
  const steps = page.locator('[data-testid="step-list"] button[data-testid^="step-"]');
  expect(await steps.evaluateAll((found) => found.map((one) => one.getAttribute('data-testid')))).toEqual([
    'step-transform',
    'step-branch',
    'step-delay',
  ]);
  await click('menu-branch');
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByTestId('step-delay').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByTestId('step-delay').waitFor();
  expect(errors).toEqual([]);
});

it('shows both sides when somebody else saved meanwhile, and overwrites nothing by itself', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, context } = visitor;
  await signUpInBrowser(visitor);
  await click('new-workflow');
  await page.getByTestId('workflow-name').waitFor();
  const id = new URL(page.url()).pathname.split('/').pop();
  const other = await context.newPage();
  await other.goto(`/workflows/${id}`);
  await other.getByTestId('workflow-name').fill('Named elsewhere');
  const saved = other.waitForResponse((answer) => answer.request().method() === 'PATCH');
  await other.keyboard.press('Tab');
  expect((await saved).status()).toBe(200);

  await page.getByTestId('workflow-name').fill('Named here');
  await page.keyboard.press('Tab');
  await page.getByTestId('conflict').getByText('Named elsewhere').waitFor();
  expect((await callAs(page, 'GET', `/workflows/${id}`)).name).toBe('Named elsewhere');
  await click('keep-mine');
  await page.getByTestId('save-state').and(page.locator('[data-state="saved"]')).waitFor();
  expect((await callAs(page, 'GET', `/workflows/${id}`)).name).toBe('Named here');
});

it('follows a waiting run, cancels it, and starts it again', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const definition = {
    format: 'workflow/1',
    name: 'Wait',
    trigger: { kind: 'manual' },
    steps: [{ id: 'wait', kind: 'delay', seconds: 600 }],
  };
  const { id } = await callAs(page, 'POST', '/workflows', { name: 'Wait', definition });
  await page.goto(`/workflows/${String(id)}`);
  await click('publish-enable');
  await page.getByTestId('workflow-state').and(page.locator('[data-enabled="true"]')).waitFor();
  await click('run-now');
  await page.getByTestId('run-input').fill('{"a": 1}');
  await click('run-start');
  await page.getByTestId('run-status').and(page.locator('[data-status="waiting"]')).waitFor();
  await page.getByTestId('run-why').getByText('Waits until').waitFor();
  const first = page.url();
  await click('run-cancel');
  await click('run-cancel-confirm');
  await page.getByTestId('run-status').and(page.locator('[data-status="cancelled"]')).waitFor();
  await click('run-rerun');
  await page.getByTestId('rerun-effects').getByText('Nothing outside happens a second time').waitFor();
  await click('rerun-start');
  await page.waitForURL((url) => url.href !== first && url.pathname.startsWith('/runs/'));
  await page.getByTestId('run-status').and(page.locator('[data-status="waiting"]')).waitFor();
  expect(errors).toEqual([]);
});
