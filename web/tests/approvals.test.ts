// A run that waits for a person: built in the editor, decided on the page of the run, and a failure that the bell tells.
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

async function faultsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}
const draftOf = async (page: Page, path: string) =>
  ((await callAs(page, 'GET', path))['draft'] as { steps: unknown[] }).steps;

it('builds approvals, calls that are awaited and switches in the editor', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await click('new-workflow');
  await click('add-step-1');
  await click('pick-approval');
  await page.getByTestId('field-title').fill('Pay the bill?');
  await page.getByTestId('field-expires').fill('2');
  await page.getByTestId('field-approvers').getByText('Admin').click();
  await click('field-four-eyes');
  await click('field-link');
  await page.getByTestId('approval-address').getByText('{{run.approvals.approval}}').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await click('add-step-approval-rejected-1');
  await click('pick-transform');
  await click('add-step-2');
  await click('pick-waitForHook');
  await page.getByTestId('hook-address').getByText('{{run.hooks.waitForHook}}').waitFor();
  await page.getByTestId('field-on-error').getByText('a way of its own').click();
  await page.getByTestId('way-waitForHook-error').waitFor();
  await click('add-step-3');
  await click('pick-switch');
  await click('add-case');
  await click('add-step-switch-case-2-1');
  await click('pick-delay');
  await page.getByTestId('save-state').and(page.locator('[data-state="saved"]')).waitFor();
  const path = new URL(page.url()).pathname;
  expect(await draftOf(page, path)).toMatchObject([
    {
      id: 'approval',
      title: 'Pay the bill?',
      expiresInSeconds: 7200,
      approvers: ['admin'],
      fourEyes: true,
      link: true,
    },
    { kind: 'transform', after: ['approval:rejected'] },
    { kind: 'waitForHook', expiresInSeconds: 86_400, onError: 'port', after: ['approval'] },
    { kind: 'switch', cases: [{ id: '1' }, { id: '2' }], after: ['waitForHook'] },
    { kind: 'delay', after: ['switch:case-2'] },
  ]);
  expect(errors).toEqual([]);
});

it('decides an approval on the page of the run with a note, says why one may not, and tells of a failure', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const start = async (name: string, steps: unknown[]) => {
    const definition = { format: 'workflow/1', name, trigger: { kind: 'manual' }, steps };
    const { id } = await callAs(page, 'POST', '/workflows', { name, definition });
    await callAs(page, 'POST', `/workflows/${String(id)}/publish`, {});
    return String((await callAs(page, 'POST', `/workflows/${String(id)}/runs`, { input: {} }))['runId']);
  };
  const bills = await start('Bills', [
    { id: 'ask', kind: 'approval', title: 'Pay the bill?', message: 'It is 12 euros.' },
    { id: 'called', kind: 'waitForHook', expiresInSeconds: 600 },
    { id: 'break', kind: 'transform', output: '{{trigger.output.nothing.at.all}}' },
  ]);
  await page.goto(`/runs/${bills}`);
  await page.getByTestId('run-approvals').getByText('It is 12 euros.').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.getByTestId('approval-note').fill('Fine by me');
  await click('approve');
  await page.getByTestId('run-step-ask').and(page.locator('[data-status="succeeded"]')).waitFor();
  await page.getByTestId('run-step-ask').getByText('Fine by me').first().waitFor();
  await page.getByTestId('run-approvals').waitFor({ state: 'detached' });

  const address = await page.getByTestId('awaited-url').textContent();
  expect((await fetch(address!, { method: 'POST' })).status).toBeLessThan(300);
  await page.getByTestId('run-status').and(page.locator('[data-status="failed"]')).waitFor();

  const eyes = await start('Eyes', [{ id: 'ask', kind: 'approval', title: 'Really?', fourEyes: true }]);
  await page.goto(`/runs/${eyes}`);
  await page.getByTestId('approval-why-not').getByText('you started the run').waitFor();
  expect(await page.getByTestId('approve').isDisabled()).toBe(true);

  // Two that wait for somebody, and the one that failed.
  await expect
    .poll(async () => (await callAs(page, 'GET', '/notifications/unread'))['unread'], { timeout: 10_000 })
    .toBe(3);
  await page.goto('/notifications');
  await page.getByTestId('bell').and(page.locator('[data-unread="3"]')).click();
  const popover = page.getByTestId('notifications-popover');
  const failed = popover.getByRole('listitem').filter({ hasText: '“Bills” failed' });
  await failed.waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await failed.getByTestId('mark-read').click();
  await page.getByTestId('bell').and(page.locator('[data-unread="2"]')).waitFor();
  await popover.getByRole('link', { name: '“Bills” failed' }).click();
  await page.getByRole('heading', { name: 'Run of “Bills”' }).waitFor();
  expect(errors).toEqual([]);
});
