// A schedule for one instant, from publishing to the run, and what is said afterwards.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
beforeAll(async () => {
  api = await startWorkingApi({ builtIns: [] });
  ada = await api.register('Ada');
});
afterAll(() => api.stop());

const make = async (trigger: object, settings: object = {}) => {
  const definition = {
    format: 'workflow/1',
    name: 'Once',
    trigger: { kind: 'schedule', timezone: 'Europe/Berlin', ...trigger },
    settings,
    steps: [{ id: 'out', kind: 'transform', output: '{{trigger.output.scheduledFor}}' }],
  };
  const made = await ada.call('POST', '/workflows', { name: 'Once', definition });
  const id = made.body.id as string;
  const published = await ada.call('POST', `/workflows/${id}/publish`, {});
  return { id, published, read: async () => (await ada.call('GET', `/workflows/${id}`)).body };
};

test('fires once at its instant, and then says that it has', async () => {
  const at = new Date(Date.now() + 2_500).toISOString();
  const { id, published, read } = await make({ at }, { missedSchedule: 'all' });
  expect(published.status).toBe(201);
  expect((await ada.call('POST', `/workflows/${id}/enable`)).status).toBe(200);
  expect((await read()).trigger).toMatchObject({ nextFireAt: at, hasFired: false });
  const runs = async () => (await ada.call('GET', `/runs?workflowId=${id}`)).body.data as { id: string }[];
  await expect.poll(async () => (await read()).trigger.hasFired, { timeout: 15_000 }).toBe(true);
  expect((await read()).trigger.nextFireAt).toBeNull();
  await expect.poll(async () => (await runs()).length).toBe(1);
  const run = await ada.call('GET', `/runs/${(await runs())[0]!.id}`);
  expect(run.body).toMatchObject({
    trigger: { kind: 'schedule' },
    triggerOutput: { scheduledFor: at, missed: false },
  });
  // Publishing again brings it back no more than switching it on again does.
  expect((await ada.call('POST', `/workflows/${id}/publish`, {})).status).toBe(201);
  await ada.call('POST', `/workflows/${id}/disable`);
  const again = await ada.call('POST', `/workflows/${id}/enable`);
  expect(again).toMatchObject({ status: 409 });
  expect(again.body.error.message).toContain('is over');
  expect(await runs()).toHaveLength(1);
});

test('an instant that is none, and cron beside it, cannot be published', async () => {
  for (const [trigger, path] of [
    [{ at: 'tomorrow' }, '/trigger/at'],
    [{ at: '2027-02-30T00:00:00Z' }, '/trigger/at'],
    [{ at: '2027-02-03T00:00:00' }, '/trigger/at'],
    [{ at: '2027-02-03T00:00:00Z', cron: '* * * * *' }, '/trigger/at'],
    [{ cron: '@2027-02-03T00:00:00Z' }, '/trigger/cron'],
    [{}, '/trigger/cron'],
  ] as const) {
    const { published } = await make(trigger);
    expect(published.status).toBe(422);
    expect(published.body.error.details.problems[0]).toMatchObject({ path, code: 'invalid_schedule' });
  }
});
