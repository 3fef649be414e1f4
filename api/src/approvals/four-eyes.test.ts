// Approvals that who started the run cannot decide, over HTTP and a real engine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let bea: TestPerson;
let asks: string;

beforeAll(async () => {
  api = await startWorkingApi();
  ada = await api.register('Ada');
  bea = await api.join(ada, 'admin');
  asks = await publish([{ id: 'ok', kind: 'approval', title: 'Pay?', fourEyes: true }]);
});
afterAll(() => api.stop());

async function publish(steps: object[]): Promise<string> {
  const definition = { format: 'workflow/1', name: 'Pays', trigger: { kind: 'manual' }, steps };
  const made = await ada.call('POST', '/workflows', { name: 'Pays', definition });
  const published = await ada.call('POST', `/workflows/${made.body.id}/publish`, {});
  if (published.status !== 201) throw new Error(published.text);
  return made.body.id as string;
}

type Caller = TestPerson['call'];
const byKey =
  (key: string): Caller =>
  (method, path, body) =>
    api.call(method, `/api/v1/tenants/${ada.tenant.id}${path}`, { as: key, body });
const makeKey = async (person: TestPerson): Promise<Caller> => {
  const made = await person.call('POST', '/api-keys', { name: 'script', role: 'builder' });
  if (made.status !== 201) throw new Error(made.text);
  return byKey(made.body.key as string);
};

/** Starts a run and waits for its approval, or for the one of the run that it starts. */
async function start(call: Caller, workflowId = asks) {
  const before = new Set((await listed(ada.call)).map(({ id }) => id));
  const started = await call('POST', `/workflows/${workflowId}/runs`, { input: {} });
  if (started.status >= 300) throw new Error(started.text);
  let fresh: Awaited<ReturnType<typeof listed>> = [];
  await expect
    .poll(async () => (fresh = (await listed(ada.call)).filter(({ id }) => !before.has(id))).length, {
      timeout: 10_000,
    })
    .toBe(1);
  return fresh[0]!;
}
const listed = async (call: Caller) =>
  (await call('GET', '/approvals')).body.data as {
    id: string;
    runId: string;
    fourEyes: boolean;
    mayDecide: boolean;
    whyNot?: string;
  }[];
const seenBy = async (call: Caller, id: string) => (await listed(call)).find((one) => one.id === id)!;
const decide = (call: Caller, id: string) => call('POST', `/approvals/${id}/decide`, { decision: 'approve' });

describe('an approval with four eyes', () => {
  test('A4: is not decided by who started the run, and by anybody else who may (A4)', async () => {
    const { id, runId } = await start(ada.call);
    expect(await seenBy(ada.call, id)).toMatchObject({
      fourEyes: true,
      mayDecide: false,
      whyNot: 'This takes four eyes: you started the run, so somebody else decides.',
    });
    expect(await seenBy(bea.call, id)).toMatchObject({ fourEyes: true, mayDecide: true });
    const own = await decide(ada.call, id);
    expect([own.status, own.body.error]).toMatchObject([
      403,
      { code: 'not_allowed', message: expect.stringContaining('you started the run') },
    ]);
    expect((await decide(bea.call, id)).status).toBe(200);
    await expect
      .poll(async () => (await ada.call('GET', `/runs/${runId}`)).body.status, { timeout: 10_000 })
      .toBe('succeeded');
  });

  test('A4: is not decided by an API key, and a run that a key started is its maker’s (A4)', async () => {
    const [keyOfAda, keyOfBea] = [await makeKey(ada), await makeKey(bea)];
    const { id } = await start(keyOfAda);
    for (const call of [ada.call, keyOfAda]) {
      const refused = await decide(call, id);
      expect([refused.status, refused.body.error.message]).toEqual([
        403,
        expect.stringContaining('you started the run'),
      ]);
    }
    const refused = await decide(keyOfBea, id);
    expect([refused.status, refused.body.error.message]).toEqual([
      403,
      expect.stringContaining('not an API key'),
    ]);
    expect((await decide(bea.call, id)).status).toBe(200);
  });

  test('A4: knows who started the run that started the run (A4)', async () => {
    const caller = await publish([{ id: 'call', kind: 'workflow', workflowId: asks, wait: false }]);
    const { id } = await start(ada.call, caller);
    expect((await decide(ada.call, id)).status).toBe(403);
    expect((await decide(bea.call, id)).status).toBe(200);
  });

  test('is not for those who may decide nothing, and the list says so', async () => {
    const viewer = await api.join(ada, 'viewer');
    const { id } = await start(bea.call);
    expect(await seenBy(viewer.call, id)).toMatchObject({ mayDecide: false });
    expect((await decide(viewer.call, id)).status).toBe(403);
    expect((await decide(ada.call, id)).status).toBe(200);
  });
});
