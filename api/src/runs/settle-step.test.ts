// Settling over HTTP: who may, what is refused, and that one of a hundred callers decides.
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIdleEngine } from '../testing/start-idle-engine.ts';
import { type TestApi, type TestPerson, startTestApi } from '../testing/start-test-api.ts';

let api: TestApi;
let stopEngine: () => Promise<void>;
let ada: TestPerson;

beforeAll(async () => {
  api = await startTestApi();
  stopEngine = await startIdleEngine(api);
  ada = await api.register('Ada');
});
afterAll(async () => {
  await stopEngine();
  await api.stop();
});

/** A waiting run whose journal says that nobody knows whether its step happened. */
async function doubtfulRun(step = 'first'): Promise<string> {
  const id = uuidv7();
  await withClient(api.testDatabase.adminUrl, async (client) => {
    await client.query(
      "INSERT INTO workflow_runs (tenant_id, id, workflow_id, workflow_version, workflow_name, trigger_kind, status) VALUES ($1, $2, $3, 1, 'Parcels', 'webhook', 'waiting')",
      [ada.tenant.id, id, uuidv7()],
    );
    await client.query(
      "INSERT INTO run_events (tenant_id, run_id, seq, type, step, payload) VALUES ($1, $2, 1, 'StepUnknown', $3, '{}')",
      [ada.tenant.id, id, step],
    );
  });
  return id;
}
const audits = async () =>
  (await ada.call('GET', '/audit?limit=200')).body.data.filter(
    (entry: { action: string }) => entry.action === 'step.settled',
  );

describe('POST /runs/{id}/steps/{stepId}/settle', () => {
  test('lets one of 100 callers decide, tells the others what was decided, audits once and wakes the run', async () => {
    const runId = await doubtfulRun();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        ada.call(
          'POST',
          `/runs/${runId}/steps/first/settle`,
          index % 2 ? { decision: 'again' } : { decision: 'happened', output: { index } },
        ),
      ),
    );
    const taken = answers.findIndex(({ status }) => status === 200);
    expect(answers[taken]!.body).toEqual({ settled: true });
    const others = answers.filter((_, index) => index !== taken);
    for (const { status, body } of others) {
      expect([status, body.error.code]).toEqual([409, 'conflict']);
      expect(body.error.details.decision).toBe(taken % 2 ? 'again' : 'happened');
    }
    expect(await audits()).toHaveLength(1);
    const ready = await withClient(api.testDatabase.adminUrl, (client) =>
      client.query('SELECT answered, ready_at IS NOT NULL AS ready FROM workflow_runs WHERE id = $1', [
        runId,
      ]),
    );
    expect(ready.rows).toEqual([{ answered: true, ready: true }]);
  });

  test('tells everybody in the workspace that it is asked', async () => {
    const runId = await doubtfulRun();
    const { body } = await ada.call('GET', '/notifications');
    expect(body.data.filter((one: { link: string }) => one.link === `/runs/${runId}`)).toHaveLength(1);
  });

  test('of a step in a loop names the item, in the address as it stands in the journal', async () => {
    const runId = await doubtfulRun('each[3].send');
    const other = `/runs/${runId}/steps/${encodeURIComponent('each[2].send')}/settle`;
    expect((await ada.call('POST', other, { decision: 'again' })).status).toBe(409);
    const path = `/runs/${runId}/steps/${encodeURIComponent('each[3].send')}/settle`;
    expect((await ada.call('POST', path, { decision: 'happened' })).body).toEqual({ settled: true });
  });

  test('refuses what is not unknown, an output of what is sent again, and people who may not', async () => {
    const runId = await doubtfulRun();
    const path = `/runs/${runId}/steps/first/settle`;
    const wrong = await ada.call('POST', path, { decision: 'again', output: 1 });
    expect([wrong.status, wrong.body.error.code]).toEqual([422, 'invalid_input']);
    const other = await ada.call('POST', `/runs/${runId}/steps/other/settle`, { decision: 'again' });
    expect([other.status, other.body.error.code]).toEqual([409, 'conflict']);
    expect((await ada.call('POST', path, { decision: 'maybe' })).status).toBe(422);
    const missing = await ada.call('POST', `/runs/${uuidv7()}/steps/first/settle`, { decision: 'again' });
    expect(missing.status).toBe(404);
    for (const role of ['viewer', 'author'] as const) {
      const person = await api.join(ada, role);
      expect((await person.call('POST', path, { decision: 'again' })).status).toBe(403);
    }
    expect((await ada.call('POST', `/runs/${runId}/cancel`)).status).toBe(200);
    const late = await ada.call('POST', path, { decision: 'again' });
    expect([late.status, late.body.error.message]).toEqual([409, expect.stringContaining('has ended')]);
  });
});
