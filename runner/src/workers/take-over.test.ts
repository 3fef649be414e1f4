// What happens when a worker is lost, frozen or asked to leave. Real PostgreSQL; two engines stand for two processes.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { answer, settled, startWorld, trigger, type World } from '../../testing/start-test-engine.ts';
import type { Call, CallResult } from '../executor/types.ts';
import type { StepDefinition } from '../workflow/types.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => world.stopEngines());
afterAll(() => world.stop());

const act = (id: string, action = 'post'): StepDefinition => ({
  id,
  kind: 'action',
  use: `service@1.0.0#${action}`,
  input: {},
});
/** Makes a run look as if its worker had gone: the lease is over and nobody renews it. */
const endLease = (runId: string) =>
  admin(
    `UPDATE workflow_runs SET lease_until = now() - interval '1 s', worker_id = 'gone' WHERE id = '${runId}'`,
  );
async function admin(text: string) {
  const { withClient } = await import('@weftline/prisma/migrate/prepare-roles');
  return withClient(world.server.adminUrl, (client) => client.query(text));
}

test('a lost worker’s run goes on elsewhere: finished steps are not repeated, the one in flight keeps its key (R5 R6)', async () => {
  const calls: { who: string; call: Call }[] = [];
  let hang = true;
  const respond =
    (who: string) =>
    async (call: Call): Promise<CallResult> => {
      calls.push({ who, call });
      if (call.run.stepId === 'second' && hang) {
        hang = false;
        await delay(60_000, undefined, { ref: false, signal: call.signal! }).catch(() => {});
        return answer('too late');
      }
      return answer(call.run.stepId);
    };
  const first = await world.start(respond('first'), { name: 'first', leaseSeconds: 1 });
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, {
    steps: [act('first'), act('second'), act('third')],
  });
  const { runId } = await trigger(first, tenantId, workflowId);
  await expect.poll(() => calls.length).toBe(2);
  await endLease(runId!);
  const second = await world.start(respond('second'), { name: 'second', leaseSeconds: 1 });
  const run = await settled(second, tenantId, runId!);
  expect(run.status).toBe('succeeded');
  const of = (step: string) => calls.filter(({ call }) => call.run.id === runId && call.run.stepId === step);
  expect(of('first')).toHaveLength(1);
  expect(of('second')).toHaveLength(2);
  expect(new Set(of('second').map(({ call }) => call.run.idempotencyKey)).size).toBe(1);
  expect(of('third')).toHaveLength(1);
});

test('a worker that wakes after its run was taken over writes nothing (R8)', async () => {
  let release: (() => void) | null = null;
  let seen = 0;
  const slow = async (call: Call): Promise<CallResult> => {
    seen += 1;
    // The stopped worker gets its answer in spite of all, long after its lease.
    if (seen === 1) await new Promise<void>((resolve) => (release = resolve));
    return answer(`${call.run.stepId} ${seen}`);
  };
  const stale = await world.start(slow, { name: 'stale', leaseSeconds: 600 });
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps: [act('only'), act('after')] });
  const { runId } = await trigger(stale, tenantId, workflowId);
  await expect.poll(() => seen).toBe(1);
  await endLease(runId!);
  await world.start(slow, { name: 'fresh', leaseSeconds: 1 });
  const before = await settled(stale, tenantId, runId!);
  const journal = await stale.engine.readEvents(tenantId, runId!, -1, 100);
  release!();
  await delay(300);
  expect(await stale.engine.readEvents(tenantId, runId!, -1, 100)).toEqual(journal);
  expect(await stale.engine.readRun(tenantId, runId!)).toEqual(before);
  expect(seen).toBe(3);
});

test('a call that may have happened is left to a person when its worker is lost (R9)', async () => {
  const hanging = async (call: Call): Promise<CallResult> => {
    await delay(60_000, undefined, { ref: false, signal: call.signal! }).catch(() => {});
    return answer(null);
  };
  const first = await world.start(hanging, { name: 'hanging', leaseSeconds: 3 });
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps: [act('risky', 'send')] });
  const { runId } = await trigger(first, tenantId, workflowId);
  await delay(200);
  await endLease(runId!);
  const run = await settled(first, tenantId, runId!, ['waiting', 'failed', 'succeeded']);
  expect(run.steps[0]).toMatchObject({ status: 'unknown' });
  expect(run.why).toContain('may have left');
});

