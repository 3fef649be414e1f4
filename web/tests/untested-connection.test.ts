// A workflow whose connection was never tested is not turned on; Test is right there, and then it is.
import type { Browser } from 'playwright-core';
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

const secret = 'canary-4f1c-secret-of-the-broker';

it('turns a workflow on only after its connection was tested', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const { id } = await callAs(page, 'POST', '/connections', {
    app: 'http',
    auth: 'basic',
    name: 'Warehouse',
    credentials: { username: 'ada', password: secret },
    config: { hosts: [receiver.host], testUrl: `${receiver.url}/me` },
  });

  await click('new-workflow');
  await click('add-step-1');
  await click('pick-http');
  await page.getByTestId('field-url').fill(`${receiver.url}/orders`);
  await click('tab-setup');
  await click('step-connection');
  await page.getByRole('option', { name: /Warehouse/ }).click();
  await click('publish-enable');

  await page.getByTestId('connection-not-tested').getByText('Warehouse').waitFor();
  expect(await page.getByTestId('workflow-state').getAttribute('data-enabled')).toBe('false');
  expect(await page.getByTestId('enable-again').isDisabled()).toBe(true);
  await click(`test-connection-${String(id)}`);
  await page.getByTestId('test-ok').first().waitFor();
  await click('enable-again');
  await page.getByTestId('workflow-state').and(page.locator('[data-enabled="true"]')).waitFor();

  await page.goto('/connections');
  await page
    .getByTestId(`status-${String(id)}`)
    .and(page.locator('[data-status="working"]'))
    .waitFor();
  await page.goto(`/connections/${String(id)}`);
  await page.getByTestId('replace-password').waitFor();
  expect(await page.content()).not.toContain(secret);
  expect(receiver.calls[0]?.path).toBe('/me');
  expect(errors).toEqual([]);
});

it('creates a connection in the form of its app and says why a test failed', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await page.goto('/connections/new?app=rabbitmq');
  await page.getByTestId('connection-name').fill('Broker');
  // Nobody listens on port 9 of this machine, and it is not allowed either.
  const fields = page.locator('[data-testid^="field-"]');
  for (const field of await fields.all()) await field.fill('http://127.0.0.1:9');
  await click('connection-save');
  await page.locator('[data-testid="test-failed"], [data-testid="connection-refused"]').first().waitFor();
  expect(errors).toEqual([]);
});
