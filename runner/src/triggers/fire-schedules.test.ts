import { afterAll, beforeAll, expect, test } from 'vitest';
import { answer, settled, startWorld, type World } from '../../testing/start-test-engine.ts';
import type { StartedEngine } from '../start-engine.ts';
import { fireSchedules } from './fire-schedules.ts';

let world: World;
let engine: StartedEngine;
let second: StartedEngine;
beforeAll(async () => {
  world = await startWorld();
  engine = await world.start(async () => answer('done'), { name: 'a' });
  second = await world.start(async () => answer('done'), { name: 'b' });
});
afterAll(() => world.stop());

/** Fires by itself once a year, so that no minute that begins during a test adds a firing of its own. */
const yearly = '0 0 1 1 *';

async function schedule(nextFireAt: Date, missed = 'once', cron = yearly) {
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, {
    trigger: { kind: 'schedule', cron, timezone: 'UTC' },
    steps: [{ id: 'only', kind: 'action', use: 'service@1.0.0#post' }],
  });
  const fire = (at: Date) =>
    world.database.withTenant(tenantId, (tx) =>
      tx.trigger.updateMany({
        where: { tenantId, id: workflowId },
        data: { cron, timezone: 'UTC', missed, nextFireAt: at },
      }),
    );
  const firings = () =>
    world.database.withTenant(tenantId, (tx) =>
      tx.scheduleFiring.findMany({ where: { tenantId }, orderBy: { nominalAt: 'asc' } }),
    );
  await fire(nextFireAt);
  return { tenantId, workflowId, firings, fire };
}
const thisMinute = () => new Date(Math.floor(Date.now() / 60_000) * 60_000);

test('each planned instant makes one run, however many processes look (W5)', async () => {
  const nominal = thisMinute();
  const { tenantId, firings } = await schedule(nominal);
  const services = { database: world.database, logger: { error: () => {}, warn: () => {} } as never };
  await Promise.all([
    ...Array.from({ length: 5 }, () => fireSchedules({ ...services, engine: engine.engine })),
    fireSchedules({ ...services, engine: second.engine }),
  ]);
  await expect.poll(async () => (await firings()).length, { timeout: 15_000 }).toBe(1);
  const [firing] = await firings();
  expect(firing!.nominalAt).toEqual(nominal);
  const run = await settled(engine, tenantId, firing!.runId!);
  expect(run.triggerOutput).toMatchObject({ scheduledFor: firing!.nominalAt.toISOString(), timezone: 'UTC' });
  const runs = await world.database.withTenant(tenantId, (tx) =>
    tx.workflowRun.count({ where: { tenantId } }),
  );
  expect(runs).toBe(1);
  const trigger = await world.database.withTenant(tenantId, (tx) =>
    tx.trigger.findFirst({ where: { tenantId } }),
  );
  expect(trigger!.nextFireAt!.getTime()).toBeGreaterThan(Date.now());
});

test('of several missed instants only the latest is made up for, or none where the workflow says skip', async () => {
  const hourAgo = new Date(thisMinute().getTime() - 3_600_000);
  const once = await schedule(hourAgo, 'once', '* * * * *');
  const skip = await schedule(hourAgo, 'skip', '* * * * *');
  await expect.poll(async () => (await once.firings()).length, { timeout: 15_000 }).toBeGreaterThan(0);
  await expect.poll(async () => (await skip.firings()).length, { timeout: 15_000 }).toBeGreaterThan(0);
  const [caught] = await once.firings();
  expect(caught).toMatchObject({ outcome: 'caught_up' });
  expect(Date.now() - caught!.nominalAt.getTime()).toBeLessThan(120_000);
  expect((await skip.firings())[0]).toMatchObject({ outcome: 'skipped', runId: null });
  expect((await skip.firings())[0]!.why).toContain('skip missed');
});

test('a firing at the hourly cap is recorded as skipped, with why, and reaches somebody', async () => {
  const { tenantId, firings, fire } = await schedule(new Date(Date.now() + 3_600_000));
  await world.database.withTenant(tenantId, async (tx) => {
    const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
    await tx.usageHour.createMany({
      data: [
        { tenantId, hour, runs: 100 },
        { tenantId, hour: new Date(hour.getTime() + 3_600_000), runs: 100 },
      ],
    });
  });
  await fire(thisMinute());
  await expect.poll(async () => (await firings()).length, { timeout: 15_000 }).toBe(1);
  expect((await firings())[0]).toMatchObject({ outcome: 'skipped', runId: null });
  expect((await firings())[0]!.why).toContain('100 runs');
  const notes = await world.database.withTenant(tenantId, (tx) =>
    tx.notification.findMany({ where: { tenantId } }),
  );
  expect(notes).toHaveLength(1);
});
