// What the tables themselves refuse: entries, renewals and changes of somebody who has lost a run, and of a run that has ended.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { answer, startWorld, trigger, type World } from '../../testing/start-test-engine.ts';
import type { StartedEngine } from '../start-engine.ts';

let world: World;
let started: StartedEngine;
beforeAll(async () => {
  world = await startWorld();
  // It accepts and works on nothing: the test claims for itself.
  started = await world.start(async () => answer(null), { concurrency: 0 });
});
afterAll(() => world.stop());

type Claim = { tenant_id: string; run_id: string; epoch: number };
const claim = (worker: string) =>
  started.journal.query<Claim>('SELECT * FROM engine.claim_runs($1::text, 10, 30)', [worker]);
const admin = (text: string) => withClient(world.server.adminUrl, (client) => client.query(text));
const endLease = (runId: string) =>
  admin(`UPDATE workflow_runs SET lease_until = now() - interval '1 s' WHERE id = '${runId}'`);

async function begin() {
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, {
    steps: [{ id: 'wait', kind: 'delay', seconds: 3600 }],
  });
  const { runId } = await trigger(started, tenantId, workflowId);
  const [first] = (await claim('first')).filter((row) => row.run_id === runId);
  const write = (epoch: number, firstSeq = 1) =>
    started.journal.append({
      tenantId,
      runId: runId!,
      epoch,
      firstSeq,
      events: [{ type: 'StepWaiting', step: 'wait', payload: { untilMs: 0, why: 'Waits.' } }],
      projection: null,
    });
  const count = async () => (await started.journal.read(tenantId, runId!)).length;
  return { tenantId, runId: runId!, epoch: first!.epoch, write, count };
}

test('R8: an epoch that is over writes nothing and renews nothing, also where its place in the journal is free', async () => {
  const { tenantId, runId, epoch, write, count } = await begin();
  await endLease(runId);
  await started.journal.query('SELECT * FROM engine.sweep_runs()');
  const [second] = (await claim('second')).filter((row) => row.run_id === runId);
  expect(second!.epoch).toBe(epoch + 1);
  expect(await write(epoch)).toBe(false);
  const renew = (of: number, worker: string) =>
    started.journal.query(
      'SELECT * FROM engine.renew_leases($1::text, $2::uuid[], $3::uuid[], $4::int[], 30)',
      [worker, [tenantId], [runId], [of]],
    );
  expect(await renew(epoch, 'second')).toHaveLength(0);
  expect(await renew(epoch + 1, 'first')).toHaveLength(0);
  expect(await renew(epoch + 1, 'second')).toHaveLength(1);
  expect(await count()).toBe(1);
  expect(await write(epoch + 1)).toBe(true);
});

test('R8 R18: who held a run that waits, was cancelled or has ended writes nothing any more', async () => {
  const { tenantId, runId, epoch, write, count } = await begin();
  await admin(`UPDATE workflow_runs SET status = 'waiting' WHERE id = '${runId}'`);
  expect(await write(epoch)).toBe(false);
  expect(await started.engine.cancel(tenantId, runId, 'user:u')).toBe(true);
  expect(await write(epoch, 2)).toBe(false);
  expect(await write(epoch + 1, 2)).toBe(false);
  expect(await started.engine.cancel(tenantId, runId, 'user:u')).toBe(false);
  expect(await count()).toBe(2);
});

test('R18: a run that has ended is not changed, whoever asks', async () => {
  const { tenantId, runId } = await begin();
  await started.engine.cancel(tenantId, runId, 'user:u');
  await expect(admin(`UPDATE workflow_runs SET status = 'queued' WHERE id = '${runId}'`)).rejects.toThrow(
    'has ended as cancelled',
  );
});

test('R4: an entry of the journal is neither changed nor removed, whoever asks', async () => {
  const { runId } = await begin();
  await expect(admin(`UPDATE run_events SET type = 'Other' WHERE run_id = '${runId}'`)).rejects.toThrow(
    'append-only',
  );
  await expect(admin(`DELETE FROM run_events WHERE run_id = '${runId}'`)).rejects.toThrow('append-only');
});
