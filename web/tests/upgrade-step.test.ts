// A step whose app has a newer version: what changes is shown, taken over in one click, and can be undone.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { callAs, openBrowser, signUpInBrowser, visit } from './testing/open-browser.ts';

let product: Product;
let browser: Browser;
beforeAll(async () => {
  product = await startProduct({});
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

const document = (version: string, field: string, more: object = {}) => ({
  manifestVersion: 1,
  app: { key: 'notes', name: 'Notes' },
  version,
  baseUrl: 'https://api.notes.example',
  auth: [{ key: 'none', label: 'None', type: 'NONE' }],
  actions: [
    {
      key: 'add',
      name: 'Add a note',
      effect: 'create',
      idempotency: { mode: 'header', name: 'Idempotency-Key' },
      method: 'POST',
      endpointTemplate: '/notes',
      inputSchema: {
        type: 'object',
        required: [field],
        properties: { [field]: { type: 'string' } },
        additionalProperties: false,
      },
      bodyTemplate: { text: `{{input.${field}}}` },
      outputSchema: { type: 'object' },
    },
  ],
  ...more,
});

it('shows what a newer version changes and takes it over', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await callAs(page, 'POST', '/apps', { definition: document('1.0.0', 'message') });
  await callAs(page, 'POST', '/apps/notes/publish');
  const made = await callAs(page, 'POST', '/workflows', {
    name: 'Remember',
    definition: {
      format: 'workflow/1',
      name: 'Remember',
      trigger: { kind: 'webhook' },
      steps: [{ id: 'add', kind: 'action', use: 'notes@1.0.0#add', input: { message: 'Bread' } }],
    },
  });
  const read = await callAs(page, 'GET', '/apps/notes');
  const definition = document('2.0.0', 'text', {
    migrations: [
      {
        from: '1.x',
        to: '2.0.0',
        inputs: [{ of: 'add', operations: [{ op: 'move', from: 'message', to: 'text' }] }],
      },
    ],
  });
  await callAs(page, 'PUT', '/apps/notes/draft', { definition }, { 'if-match': String(read['etag']) });
  await callAs(page, 'POST', '/apps/notes/publish');

  await page.goto(`/workflows/${String(made['id'])}?step=add&tab=setup`);
  await click('update-version');
  await page.getByTestId('upgrade-add').getByText('notes@2.0.0#add').waitFor();
  await page.getByTestId('upgrade-preview').getByText('Breaking').first().waitFor();
  await click('take-over');
  await page.getByTestId('step-action').waitFor();
  await click('tab-fields');
  await page
    .getByTestId('field-text')
    .getByText('Bread')
    .or(page.getByTestId('field-text'))
    .first()
    .waitFor();
  await expect
    .poll(async () =>
      JSON.stringify((await callAs(page, 'GET', `/workflows/${String(made['id'])}`))['draft']),
    )
    .toContain('"use":"notes@2.0.0#add","input":{"text":"Bread"}');
  expect(errors).toEqual([]);
});
