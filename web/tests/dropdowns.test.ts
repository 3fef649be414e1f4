// Inputs whose choices and fields only the service knows: chosen by keyboard, dependent, searched, refused, typed in.
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { callAs, openBrowser, signUpInBrowser, type Visit, visit } from './testing/open-browser.ts';
import { type Boards, boardsConnector, startBoards } from './testing/start-boards.ts';

let product: Product;
let boards: Boards;
let browser: Browser;
beforeAll(async () => {
  boards = await startBoards();
  product = await startProduct({ env: { EGRESS_ALLOW: boards.host } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await boards?.stop();
});

type Draft = { steps: { input: { [name: string]: unknown }; fields?: { [place: string]: unknown } }[] };

/** A workflow with one step of the app, opened at its fields; gives the workflow's id. */
async function openStep({ page, click }: Visit): Promise<string> {
  await callAs(page, 'POST', '/apps', { definition: boardsConnector(boards.host) });
  await callAs(page, 'POST', '/apps/boards/publish');
  const connection = await callAs(page, 'POST', '/connections', {
    app: 'boards',
    name: 'Ada at Boards',
    credentials: { apiKey: 'good-key' },
  });
  await callAs(page, 'POST', `/connections/${String(connection.id)}/test`);
  const workflow = await callAs(page, 'POST', '/workflows', {
    name: 'Cards',
    definition: {
      format: 'workflow/1',
      name: 'Cards',
      trigger: { kind: 'manual' },
      connections: { team: { app: 'boards', connectionId: connection.id } },
      steps: [{ id: 'add', kind: 'action', use: 'boards@1.0.0#add-card', connection: 'team', input: {} }],
    },
  });
  await page.goto(`/workflows/${String(workflow.id)}`);
  await click('step-add');
  await page.getByTestId('field-board').waitFor();
  return String(workflow.id);
}

/** A menu gives the focus back when it is gone; nobody types faster than that. */
const closed = (page: Page) => page.getByRole('listbox').waitFor({ state: 'detached' });
const saved = (page: Page) =>
  page.getByTestId('save-state').and(page.locator('[data-state="saved"]')).waitFor();
const readStep = async (page: Page, id: string): Promise<Draft['steps'][number]> => {
  await saved(page);
  return ((await callAs(page, 'GET', `/workflows/${id}`)).draft as Draft).steps[0]!;
};

it('chooses from the service with the keyboard alone, asks again when a choice changes, and keeps found fields', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const id = await openStep(visitor);
  // What depends on another input says so, and asks nothing.
  await page.getByTestId('field-list').focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('field-list-hint').getByText('Fill in “Board” first.').waitFor();
  await page.keyboard.press('Escape');
  await closed(page);
  await page.getByTestId('field-fields-hint').getByText('Fill in “Board” first.').waitFor();
  expect(boards.asked.filter((one) => one !== 'GET /me')).toEqual([]);

  await page.getByTestId('field-board').focus();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('option', { name: 'Our plans' }).waitFor();
  await page.keyboard.type('plan');
  await page.getByRole('option', { name: 'Our ideas' }).waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await page.getByTestId('field-board').getByText('Our plans').waitFor();
  expect(await page.getByTestId('field-board').evaluate((box) => box === document.activeElement)).toBe(true);

  // A list that the service searches itself.
  await page.getByTestId('field-list').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: 'To do (plans)' }).waitFor();
  await page.keyboard.type('doi');
  await page.getByRole('option', { name: 'To do (plans)' }).waitFor({ state: 'detached' });
  await page.getByRole('option', { name: 'Doing (plans)' }).and(page.locator('[data-highlighted]')).waitFor();
  await page.keyboard.press('Enter');
  await page.getByTestId('field-list').getByText('Doing (plans)').waitFor();
  await closed(page);
  expect(boards.asked).toContain('GET /boards/plans/lists?q=doi');

  await page.getByTestId('field-fields.size').fill('12');
  await click('field-fields.state');
  await page.getByRole('option', { name: 'Shut' }).click();
  const step = await readStep(page, id);
  expect(step.input).toEqual({ board: 'plans', list: 2, fields: { size: 12, state: 's' } });
  expect(step.fields).toMatchObject({ fields: { required: ['size'] } });

  // Opened again, the whole list is there.
  await click('field-list');
  await page.getByRole('option', { name: 'To do (plans)' }).waitFor();
  await page.keyboard.press('Escape');
  await closed(page);
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze();
  expect(violations.map(({ id: rule, nodes }) => [rule, nodes[0]?.html])).toEqual([]);

  // Another board has other fields.
  await click('field-board');
  await page.getByRole('option', { name: 'Our ideas' }).click();
  await page.getByTestId('field-fields.author').waitFor();
  await page.getByTestId('field-fields.size').waitFor({ state: 'detached' });
  expect(Object.keys((await readStep(page, id)).fields ?? {})).toEqual(['fields']);
  expect(errors).toEqual([]);
});

