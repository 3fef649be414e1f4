// A real Chromium with a page that counts its clicks and fails on errors of the app.
import { randomUUID } from 'node:crypto';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const executablePath = process.env.CHROMIUM_PATH || '/usr/bin/chromium';
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: flags });
}

export type Visit = {
  page: Page;
  context: BrowserContext;
  /** Presses what has this test id, as a person with a mouse, and counts it. */
  click(testid: string): Promise<void>;
  clicks: string[];
  /** Errors of the app and of its content security policy, to be compared with []. */
  errors: string[];
};

/** A fresh visitor: own cookies, own storage. */
export async function visit(
  browser: Browser,
  url: string,
  options: { dark?: boolean; width?: number } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: options.dark ? 'dark' : 'light',
    viewport: { width: options.width ?? 1280, height: 860 },
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    const text = message.text();
    // Answers such as 401 and 422 are logged by the browser itself; they are part of what is tested.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) errors.push(text);
  });
  const clicks: string[] = [];
  const click = async (testid: string) => {
    clicks.push(testid);
    await page.getByTestId(testid).click();
  };
  return { page, context, click, clicks, errors };
}

/** Signs up a new person with a workspace of their own; ends on the home page. */
export async function signUpInBrowser({ page, click }: Visit): Promise<void> {
  const mark = randomUUID().slice(0, 8);
  await page.goto('/sign-up');
  await page.getByTestId('sign-up-name').fill('Ada Berg');
  await page.getByTestId('sign-up-email').fill(`ada-${mark}@example.com`);
  await page.getByTestId('sign-up-password').fill('correct horse battery staple');
  await page.getByTestId('sign-up-workspace').fill('Looms');
  await click('sign-up-submit');
  await page.getByTestId('checklist').waitFor();
}

/** A call to the API as the signed-in person: what another tab or program of theirs would do. */
export async function callAs(
  page: Page,
  method: string,
  path: string,
  body?: unknown,
  headers: { [name: string]: string } = {},
): Promise<{ [member: string]: unknown }> {
  const answer = await page.evaluate(
    async ([method_, path_, text, more]) => {
      const me = (await (await fetch('/api/v1/me')).json()) as { tenant: { id: string } };
      const response = await fetch(`/api/v1/tenants/${me.tenant.id}${path_}`, {
        method: method_!,
        headers: text === undefined ? more : { ...more, 'content-type': 'application/json' },
        ...(text === undefined ? {} : { body: text }),
      });
      return { status: response.status, text: await response.text() };
    },
    [method, path, body === undefined ? undefined : JSON.stringify(body), headers] as const,
  );
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text || '{}') as { [member: string]: unknown };
}
