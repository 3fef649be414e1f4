// Workflows that call each other through real hooks on the loopback: how far they get, and what the refused call's sender sees.
import { writeChain } from '@weftline/runner/platform/call-chain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let grace: TestPerson;
beforeAll(async () => {
  api = await startWorkingApi({ listens: true });
  ada = await api.register('Ada');
  grace = await api.register('Grace');
});
afterAll(() => api.stop());

type Shown = { id: string; name: string; hookUrl: string };
type RunShown = {
  id: string;
  workflowId: string;
  status: string;
  calledBy: string[];
  error: { code: string; message: string } | null;
  triggerOutput: { headers: Record<string, string> };
  steps: { id: string; error: { code: string; message: string } | null; attempts: number }[];
};

const calling = (name: string, url: string, headers: Record<string, string> = {}) => ({
  format: 'workflow/1',
  name,
  trigger: { kind: 'webhook' },
  steps: [
    {
      id: 'call',
      kind: 'action',
      use: 'http@1.0.0#request',
      input: { method: 'POST', url, headers, body: { from: name } },
    },
  ],
});
/** A live workflow that calls an address. */
async function make(person: TestPerson, name: string, url = 'https://unset.example'): Promise<Shown> {
  const made = await person.call('POST', '/workflows', { name, definition: calling(name, url) });
  const shown = { id: made.body.id as string, name, hookUrl: made.body.trigger.hookUrl as string };
  await aim(person, shown, url);
  const enabled = await person.call('POST', `/workflows/${shown.id}/enable`);
  if (enabled.status !== 200) throw new Error(enabled.text);
  return shown;
}
async function aim(person: TestPerson, { id, name }: Shown, url: string, headers?: Record<string, string>) {
  const { body, headers: answered } = await person.call('GET', `/workflows/${id}`);
  const changed = await person.call(
    'PATCH',
    `/workflows/${id}`,
    { definition: calling(name, url, headers) },
    { 'if-match': answered.get('etag') ?? body.etag },
  );
  if (changed.status !== 200) throw new Error(changed.text);
  const published = await person.call('POST', `/workflows/${id}/publish`, {});
  if (published.status !== 201) throw new Error(published.text);
}
const start = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { method: 'POST', headers, body: '{}' });
  return { status: answer.status, body: (await answer.json()) as { runId: string } };
};
async function ended(person: TestPerson, runId: string): Promise<RunShown> {
  for (;;) {
    const { body } = await person.call('GET', `/runs/${runId}`);
    if (['succeeded', 'failed', 'cancelled'].includes(body.status)) return body as RunShown;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
async function runsOf(person: TestPerson, { id }: Shown): Promise<RunShown[]> {
  const { body } = await person.call('GET', `/runs?workflowId=${id}`);
  return Promise.all((body.data as { id: string }[]).map((run) => ended(person, run.id)));
}

describe('workflows that call each other', () => {
  test('mal-229: A → B → A is refused at its third hop, and the sender shows the chain (R19)', async () => {
    const a = await make(ada, 'Orders');
    const b = await make(ada, 'Bills', a.hookUrl);
    await aim(ada, a, b.hookUrl);
    const { body } = await start(a.hookUrl);
    expect((await ended(ada, body.runId)).status).toBe('succeeded');
    const [inner, ...more] = await runsOf(ada, b);
    expect(more).toEqual([]);
    expect(inner).toMatchObject({ status: 'failed', calledBy: [a.id], error: { code: 'call_cycle' } });
    expect(inner!.steps[0]).toMatchObject({ attempts: 1, error: { code: 'call_cycle' } });
    expect(inner!.steps[0]!.error!.message).toContain('"Orders" → "Bills" → "Orders"');
    expect(Object.keys(inner!.triggerOutput.headers)).not.toContain('x-weftline-chain');
    expect(await runsOf(ada, a)).toHaveLength(1);
  });

  test('three in a circle are stopped, also over the border of a workspace, which learns no foreign id', async () => {
    const a = await make(ada, 'First');
    const b = await make(grace, 'Second');
    const c = await make(ada, 'Third', a.hookUrl);
    await aim(grace, b, c.hookUrl);
    await aim(ada, a, b.hookUrl);
    const { body } = await start(a.hookUrl);
    expect(await ended(ada, body.runId)).toMatchObject({ status: 'succeeded', calledBy: [] });
    const [foreign] = await runsOf(grace, b);
    expect(foreign!.calledBy).toEqual([expect.stringMatching(/^~/)]);
    expect(JSON.stringify(foreign)).not.toContain(a.id);
    const [last] = await runsOf(ada, c);
    expect(last).toMatchObject({ status: 'failed', error: { code: 'call_cycle' } });
    expect(last!.error!.message).toContain('"a workflow of another workspace" → "Third" → "First"');
    expect(JSON.stringify(last)).not.toContain(b.id);
    expect(await runsOf(ada, a)).toHaveLength(1);
  });

  test('a chain ends at its tenth workflow', async () => {
    const people = [await api.register('Deep'), await api.register('Deeper'), await api.register('Deepest')];
    const chain: Shown[] = [];
    let next = 'https://unset.example';
    for (let at = 11; at >= 1; at -= 1) {
      const made = await make(people[at % 3]!, `Hop ${at}`, next);
      next = made.hookUrl;
      chain.unshift(made);
    }
    await start(next);
    const owner = (at: number) => people[at % 3]!;
    await expect.poll(async () => (await runsOf(owner(10), chain[9]!)).length, { timeout: 20_000 }).toBe(1);
    const [tenth] = await runsOf(owner(10), chain[9]!);
    expect(tenth).toMatchObject({ status: 'failed', error: { code: 'call_cycle' } });
    expect(tenth!.calledBy).toHaveLength(9);
    expect(tenth!.error!.message).toContain('More than 10');
    expect(await runsOf(owner(11), chain[10]!)).toEqual([]);
  });

  test('a circle over the API is refused as well, and a chain that is none is stored with the run', async () => {
    const a = await make(ada, 'Started by key', `http://${api.service.address}/echo`);
    const b = await make(ada, 'Starter', `http://${api.service.address}/echo`);
    const startWith = (from: Shown) =>
      ada.call(
        'POST',
        `/workflows/${a.id}/runs`,
        {},
        {
          'x-weftline-chain': writeChain(
            api.services.vault,
            { tenantId: ada.tenant.id, workflowId: from.id },
            [],
          ),
        },
      );
    const refused = await startWith(a);
    expect(refused.status).toBe(422);
    expect(refused.body.error).toMatchObject({ code: 'call_cycle', details: { chain: [a.id, a.id] } });
    expect(refused.body.error.message).toContain('"Started by key" → "Started by key"');
    expect(refused.headers.get('x-weftline-refused')).toBe('call_cycle');
    expect(await runsOf(ada, a)).toEqual([]);
    const taken = await startWith(b);
    expect(taken.status).toBe(202);
    expect(await ended(ada, taken.body.runId ?? taken.body.id)).toMatchObject({ calledBy: [b.id] });
  });
});

describe('the header of the chain', () => {
  test('is believed only where this installation wrote it, wherever a step or a stranger puts one', async () => {
    const a = await make(ada, 'Plain', `http://${api.service.address}/echo`);
    const text = Buffer.from(JSON.stringify([`${ada.tenant.id} ${a.id}`])).toString('base64url');
    for (const forged of ['x', `${text}.`, `${text}.AAAA`, `${text}.${'A'.repeat(43)}`, `${text}.a.b`, '.']) {
      const { status, body } = await start(a.hookUrl, { 'x-weftline-chain': forged });
      expect(status).toBe(202);
      expect(await ended(ada, body.runId)).toMatchObject({ status: 'succeeded', calledBy: [] });
    }
    const b = await make(ada, 'Hides', a.hookUrl);
    await aim(ada, b, a.hookUrl, { 'X-Weftline-Chain': 'nothing' });
    const { body } = await start(b.hookUrl);
    await ended(ada, body.runId);
    await expect
      .poll(async () => (await runsOf(ada, a)).some(({ calledBy }) => calledBy[0] === b.id))
      .toBe(true);
  });

  test('never leaves for other hosts, also not after a redirect', async () => {
    for (const { headers } of api.service.received) {
      expect(Object.keys(headers).filter((name) => name.startsWith('x-weftline'))).toEqual([]);
    }
    expect(api.service.received.length).toBeGreaterThan(5);
  });
});
