import { awayFromTheHour } from '@weftline/prisma/testing/away-from-the-hour';
import { randomUUID } from 'node:crypto';
import { openConnection } from '@weftline/runner/connections/open-connection';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import {
  type WorkingApi,
  findInDatabase,
  publishSample,
  startWorkingApi,
} from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;
let grace: TestPerson;

type Shown = { id: string; trigger: { hookUrl: string; secret?: string } };
type Step = { id: string; status: string; input: unknown; output: unknown };

/** A live workflow of somebody's. */
async function goLive(person: TestPerson, definition: object): Promise<Shown> {
  const made = await person.call('POST', '/workflows', { name: 'Parcels', definition });
  const published = await person.call('POST', `/workflows/${made.body.id}/publish`, {});
  if (published.status !== 201) throw new Error(published.text);
  const enabled = await person.call('POST', `/workflows/${made.body.id}/enable`);
  if (enabled.status !== 200) throw new Error(enabled.text);
  return (await person.call('GET', `/workflows/${made.body.id}`)).body;
}
const simple = (trigger: object = { kind: 'webhook' }) => ({
  format: 'workflow/1',
  name: 'Parcels',
  trigger,
  steps: [
    { id: 'big', kind: 'filter', condition: '{{trigger.output.body.total > 100}}' },
    { id: 'out', kind: 'transform', output: { city: '{{trigger.output.body.city}}' } },
  ],
});
const body = { total: 120, city: 'Berlin' };
const callHook = (workflow: Shown, sent: unknown = body, headers: { [name: string]: string } = {}) =>
  api.call('POST', new URL(workflow.trigger.hookUrl).pathname, { body: sent, headers });

