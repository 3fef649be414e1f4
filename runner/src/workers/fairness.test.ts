// One workspace's backlog does not delay another's run, and nobody runs more at once than its plan allows.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Call } from '../executor/types.ts';
import { answer, settled, startWorld, trigger, type World } from '../../testing/start-test-engine.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const steps = [{ id: 'only', kind: 'action' as const, use: 'service@1.0.0#post' }];

test('a light workspace is served next, however long the queue of another is (Q3)', async () => {
  const order: string[] = [];
  const engine = await world.start(
    async (call) => {
      order.push(call.tenantId);
      await delay(15);
      return answer(null);
    },
    { concurrency: 5 },
  );
  const heavy = await world.addTenant('scale');
  const light = await world.addTenant();
  const flood = await world.addWorkflow(heavy, { steps });
  const single = await world.addWorkflow(light, { steps });
  await Promise.all(Array.from({ length: 400 }, () => trigger(engine, heavy, flood)));
  await expect.poll(() => order.length).toBeGreaterThan(20);
  const before = order.length;
  const accepted = await trigger(engine, light, single);
  const run = await settled(engine, light, accepted.runId!);
  expect(run.status).toBe('succeeded');
  const waitedFor = order.indexOf(light) - before;
  // A few scheduling rounds of five places, not the 350 that stand before it.
  expect(waitedFor).toBeLessThan(40);
  await world.stopEngines();
});

test('a workspace never runs more at once than its plan allows, over two processes (Q4)', async () => {
  let together = 0;
  let most = 0;
  const tenantId = await world.addTenant('free');
  const respond = async (call: Call) => {
    // The queue that the test before left behind is worked on beside it.
    if (call.tenantId !== tenantId) return answer(null);
    together += 1;
    most = Math.max(most, together);
    await delay(30);
    together -= 1;
    return answer(null);
  };
  const first = await world.start(respond, { name: 'first' });
  const second = await world.start(respond, { name: 'second' });
  const workflowId = await world.addWorkflow(tenantId, { steps });
  const accepted = await Promise.all(
    Array.from({ length: 100 }, (_, index) => trigger(index % 2 ? first : second, tenantId, workflowId)),
  );
  await Promise.all(accepted.map(({ runId }) => settled(first, tenantId, runId!)));
  expect(most).toBeGreaterThan(10);
  expect(most).toBeLessThanOrEqual(20);
  await world.stopEngines();
});
