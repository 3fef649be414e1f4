// Links to approvals: opening decides nothing, a press of a button decides once, over HTTP and a real engine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, findInDatabase, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;

beforeAll(async () => {
  api = await startWorkingApi();
  ada = await api.register('Ada');
});
afterAll(() => api.stop());

/** Starts a run that shows its link in a step beside the approval, and waits until it asks. */
async function ask(more: object = {}, person = ada) {
  const definition = {
    format: 'workflow/1',
    name: 'Refunds',
    trigger: { kind: 'manual' },
    steps: [
      { id: 'send', kind: 'transform', output: '{{run.approvals.ok}}' },
      { id: 'ok', kind: 'approval', title: 'Pay <b>80</b>?', link: true, after: ['send'], ...more },
    ],
  };
  const made = await person.call('POST', '/workflows', { name: 'Refunds', definition });
  const published = await person.call('POST', `/workflows/${made.body.id}/publish`, {});
  if (published.status !== 201) throw new Error(published.text);
  const { runId } = (await person.call('POST', `/workflows/${made.body.id}/runs`, { input: {} })).body;
  const read = async () => (await person.call('GET', `/runs/${runId}`)).body;
  await expect.poll(async () => (await read()).status, { timeout: 10_000 }).toBe('waiting');
  const url = new URL((await read()).steps[0].output as string);
  return { runId: runId as string, path: url.pathname, token: url.pathname.split('/')[2]!, read };
}
const open = (path: string, method = 'GET') => api.call(method, path);
const press = (path: string, fields: { [name: string]: string }) =>
  api.call('POST', path, {
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
/** What the page's button for a decision sends. */
function fieldsOf(html: string, decision: string): { [name: string]: string } {
  const value = new RegExp(`value="${decision}"><input type="hidden" name="value" value="([^"]+)"`).exec(
    html,
  );
  return { decision, value: value![1]! };
}
const ended = (read: () => Promise<{ status: string }>) =>
  expect.poll(async () => (await read()).status, { timeout: 10_000 }).toBe('succeeded');

describe('the link of an approval', () => {
  test('A3: opening it decides nothing, a press of its page decides once, and then it is closed (A3)', async () => {
    const { path, token, read } = await ask({ expiresInSeconds: 600 });
    expect(token).toMatch(/^approve-[a-z2-7]{52}$/);
    for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) expect((await open(path, method)).status).toBe(200);
    expect((await read()).status).toBe('waiting');
    const page = await open(path);
    expect(page.text).toContain('Pay &#60;b&#62;80&#60;/b&#62;?');
    expect(page.text).toContain('UTC');
    expect(page.text).not.toContain('<script');
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
      'content-security-policy': expect.stringMatching(/default-src 'none'.*form-action 'self'/),
    });
    const fields = fieldsOf(page.text, 'approve');
    const presses = await Promise.all([press(path, fields), press(path, fields), press(path, fields)]);
    expect(presses.map(({ status }) => status).toSorted()).toEqual([200, 404, 404]);
    await ended(read);
    expect((await read()).steps[1]).toMatchObject({
      output: { decision: 'approved', by: 'link' },
      why: 'Approved by link.',
    });
    const { data } = (await ada.call('GET', '/audit')).body;
    expect(data).toContainEqual(expect.objectContaining({ action: 'approval.approved', actor: 'link' }));
    expect((await open(path)).text).toBe((await open(`/approve/approve-${'a'.repeat(52)}`)).text);
  });

  test('A3: a value of the page is for its approval and its decision alone, and fresh (A3)', async () => {
    const [one, other] = [await ask(), await ask()];
    const [page, foreign] = [await open(one.path), await open(other.path)];
    const good = fieldsOf(page.text, 'reject');
    const wrong: { [name: string]: string }[] = [
      {},
      { decision: 'approve' },
      { decision: 'approve', value: good.value! },
      { ...fieldsOf(foreign.text, 'reject') },
      { decision: 'reject', value: `0.${good.value!.split('.').slice(1).join('.')}` },
      { decision: 'perhaps', value: good.value! },
    ];
    for (const fields of wrong) expect((await press(one.path, fields)).status).toBe(400);
    expect((await one.read()).status).toBe('waiting');
    const later = new Date(Date.now() + 16 * 60_000);
    const clock = api.services.clock;
    Object.assign(api.services, { clock: () => later });
    const stale = await press(one.path, good).finally(() => Object.assign(api.services, { clock }));
    expect(stale.status).toBe(400);
    expect((await press(one.path, fieldsOf(stale.text, 'reject'))).status).toBe(200);
    await ended(one.read);
    expect((await one.read()).steps[1].output).toMatchObject({ decision: 'rejected', by: 'link' });
    expect((await other.read()).status).toBe('waiting');
  });

  test('A3: it ends with its time or its run, and tells nobody which (A3)', async () => {
    const neutral = await open('/approve/no-such-token');
    expect(neutral.status).toBe(404);
    const late = await ask({ expiresInSeconds: 1 });
    await ended(late.read);
    const stopped = await ask();
    const fields = fieldsOf((await open(stopped.path)).text, 'approve');
    await ada.call('POST', `/runs/${stopped.runId}/cancel`);
    for (const { path } of [late, stopped])
      for (const answer of [await open(path), await press(path, fields)])
        expect([answer.status, answer.text]).toEqual([404, neutral.text]);
  });

  test('A3: with named roles or four eyes it asks to sign in, and decides nothing by itself (A3)', async () => {
    for (const more of [{ approvers: ['owner'] }, { fourEyes: true }]) {
      const { path, read } = await ask(more);
      const page = await open(path);
      expect(page.text).toContain('Sign in to decide');
      expect(page.text).not.toContain('<form');
      const forced = await press(path, { decision: 'approve', value: 'a.b.c' });
      expect(forced.text).toContain('Sign in to decide');
      expect((await read()).status).toBe('waiting');
    }
  });

  test('A3: its token is kept as a hash, and hidden from those who may not decide (A3)', async () => {
    const { runId, token } = await ask();
    const viewer = await api.join(ada, 'viewer');
    for (const path of [`/runs/${runId}`, `/runs/${runId}/events`]) {
      expect((await ada.call('GET', path)).text).toContain(token);
      expect((await viewer.call('GET', path)).text).not.toContain(token);
    }
    const places = await findInDatabase(api, token);
    expect(places.filter((place) => !place.startsWith('run_events'))).toEqual([]);
  });
});
