// A stranger signs up and gets a webhook that calls a service, live, and sees its run.
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

it('brings a stranger from sign-up to a live webhook that calls a service in at most 12 clicks', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, clicks, errors } = visitor;
  await signUpInBrowser(visitor);
  await click('new-workflow');
  await page.getByTestId('hook-url').waitFor();
  await page.getByTestId('hook-listening').and(page.locator('[data-listening="true"]')).waitFor();
  const hookUrl = await page.getByTestId('hook-url').inputValue();

  // An event before anything is published becomes the sample, live.
  const event = await fetch(hookUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Ada","total":12}',
  });
  expect(event.status).toBeLessThan(300);
  await page.getByTestId('hook-listening').getByText('An event came').waitFor();

  await click('add-step-1');
  await click('pick-http');
  await page.getByTestId('field-url').fill(`${receiver.url}/orders/{{trigger.output.body.name}}`);
  await page.getByTestId('preview-url').getByText(`${receiver.url}/orders/Ada`).waitFor();
  await click('publish-enable');
  await page.getByTestId('workflow-state').and(page.locator('[data-enabled="true"]')).waitFor();
  expect(clicks.length).toBeLessThanOrEqual(12);

  const answer = await fetch(hookUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Bea","total":7}',
  });
  expect(answer.status).toBe(202);
  const { runId } = (await answer.json()) as { runId: string };
  await click('nav-runs');
  await page.getByTestId(`run-${runId}`).getByRole('link').click();
  await page.getByTestId('run-status').and(page.locator('[data-status="succeeded"]')).waitFor();
  await page.getByTestId('run-step-request').getByRole('button').first().click();
  await page.getByTestId('run-step-request').getByTestId('step-input').getByText('/orders/Bea').waitFor();
  await page.getByTestId('run-step-request').getByTestId('step-output').getByText('"status": 200').waitFor();
  expect(receiver.calls.map((call) => call.path)).toEqual(['/orders/Bea']);
  expect(errors).toEqual([]);
});

it('refuses a wrong password with one sentence, and follows the address after signing in', async () => {
  const first = await visit(browser, product.url);
  await signUpInBrowser(first);
  const email = await first.page.evaluate(
    async () => ((await (await fetch('/api/v1/me')).json()) as { user: { email: string } }).user.email,
  );

  const { page, click, errors } = await visit(browser, product.url);
  await page.goto('/runs?status=failed');
  await page.getByTestId('sign-in-email').fill(email);
  await page.getByTestId('sign-in-password').fill('not the password at all');
  await click('sign-in-submit');
  await page.getByTestId('refused').waitFor();
  await page.getByTestId('sign-in-password').fill('correct horse battery staple');
  await click('sign-in-submit');
  await page.waitForURL('**/runs?status=failed');
  expect(errors).toEqual([]);
});

it('shows why signed calls are refused, and exchanges the secret with a day for both', async () => {
  const visitor = await visit(browser, product.url);
  const { page, click, errors } = visitor;
  await signUpInBrowser(visitor);
  const made = await callAs(page, 'POST', '/workflows', {
    name: 'Signed',
    definition: {
      format: 'workflow/1',
      name: 'Signed',
      trigger: { kind: 'webhook', verify: 'standard-webhooks' },
      connections: {},
      steps: [{ id: 'out', kind: 'transform', output: 1 }],
    },
  });
  const path = `/workflows/${String(made.id)}`;
  await callAs(page, 'POST', `${path}/publish`);
  await callAs(page, 'POST', `${path}/enable`);
  const { hookUrl } = (made as unknown as { trigger: { hookUrl: string } }).trigger;
  const answer = await fetch(hookUrl, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(401);
  await expect
    .poll(async () => ((await callAs(page, 'GET', path)).trigger as { refused: unknown }).refused, {
      timeout: 15_000,
    })
    .not.toBeNull();
  await page.goto(path);
  await click('trigger-card');
  await page.getByRole('tab').nth(1).click();
  await page.getByTestId('hook-refused').getByText('it was not signed').waitFor();
  await click('exchange-secret');
  await click('exchange-day');
  await page.getByTestId('former-secret').waitFor();
  await page.getByRole('tab').first().click();
  await page.getByTestId('hook-secret').getByText('whsec_').waitFor();
  expect(errors).toEqual([]);
});
