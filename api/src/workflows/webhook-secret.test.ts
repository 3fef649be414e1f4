// The secret of a webhook is exchanged without a lost call, and whoever set it up sees that calls are refused.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
beforeAll(async () => {
  api = await startWorkingApi({ works: false, builtIns: [] });
  ada = await api.register('Ada');
});
afterAll(() => api.stop());

async function make() {
  const { body } = await ada.call('POST', '/workflows', {
    name: 'Signed',
    definition: {
      format: 'workflow/1',
      name: 'Signed',
      trigger: { kind: 'webhook', verify: 'standard-webhooks' },
      steps: [{ id: 'on', kind: 'filter', condition: '{{true}}' }],
    },
  });
  await ada.call('POST', `/workflows/${body.id}/publish`);
  await ada.call('POST', `/workflows/${body.id}/enable`);
  const { secret, hookUrl } = await triggerOf(body.id);
  return { id: body.id as string, hook: new URL(hookUrl).pathname, secret: secret as string };
}
const triggerOf = async (id: string) => (await ada.call('GET', `/workflows/${id}`)).body.trigger;
const rotate = (id: string, body?: object) =>
  ada.call('POST', `/workflows/${id}/webhook-secret/rotate`, body);
let sent = 0;
async function send(hook: string, secret: string): Promise<number> {
  const id = `msg_${(sent += 1)}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.{}`).digest('base64');
  const answer = await api.call('POST', hook, {
    body: '{}',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
  });
  return answer.status;
}

test('the former secret counts beside the new one for a day, unless it ends at once (W4)', async () => {
  const { id, hook, secret: first } = await make();
  expect(await send(hook, first)).toBe(202);
  const kept = await rotate(id);
  expect(Date.parse(kept.body.formerCountsUntil)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  const { secret: second, formerSecretUntil } = await triggerOf(id);
  expect(formerSecretUntil).toBe(kept.body.formerCountsUntil);
  expect([await send(hook, first), await send(hook, second)]).toEqual([202, 202]);

  // Once more: the first one is over, the second counts beside the third.
  await rotate(id, { keepHours: 1 });
  const { secret: third } = await triggerOf(id);
  expect([await send(hook, first), await send(hook, second), await send(hook, third)]).toEqual([
    401, 202, 202,
  ]);

  const leaked = await rotate(id, { keepHours: 0 });
  expect(leaked.body).toEqual({ rotated: true, formerCountsUntil: null });
  const { secret: fourth } = await triggerOf(id);
  expect([await send(hook, third), await send(hook, fourth)]).toEqual([401, 202]);
  expect((await rotate(id, { keepHours: 169 })).status).toBe(422);
});

test('of two who replace it at once one is told, and no secret that nobody has seen is in force', async () => {
  const { id, hook } = await make();
  const answers = await Promise.all([rotate(id), rotate(id)]);
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
  expect([
    [200, 200],
    [200, 409],
  ]).toContainEqual(statuses);
  expect(await send(hook, (await triggerOf(id)).secret)).toBe(202);
});

test('refused calls are counted where the workflow is shown, with the reason, and nothing else of them is kept (W2)', async () => {
  const { id, hook, secret } = await make();
  const wrong = `whsec_${Buffer.from('another secret than theirs').toString('base64')}`;
  for (let call = 0; call < 3; call += 1) expect(await send(hook, wrong)).toBe(401);
  await expect
    .poll(async () => (await triggerOf(id)).refused, { timeout: 15_000 })
    .toMatchObject({ count: 3, why: expect.stringContaining('another secret') });
  expect(await send(hook, secret)).toBe(202);
  expect((await triggerOf(id)).refused.count).toBe(3);
  const runs = (await ada.call('GET', `/runs?workflowId=${id}`)).body.data;
  expect(runs).toHaveLength(1);
});
