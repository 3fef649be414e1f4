// The promise of the product: what was accepted is finished, and no finished step is done again.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { send, signUp } from '../testing/sign-up.ts';
import { startProduct } from '../testing/start-product.ts';

const runs = 500;
const answerAfterMs = 20;

type Seen = { key: string; runId: string; step: string };

/** A service that notes each call with its idempotency key and takes a moment to answer. */
async function startReceiver(): Promise<{ host: string; seen: Seen[]; stop: () => void }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const key = String(request.headers['idempotency-key']);
      seen.push({ key, ...(JSON.parse(text) as { runId: string; step: string }) });
      setTimeout(
        () => response.setHeader('content-type', 'application/json').end('{"ok":true}'),
        answerAfterMs,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, seen, stop: () => server.close().closeAllConnections() };
}

const workflow = (host: string): object => ({
  format: 'workflow/1',
  name: 'Two calls',
  trigger: { kind: 'webhook' },
  steps: ['one', 'two'].map((id) => ({
    id,
    kind: 'action',
    use: 'http@1.0.0#request',
    connection: null,
    input: { method: 'POST', url: `http://${host}/`, body: { runId: '{{run.id}}', step: id } },
  })),
});

test('500 runs in flight, kill -9 of every process, start again: all finish, no finished step is repeated', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'weftline-chaos-'));
  chmodSync(dataDir, 0o755);
  const receiver = await startReceiver();
  const env = { DEFAULT_PLAN: 'unlimited', EGRESS_ALLOW: receiver.host, LOG_LEVEL: 'warn' };
  let product = await startProduct({ dataDir, env });
  try {
    const workspace = await signUp(product.url);
    const { id, hookUrl } = await workspace.goLive(workflow(receiver.host));
    const path = new URL(hookUrl).pathname;
    const accepted = Promise.all(
      Array.from({ length: runs }, (_, number) => send(product.url, 'POST', path, undefined, { number })),
    );
    await accepted;
    // In the middle: some runs have finished, some wait, many are between or inside their calls.
    while (receiver.seen.length < runs) await wait(5);
    await product.kill('SIGKILL');
    const seenBefore = receiver.seen.length;
    expect(seenBefore).toBeLessThan(2 * runs);

    product = await startProduct({ dataDir, env: { ...env, PORT: new URL(product.url).port } });
    const count = async (status: string): Promise<number> => {
      let found = 0;
      for (let cursor = ''; ;) {
        const page = await workspace.call(
          'GET',
          `/runs?workflowId=${id}&status=${status}&limit=200${cursor}`,
        );
        found += page.data.length;
        if (!page.hasMore) return found;
        cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
      }
    };
    for (let succeeded = 0; succeeded < runs; succeeded = await count('succeeded')) {
      expect(await count('failed')).toBe(0);
      await wait(250);
    }

    const byKey = Map.groupBy(receiver.seen, (one) => one.key);
    // One key for each logical call, the same over both lives, and at most one repetition for one fault.
    expect(byKey.size).toBe(2 * runs);
    const repeated = [...byKey.values()].filter((calls) => calls.length > 1);
    expect(repeated.filter((calls) => calls.length > 2)).toEqual([]);
    for (const [first] of repeated) {
      const { data } = await workspace.call('GET', `/runs/${first!.runId}/events`);
      const types = (data as { type: string; step: string | null }[])
        .filter((event) => event.step === first!.step)
        .map((event) => event.type);
      // It was begun, cut off (which is noted), begun again and then finished: never finished and begun again.
      expect(types).toEqual(['StepDispatched', 'StepFailed', 'StepDispatched', 'StepCompleted']);
    }
    console.log(
      `${seenBefore} calls before the kill, ${repeated.length} of ${2 * runs} were in flight and repeated`,
    );
  } finally {
    await product.stop();
    receiver.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 300_000);
