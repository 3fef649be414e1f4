// An address that a person registers at a service by hand: shown with its secret, tried from outside, and the event is the sample.
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

const token = { scheme: 'sharedToken', value: '{{headers.authorization}}' };
const connector = {
  manifestVersion: 1,
  app: { key: 'bell', name: 'Door bell' },
  version: '1.0.0',
  baseUrl: 'https://bell.example.com',
  connectionSchema: { type: 'object', properties: { house: { type: 'string' } } },
  auth: [
    { key: 'none', label: 'None', type: 'NONE', test: { method: 'GET', endpointTemplate: '/' } },
    {
      key: 'key',
      label: 'Key',
      type: 'API_KEY',
      test: { method: 'GET', endpointTemplate: '/' },
    },
  ],
  actions: [],
  ingress: {
    receive: { verify: [{ ...token, secret: 'Bearer {{credentials.apiKey}}' }] },
    routeBy: { event: '{{body.house}}', connection: 'house' },
  },
  triggers: [
    {
      key: 'rings',
      name: 'Somebody rings',
      type: 'WEBHOOK',
      outputSchema: { type: 'object' },
      sample: { door: 'front' },
      webhook: {
        receive: { verify: [{ ...token, secret: 'Bearer {{webhook.secret}}' }], eventId: '{{body.id}}' },
      },
    },
    {
      key: 'any-ring',
      name: 'Any bell of the house',
      type: 'INGRESS',
      outputSchema: { type: 'object' },
      sample: { door: 'back' },
      ingress: { match: '{{exists(body.door)}}' },
    },
  ],
};
const definition = (trigger: string) => ({
  format: 'workflow/1',
  name: trigger,
  trigger: { kind: 'app', use: `bell@1.0.0#${trigger}`, connection: null },
  steps: [{ id: 'note', kind: 'transform', output: '{{trigger.output.door}}' }],
});

it('shows address and secret, waits for a call, and takes it as the sample', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await callAs(page, 'POST', '/apps', { definition: connector });
  await callAs(page, 'POST', '/apps/bell/publish');
  const made = await callAs(page, 'POST', '/workflows', { name: 'Bell', definition: definition('rings') });
  await page.goto(`/workflows/${String(made.id)}`);
  await click('trigger-card');
  await click('app-address-show');
  const secret = await page.getByTestId('app-address-secret').inputValue();
  const url = await page.getByTestId('app-address-url').inputValue();
  expect(secret).toMatch(/^[0-9a-f]{40}$/);
  expect(url).toContain('/hooks/');
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze();
  expect(violations.map(({ id: rule, nodes }) => [rule, nodes[0]?.html])).toEqual([]);

  await click('app-listen');
  await page.getByTestId('app-listening').waitFor();
  const ring = (given: string) =>
    fetch(`${product.url}${new URL(url).pathname}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${given}` },
      body: JSON.stringify({ id: 'r1', door: 'garden gate' }),
    });
  const refused = await ring('not-the-secret');
  expect(refused.status, await refused.text()).toBe(401);
  expect((await ring(secret)).status).toBe(200);
  await page.getByTestId('app-listening').waitFor({ state: 'detached' });
  await click('tab-test');
  await page.getByTestId('trigger-sample').getByText('garden gate').waitFor();
  expect((await callAs(page, 'GET', `/runs?workflowId=${String(made.id)}`)).data).toEqual([]);

  // The app's one address is the workspace's, whichever workflow shows it.
  const other = await callAs(page, 'POST', '/workflows', { name: 'Any', definition: definition('any-ring') });
  await page.goto(`/workflows/${String(other.id)}`);
  await click('trigger-card');
  await click('tab-setup');
  const shown = await page.getByTestId('app-address-url').inputValue();
  expect(shown).toBe((await callAs(page, 'GET', '/apps/bell/ingress')).url);
  expect(errors).toEqual([]);
}, 120_000);
