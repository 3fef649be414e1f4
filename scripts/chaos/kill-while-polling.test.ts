// Items of a service keep coming, and the process dies before and after the commit of a poll: each item starts one run.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isAlive } from '../testing/list-descendants.ts';
import { signUp } from '../testing/sign-up.ts';
import { startProduct } from '../testing/start-product.ts';

/** Where each of two lives ends: the poll after the first has asked and not committed; the next one has, and nothing more. */
const deaths = ['before-poll-commit:2', 'poll-committed:1'] as const;
const preload = join(import.meta.dirname, 'arm-crash.ts');

/** A service that lists its newest orders; a new one every 150 ms while it is open. */
async function startShop() {
  const orders: { id: number }[] = [];
  let isOpen = true;
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ orders: orders.toReversed() }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const timer = setInterval(() => isOpen && orders.push({ id: orders.length + 1 }), 150);
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    orders,
    close: () => (isOpen = false),
    stop: () => {
      clearInterval(timer);
      server.close().closeAllConnections();
    },
  };
}

const connector = (host: string): object => ({
  manifestVersion: 1,
  app: { key: 'shop', name: 'Shop' },
  version: '1.0.0',
  baseUrl: `http://${host}`,
  auth: [{ key: 'none', label: 'None', type: 'NONE' }],
  actions: [],
  triggers: [
    {
      key: 'new-order',
      name: 'New order',
      type: 'POLL',
      outputSchema: { type: 'object', properties: { id: { type: 'integer' } } },
      sample: { id: 1 },
      poll: {
        request: { method: 'GET', endpointTemplate: '/orders' },
        items: 'body.orders',
        dedupeKey: '{{item.id}}',
        order: 'newest-first',
        maxItems: 10_000,
        minIntervalMs: 10_000,
        firstRun: 'skip',
        keepSeen: 10_000,
      },
    },
  ],
});

const workflow = {
  format: 'workflow/1',
  name: 'Count',
  trigger: { kind: 'app', use: 'shop#new-order', everySeconds: 10 },
  steps: [{ id: 'id', kind: 'transform', output: '{{trigger.output.id}}' }],
};

test('W6: a process that dies before and after the commit of a poll: each item starts exactly one run', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'weftline-chaos-'));
  chmodSync(dataDir, 0o755);
  const shop = await startShop();
  const env = { DEFAULT_PLAN: 'unlimited', EGRESS_ALLOW: shop.host, LOG_LEVEL: 'warn' };
  let product = await startProduct({ dataDir, preload, env: { ...env, WEFTLINE_CRASH_AT: deaths[0] } });
  try {
    const workspace = await signUp(product.url);
    await workspace.call('POST', '/apps', { definition: connector(shop.host) });
    await workspace.call('POST', '/apps/shop/publish', {});
    const { id } = await workspace.goLive(workflow);
    const polled = async () => (await workspace.call('GET', `/workflows/${id}`)).trigger.lastPolledAt;
    while ((await polled()) === null) await wait(50);
    const { length: before } = shop.orders;

    for (const next of [deaths[1], undefined]) {
      while (isAlive(product.pid)) await wait(20);
      // Its PostgreSQL still lives.
      await product.kill('SIGKILL');
      const port = new URL(product.url).port;
      product = await startProduct({
        dataDir,
        preload,
        env: { ...env, PORT: port, WEFTLINE_CRASH_AT: next },
      });
    }
    shop.close();

    const listRuns = async (): Promise<{ id: string; status: string }[]> => {
      const found: { id: string; status: string }[] = [];
      for (let cursor = ''; ;) {
        const page = await workspace.call('GET', `/runs?workflowId=${id}&limit=200${cursor}`);
        found.push(...page.data);
        if (!page.hasMore) return found;
        cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
      }
    };
    // All that came after the first poll; some of what came right at it may belong to either side.
    const last = shop.orders.length;
    const started = async () => {
      const runs = await listRuns();
      const found = [];
      // A few at a time: a process that is asked hundreds of things at once says to come again.
      for (let at = 0; at < runs.length; at += 20)
        found.push(
          ...(await Promise.all(
            runs.slice(at, at + 20).map((run) => workspace.call('GET', `/runs/${run.id}`)),
          )),
        );
      return found.map((run) => run.triggerOutput.id as number).toSorted((a, b) => a - b);
    };
    await expect
      .poll(async () => (await listRuns()).length, { timeout: 60_000, interval: 500 })
      .toBeGreaterThanOrEqual(last - before);
    const ids = await started();
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.at(-1)).toBe(last);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => last - ids.length + 1 + index));
    expect(ids[0]).toBeLessThanOrEqual(before + 1);
    await expect
      .poll(async () => (await listRuns()).every(({ status }) => status === 'succeeded'), { timeout: 30_000 })
      .toBe(true);
    console.log(`${ids.length} items over ${deaths.length} deaths: one run each`);
  } finally {
    await product.stop();
    shop.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 300_000);