/** Reads the run until it has ended. */
async function untilEnded(person: TestPerson, runId: string) {
  for (;;) {
    const { body } = await person.call('GET', `/runs/${runId}`);
    if (['succeeded', 'failed', 'cancelled'].includes(body.status)) return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The service forgets the key: what is stored no longer opens its door, and nobody has pressed Test since. */
async function revokeKey(connectionId: string, apiKey: string): Promise<void> {
  const open = await openConnection(api.services, ada.tenant.id, connectionId);
  await open.saveCredentials({ apiKey });
}

beforeAll(async () => {
  api = await startWorkingApi();
  ada = await api.register('Ada');
  grace = await api.register('Grace');
  await publishSample(ada, api.service);
});
afterAll(() => api.stop());

describe('from the hook to the run', () => {
  test('a call becomes a run with resolved inputs, and no credential is left anywhere', async () => {
    const canary = `good-key canary ${randomUUID()}`;
    const connection = await ada.call('POST', '/connections', {
      app: 'acme',
      name: 'Acme',
      credentials: { apiKey: canary },
    });
    await ada.call('POST', `/connections/${connection.body.id}/test`);
    const workflow = await goLive(ada, {
      ...simple(),
      connections: { acme: { app: 'acme', connectionId: connection.body.id } },
      steps: [
        ...simple().steps.slice(0, 1),
        {
          id: 'send',
          kind: 'action',
          use: 'acme@1.0.0#send-parcel',
          connection: 'acme',
          input: { to: '{{trigger.output.body.city}}' },
        },
        { id: 'out', kind: 'transform', output: '{{steps.send.output.echo}}' },
      ],
    });
    const accepted = await callHook(workflow);
    expect(accepted.status).toBe(202);
    const run = await untilEnded(ada, accepted.body.runId);
    expect(run).toMatchObject({ status: 'succeeded', workflowId: workflow.id, trigger: { kind: 'webhook' } });
    const steps: Step[] = run.steps;
    expect(steps.map(({ id, status }) => [id, status])).toEqual([
      ['big', 'succeeded'],
      ['send', 'succeeded'],
      ['out', 'succeeded'],
    ]);
    expect(steps[1]!.input).toEqual({ to: 'Berlin' });
    expect(api.service.received.some(({ headers }) => headers.authorization?.includes(canary))).toBe(true);
    const events = await ada.call('GET', `/runs/${accepted.body.runId}/events`);
    for (const text of [JSON.stringify(run), events.text]) expect(text).not.toContain(canary);
    expect(await findInDatabase(api, canary)).toEqual([]);
  });

  test('a connection that the service no longer accepts is shown as failing, and said once', async () => {
    const connection = await ada.call('POST', '/connections', {
      app: 'acme',
      name: 'Soon refused',
      credentials: { apiKey: 'good-key' },
    });
    const { id } = connection.body;
    await ada.call('POST', `/connections/${id}/test`);
    const step = { id: 'send', kind: 'action', use: 'acme@1.0.0#who-am-i', connection: 'acme', input: {} };
    const definition = {
      ...simple(),
      connections: { acme: { app: 'acme', connectionId: id } },
      steps: [step],
    };
    const workflow = await goLive(ada, definition);
    await revokeKey(id, 'bad');
    const runs = await Promise.all([1, 2].map(() => callHook(workflow)));
    for (const { body } of runs) expect((await untilEnded(ada, body.runId)).status).toBe('failed');
    expect((await ada.call('GET', `/connections/${id}`)).body).toMatchObject({ status: 'failing' });
    const told = (await ada.call('GET', '/notifications')).body.data;
    expect(told).toMatchObject([{ kind: 'connection.refused', link: `/connections/${id}` }]);
  });

  test('the same delivery is the same run; a filter that stops says so', async () => {
    const workflow = await goLive(ada, simple());
    const headers = { 'webhook-id': 'delivery-1' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => callHook(workflow, body, headers)));
    expect(new Set(answers.map((answer) => answer.body.runId)).size).toBe(1);
    const small = await callHook(workflow, { total: 1, city: 'x' });
    const run = await untilEnded(ada, small.body.runId);
    expect(run.status).toBe('succeeded');
    expect(run.steps[1]).toMatchObject({ status: 'skipped', why: expect.any(String) });
  });

  test('a forged call gets 401 and makes no run; unknown, foreign and disabled hooks give the same 404', async () => {
    const workflow = await goLive(ada, simple({ kind: 'webhook', verify: 'standard-webhooks' }));
    expect(workflow.trigger.secret).toMatch(/^whsec_/);
    const forged = await callHook(workflow, body, {
      'webhook-id': 'm1',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': 'v1,AAAA',
    });
    expect(forged).toMatchObject({ status: 401, body: { error: { code: 'not_signed_in' } } });
    expect((await ada.call('GET', `/runs?workflowId=${workflow.id}`)).body.data).toEqual([]);
    await ada.call('POST', `/workflows/${workflow.id}/disable`);
    const disabled = await callHook(workflow);
    const unknown = await api.call('POST', '/hooks/abcdefghijklmnopqrstuvwxyz234567', { body });
    const without = (text: string) => text.replace(/"requestId":"[^"]*"/, '');
    expect(disabled.status).toBe(404);
    expect(without(disabled.text)).toBe(without(unknown.text));
  });

  test('bodies that are too large, encoded or broken are refused in the 4xx', async () => {
    const workflow = await goLive(ada, simple());
    expect((await callHook(workflow, 'x'.repeat(1024 * 1024 + 1))).status).toBe(413);
    expect((await callHook(workflow, '{"a":')).status).toBe(400);
    expect((await callHook(workflow, body, { 'content-encoding': 'gzip' })).status).toBe(415);
    const get = await api.call('GET', `${new URL(workflow.trigger.hookUrl).pathname}?total=1`);
    expect(get.status).toBe(202);
  });
});

describe('a run', () => {
  test('is started by hand, followed live to its end, listed and filtered', async () => {
    const workflow = await goLive(ada, simple({ kind: 'manual' }));
    const started = await ada.call('POST', `/workflows/${workflow.id}/runs`, { input: { body } });
    expect(started.status).toBe(202);
    expect(started.headers.get('ratelimit')).toMatch(/^"runs-per-hour";r=\d+;t=\d+$/);
    const { runId } = started.body;
    const path = `/api/v1/tenants/${ada.tenant.id}/runs/${runId}/stream`;
    const follow = (headers: object = {}) =>
      api.call('GET', path, { as: ada.accessToken, headers: headers as { [name: string]: string } });
    const stream = await follow();
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    expect(stream.text).toContain('event: run');
    expect(stream.text).toContain('"status":"succeeded"');
    const last = /id: (\d+)\nevent: run\ndata: \{[^\n]*"succeeded"/.exec(stream.text)![1]!;
    expect((await follow({ 'last-event-id': last })).text.match(/event: run/g)).toHaveLength(1);

    const run = await untilEnded(ada, runId);
    expect(run.steps[1].output).toEqual({ city: 'Berlin' });
    const list = (query: string) => ada.call('GET', `/runs?workflowId=${workflow.id}${query}`);
    expect((await list('')).body.data).toMatchObject([
      { id: runId, status: 'succeeded', workflowName: 'Parcels' },
    ]);
    expect((await list('')).body.data[0].steps).toBeUndefined();
    expect((await list('&status=failed')).body.data).toEqual([]);
    const before = encodeURIComponent(new Date(Date.now() - 60_000).toISOString());
    const after = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect((await list(`&from=${before}&to=${after}`)).body.data).toHaveLength(1);
    expect((await list(`&to=${before}`)).body.data).toEqual([]);
    expect((await list('&status=odd')).body.error.details.problems[0].path).toBe('/status');
    const shown = await ada.call('GET', `/workflows/${workflow.id}`);
    expect(shown.body.lastRun).toMatchObject({ id: runId, status: 'succeeded' });
    const events = await ada.call('GET', `/runs/${runId}/events?limit=1`);
    expect(events.body).toMatchObject({ data: [{ seq: 0, type: 'WorkflowStarted' }], hasMore: true });
    const cursor = encodeURIComponent(events.body.nextCursor);
    expect((await ada.call('GET', `/runs/${runId}/events?limit=1&cursor=${cursor}`)).body.data[0].seq).toBe(
      1,
    );
  });

  test('is repeated whole or from a step, and once for one Idempotency-Key', async () => {
    const workflow = await goLive(ada, simple());
    const first = (await callHook(workflow)).body.runId;
    await untilEnded(ada, first);
    const again = await ada.call('POST', `/runs/${first}/replay`, {});
    expect(again.status).toBe(202);
    const repeated = await untilEnded(ada, again.body.runId);
    expect(repeated).toMatchObject({ status: 'succeeded', replayOf: first });
    const from = await ada.call('POST', `/runs/${first}/replay`, { from: 'out', version: 'current' });
    expect((await untilEnded(ada, from.body.runId)).steps[0].why).toContain('Kept');
    const wrong = await ada.call('POST', `/runs/${first}/replay`, { from: 'nothing' });
    expect(wrong.status).toBe(422);
    expect(wrong.body.error.details.problems[0].path).toBe('/from');
    const headers = { 'idempotency-key': 'again' };
    const one = await ada.call('POST', `/workflows/${workflow.id}/runs`, { input: { body } }, headers);
    const two = await ada.call('POST', `/workflows/${workflow.id}/runs`, { input: { body } }, headers);
    expect(two.body.runId).toBe(one.body.runId);
  });

  test('says before it is repeated what is kept and what happens again, also to viewers and to no stranger', async () => {
    const connection = await ada.call('POST', '/connections', {
      app: 'acme',
      name: 'Parcels',
      credentials: { apiKey: 'good-key' },
    });
    await ada.call('POST', `/connections/${connection.body.id}/test`);
    const use = { kind: 'action', use: 'acme@1.0.0#send-parcel', connection: 'acme' };
    const workflow = await goLive(ada, {
      ...simple(),
      connections: { acme: { app: 'acme', connectionId: connection.body.id } },
      steps: [...simple().steps, { id: 'send', ...use, input: { to: '{{trigger.output.body.city}}' } }],
    });
    const { runId } = (await callHook(workflow)).body;
    await untilEnded(ada, runId);
    const path = `/runs/${runId}/replay/preview`;
    const viewer = await api.join(ada, 'viewer');
    const { status, body: seen } = await viewer.call('GET', `${path}?from=send&version=current`);
    expect(status).toBe(200);
    expect(seen).toMatchObject({ from: 'send', kept: [{ id: 'big' }, { id: 'out' }], added: [], gone: [] });
    expect(seen.effects).toMatchObject([{ stepId: 'send', before: 'done', times: 1, sameKey: false }]);
    expect(seen.effects[0].sent.method).toBe('POST');
    expect(seen.effects[0].words).toContain('again');
    const wrong = await ada.call('GET', `${path}?from=nothing`);
    expect([wrong.status, wrong.body.error.details.problems[0].path]).toEqual([422, '/from']);
    expect((await ada.call('GET', `${path}?version=odd`)).status).toBe(422);
    expect((await grace.call('GET', path)).status).toBe(404);
    expect((await ada.call('GET', `/runs?workflowId=${workflow.id}`)).body.data).toHaveLength(1);
  });

  test('that waits is cancelled once; one that has ended is not', async () => {
    const workflow = await goLive(ada, {
      ...simple(),
      steps: [{ id: 'rest', kind: 'delay', seconds: 3600 }],
    });
    const { runId } = (await callHook(workflow)).body;
    expect((await ada.call('POST', `/runs/${runId}/cancel`)).body).toEqual({ cancelled: true });
    expect((await untilEnded(ada, runId)).status).toBe('cancelled');
    expect((await ada.call('POST', `/runs/${runId}/cancel`)).status).toBe(409);
  });

  test('of another workspace does not exist', async () => {
    const workflow = await goLive(ada, simple());
    const { runId } = (await callHook(workflow)).body;
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/events'],
      ['GET', '/stream'],
      ['POST', '/cancel'],
      ['POST', '/replay'],
    ] as const)
      expect([path, (await grace.call(method, `/runs/${runId}${path}`)).status]).toEqual([path, 404]);
    expect((await grace.call('GET', `/runs?workflowId=${workflow.id}`)).body.data).toEqual([]);
    const viewer = await api.join(ada, 'viewer');
    expect((await viewer.call('POST', `/runs/${runId}/replay`, {})).status).toBe(403);
    expect((await viewer.call('GET', `/runs/${runId}`)).status).toBe(200);
  });

  test('of an unpublished or unready workflow is refused with the reason', async () => {
    const made = await ada.call('POST', '/workflows', { name: 'Draft', definition: simple() });
    expect((await ada.call('POST', `/workflows/${made.body.id}/runs`, {})).status).toBe(409);
  });
});

