// Approvals from the workflow to the decision, over HTTP and a real engine.
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestPerson } from '../testing/start-test-api.ts';
import { type WorkingApi, startWorkingApi } from '../testing/start-working-api.ts';

let api: WorkingApi;
let ada: TestPerson;

beforeAll(async () => {
  api = await startWorkingApi();
  ada = await api.register('Ada');
});
afterAll(() => api.stop());

type Row = { id: string; runId: string; title: string };

/** Starts a run whose first step asks, and waits until it does. */
async function ask(more: object = {}, sum: unknown = 80): Promise<{ runId: string; approval: Row }> {
  const definition = {
    format: 'workflow/1',
    name: 'Refunds',
    trigger: { kind: 'manual' },
    steps: [
      {
        id: 'ok',
        kind: 'approval',
        title: 'Refund {{trigger.output.sum}}?',
        message: 'Please look.',
        ...more,
      },
      { id: 'pay', kind: 'transform', after: ['ok'], output: '{{steps.ok.output.note}}' },
      { id: 'tell', kind: 'transform', after: ['ok:rejected'], output: 'no' },
    ],
  };
  const made = await ada.call('POST', '/workflows', { name: 'Refunds', definition });
  const published = await ada.call('POST', `/workflows/${made.body.id}/publish`, {});
  if (published.status !== 201) throw new Error(published.text);
  const started = await ada.call('POST', `/workflows/${made.body.id}/runs`, { input: { sum } });
  const { runId } = started.body;
  await expect
    .poll(async () => (await ada.call('GET', `/runs/${runId}`)).body.status, { timeout: 10_000 })
    .toBe('waiting');
  const { body } = await ada.call('GET', `/approvals?runId=${runId}`);
  return { runId, approval: body.data[0] };
}
const decide = (person: TestPerson, id: string, body: object) =>
  person.call('POST', `/approvals/${id}/decide`, body);

async function untilEnded(runId: string) {
  for (;;) {
    const { body } = await ada.call('GET', `/runs/${runId}`);
    if (['succeeded', 'failed', 'cancelled'].includes(body.status)) return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const statuses = (run: { steps: { id: string; status: string }[] }) =>
  Object.fromEntries(run.steps.map(({ id, status }) => [id, status]));

describe('an approval', () => {
  test('is listed with its filled text; approved, it lets the run go on and says who did it', async () => {
    const { runId, approval } = await ask();
    expect(approval).toMatchObject({ runId, stepId: 'ok', title: 'Refund 80?', message: 'Please look.' });
    const before = (await ada.call('GET', `/runs/${runId}`)).body;
    expect(before.steps[0]).toMatchObject({ status: 'waiting' });
    expect(before.why).toContain('Refund 80?');
    const told = (await ada.call('GET', '/notifications')).body.data;
    expect(told.filter((one: { link: string }) => one.link === `/runs/${runId}`)).toHaveLength(1);

    const decided = await decide(ada, approval.id, { decision: 'approve', note: 'Fine.' });
    expect([decided.status, decided.body]).toEqual([200, { decision: 'approved' }]);
    const run = await untilEnded(runId);
    expect(statuses(run)).toEqual({ ok: 'succeeded', pay: 'succeeded', tell: 'skipped' });
    expect(run.steps[0].output).toMatchObject({ decision: 'approved', by: `user:${ada.user.id}` });
    expect(run.steps[0].why).toContain('Approved by user:');
    expect(run.steps[1].output).toBe('Fine.');
    const events = (await ada.call('GET', `/runs/${runId}/events`)).body.data;
    expect(events.map((event: { type: string }) => event.type)).toEqual([
      'WorkflowStarted',
      'ApprovalRequested',
      'ApprovalApplied',
      'StepSkipped',
      'StepCompleted',
      'WorkflowSucceeded',
    ]);
    expect((await ada.call('GET', `/approvals?runId=${runId}`)).body.data).toEqual([]);
  });

  test('rejected, leads to its own way alone, with the reason', async () => {
    const { runId, approval } = await ask();
    await decide(ada, approval.id, { decision: 'reject' });
    const run = await untilEnded(runId);
    expect(statuses(run)).toEqual({ ok: 'succeeded', pay: 'skipped', tell: 'succeeded' });
    expect(run.steps[1].why).toContain('ok was not approved');
  });

  test('is decided once under 100 parallel deciders; losers get 409 with the decision (A1)', async () => {
    const { runId, approval } = await ask();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        decide(ada, approval.id, { decision: index % 2 ? 'approve' : 'reject', note: `n${index}` }),
      ),
    );
    const taken = answers.filter(({ status }) => status === 200);
    expect(taken).toHaveLength(1);
    const { decision } = taken[0]!.body;
    for (const { status, body } of answers)
      if (status !== 200) expect([status, body.error.details.decision]).toEqual([409, decision]);
    const run = await untilEnded(runId);
    expect(run.steps[0].output.decision).toBe(decision);
  });

  test('is used once, by the commit that releases the step, and never opened again (A2)', async () => {
    const { runId, approval } = await ask();
    await decide(ada, approval.id, { decision: 'approve' });
    await untilEnded(runId);
    await withClient(api.testDatabase.adminUrl, async (client) => {
      const { rows } = await client.query('SELECT state FROM run_questions WHERE id = $1', [approval.id]);
      expect(rows).toEqual([{ state: 'consumed' }]);
      await expect(
        client.query(
          "INSERT INTO run_events (tenant_id, run_id, seq, type, step, payload) VALUES ($1, $2, 90, 'ApprovalApplied', 'ok', '{}')",
          [ada.tenant.id, runId],
        ),
      ).rejects.toThrow(/no question that is answered/);
    });
    const late = await decide(ada, approval.id, { decision: 'reject' });
    expect([late.status, late.body.error.details.decision]).toEqual([409, 'approved']);
  });

  test('that nobody decides expires by itself and counts as rejected', async () => {
    const { runId, approval } = await ask({ expiresInSeconds: 1 });
    const run = await untilEnded(runId);
    expect(statuses(run)).toEqual({ ok: 'succeeded', pay: 'skipped', tell: 'succeeded' });
    expect(run.steps[0].output.decision).toBe('expired');
    const late = await decide(ada, approval.id, { decision: 'approve' });
    expect([late.status, late.body.error.details.decision]).toEqual([409, 'expired']);
  });

  test('asks with odd text too, cleaned, and its neighbours in the batch are unharmed', async () => {
    const asked = await Promise.all([ask({}, 'nul \u0000 half \ud800'), ask()]);
    expect(asked.map(({ approval }) => approval.title)).toEqual(['Refund nul  half \ufffd?', 'Refund 80?']);
  });

  test('is for the roles that it names, and for nobody once the run is cancelled', async () => {
    const { runId, approval } = await ask({ approvers: ['admin'] });
    const builder = await api.join(ada, 'builder');
    expect((await decide(builder, approval.id, { decision: 'approve' })).status).toBe(403);
    expect((await decide(ada, approval.id, { decision: 'approve' })).status).toBe(403);
    await ada.call('POST', `/runs/${runId}/cancel`);
    const admin = await api.join(ada, 'admin');
    const late = await decide(admin, approval.id, { decision: 'approve' });
    expect([late.status, late.body.error.code]).toEqual([409, 'conflict']);
    expect((await ada.call('GET', `/approvals?runId=${runId}`)).body.data).toEqual([]);
  });
});
