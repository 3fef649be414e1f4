// The whole catalogue in the browser: an action of any app is found by a few letters, and no document is loaded for nothing.
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
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

type Listed = {
  key: string;
  name: string;
  builtIn: boolean;
  latestVersion: string | null;
  categories: string[];
  parts: { kind: string; key: string; name: string }[];
};
const listApps = async (page: Page) =>
  (await callAs(page, 'GET', '/apps?limit=200&parts=yes')).data as Listed[];

/** Asked after everything has settled: an element that moves has half the contrast. */
async function faultsOf(page: Page): Promise<unknown[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
  return violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
}
const searchOf = (page: Page, picker: string) =>
  page.getByTestId(picker).getByRole('textbox').or(page.getByTestId(picker).getByRole('combobox')).first();

it('picks an action of the last app in the alphabet by a few letters and the keyboard, on a phone too', async () => {
  const visitor = await visit(browser, product.url, { width: 390 });
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const last = (await listApps(page)).findLast(({ parts }) => parts.some(({ kind }) => kind === 'action'))!;
  const action = last.parts.find(({ kind }) => kind === 'action')!;
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await click('new-workflow');
  await click('add-step-1');
  await page.getByTestId(`open-${last.key}`).waitFor();
  expect(asked.filter((path) => path.includes('/apps/'))).toEqual([]);
  await searchOf(page, 'step-picker').fill(`${last.name} ${action.name}`);
  await page.getByTestId(`pick-${last.key}-${action.key}`).waitFor();
  const beyond = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(beyond).toBeLessThanOrEqual(0);
  await page.keyboard.press('Enter');
  await page.getByTestId('step-panel').waitFor();
  await page.getByTestId('tab-setup').click();
  await page.getByTestId('step-action').getByText(action.name, { exact: true }).waitFor();
  expect(asked.filter((path) => path.includes('/apps/')).map((path) => path.split('/apps/')[1])).toEqual([
    `${last.key}/versions/${last.latestVersion}`,
  ]);
  // Another action of the same app, found by its letters: an app may have a thousand.
  const other = last.parts.findLast(({ kind }) => kind === 'action')!;
  await click('step-action');
  await page.getByPlaceholder('Search').last().fill(other.name);
  await page.getByRole('option', { name: other.name, exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByTestId('step-action').getByText(other.name, { exact: true }).waitFor();
  expect(errors).toEqual([]);
});

it('forgives a typo, opens one app, shows more on demand, and puts what was used lately first', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await click('new-workflow');
  await click('add-step-1');
  const search = searchOf(page, 'step-picker');
  await page.getByTestId('open-github').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await search.fill('gihtub creat isue');
  await page.getByTestId('pick-github-create-issue').waitFor();
  await search.fill('a');
  await page.getByTestId('pick-more').waitFor();
  const rows = page.getByTestId('step-picker').getByRole('option');
  const before = await rows.count();
  expect(before).toBeLessThan(60);
  await click('pick-more');
  await expect.poll(() => rows.count()).toBeGreaterThan(before);
  await search.fill('no such thing anywhere');
  await page.getByTestId('step-picker').getByText('Nothing found').waitFor();

  await search.fill('');
  await click('open-github');
  await page.getByTestId('picker-back').waitFor();
  await search.fill('issue');
  await page.getByTestId('pick-github-create-issue').waitFor();
  expect(await page.getByTestId('pick-http').count()).toBe(0);
  await search.fill('');
  await page.keyboard.press('Backspace');
  await page.getByTestId('pick-http').waitFor();
  await search.fill('github create issue');
  await click('pick-github-create-issue');
  await page.getByTestId('step-panel').waitFor();
  await click('add-step-2');
  await page.getByTestId('step-picker').getByText('Used lately').waitFor();
  await rows.first().getByTestId('pick-github-create-issue').waitFor();
  expect(errors).toEqual([]);
});

it('loads the documents of an opened workflow and no others, and names its steps before they are there', async () => {
  const visitor = await visit(browser, product.url);
  const { page, errors } = visitor;
  await signUpInBrowser(visitor);
  const apps = await listApps(page);
  const used = ['github', 'slack', 'stripe'].map((key) => {
    const app = apps.find((one) => one.key === key)!;
    const action = app.parts.find(({ kind }) => kind === 'action')!;
    return { app, action, use: `${key}@${app.latestVersion}#${action.key}` };
  });
  const workflow = await callAs(page, 'POST', '/workflows', {
    name: 'Many',
    definition: {
      format: 'workflow/1',
      name: 'Many',
      trigger: { kind: 'manual' },
      steps: [...used, used[0]!].map(({ use }, at) => ({ id: `s${at}`, kind: 'action', use, input: {} })),
    },
  });
  const asked: string[] = [];
  let isHeld = true;
  await page.route('**/apps/*/versions/*', async (route) => {
    asked.push(route.request().url().split('/apps/')[1]!);
    await expect.poll(() => isHeld, { timeout: 10_000 }).toBe(false);
    await route.continue();
  });
  await page.goto(`/workflows/${String(workflow.id)}`);
  for (const [at, { action }] of used.entries())
    await page.getByTestId(`step-s${at}`).getByText(action.name).waitFor();
  await expect
    .poll(() => asked.toSorted())
    .toEqual(used.map(({ app }) => `${app.key}/versions/${app.latestVersion}`).toSorted());
  isHeld = false;
  await page.getByTestId('step-s1').click();
  await page.getByTestId('step-panel').locator('[data-testid^="field-"]').first().waitFor();
  expect(errors).toEqual([]);
});

it('filters the apps by words and category, own ones first, and keeps that in the address', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await callAs(page, 'POST', '/apps', {
    definition: { ...newConnector, app: { key: 'zz-loom', name: 'ZZ Loom', description: 'Weaves.' } },
  });
  const apps = await listApps(page);
  await page.goto('/apps');
  await page.getByTestId('app-count').getByText(`${apps.length} apps`).waitFor();
  expect(await page.locator('[data-testid^="apps-"]').first().getAttribute('data-testid')).toBe('apps-own');
  await page.getByTestId('apps-own').getByTestId('app-zz-loom').waitFor();
  await page.getByTestId('app-search').fill('githb');
  await page.getByTestId('app-github').waitFor();
  await page.getByTestId('app-count').getByText('one app').waitFor();
  await page.reload();
  await page.getByTestId('app-count').getByText('one app').waitFor();
  await page.getByTestId('app-search').fill('');
  await click('app-category');
  const wanted = apps.filter((app) => app.categories.includes('chat'));
  await page.getByRole('option', { name: `Chat (${wanted.length})` }).click();
  await page.getByTestId('app-count').getByText(`${wanted.length} apps`).waitFor();
  expect(await page.locator('[data-testid="apps-built-in"] li').count()).toBe(wanted.length);
  await page.waitForURL('**/apps?category=chat');
  await page.getByTestId('app-search').fill('qqqq');
  await click('show-all-apps');
  await page.getByTestId('app-count').getByText(`${apps.length} apps`).waitFor();

  await click('app-github');
  await page.waitForURL('**/apps/github');
  const trigger = apps.find(({ key }) => key === 'github')!.parts.find(({ kind }) => kind === 'trigger')!;
  await click(`trigger-${trigger.key}`);
  await page.getByTestId(`trigger-${trigger.key}`).getByText('Sample of its output').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  expect(errors).toEqual([]);
});

it('finds the app to connect by a few letters', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await page.goto('/connections/new');
  await page.getByTestId('app-github').waitFor();
  expect(await page.getByTestId('app-rss').count()).toBe(0);
  await page.getByTestId('app-search').fill('slak');
  await click('app-slack');
  await page.waitForURL(/[?&]app=slack/);
  await page.getByRole('heading', { level: 1, name: 'Connect Slack' }).waitFor();
  expect(errors).toEqual([]);
});
