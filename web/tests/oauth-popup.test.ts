// Signing in at another service in a popup: consent there, a working connection here, and no secret on the screen.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Product, startProduct } from '../../scripts/testing/start-product.ts';
import { openBrowser, signUpInBrowser, visit } from './testing/open-browser.ts';

const token = 'canary-access-token-91c2';
let provider: Server;
let issuer: string;
let product: Product;
let browser: Browser;

/** The least that is an OAuth2 provider: a page that asks, a token for the code, and who it belongs to. */
function answer(url: URL, authorization: string | undefined): { status: number; type: string; body: string } {
  if (url.pathname === '/auth') {
    const back = new URL(url.searchParams.get('redirect_uri')!);
    back.searchParams.set('code', 'one-time-code');
    back.searchParams.set('state', url.searchParams.get('state')!);
    return {
      status: 200,
      type: 'text/html',
      body: `<a id="agree" href="${back.href.replaceAll('&', '&amp;')}">Agree</a>`,
    };
  }
  const json = (value: unknown, status = 200) => ({
    status,
    type: 'application/json',
    body: JSON.stringify(value),
  });
  if (url.pathname === '/token')
    return json({
      access_token: token,
      refresh_token: 'canary-refresh',
      token_type: 'Bearer',
      expires_in: 3600,
    });
  return authorization === `Bearer ${token}`
    ? json({ sub: 'ada-at-provider' })
    : json({ error: 'invalid_token' }, 401);
}

beforeAll(async () => {
  provider = createServer((request, response) => {
    const { status, type, body } = answer(new URL(request.url!, issuer), request.headers.authorization);
    response.writeHead(status, { 'content-type': type });
    request.resume().on('end', () => response.end(body));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const { port } = provider.address() as AddressInfo;
  issuer = `http://127.0.0.1:${port}`;
  product = await startProduct({ env: { EGRESS_ALLOW: `127.0.0.1:${port}` } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  provider?.close();
});

it('connects an account in a popup and knows whose it is', async () => {
  const visitor = await visit(browser, product.url);
  const { page, context, click, errors } = visitor;
  await signUpInBrowser(visitor);
  await page.goto('/connections/new?app=oauth-demo');
  await page.getByTestId('field-issuer').fill(issuer);
  await page.getByTestId('field-clientId').fill('weftline');
  await page.getByTestId('field-clientSecret').fill('canary-client-secret');
  const opened = context.waitForEvent('page');
  await click('connection-save');
  const popup = await opened;
  await popup.locator('#agree').click();
  await page.waitForURL(/\/connections\/[0-9a-f-]{36}$/);
  await page.getByTestId('connection-status').and(page.locator('[data-status="working"]')).waitFor();
  await page.getByTestId('test-ok').getByText('ada-at-provider').waitFor();
  const seen = await page.content();
  for (const secret of [token, 'canary-refresh', 'canary-client-secret']) expect(seen).not.toContain(secret);
  expect(popup.isClosed()).toBe(true);
  expect(errors).toEqual([]);
});
