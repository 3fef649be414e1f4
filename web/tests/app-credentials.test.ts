// What belongs to a whole app is typed once, by an admin with the first connection; later connections are not asked for it.
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

const key = 'canary-of-the-whole-app';

it('is kept with the first connection and asked for no more', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const auth = {
    key: 'key',
    label: 'Key',
    type: 'API_KEY',
    credentialsSchema: {
      type: 'object',
      properties: {
        apiKey: { type: 'string', 'x-secret': true, 'x-level': 'app', 'x-label': 'Key of the company' },
        desk: { type: 'string', 'x-label': 'Desk' },
      },
    },
    test: { method: 'GET', endpointTemplate: '/me' },
  };
  const action = {
    key: 'look',
    name: 'Look',
    effect: 'read',
    method: 'GET',
    endpointTemplate: '/notes',
    inputSchema: { type: 'object' },
    outputSchema: {},
  };
  const app = { key: 'notes', name: 'Notes' };
  const definition = {
    manifestVersion: 1,
    app,
    version: '1.0.0',
    baseUrl: receiver.url,
    auth: [auth],
    actions: [action],
  };
  await callAs(page, 'POST', '/apps', { definition });
  await callAs(page, 'POST', '/apps/notes/publish');

  await page.goto('/connections/new?app=notes');
  await page.getByTestId('field-apiKey').fill(key);
  await page.getByTestId('keep-for-app').click();
  await click('connection-save');
  await page.getByTestId('test-connection').waitFor();

  await page.goto('/connections/new?app=notes');
  await page.getByTestId('set-by-workspace').waitFor();
  expect(await page.getByTestId('field-apiKey').count()).toBe(0);
  expect(await page.getByTestId('keep-for-app').count()).toBe(0);
  await page.getByTestId('field-desk').fill('Berlin');
  await click('connection-save');
  await page.getByTestId('test-connection').waitFor();
  const sent = receiver.calls.map(({ headers }) => headers['authorization']);
  expect(sent).toEqual([`Bearer ${key}`, `Bearer ${key}`]);
  expect(await page.content()).not.toContain(key);
  expect(errors).toEqual([]);
});
