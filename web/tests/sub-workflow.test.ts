// A workflow that runs another one, waits by the workspace's hours and keeps runs with the same key apart: built and read in the browser.
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

const workflow = (name: string, steps: unknown[]) => ({
  name,
  definition: { format: 'workflow/1', name, trigger: { kind: 'manual' }, steps },
});

it('builds a step that runs another workflow, and leads from run to run', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const inner = await callAs(page, 'POST', '/workflows', {
    ...workflow('Greet', [{ id: 'greet', kind: 'transform', output: 'Hello {{trigger.output.name}}' }]),
  });
  await callAs(page, 'POST', `/workflows/${String(inner['id'])}/publish`, {});
  const outer = await callAs(page, 'POST', '/workflows', workflow('Outer', []));
  const outerId = String(outer['id']);

  await page.goto(`/workflows/${outerId}`);
  await click('add-step-1');
  await click('pick-workflow');
  await click('field-workflow');
  await page.getByRole('option', { name: 'Greet' }).click();
  await page.getByTestId('field-input').fill('{"name": "Ada"}');
  await page.getByTestId('save-state').and(page.locator('[data-state="saved"]')).waitFor();

  await click('editor-menu');
  await page.getByRole('menuitem', { name: 'Settings' }).click();
  await click('settings-limited');
  await page.getByTestId('settings-key').fill('{{trigger.output.customer}}');
  await click('settings-done');
  await expect
    .poll(async () => JSON.stringify((await callAs(page, 'GET', `/workflows/${outerId}`))['draft']))
    .toContain('"concurrency":{"key":"{{trigger.output.customer}}","limit":1}');

  await callAs(page, 'POST', `/workflows/${outerId}/publish`, {});
  const started = await callAs(page, 'POST', `/workflows/${outerId}/runs`, { input: { customer: 'c1' } });
  await page.goto(`/runs/${String(started['runId'])}`);
  await page.getByTestId('run-status').getByText('Succeeded').waitFor();
  await page.locator('[data-testid^="run-step-"] button').first().click();
  await page.getByTestId('step-output').getByText('Hello Ada').waitFor();
  await click('step-child');
  await page.getByRole('heading', { name: 'Run of “Greet”' }).waitFor();
  await click('run-parent');
  await page.getByRole('heading', { name: 'Run of “Outer”' }).waitFor();
  expect(errors).toEqual([]);
});

it('lets a delay go by the hours of the workspace, which an admin enters in the settings', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await page.goto('/settings?tab=hours');
  await page.getByTestId('calendar-monday').fill('9-12, 13:00 to 17:30');
  await page.getByTestId('calendar-sunday').fill('whenever');
  await page.getByTestId('calendar-holidays').fill('2026-12-25\n2026-12-26');
  await click('calendar-save');
  await page.getByText('Write hours as').waitFor();
  await page.getByTestId('calendar-sunday').fill('');
  await click('calendar-save');
  await expect
    .poll(async () => await callAs(page, 'GET', '/calendar'))
    .toMatchObject({
      week: {
        monday: [
          { from: '09:00', to: '12:00' },
          { from: '13:00', to: '17:30' },
        ],
      },
      holidays: ['2026-12-25', '2026-12-26'],
    });

  const made = await callAs(
    page,
    'POST',
    '/workflows',
    workflow('Later', [{ id: 'wait', kind: 'delay', seconds: 60 }]),
  );
  const path = `/workflows/${String(made['id'])}`;
  await page.goto(`${path}?step=wait&tab=fields`);
  await page.getByRole('radio', { name: 'Until working hours begin' }).click();
  await expect
    .poll(async () => JSON.stringify((await callAs(page, 'GET', path))['draft']))
    .toContain('{"id":"wait","kind":"delay","workingHours":true}');
  await page.getByRole('radio', { name: 'For so much working time' }).click();
  await expect
    .poll(async () => JSON.stringify((await callAs(page, 'GET', path))['draft']))
    .toContain('"workingHours":true,"seconds":3600');
  await callAs(page, 'PUT', '/calendar', { timezone: 'UTC', week: {}, holidays: [] });
  await page.goto(`${path}?step=wait&tab=fields`);
  await page.getByText('has no working hours').first().waitFor();
  expect(errors).toEqual([]);
});