test('a run that brings its worker down three times is put aside (R14)', async () => {
  const engine = await world.start(async () => answer('never called'), {
    name: 'neighbour',
    leaseSeconds: 1,
  });
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps: [act('poison')] });
  const { runId } = await trigger(engine, tenantId, workflowId, {}, 'x');
  const other = await world.addWorkflow(tenantId, { steps: [act('fine')] });
  await settled(engine, tenantId, runId!);
  const again = await trigger(engine, tenantId, other);
  expect((await settled(engine, tenantId, again.runId!)).status).toBe('succeeded');
  // The same run as three lost workers leave it behind.
  const poison = crypto
    .randomUUID()
    .replace(/^.{8}-.{4}-4/, runId!.slice(0, 14) + '7')
    .slice(0, 36);
  const id = `${runId!.slice(0, 13)}-7${poison.slice(15)}`;
  await admin(`INSERT INTO workflow_runs (tenant_id, id, workflow_id, workflow_version, workflow_name, trigger_kind, status, crashes, ready_at)
    VALUES ('${tenantId}', '${id}', '${workflowId}', 1, 'Test', 'webhook', 'queued', 3, now())`);
  await admin(
    `INSERT INTO run_events (tenant_id, run_id, seq, type, payload) VALUES ('${tenantId}', '${id}', 0, 'WorkflowStarted', '{"output":{}}')`,
  );
  const run = await settled(engine, tenantId, id);
  expect(run.error).toMatchObject({ code: 'quarantined' });
});

test('R14: only crashes in a row are held against a run: one that gets on in between is never put aside', async () => {
  let deaths = 0;
  const steps = ['one', 'two', 'three', 'four', 'five', 'six'];
  /** Its process is lost in each step once, and the next one finishes it. */
  const dying = async (call: Call): Promise<CallResult> => {
    if (call.run.attempt > 1) return answer(call.run.stepId);
    deaths += 1;
    await endLease(call.run.id);
    await delay(60_000, undefined, { ref: false, signal: call.signal! }).catch(() => {});
    return answer('too late');
  };
  const engine = await world.start(dying, { name: 'dying', leaseSeconds: 1 });
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps: steps.map((id) => act(id)) });
  const { runId } = await trigger(engine, tenantId, workflowId);
  const run = await settled(engine, tenantId, runId!);
  expect([run.status, deaths]).toEqual(['succeeded', steps.length]);
});

test('R14: runs that were only near when another brought its process down are not put aside with it', async () => {
  let deaths = 0;
  const near = new Set<string>();
  const respond = async (call: Call): Promise<CallResult> => {
    if (call.run.stepId === 'poison') {
      deaths += 1;
      // Its process is lost with everything that it holds.
      await admin("UPDATE workflow_runs SET lease_until = now() - interval '1 s' WHERE status = 'running'");
      await delay(60_000, undefined, { ref: false, signal: call.signal! }).catch(() => {});
      return answer('too late');
    }
    near.add(call.run.id);
    await delay(deaths < 2 ? 60_000 : 300, undefined, { ref: false, signal: call.signal! }).catch(() => {});
    return answer(call.run.stepId);
  };
  const engine = await world.start(respond, { name: 'dying', leaseSeconds: 1 });
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps: [act('one')] });
  const neighbours = await Promise.all(
    Array.from({ length: 8 }, () => trigger(engine, tenantId, workflowId)),
  );
  await expect.poll(() => near.size).toBe(8);
  const harmful = await world.addWorkflow(tenantId, { steps: [act('poison')] });
  const { runId } = await trigger(engine, tenantId, harmful);
  expect((await settled(engine, tenantId, runId!)).error).toMatchObject({ code: 'quarantined' });
  for (const one of neighbours)
    expect((await settled(engine, tenantId, one.runId!)).status).toBe('succeeded');
  expect(deaths).toBe(3);
});

test('drain lets the call in flight finish, starts nothing new, and the rest goes on elsewhere (R15)', async () => {
  const calls: string[] = [];
  const respond =
    (who: string) =>
    async (call: Call): Promise<CallResult> => {
      calls.push(`${who} ${call.run.stepId}`);
      await delay(300);
      return answer(call.run.stepId);
    };
  const leaving = await world.start(respond('leaving'), { name: 'leaving' });
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps: [act('one'), act('two')] });
  const accepted = await trigger(leaving, tenantId, workflowId);
  await expect.poll(() => calls).toEqual(['leaving one']);
  await leaving.stop(5_000);
  expect(calls.filter((call) => call.startsWith('leaving'))).toEqual(['leaving one']);
  const staying = await world.start(respond('staying'), { name: 'staying' });
  const run = await settled(staying, tenantId, accepted.runId!);
  expect(run.status).toBe('succeeded');
  expect(calls.filter((call) => call.endsWith(' one'))).toHaveLength(1);
});
