import { afterAll, beforeAll, expect, test } from 'vitest';
import { answer, settled, startWorld, type World } from '../../testing/start-test-engine.ts';
import type { StartedEngine } from '../start-engine.ts';
import { fireSchedules, listMissed, mostMadeUp } from './fire-schedules.ts';
import { onceAt } from './next-fire.ts';

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

const runsOf = (tenantId: string) =>
  world.database.withTenant(tenantId, (tx) => tx.workflowRun.findMany({ where: { tenantId } }));
const triggerOf = (tenantId: string) =>
  world.database.withTenant(tenantId, (tx) => tx.trigger.findFirst({ where: { tenantId } }));
const silent = { error: () => {}, warn: () => {} } as never;

test('a schedule of one instant fires once, however many processes look, and has no next one', async () => {
  const nominal = thisMinute();
  const { tenantId, firings } = await schedule(nominal, 'once', onceAt(nominal.toISOString()));
  const look = (from: StartedEngine) =>
    fireSchedules({ database: world.database, logger: silent, engine: from.engine });
  await Promise.all([look(engine), look(second), look(engine), look(second)]);
  await expect.poll(async () => (await firings()).length, { timeout: 15_000 }).toBe(1);
  await expect.poll(async () => (await triggerOf(tenantId))!.nextFireAt).toBeNull();
  await look(engine);
  expect(await runsOf(tenantId)).toHaveLength(1);
  expect((await firings())[0]).toMatchObject({ nominalAt: nominal, outcome: 'fired' });
});

test('one instant that was missed is made up for, or not where the workflow says skip', async () => {
  const past = new Date(thisMinute().getTime() - 7_200_000);
  const once = await schedule(past, 'once', onceAt(past.toISOString()));
  const skip = await schedule(past, 'skip', onceAt(past.toISOString()));
  await expect.poll(async () => (await once.firings()).length, { timeout: 15_000 }).toBe(1);
  await expect.poll(async () => (await skip.firings()).length, { timeout: 15_000 }).toBe(1);
  expect((await once.firings())[0]).toMatchObject({ outcome: 'caught_up', nominalAt: past });
  expect((await skip.firings())[0]).toMatchObject({ outcome: 'skipped', runId: null });
  expect(await runsOf(skip.tenantId)).toEqual([]);
});

test('all missed instants are made up for, each by one run with its planned time, also when a process dies in between', async () => {
  const everyMinute = '* * * * *';
  const start = new Date(thisMinute().getTime() - 30 * 60_000);
  const { tenantId, firings, fire } = await schedule(new Date(Date.now() + 3_600_000), 'all', everyMinute);
  await fire(start);
  // The first look starts runs and dies before it writes anything down.
  let died = false;
  const dying = {
    ...engine.engine,
    accept: async (request: Parameters<typeof engine.engine.accept>[0]) => {
      const accepted = await engine.engine.accept(request);
      if (
        request.tenantId === tenantId &&
        request.receiptKey?.includes(new Date(start.getTime() + 180_000).toISOString())
      ) {
        died = true;
        throw new Error('died');
      }
      return accepted;
    },
  };
  await fireSchedules({ database: world.database, logger: silent, engine: dying });
  await expect
    .poll(async () => ((await triggerOf(tenantId))!.nextFireAt?.getTime() ?? 0) > Date.now(), {
      timeout: 20_000,
    })
    .toBe(true);
  const seen = await firings();
  expect(seen.length).toBeGreaterThanOrEqual(31);
  expect(seen.slice(0, 31).map(({ nominalAt }) => nominalAt.getTime())).toEqual(
    Array.from({ length: 31 }, (_, place) => start.getTime() + place * 60_000),
  );
  const runs = await runsOf(tenantId);
  expect(new Set(seen.map(({ runId }) => runId)).size).toBe(seen.length);
  expect(runs).toHaveLength(seen.length);
  expect(died || runs.length >= 31).toBe(true);
  const [first] = seen;
  expect(await settled(engine, tenantId, first!.runId!)).toMatchObject({
    triggerOutput: { scheduledFor: start.toISOString(), missed: true },
  });
});

test('of very many missed instants the newest are kept, and how many were not is said', () => {
  const now = new Date('2026-05-01T10:00:30Z');
  const { kept, dropped } = listMissed('* * * * *', 'UTC', new Date('2026-05-01T05:00:00Z'), now);
  expect(kept).toHaveLength(mostMadeUp);
  expect(kept.at(-1)!.toISOString()).toBe('2026-05-01T10:00:00.000Z');
  expect(dropped).toEqual({ first: new Date('2026-05-01T05:00:00Z'), count: 301 - mostMadeUp });
  const few = listMissed('*/5 * * * *', 'UTC', new Date('2026-05-01T09:50:00Z'), now);
  expect(few.kept.map((at) => at.toISOString().slice(11, 16))).toEqual(['09:50', '09:55', '10:00']);
  expect(few.dropped).toBeNull();
});
