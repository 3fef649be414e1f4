// Runs in flight, every process killed at once, started again: nothing lost, no finished step repeated.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startProduct } from '../testing/start-product.ts';
import { startReceiver } from '../testing/receiver.ts';
import { signUp } from '../testing/sign-up.ts';

const runs = Number(process.env['CHAOS_RUNS'] ?? 500);

test(`${runs} runs in flight survive kill -9 of every process`, async () => {
  const receiver = await startReceiver();
  const dataDir = mkdtempSync(join(tmpdir(), 'weftline-chaos-'));
  chmodSync(dataDir, 0o755);
  const env = { DEFAULT_PLAN: 'unlimited', EGRESS_ALLOW: receiver.host, LOG_LEVEL: 'warn' };
  let product = await startProduct({ dataDir, env });
  try {
    const workspace = await signUp(product.url);
    const post = (id: string, body: object) => ({
      id,
      kind: 'action',
      use: 'http@1.0.0#request',
      connection: null,
      input: { method: 'POST', url: `${receiver.url}/${id}`, body },
    });
    const { id, hookUrl } = await workspace.goLive({
      format: 'workflow/1',
      name: 'Three calls',
      trigger: { kind: 'webhook' },
      steps: [
        post('one', { n: '{{trigger.output.body.n}}' }),
        post('two', { n: '{{trigger.output.body.n}}', token: '{{steps.one.output.body.token}}' }),
        post('three', { n: '{{trigger.output.body.n}}', token: '{{steps.two.output.body.token}}' }),
      ],
    });
    // Slow enough that all of them are somewhere in their three calls.
    receiver.setDelay(700);
    const accepted = await Promise.all(
      Array.from({ length: runs }, async (_, n) => {
        const response = await fetch(hookUrl, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ n }),
        });
        expect(response.status).toBe(202);
        return ((await response.json()) as { runId: string }).runId;
      }),
    );
    await expect.poll(() => receiver.calls.length, { timeout: 20_000 }).toBeGreaterThan(runs);
    await product.kill('SIGKILL');
    const killedAt = Date.now();
    const before = receiver.calls.length;
    receiver.setDelay(5);

    product = await startProduct({ dataDir, env: { ...env, PORT: new URL(product.url).port } });
    const succeeded = async () =>
      (await workspace.call('GET', `/runs?workflowId=${id}&status=succeeded&limit=200`)).data.length;
    expect(await succeeded()).toBeLessThan(runs);
    const ended = async () => {
      let count = 0;
      for (let cursor = ''; ;) {
        const page = await workspace.call(
          'GET',
          `/runs?workflowId=${id}&status=succeeded&limit=200${cursor}`,
        );
        count += page.data.length;
        if (!page.hasMore) return count;
        cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
      }
    };
    await expect.poll(ended, { timeout: 60_000, interval: 500 }).toBe(runs);
    await wait(300);

    const keys = Map.groupBy(receiver.calls, (call) => `${call.path} ${(call.body as { n: number }).n}`);
    expect(keys.size).toBe(runs * 3);
    let repeated = 0;
    for (const [step, calls] of keys) {
      expect(calls.length, step).toBeLessThanOrEqual(2);
      expect(new Set(calls.map((call) => call.key)).size, step).toBe(1);
      if (calls.length === 2) repeated += 1;
    }
    // A step whose outcome was journaled before the kill is never sent again: what follows it used its answer, so it was.
    for (const call of receiver.calls.filter(({ at }) => at > killedAt)) {
      const { n } = call.body as { n: number };
      const next = { '/one': '/two', '/two': '/three' }[call.path];
      const followed = receiver.calls.some(
        (other) => other.path === next && (other.body as { n: number }).n === n && other.at < killedAt,
      );
      expect(followed, `${call.path} of ${n} was repeated after it had been used`).toBe(false);
    }
    expect(new Set(accepted).size).toBe(runs);
    console.log(
      `killed ${runs} runs in flight after ${before} calls: 0 lost, ${repeated} calls in flight sent twice with the same key`,
    );
  } finally {
    await product.stop();
    await receiver.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 180_000);
