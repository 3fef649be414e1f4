import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../testing/start-test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const berlin = {
  timezone: 'Europe/Berlin',
  week: {
    monday: [
      { from: '13:00', to: '17:00' },
      { from: '09:00', to: '12:00' },
    ],
  },
  holidays: ['2026-12-25', '2026-01-01', '2026-12-25'],
};

test('a workspace works from Monday to Friday until it says something else, and what it says is kept in order', async () => {
  const owner = await api.register('Owner');
  const preset = await owner.call('GET', '/calendar');
  expect(preset.body).toMatchObject({ timezone: 'UTC', holidays: [] });
  expect(Object.keys(preset.body.week)).toHaveLength(5);
  const set = await owner.call('PUT', '/calendar', berlin);
  expect(set.status).toBe(200);
  const kept = await owner.call('GET', '/calendar');
  expect(kept.body).toMatchObject({
    timezone: 'Europe/Berlin',
    week: {
      monday: [
        { from: '09:00', to: '12:00' },
        { from: '13:00', to: '17:00' },
      ],
    },
    holidays: ['2026-01-01', '2026-12-25'],
    nextOpening: expect.stringMatching(/Z$/),
  });
  const audit = await owner.call('GET', '/audit');
  expect(audit.body.data.map((entry: { action: string }) => entry.action)).toContain('calendar.set');
});

test('a calendar is refused by the place of what is wrong; one that never opens is kept and says so', async () => {
  const owner = await api.register('Careful');
  const wrong = await owner.call('PUT', '/calendar', {
    timezone: 'Mars/Olympus',
    week: { friday: [{ from: '18:00', to: '09:00' }] },
    holidays: ['2026-02-30'],
  });
  expect(wrong.status).toBe(422);
  const places = wrong.body.error.details.problems.map((problem: { path: string }) => problem.path);
  expect(places).toEqual(['/timezone', '/week/friday/0', '/holidays/0']);
  const closed = await owner.call('PUT', '/calendar', { timezone: 'UTC', week: {}, holidays: [] });
  expect(closed.body.nextOpening).toBeNull();
});

test('builders read it and do not change it; a stranger finds nothing', async () => {
  const owner = await api.register('Owner');
  const builder = await api.join(owner, 'builder');
  expect((await builder.call('GET', '/calendar')).status).toBe(200);
  expect((await builder.call('PUT', '/calendar', berlin)).status).toBe(403);
  const stranger = await api.register('Stranger');
  await stranger.call('PUT', '/calendar', { ...berlin, timezone: 'Asia/Tokyo' });
  expect((await owner.call('GET', '/calendar')).body.timezone).toBe('UTC');
});

test('a delay by working hours cannot be published while the calendar never opens', async () => {
  const owner = await api.register('Owner');
  const created = await owner.call('POST', '/workflows', {
    name: 'Late',
    definition: {
      format: 'workflow/1',
      name: 'Late',
      trigger: { kind: 'manual' },
      steps: [{ id: 'wait', kind: 'delay', workingHours: true }],
    },
  });
  await owner.call('PUT', '/calendar', { timezone: 'UTC', week: {}, holidays: [] });
  const refused = await owner.call('POST', `/workflows/${created.body.id}/publish`, {});
  expect(refused.status).toBe(422);
  expect(refused.body.error.details.problems[0]).toMatchObject({
    path: '/steps/0/workingHours',
    code: 'no_working_hours',
  });
  await owner.call('PUT', '/calendar', berlin);
  expect((await owner.call('POST', `/workflows/${created.body.id}/publish`, {})).status).toBe(201);
});

test('a step that starts another workflow names one of its own workspace; a foreign id and an unknown one look the same', async () => {
  const [owner, stranger] = [await api.register('Owner'), await api.register('Stranger')];
  const workflow = (name: string, steps: unknown[]) => ({
    name,
    definition: { format: 'workflow/1', name, trigger: { kind: 'manual' }, steps },
  });
  const note = [{ id: 'note', kind: 'transform', output: 1 }];
  const foreign = (await stranger.call('POST', '/workflows', workflow('Foreign', note))).body.id;
  const draft = (await owner.call('POST', '/workflows', workflow('Draft', note))).body.id;
  const outer = (await owner.call('POST', '/workflows', workflow('Outer', note))).body.id;
  const problemsFor = async (workflowId: string) => {
    const read = await owner.call('GET', `/workflows/${outer}`);
    const saved = await owner.call(
      'PATCH',
      `/workflows/${outer}`,
      workflow('Outer', [{ id: 'call', kind: 'workflow', workflowId }]),
      { 'if-match': read.headers.get('etag') ?? read.body.etag },
    );
    expect(saved.status, JSON.stringify(saved.body)).toBe(200);
    const answer = await owner.call('POST', `/workflows/${outer}/publish`, {});
    return answer.status === 201 ? 'published' : answer.body.error.details.problems;
  };
  const unknown = await problemsFor(crypto.randomUUID());
  expect(unknown).toMatchObject([{ path: '/steps/0/workflowId', code: 'unknown_workflow', stepId: 'call' }]);
  expect(await problemsFor(foreign)).toEqual(unknown);
  expect(await problemsFor(draft)).toMatchObject([{ code: 'workflow_not_published' }]);
  expect(await problemsFor(outer)).toMatchObject([{ code: 'call_cycle' }]);
  await owner.call('POST', `/workflows/${draft}/publish`, {});
  expect(await problemsFor(draft)).toBe('published');
});
