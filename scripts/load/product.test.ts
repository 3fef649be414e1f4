import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProduct, type Product } from '../testing/start-product.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct({ env: { DEFAULT_PLAN: 'unlimited' } });
}, 120_000);
afterAll(() => product.stop());

// How fast it is on a busy machine is no test; that the scripts still fit the product is.
function play(script: string): string {
  const command = ['run.ts', '-e', `BASE_URL=${product.url}`, '--vus', '2', '--iterations', '6', script];
  const answer = spawnSync(process.execPath, command, { cwd: import.meta.dirname, encoding: 'utf8' });
  return answer.stdout + answer.stderr;
}

test('health.js calls the product', () => {
  expect(play('health.js')).toContain('holds  checks: rate==1 (1)');
});

test('hook.js makes its own workflow, and every accepted event becomes a run that succeeds', () => {
  const output = play('hook.js');
  expect(output).toContain('holds  checks: rate==1 (1)');
  expect(output).toContain('holds  unfinished_runs: value==0 (0)');
  expect(output).toMatch(/iterations +count=6/);
}, 120_000);
