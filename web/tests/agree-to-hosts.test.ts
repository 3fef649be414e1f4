// A version of an app that sends secrets elsewhere: the page says so, sends nothing, and agrees at the press of a button that names the host.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../scripts/testing/receiver.ts';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { callAs, openBrowser, signUpInBrowser, visit } from './testing/open-browser.ts';

let product: Product;
let former: Receiver;
let later: Receiver;
let browser: Browser;
beforeAll(async () => {
  former = await startReceiver();
  later = await startReceiver();
  product = await startProduct({ env: { EGRESS_ALLOW: `${former.host},${later.host}` } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await former?.stop();
  await later?.stop();
});

const document = (version: string, baseUrl: string) => ({
  manifestVersion: 1,
  app: { key: 'notes', name: 'Notes' },
  version,
  baseUrl,
  auth: [{ key: 'key', label: 'Key', type: 'API_KEY', test: { method: 'GET', endpointTemplate: '/me' } }],
  actions: [
    {
      key: 'look',
      name: 'Look',
      effect: 'read',
      method: 'GET',
      endpointTemplate: '/notes',
      inputSchema: { type: 'object' },
      outputSchema: {},
    },
  ],
});

it('keeps secrets back from a new host until its name is agreed to', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await callAs(page, 'POST', '/apps', { definition: document('1.0.0', former.url) });
  await callAs(page, 'POST', '/apps/notes/publish');
  const { id } = await callAs(page, 'POST', '/connections', {
    app: 'notes',
    name: 'My notes',
    credentials: { apiKey: 'a-key-to-keep' },
  });
  await page.goto(`/connections/${String(id)}`);
  await page.getByTestId('agreed-hosts').getByText(former.host).waitFor();
  await click('test-connection');
  await page.getByTestId('test-ok').waitFor();

  const { etag } = await callAs(page, 'GET', '/apps/notes');
  const definition = document('2.0.0', later.url);
  await callAs(page, 'PUT', '/apps/notes/draft', { definition }, { 'if-match': String(etag) });
  await callAs(page, 'POST', '/apps/notes/publish');
  await page.reload();
  await page.getByTestId('hosts-to-agree').getByText(later.host).first().waitFor();
  await click('test-connection');
  await page.getByTestId('test-failed').getByText('hosts_not_agreed').waitFor();
  expect(later.calls).toEqual([]);
  await click('agree-to-hosts');
  await page.getByTestId('test-ok').waitFor();
  await page.getByTestId('agreed-hosts').getByText(later.host).waitFor();
  expect(await page.getByTestId('hosts-to-agree').count()).toBe(0);
  expect(later.calls.map(({ path }) => path)).toEqual(['/me']);
  expect(errors).toEqual([]);
});
