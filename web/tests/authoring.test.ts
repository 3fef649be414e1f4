// The authoring page: completion and help while typing, a form beside the JSON, examples as tests, and what a version changes.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { newConnector } from '../app/utils/connector-template.ts';
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

const told = {
  title: 'an item is made',
  input: { name: 'Warp' },
  expect: {
    request: { method: 'POST', url: 'https://api.example.com/items', body: { name: 'Warp' } },
    response: { status: 201, body: { id: '1' } },
    output: { id: '1' },
  },
};
const loom = (version: string, change: object = {}) => ({
  ...newConnector,
  app: { key: 'loom', name: 'Loom', description: 'Weaves.' },
  version,
  auth: [{ key: 'none', label: 'No sign-in', type: 'NONE' }],
  actions: [{ ...newConnector.actions[0], examples: [told], ...change }],
});

it('offers what may stand where the caret is, and explains a key', async () => {
  const visitor = await visit(browser, product.url);
  const { page, errors } = visitor;
  await signUpInBrowser(visitor);
  await page.goto('/apps/new');
  const json = page.getByTestId('connector-json');
  await json.fill('{\n  "actions": [\n    { "effect": "" }\n  ]\n}');
  await page.locator('.cm-line', { hasText: '"effect"' }).click();
  await page.keyboard.press('End');
  for (let times = 0; times < 3; times += 1) await page.keyboard.press('ArrowLeft');
  await page.keyboard.type('c');
  await page.getByRole('option', { name: /create/ }).click();
  await page.locator('.cm-line', { hasText: '{ "effect": "create" }' }).waitFor();

  await json.fill('{\n  \n}');
  await page.locator('.cm-line').nth(1).click();
  await page.keyboard.type('"base');
  await page.getByRole('option', { name: /baseUrl/ }).click();
  await page.locator('.cm-line', { hasText: '"baseUrl": ""' }).waitFor();
  const line = (await page.locator('.cm-line', { hasText: '"baseUrl"' }).boundingBox())!;
  // A pointer that rests: the last movement is a small one.
  await page.mouse.move(line.x + 40, line.y + 9);
  await page.mouse.move(line.x + 45, line.y + 9);
  await page.getByTestId('json-help').getByText('Where requests go').waitFor();
  expect(errors).toEqual([]);
});

it('changes the JSON from the form and the form from the JSON, and plays the examples', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await page.goto('/apps/new');
  const json = page.getByTestId('connector-json');
  await json.fill(JSON.stringify(loom('1.0.0'), null, 2));
  await click('tab-form');
  await page.getByTestId('form-name').and(page.locator('[value="Loom"], :not([value])')).waitFor();
  await expect.poll(() => page.getByTestId('form-name').inputValue()).toBe('Loom');
  await page.getByTestId('form-name').fill('Power loom');
  await page.locator('.cm-line', { hasText: '"name": "Power loom"' }).waitFor();
  await click('form-add-action');
  await page.getByTestId('form-action-1-name').fill('List items');
  await page.locator('.cm-line', { hasText: '"name": "List items"' }).waitFor();

  await click('tab-examples');
  await page.getByTestId('examples').and(page.locator('[data-played="1"][data-failed="0"]')).waitFor();
  await json.fill(JSON.stringify(loom('1.0.0', { endpointTemplate: '/things' }), null, 2));
  await click('play-examples');
  await page.getByTestId('examples').and(page.locator('[data-failed="1"]')).waitFor();
  await page.getByTestId('examples').getByText('https://api.example.com/things').waitFor();
  await click('connector-publish');
  await click('publish-version');
  await page.getByTestId('connector-problems').getByText('/actions/0/examples/0').waitFor();
  expect(errors).toEqual([]);
});

it('shows what a version changes and whom it touches, and asks for the number that fits', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await callAs(page, 'POST', '/apps', { definition: loom('1.0.0') });
  await callAs(page, 'POST', '/apps/loom/publish');
  await callAs(page, 'POST', '/workflows', {
    name: 'Weave at night',
    definition: {
      format: 'workflow/1',
      name: 'Weave at night',
      trigger: { kind: 'manual' },
      steps: [{ id: 'make', kind: 'action', use: 'loom@1.0.0#create-item', input: { name: 'x' } }],
    },
  });
  await page.goto('/apps/loom/edit');
  const next = loom('1.0.1', {
    inputSchema: {
      type: 'object',
      required: ['title'],
      properties: { title: { type: 'string' } },
      additionalProperties: false,
    },
    bodyTemplate: { name: '{{input.title}}' },
    examples: [{ ...told, input: { title: 'Warp' } }],
  });
  await page.getByTestId('connector-json').fill(JSON.stringify(next, null, 2));
  await page
    .getByTestId('connector-problems')
    .and(page.locator('[data-count="0"][data-checking="false"]'))
    .waitFor();
  await click('connector-publish');
  const dialog = page.getByTestId('publish-diff');
  await dialog.getByText('These changes need version 2.0.0 or higher.').waitFor();
  await page.getByTestId('affected-workflows').getByText('Weave at night').waitFor();
  expect(await page.getByTestId('publish-version').isDisabled()).toBe(true);
  await click('use-wanted');
  await click('publish-version');
  await page.getByTestId('version-2.0.0').waitFor();
  expect(errors).toEqual([]);
});