it('says why choices could not be loaded, tries again, and takes a value that is not among them', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const id = await openStep(visitor);
  boards.refusal = 'This board is locked.';
  await click('field-board');
  await page.getByRole('option', { name: 'Our plans' }).click();
  await page.getByTestId('field-fields-failed').getByText('This board is locked.').waitFor();
  await click('field-list');
  await page.getByTestId('field-list-failed').getByText('This board is locked.').waitFor();
  await page.keyboard.type('77');
  await page.getByRole('option', { name: 'Use “77”' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByTestId('field-list').getByText('77').waitFor();
  boards.refusal = null;
  await click('field-fields-retry');
  await page.getByTestId('field-fields.size').waitFor();
  await click('field-list-retry');
  await page.getByTestId('field-list-failed').waitFor({ state: 'detached' });
  expect((await readStep(page, id)).input).toEqual({ board: 'plans', list: 77 });

  // Several choices, and data of an earlier step in place of one.
  await click('field-watchers');
  await page.getByRole('option', { name: 'Our plans' }).click();
  await page.getByRole('option', { name: 'Our ideas' }).click();
  await page.keyboard.press('Escape');
  await page.getByTestId('field-watchers').getByText('Our plans, Our ideas').waitFor();
  await click('field-board-mode');
  await page.getByTestId('field-board').fill('{{trigger.output.board}}');
  await page.getByTestId('field-list-hint').getByText('without a sample').waitFor();
  const { input } = await readStep(page, id);
  expect(input).toEqual({ board: '{{trigger.output.board}}', list: 77, watchers: ['plans', 'ideas'] });
  expect(errors).toEqual([]);
});

it('shows inputs when they are wanted, and checks found fields without asking the service', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const id = await openStep(visitor);
  expect(await page.getByTestId('field-endsOn').count()).toBe(0);
  await click('field-end');
  await page.getByRole('option', { name: 'on', exact: true }).click();
  await page.getByTestId('field-endsOn').fill('Friday');
  expect((await readStep(page, id)).input).toEqual({ end: 'on', endsOn: 'Friday' });
  await click('field-end');
  await page.getByRole('option', { name: 'never', exact: true }).click();
  await page.getByTestId('field-endsOn').waitFor({ state: 'detached' });
  expect((await readStep(page, id)).input).toEqual({ end: 'never' });

  await click('field-board');
  await page.getByRole('option', { name: 'Our plans' }).click();
  await click('field-fields.state');
  await page.getByRole('option', { name: 'Open' }).click();
  await saved(page);
  const asked = boards.asked.length;
  await click('publish-enable');
  await page.getByTestId('publish-problems').getByText('Fill in "Size".').waitFor();
  expect(boards.asked.length).toBe(asked);
  await page.keyboard.press('Escape');
  await page.getByTestId('field-fields.size').fill('3');

  // A list of objects: dropdowns stand in each of them.
  await click('field-parts-add');
  await click('field-parts.0.list');
  await page.getByRole('option', { name: 'Done (plans)' }).click();
  await page.getByTestId('field-parts.0.note').fill('last');
  await click('field-parts-add');
  await click('field-parts.1.list');
  await page.getByRole('option', { name: 'To do (plans)' }).click();
  await click('field-parts-add');
  await click('field-parts-2-remove');
  await saved(page);
  await click('tab-test');
  await click('test-step');
  await expect.poll(() => boards.cards.length).toBe(1);
  expect(boards.cards[0]).toEqual({
    board: 'plans',
    end: 'never',
    fields: { state: 'o', size: 3 },
    parts: [{ list: 3, note: 'last' }, { list: 1 }],
  });
  expect(errors).toEqual([]);
});

it('gives authors the dropdowns of a draft, before it is published', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await callAs(page, 'POST', '/apps', { definition: boardsConnector(boards.host) });
  await callAs(page, 'POST', '/connections', {
    app: 'boards',
    name: 'Ada at Boards',
    credentials: { apiKey: 'good-key' },
  });
  await page.goto('/apps/boards/edit');
  await click('tab-try');
  await page.getByTestId('field-board-hint').getByText('Choose a connection first.').waitFor();
  await click('try-connection');
  await page.getByRole('option', { name: 'Ada at Boards' }).click();
  await click('field-board');
  await page.getByRole('option', { name: 'Our ideas' }).click();
  await page.getByTestId('field-fields.author').fill('Grace');
  await click('try-run');
  await page.getByTestId('call-result').and(page.locator('[data-ok="true"]')).waitFor();
  expect(boards.cards.at(-1)).toEqual({ board: 'ideas', fields: { author: 'Grace' } });
  expect(errors).toEqual([]);
});
