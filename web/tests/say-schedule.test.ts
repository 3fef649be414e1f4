// A schedule said in a sentence: a rhythm, one time, a text that may mean two things, and one that is not understood.
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
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

const saved = (page: Page) =>
  page.getByTestId('save-state').and(page.locator('[data-state="saved"]')).waitFor();

it('fills cron or one time from what is said, shows when it runs, and asks where the text may mean two things', async () => {
  const visited = await visit(browser, product.url);
  const { page, click } = visited;
  await signUpInBrowser(visited);
  const workflow = await callAs(page, 'POST', '/workflows', {
    name: 'Report',
    definition: {
      format: 'workflow/1',
      name: 'Report',
      trigger: { kind: 'schedule', cron: '0 9 * * *', timezone: 'Europe/Berlin' },
      connections: {},
      steps: [{ id: 'out', kind: 'transform', output: 1 }],
    },
  });
  await page.goto(`/workflows/${String(workflow.id)}`);
  await click('trigger-card');
  await page.getByRole('tab').nth(1).click();
  const sentence = page.getByTestId('schedule-sentence');
  const said = page.getByTestId('schedule-said');
  const trigger = async () => {
    await saved(page);
    const { draft } = await callAs(page, 'GET', `/workflows/${String(workflow.id)}`);
    return (draft as { trigger: { cron?: string; at?: string } }).trigger;
  };

  await sentence.fill('every monday and thursday at 6pm');
  await said.getByText('Every Monday and Thursday at 18:00').waitFor();
  expect(await said.getByRole('listitem').count()).toBe(10);
  await click('schedule-use');
  await expect.poll(trigger).toMatchObject({ cron: '0 18 * * 1,4' });

  await sentence.fill('whenever');
  await page.getByText('"whenever" is not understood', { exact: false }).waitFor();
  await sentence.fill('on the 24th at 9');
  await page.getByTestId('schedule-reading').first().waitFor();
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  await page.getByTestId('schedule-reading').nth(1).click();
  await said.getByText('Once, on').waitFor();
  await click('schedule-use');
  await expect.poll(async () => typeof (await trigger()).at).toBe('string');
  expect((await trigger()).cron).toBeUndefined();
  await page.getByTestId('schedule-rhythm').getByText('Once, at one time').waitFor();
});
