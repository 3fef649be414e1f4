import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestPerson, startTestApi, type TestApi } from '../testing/start-test-api.ts';

let api: TestApi;
let ada: TestPerson;

beforeAll(async () => {
  const engine = { forget: async () => {} } as never;
  api = await startTestApi({ engine });
  ada = await api.register('Ada');
});
afterAll(() => api.stop());

const tally = (statuses: number[]) =>
  Object.fromEntries(
    [...Map.groupBy(statuses, (status) => status)].map(([status, all]) => [status, all.length]),
  );

test('1,000 creations at once admit exactly 50; each deletion gives one place back, exactly', async () => {
  const create = (index: number) => ada.call('POST', '/workflows', { name: `Workflow ${index}` });
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => create(index)));
  expect(tally(answers.map((answer) => answer.status))).toEqual({ 201: 50, 429: 950 });
  const refused = answers.find((answer) => answer.status === 429)!;
  expect(refused.body.error).toMatchObject({ code: 'quota_workflows', details: { used: 50, limit: 50 } });
  expect(refused.headers.get('retry-after')).toBeNull();
  expect(refused.headers.get('ratelimit-policy')).toBe('"workflows";q=50');
  expect(refused.headers.get('ratelimit')).toBe('"workflows";r=0');

  const made = answers.filter((answer) => answer.status === 201).map((answer) => answer.body.id as string);
  const gone = made.slice(0, 3);
  // Each is deleted by two at once: the place comes back once.
  const deleted = await Promise.all([...gone, ...gone].map((id) => ada.call('DELETE', `/workflows/${id}`)));
  expect(tally(deleted.map((answer) => answer.status))).toEqual({ 204: 3, 404: 3 });
  const again = await Promise.all(Array.from({ length: 40 }, (_, index) => create(index)));
  expect(tally(again.map((answer) => answer.status))).toEqual({ 201: 3, 429: 37 });
  const copied = await ada.call('POST', `/workflows/${made[5]}/duplicate`);
  expect(copied.status).toBe(429);

  const rows = await api.services.database.withTenant(ada.tenant.id, (tx) =>
    tx.workflow.count({ where: { tenantId: ada.tenant.id, deletedAt: null } }),
  );
  expect(rows).toBe(50);
});
