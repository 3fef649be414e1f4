// An author writes a connector as JSON, sees its problems, tries it, publishes it, and it can be used at once.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../scripts/testing/receiver.ts';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { newConnector } from '../app/utils/connector-template.ts';
import { openBrowser, signUpInBrowser, visit } from './testing/open-browser.ts';

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

it('publishes a connector that was never seen before and offers its action in the editor', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await page.goto('/apps');
  await click('new-connector');
  const json = page.getByTestId('connector-json');
  const whole = {
    ...newConnector,
    app: { key: 'loom', name: 'Loom', description: 'Weaves.' },
    baseUrl: receiver.url,
    auth: [{ key: 'none', label: 'No sign-in', type: 'NONE' }],
  };

  await json.fill(JSON.stringify({ ...whole, actions: [{ ...whole.actions[0], method: 'FETCH' }] }, null, 2));
  await page.getByTestId('connector-problems').getByText('/actions/0/method').waitFor();
  await json.fill(JSON.stringify(whole, null, 2));
  await page
    .getByTestId('connector-problems')
    .and(page.locator('[data-count="0"][data-checking="false"]'))
    .waitFor();

  await click('tab-try');
  await page.getByTestId('field-name').fill('Warp');
  await click('try-run');
  await page.getByTestId('call-result').and(page.locator('[data-ok="true"]')).waitFor();
  await page.getByTestId('seen-request').getByText(`POST ${receiver.url}/items`).waitFor();
  expect(receiver.calls[0]?.body).toEqual({ name: 'Warp' });

  await click('connector-publish');
  await click('publish-version');
  await page.getByTestId('version-1.0.0').waitFor();
  await page.getByTestId('action-create-item').waitFor();

  await page.goto('/');
  await click('new-workflow');
  await click('add-step-1');
  await page
    .getByTestId('step-picker')
    .getByRole('textbox')
    .or(page.getByTestId('step-picker').getByRole('combobox'))
    .first()
    .fill('Create an item');
  await click('pick-loom-create-item');
  await page.getByTestId('field-name').waitFor();
  expect(errors).toEqual([]);
});
