// Every main page against WCAG 2.0 A and AA with axe, in light and in dark, and none scrolls sideways on a phone.
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../scripts/testing/receiver.ts';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { callAs, openBrowser, signUpInBrowser, visit } from './testing/open-browser.ts';

let product: Product;
let receiver: Receiver;
let browser: Browser;
beforeAll(async () => {
  receiver = await startReceiver();
  product = await startProduct({ env: { EGRESS_ALLOW: receiver.host } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await receiver?.stop();
});

/** A workspace with something on every page; answers the addresses of the pages. */
async function furnish(page: Page): Promise<string[]> {
  const connection = await callAs(page, 'POST', '/connections', {
    app: 'http',
    auth: 'basic',
    name: 'Warehouse',
    credentials: { username: 'ada', password: 'not shown anywhere' },
    config: { hosts: [receiver.host] },
  });
  const request = { kind: 'action', use: 'http@1.0.0#request', connection: null };
  const definition = {
    format: 'workflow/1',
    name: 'Orders',
    trigger: { kind: 'manual' },
    steps: [
      { id: 'paid', kind: 'filter', after: [], condition: '{{trigger.output.paid == true}}' },
      { id: 'large', kind: 'branch', after: ['paid'], condition: '{{trigger.output.total > 10}}' },
      {
        id: 'send',
        ...request,
        after: ['large:true'],
        input: { method: 'POST', url: `${receiver.url}/x`, body: { total: '{{trigger.output.total}}' } },
      },
      { id: 'fail', ...request, after: ['send'], input: { url: 'http://127.0.0.1:9/nobody' } },
    ],
  };
  const workflow = await callAs(page, 'POST', '/workflows', { name: 'Orders', definition });
  await callAs(page, 'POST', `/workflows/${String(workflow.id)}/publish`, {});
  await callAs(page, 'POST', `/workflows/${String(workflow.id)}/enable`, {});
  const { runId } = await callAs(page, 'POST', `/workflows/${String(workflow.id)}/runs`, {
    input: { paid: true, total: 12 },
  });
  await page.goto(`/runs/${String(runId)}`);
  await page
    .getByTestId('run-status')
    .and(page.locator('[data-status="failed"], [data-status="succeeded"]'))
    .waitFor();
  const editor = `/workflows/${String(workflow.id)}`;
  return [
    '/',
    '/workflows',
    editor,
    `${editor}?step=send`,
    `${editor}?step=send&tab=setup`,
    `${editor}?step=paid`,
    `${editor}?step=trigger&tab=test`,
    '/runs',
    `/runs/${String(runId)}`,
    '/connections',
    '/connections/new',
    '/connections/new?search=git',
    '/connections/new?app=github',
    `/connections/${String(connection.id)}`,
    '/apps',
    '/apps?category=chat',
    '/apps/http',
    '/apps/github',
    '/apps/new',
    '/settings',
    '/settings?tab=keys',
  ];
}

async function settle(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.getByTestId('loading').first().waitFor({ state: 'detached' });
  await page.waitForTimeout(100);
}

/** All rules in light; in dark the ones that a theme can break. */
async function axeFaults(page: Page, colorScheme: 'light' | 'dark'): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  if (colorScheme === 'light') axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']);
  else axe.withRules(['color-contrast', 'link-in-text-block']);
  const { violations } = await axe.analyze();
  return violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`),
  );
}

/** What is wrong with one page, in light, in dark and on a phone. */
async function faultsOf(page: Page, path: string): Promise<string[]> {
  const faults: string[] = [];
  await page.goto(path);
  await settle(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html.${colorScheme}`).waitFor();
    faults.push(...(await axeFaults(page, colorScheme)).map((fault) => `${colorScheme}: ${fault}`));
  }
  if ((await page.locator('h1').count()) !== 1) faults.push('there is not exactly one h1');
  if ((await page.title()) === 'Weftline') faults.push('the page has no title of its own');
  await page.setViewportSize({ width: 390, height: 844 });
  await settle(page);
  const beyond = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (beyond > 0) faults.push(`scrolls sideways on a phone by ${beyond} px`);
  await page.setViewportSize({ width: 1280, height: 860 });
  return faults;
}

it('has no faults on the pages of a visitor', async () => {
  const { page } = await visit(browser, product.url);
  for (const path of ['/sign-in', '/sign-up', '/invite', '/invite?token=x'])
    expect.soft(await faultsOf(page, path), path).toEqual([]);
});

it('has no faults on the pages of a workspace, with nothing in it and with something on every page', async () => {
  const visitor = await visit(browser, product.url);
  const { page } = visitor;
  await signUpInBrowser(visitor);
  for (const path of ['/', '/workflows', '/runs', '/connections'])
    expect.soft(await faultsOf(page, path), `${path} (empty)`).toEqual([]);
  for (const path of await furnish(page)) expect.soft(await faultsOf(page, path), path).toEqual([]);
  expect(visitor.errors).toEqual([]);
}, 300_000);

it('has no faults in the pickers and in the import, which open above a page', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const faults = async (name: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(`html.${colorScheme}`).waitFor();
      // What slides in is half transparent until it stands.
      await page.waitForTimeout(400);
      expect.soft(await axeFaults(page, colorScheme), `${name}, ${colorScheme}`).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    const beyond = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect.soft(beyond, `${name} scrolls sideways on a phone`).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 860 });
  };
  await page.goto('/apps/new');
  await click('connector-import');
  await page
    .getByTestId('import-file')
    .setInputFiles(join(import.meta.dirname, '../../scripts/import/fixtures/library-31.yaml'));
  await click('import-load');
  await page.getByTestId('imported').waitFor();
  await faults('import of a document');
  await click('tab-curl');
  await faults('import of a line');
  await page.goto('/');
  await click('new-workflow');
  await click('add-step-1');
  await page.getByTestId('open-github').waitFor();
  await faults('step picker');
  await click('open-github');
  await faults('step picker in an app');
  await page.keyboard.press('Escape');
  await page.getByTestId('trigger-card').click();
  await page.getByTestId('trigger-kind').getByText('App event').click();
  await page.getByTestId('trigger-picker').getByText('GitHub').first().waitFor();
  await faults('trigger picker');
  expect(errors).toEqual([]);
}, 120_000);
