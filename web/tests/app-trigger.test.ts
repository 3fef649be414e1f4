// A workflow that starts with an event of an app: chosen, connected, tried, turned on, and a run when something is new.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import AxeBuilder from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { callAs, openBrowser, signUpInBrowser, visit } from './testing/open-browser.ts';

let product: Product;
let browser: Browser;
const orders = [{ id: 1, customer: 'Ada' }];
const columns = [{ key: 'table', name: 'Table' }];
const asked: string[] = [];
const shop = createServer((request, response) => {
  asked.push(request.url ?? '');
  const isGood = request.headers['x-key'] === 'good-key';
  response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isGood ? { name: 'Ada', orders, columns } : { message: 'Wrong key' }));
});
beforeAll(async () => {
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(shop.address() as AddressInfo).port}`;
  product = await startProduct({ env: { EGRESS_ALLOW: host } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  shop.closeAllConnections();
  shop.close();
});

const connector = () => ({
  manifestVersion: 1,
  app: { key: 'shop', name: 'Corner shop' },
  version: '1.0.0',
  baseUrl: `http://127.0.0.1:${(shop.address() as AddressInfo).port}`,
  auth: [
    {
      key: 'key',
      label: 'Key',
      type: 'API_KEY',
      apply: [{ in: 'header', name: 'x-key', value: '{{credentials.apiKey}}' }],
      test: { method: 'GET', endpointTemplate: '/me' },
    },
  ],
  actions: [],
  fieldSources: {
    columns: {
      request: { method: 'GET', endpointTemplate: '/{{input.branch}}/columns' },
      items: 'body.columns',
      dependsOn: ['branch'],
      field: { key: '{{item.key}}', title: '{{item.name}}' },
    },
  },
  triggers: [
    {
      key: 'new-order',
      name: 'New order',
      description: 'Fires for each order of a branch.',
      type: 'POLL',
      inputSchema: {
        type: 'object',
        required: ['branch'],
        additionalProperties: false,
        properties: {
          branch: { type: 'string', 'x-label': 'Branch', minLength: 1 },
          where: { type: 'object', 'x-label': 'Only with', 'x-fieldsFrom': 'columns' },
        },
      },
      outputSchema: { type: 'object', properties: { customer: { type: 'string' } } },
      sample: { id: 1, customer: 'Somebody' },
      poll: {
        request: {
          method: 'GET',
          endpointTemplate: '/{{input.branch}}/orders',
          queryTemplate: { table: '{{input.where.table}}' },
        },
        items: 'body.orders',
        dedupeKey: '{{item.id}}',
        order: 'oldest-first',
        maxItems: 50,
        minIntervalMs: 10_000,
        firstRun: 'skip',
        keepSeen: 1000,
      },
    },
  ],
});

it('starts a run for an order that came after it was turned on', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await callAs(page, 'POST', '/apps', { definition: connector() });
  await callAs(page, 'POST', '/apps/shop/publish');
  const connection = await callAs(page, 'POST', '/connections', {
    app: 'shop',
    name: 'Our shop',
    credentials: { apiKey: 'good-key' },
  });
  await callAs(page, 'POST', `/connections/${String(connection.id)}/test`);
  await callAs(page, 'PUT', '/variables/branch', { value: 'north' });
  const workflow = await callAs(page, 'POST', '/workflows', {
    name: 'Greet',
    definition: {
      format: 'workflow/1',
      name: 'Greet',
      trigger: { kind: 'manual' },
      steps: [{ id: 'greet', kind: 'transform', output: { to: '{{trigger.output.customer}}' } }],
    },
  });
  const id = String(workflow.id);
  await page.goto(`/workflows/${id}`);
  await click('trigger-card');
  await page.getByTestId('trigger-kind').getByText('App event').click();
  await page
    .getByTestId('trigger-picker')
    .getByRole('textbox')
    .or(page.getByRole('combobox'))
    .first()
    .fill('new ord');
  await click('pick-shop-new-order');
  await page.getByTestId('app-trigger-name').getByText('New order').waitFor();
  await click('step-connection');
  await page.getByRole('option', { name: /Our shop/ }).click();

  await click('tab-fields');
  // Nothing comes before a trigger but the workspace's variables; what they give is enough to load its own fields.
  await click('field-branch-pick');
  await page.getByTestId('data-vars.branch').click();
  await page.getByTestId('field-where.table').fill('7');
  expect(asked).toContain('/north/columns');
  await click('trigger-every');
  await page.getByRole('option', { name: 'Checks every 10 seconds', exact: true }).click();

  await click('tab-test');
  await click('test-trigger');
  await page.getByTestId('trigger-sample-0').getByText('Ada').waitFor();
  expect(asked.at(-1)).toBe('/north/orders?table=7');
  await page.mouse.move(2, 2);
  await page.getByTestId('call-result').waitFor();
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze();
  expect(violations.map(({ id: rule, nodes }) => [rule, nodes[0]?.html])).toEqual([]);

  // The sample feeds the steps.
  await click('step-greet');
  await page.getByTestId('preview-output').getByText('Ada').waitFor();

  await click('publish-enable');
  await page.getByTestId('workflow-state').and(page.locator('[data-enabled="true"]')).waitFor();
  await click('trigger-card');
  await click('tab-setup');
  await page.getByTestId('trigger-status').and(page.locator('[data-status="active"]')).waitFor();
  await page.getByTestId('trigger-polls').getByText('Checks every 10 seconds').waitFor();
  await page.getByTestId('trigger-polls').getByText('last checked').waitFor();

  orders.push({ id: 2, customer: 'Bea' });
  const runs = async () =>
    (await callAs(page, 'GET', `/runs?workflowId=${id}`)).data as { id: string; status: string }[];
  await expect.poll(runs, { timeout: 30_000, interval: 500 }).toMatchObject([{ status: 'succeeded' }]);
  const [run] = await runs();
  const found = await callAs(page, 'GET', `/runs/${run!.id}`);
  expect(found).toMatchObject({ trigger: { kind: 'app' }, steps: [{ output: { to: 'Bea' } }] });
  const { draft } = await callAs(page, 'GET', `/workflows/${id}`);
  expect(draft).toMatchObject({
    trigger: {
      input: { branch: '{{vars.branch}}', where: { table: '7' } },
      fields: { where: { properties: { table: {} } } },
    },
  });
  expect(errors).toEqual([]);
}, 90_000);