describe('the hourly quota', () => {
  test('admits 100 of many at once; the rest get 429 with Retry-After and leave no run', async () => {
    await awayFromTheHour();
    const owner = await api.register('Quota');
    const workflow = await goLive(owner, simple());
    const calls = await Promise.all(Array.from({ length: 130 }, () => callHook(workflow)));
    const refused = calls.filter(({ status }) => status === 429);
    expect(calls.filter(({ status }) => status === 202)).toHaveLength(100);
    expect(refused).toHaveLength(30);
    expect(refused[0]!.body.error.code).toBe('quota_runs_per_hour');
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused[0]!.headers.get('ratelimit')).toMatch(/^"runs-per-hour";r=0;t=\d+$/);
    const byHand = await owner.call('POST', `/workflows/${workflow.id}/runs`, { input: { body } });
    expect(byHand.status).toBe(429);
    expect(byHand.body.error).toMatchObject({
      code: 'quota_runs_per_hour',
      details: { used: 100, limit: 100 },
    });
    expect(Number(byHand.headers.get('retry-after'))).toBeGreaterThan(0);
    const usage = await owner.call('GET', '/usage');
    expect(usage.body).toMatchObject({
      plan: 'free',
      workflows: { used: 1, limit: 50 },
      runsPerHour: { used: 100, limit: 100 },
    });
    const { succeeded, running } = usage.body.last24h;
    expect(succeeded + running).toBe(100);
  });
});
