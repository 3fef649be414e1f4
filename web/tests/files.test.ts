// A file chosen in the browser, sent by a step, and fetched from the run.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { callAs, openBrowser, signUpInBrowser, visit } from './testing/open-browser.ts';

let product: Product;
let browser: Browser;
const received: { type: string | undefined; body: string }[] = [];
const service = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
  request.on('end', () => {
    if (request.method === 'POST') received.push({ type: request.headers['content-type'], body });
    response.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'filename="rows.csv"' });
    response.end('a,b\n1,2');
  });
}).listen(0, '127.0.0.1');

beforeAll(async () => {
  if (!service.listening) await once(service, 'listening');
  product = await startProduct({ env: { EGRESS_ALLOW: host() } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  service.close();
});

const host = () => `127.0.0.1:${(service.address() as AddressInfo).port}`;
const connector = () => ({
  manifestVersion: 1,
  app: { key: 'shelf', name: 'Shelf' },
  version: '1.0.0',
  baseUrl: `http://${host()}`,
  auth: [{ key: 'none', label: 'None', type: 'NONE' }],
  actions: [
    {
      key: 'swap',
      name: 'Swap a file',
      effect: 'create',
      idempotency: { mode: 'none' },
      method: 'POST',
      endpointTemplate: '/swap',
      bodyFormat: 'binary',
      bodyTemplate: '{{input.file}}',
      responseFormat: 'file',
      inputSchema: {
        type: 'object',
        required: ['file'],
        properties: {
          file: { title: 'File', 'x-file': true },
          more: { title: 'More', type: 'array', items: { 'x-file': true } },
        },
      },
      outputSchema: { type: 'object' },
    },
  ],
});

it('puts a file into a step, and downloads what came back', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click } = visitor;
  await signUpInBrowser(visitor);
  await callAs(page, 'POST', '/apps', { definition: connector() });
  await callAs(page, 'POST', '/apps/shelf/publish');
  const workflow = await callAs(page, 'POST', '/workflows', {
    name: 'Swap',
    definition: {
      format: 'workflow/1',
      name: 'Swap',
      trigger: { kind: 'manual' },
      steps: [{ id: 'swap', kind: 'action', use: 'shelf@1.0.0#swap', input: {} }],
    },
  });
  await page.goto(`/workflows/${String(workflow.id)}`);
  await click('step-swap');
  await page
    .getByTestId('field-file-input')
    .setInputFiles({ name: 'Bericht.txt', mimeType: 'text/plain', buffer: Buffer.from('Grüße') });
  await page.getByTestId('field-file').getByRole('link', { name: 'Bericht.txt' }).waitFor();
  const more = page.getByTestId('field-more');
  await page
    .getByTestId('field-more-input')
    .setInputFiles(
      ['a', 'b'].map((name) => ({ name: `${name}.txt`, mimeType: 'text/plain', buffer: Buffer.from(name) })),
    );
  await more.getByRole('link', { name: 'b.txt' }).waitFor();
  await more.getByRole('button', { name: 'Take out a.txt' }).click();
  await expect.poll(() => more.getByRole('link').allTextContents()).toEqual(['b.txt']);
  await page.getByTestId('save-state').and(page.locator('[data-state="saved"]')).waitFor();

  await callAs(page, 'POST', `/workflows/${String(workflow.id)}/publish`);
  await callAs(page, 'POST', `/workflows/${String(workflow.id)}/enable`);
  const { runId } = await callAs(page, 'POST', `/workflows/${String(workflow.id)}/runs`, { input: {} });
  await expect.poll(() => received.length, { timeout: 15_000 }).toBe(1);
  expect(received).toEqual([{ type: 'text/plain', body: 'Grüße' }]);

  await page.goto(`/runs/${String(runId)}`);
  const output = page.getByTestId('step-output-files');
  if (!(await output.isVisible().catch(() => false)))
    await page.getByTestId('run-step-swap').getByRole('button').first().click();
  const downloading = page.waitForEvent('download');
  await output.getByRole('link', { name: 'rows.csv' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('rows.csv');
  expect(await readFile((await download.path())!, 'utf8')).toBe('a,b\n1,2');
  expect(visitor.errors).toEqual([]);
}, 120_000);
