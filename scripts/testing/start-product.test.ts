import { readFileSync, rmSync, mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isAlive } from './list-descendants.ts';
import { send, signUp } from './sign-up.ts';
import { startProduct } from './start-product.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'weftline-kept-'));
chmodSync(dataDir, 0o755);
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const workflow = {
  format: 'workflow/1',
  name: 'Test',
  trigger: { kind: 'webhook' },
  steps: [{ id: 'any', kind: 'filter', condition: '{{trigger.output.body.number > 0}}' }],
};

test('the product survives kill -9 of every process: what was accepted is there and runs go on (R1)', async () => {
  const before = await startProduct({ dataDir });
  const workspace = await signUp(before.url);
  const { id, hookUrl } = await workspace.goLive(workflow);
  const first = await send(hookUrl, 'POST', '', undefined, { number: 1 });
  const processes = before.pids();
  await before.kill('SIGKILL');
  expect(processes.length).toBeGreaterThan(1);
  expect(processes.filter(isAlive)).toEqual([]);

  const after = await startProduct({ dataDir, env: { PORT: new URL(before.url).port } });
  try {
    expect((await workspace.waitForRun(first.runId)).status).toBe('succeeded');
    const second = await send(hookUrl, 'POST', '', undefined, { number: 2 });
    expect((await workspace.waitForRun(second.runId)).status).toBe('succeeded');
    const runs = await workspace.call('GET', `/runs?workflowId=${id}`);
    expect(runs.data).toHaveLength(2);
    // What a process prints may be kept for ever, so no token may be in it.
    expect(readFileSync(after.logFile, 'utf8')).not.toContain(workspace.accessToken);
  } finally {
    await after.stop();
    await before.stop();
  }
  expect(after.pids()).toEqual([]);
}, 120_000);

test('a product that cannot start says why', async () => {
  const start = startProduct({ env: { PORT: 'seventy' } });
  await expect(start).rejects.toThrow(/The product ended while starting:[\s\S]*PORT/);
});
