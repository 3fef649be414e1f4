// A code step in the browser: written with a mistake that is marked in its line, mended, run, and looked at.
import AxeBuilder from '@axe-core/playwright';
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

it('marks the line of a mistake, and shows what a run printed and where it failed', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const workflow = await callAs(page, 'POST', '/workflows', {
    name: 'Sums',
    definition: { format: 'workflow/1', name: 'Sums', trigger: { kind: 'manual' }, steps: [] },
  });
  const id = String(workflow['id']);
  const saved = () => page.getByTestId('save-state').and(page.locator('[data-state="saved"]')).waitFor();
  const write = async (source: string) => {
    await page.getByTestId('code-source').click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.press('Delete');
    // Brackets are closed by the editor: text that is put in at once is taken as it is.
    await page.keyboard.insertText(source);
  };

  await page.goto(`/workflows/${id}`);
  await click('add-step-1');
  await click('pick-code');
  await page.getByTestId('code-source').getByText('return input;').waitFor();
  await click('code-input-add');
  await page.getByTestId('code-input-name-0').fill('numbers');
  await page.getByTestId('code-input-value-0').fill('{{trigger.output.numbers}}');
  await write('const sum = 0;\nreturn sum + ;');
  await page.getByText('The code cannot be read in line 2', { exact: false }).waitFor();
  await page.locator('.cm-lintRange-error').waitFor();
  const { violations } = await new AxeBuilder({ page })
    .include('[data-testid="step-panel"]')
    .withTags(['wcag2a', 'wcag2aa'])
    .analyze();
  expect(violations.map(({ id: rule, nodes }) => [rule, nodes[0]?.html])).toEqual([]);

  await write('console.log("adding", input.numbers);\nreturn input.numbers.reduce((a, b) => a + b);');
  await saved();
  await page.getByText('The code cannot be read', { exact: false }).waitFor({ state: 'detached' });
  const { draft } = (await callAs(page, 'GET', `/workflows/${id}`)) as { draft: { steps: object[] } };
  expect(draft.steps).toMatchObject([
    {
      kind: 'code',
      input: { numbers: '{{trigger.output.numbers}}' },
      source: expect.stringContaining('reduce'),
    },
  ]);
  await callAs(page, 'POST', `/workflows/${id}/publish`, {});
  const { runId } = await callAs(page, 'POST', `/workflows/${id}/runs`, { input: { numbers: [1, 2, 3] } });
  await page.goto(`/runs/${String(runId)}`);
  await page.getByTestId('run-status').and(page.locator('[data-status="succeeded"]')).waitFor();
  await page.locator('[data-testid^="run-step-"] button').first().click();
  await page.getByTestId('step-logs').getByText('adding [1,2,3]').waitFor();
  await page.getByTestId('step-output').getByText('6').waitFor();

  const failing = await callAs(page, 'POST', `/workflows/${id}/runs`, { input: { numbers: 5 } });
  await page.goto(`/runs/${String(failing['runId'])}`);
  await page.getByTestId('run-status').and(page.locator('[data-status="failed"]')).waitFor();
  // A step that failed stands open.
  await page.getByText('line 2, column', { exact: false }).first().waitFor();
  expect(errors).toEqual([]);
});
