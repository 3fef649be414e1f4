// Every main page against WCAG 2.0 A and AA with axe, in light and in dark, and none scrolls sideways on a phone.
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    '/connections/new?app=github',
    `/connections/${String(connection.id)}`,
    '/apps',
    '/apps/http',
    '/apps/new',
    '/settings',
    '/settings?tab=keys',
  ];
}

async function settle(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.getByTestId('loading').first().waitFor({ state: 'detached' });
  await page.waitForTimeout(150);
}

async function faultsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  return violations.map(
    (one) =>
      `${one.id}: ${one.nodes.map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join(' | ')}`,
  );
}

describe.each([
  ['light', false],
  ['dark', true],
] as const)('in the %s theme', (_theme, dark) => {
  it('has no faults on the pages of a visitor', async () => {
    const { page, context } = await visit(browser, product.url, { dark });
    for (const path of ['/sign-in', '/sign-up', '/invite', '/invite?token=x']) {
      await page.goto(path);
      await settle(page);
      expect.soft(await faultsOf(page), path).toEqual([]);
    }
    await context.close();
  });

  it('has no faults on the pages of a workspace, each with one h1 and a title of its own', async () => {
    const visitor = await visit(browser, product.url, { dark });
    const { page } = visitor;
    await signUpInBrowser(visitor);
    for (const path of await furnish(page)) {
      await page.goto(path);
      await settle(page);
      expect.soft(await faultsOf(page), path).toEqual([]);
      expect.soft(await page.locator('h1').count(), path).toBe(1);
      expect.soft(await page.title(), path).not.toBe('Weftline');
    }
    expect(visitor.errors).toEqual([]);
    await visitor.context.close();
  });
});

it('scrolls no page sideways on a phone', async () => {
  const visitor = await visit(browser, product.url, { width: 390 });
  const { page } = visitor;
  await signUpInBrowser(visitor);
  for (const path of await furnish(page)) {
    await page.goto(path);
    await settle(page);
    const beyond = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect.soft(beyond, path).toBe(0);
  }
  await visitor.context.close();
});
