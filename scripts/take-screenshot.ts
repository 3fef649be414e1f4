// Takes the picture of the README: a real product, a real workflow, a real run, seen in Chromium.
// Usage: node scripts/take-screenshot.ts   (CHROMIUM_PATH when Chromium is somewhere unusual)
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { callAs, openBrowser, signUpInBrowser, visit } from '../web/tests/testing/open-browser.ts';
import { send } from './testing/sign-up.ts';
import { startProduct } from './testing/start-product.ts';

const file = join(import.meta.dirname, '../docs/images/run.png');
const order = { number: 'A-1042', customer: { name: 'Acme Ltd', city: 'Hamburg' }, total: 149.9 };
const definition = (host: string): object => {
  const call = (path: string, body: object, more: object): object => ({
    kind: 'action',
    use: 'http@1.0.0#request',
    connection: null,
    input: { method: 'POST', url: `http://${host}${path}`, body },
    ...more,
  });
  return {
    format: 'workflow/1',
    name: 'Large orders to the sales team',
    trigger: { kind: 'webhook' },
    steps: [
      {
        id: 'large',
        name: 'Only large orders',
        kind: 'filter',
        condition: '{{trigger.output.body.total > 100}}',
      },
      call(
        '/crm',
        { name: '{{trigger.output.body.customer.name}}' },
        { id: 'crm', name: 'Look up the customer' },
      ),
      call(
        '/chat',
        { text: 'Order {{trigger.output.body.number}} of {{steps.crm.output.body.company}}' },
        { id: 'tell', name: 'Tell the sales team' },
      ),
    ],
  };
};

const outside = createServer((request, response) => {
  const answer = request.url === '/crm' ? { id: 7, company: 'Acme Ltd', since: 2019 } : { ok: true };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
});
await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
const host = `127.0.0.1:${(outside.address() as AddressInfo).port}`;
const product = await startProduct({ env: { EGRESS_ALLOW: host } });
const browser = await openBrowser();
try {
  const visitor = await visit(browser, product.url);
  await signUpInBrowser(visitor);
  const { page } = visitor;
  const call = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const answer = await callAs(page, method, path, body);
    return (typeof answer.text === 'string' ? JSON.parse(answer.text) : answer) as Record<string, unknown>;
  };
  const { id } = await call('POST', '/workflows', {
    name: 'Large orders to the sales team',
    definition: definition(host),
  });
  await call('POST', `/workflows/${String(id)}/publish`, {});
  await call('POST', `/workflows/${String(id)}/enable`, {});
  const { trigger } = (await call('GET', `/workflows/${String(id)}`)) as { trigger: { hookUrl: string } };
  const hook = new URL(trigger.hookUrl).pathname;
  const { runId } = await send(product.url, 'POST', hook, undefined, order);
  await page.goto(`/runs/${runId}`);
  await page.getByText('Tell the sales team').first().click();
  // The picture is of the end of the run, not of the way to it.
  await page.waitForTimeout(1500);
  await page.screenshot({ path: file });
  console.log(`${file}${visitor.errors.length > 0 ? `, with errors: ${visitor.errors.join('; ')}` : ''}`);
} finally {
  await browser.close();
  await product.stop();
  outside.close();
}
