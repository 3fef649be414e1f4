// Steps that start runs of other workflows, on a real PostgreSQL.
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, settled, startWorld, trigger, type World } from '../../testing/start-test-engine.ts';
import type { Call, CallResult } from '../executor/types.ts';
import type { StartedEngine } from '../start-engine.ts';
import type { StepDefinition, WorkflowDefinition, WorkflowStep } from '../workflow/types.ts';

let world: World;
let engine: StartedEngine;
const calls: Call[] = [];
let respond: (call: Call) => Promise<CallResult> = async (call) => answer({ got: call.input });

beforeAll(async () => {
  world = await startWorld();
  engine = await world.start(async (call) => {
    calls.push(call);
    return respond(call);
  });
});
afterAll(() => world.stop());

const act = (id: string, input = {}): StepDefinition => ({
  id,
  kind: 'action',
  use: 'service@1.0.0#post',
  input,
});
const child = (workflowId: string, rest: Partial<WorkflowStep> = {}): StepDefinition => ({
  id: 'child',
  kind: 'workflow',
  workflowId,
  ...rest,
});
const add = (
  tenantId: string,
  name: string,
  steps: StepDefinition[],
  rest: Partial<WorkflowDefinition> = {},
) => world.addWorkflow(tenantId, { name, steps, ...rest });
const runsOf = async (tenantId: string, workflowId: string) =>
  world.database.withTenant(tenantId, (tx) =>
    tx.workflowRun.findMany({ where: { tenantId, workflowId }, orderBy: { createdAt: 'asc' } }),
  );
/** Waits until the workflow has so many runs in this state. */
async function until<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  const end = Date.now() + 15_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a step that starts another workflow', () => {
  test('hands its input over, waits with a reason, and goes on with the output of the run', async () => {
    const tenantId = await world.addTenant();
    const inner = await add(tenantId, 'Inner', [act('send', { to: '{{trigger.output.to}}' })], {
      settings: { output: { sent: '{{steps.send.output.got.to}}' } },
    });
    const outer = await add(tenantId, 'Outer', [
      child(inner, { input: { to: '{{trigger.output.body.name}}' } }),
      { id: 'after', kind: 'transform', output: '{{steps.child.output.output.sent}}' },
    ]);
    let release = () => {};
    respond = (call) => new Promise((resolve) => (release = () => resolve(answer({ got: call.input }))));
    const { runId } = await trigger(engine, tenantId, outer, { name: 'Ada' });
    const waiting = await settled(engine, tenantId, runId!, ['waiting']);
    const [row] = await runsOf(tenantId, inner);
    expect(waiting.why).toContain(`Waits for run ${row!.id} of “Inner”`);
    expect(waiting.steps[0]).toMatchObject({
      status: 'waiting',
      input: { to: 'Ada' },
      child: { runId: row!.id, workflowId: inner, workflowName: 'Inner' },
    });
    await until(async () => calls.some((call) => call.run.id === row!.id));
    release();
    respond = async (call) => answer({ got: call.input });
    const run = await settled(engine, tenantId, runId!);
    expect(run.status).toBe('succeeded');
    expect(run.steps.map((step) => step.output)).toEqual([
      { runId: row!.id, status: 'succeeded', output: { sent: 'Ada' } },
      'Ada',
    ]);
    const inside = await engine.engine.readRun(tenantId, row!.id);
    expect(inside).toMatchObject({
      parent: { runId, stepId: 'child' },
      calledBy: [outer],
      trigger: { kind: 'workflow' },
      triggeredBy: `run:${runId}`,
    });
    const events = await engine.engine.readEvents(tenantId, runId!, -1, 100);
    expect(events.map(({ type }) => type)).toEqual([
      'WorkflowStarted',
      'StepDispatched',
      'ChildAwaited',
      'ChildEnded',
      'StepCompleted',
      'WorkflowSucceeded',
    ]);
    const [usage] = await world.database.withTenant(tenantId, (tx) =>
      tx.usageHour.findMany({ where: { tenantId } }),
    );
    expect(usage!.runs).toBe(2);
  });

  test('without an output of its own gives what the step that finished last gave', async () => {
    const tenantId = await world.addTenant();
    const inner = await add(tenantId, 'Inner', [
      { id: 'made', kind: 'transform', output: { n: 5 } },
      { id: 'wait', kind: 'delay', seconds: 0 },
      { id: 'big', kind: 'filter', condition: '{{1 > 2}}' },
      { id: 'never', kind: 'transform', output: 'x' },
    ]);
    const outer = await add(tenantId, 'Outer', [child(inner)]);
    const { runId } = await trigger(engine, tenantId, outer);
    const run = await settled(engine, tenantId, runId!);
    expect(run.steps[0]!.output).toMatchObject({ status: 'succeeded', output: { n: 5 } });
  });

  test('that does not wait goes on at once and is not told of the end', async () => {
    const tenantId = await world.addTenant();
    const inner = await add(tenantId, 'Inner', [{ id: 'long', kind: 'delay', seconds: 600 }]);
    const outer = await add(tenantId, 'Outer', [child(inner, { wait: false })]);
    const { runId } = await trigger(engine, tenantId, outer);
    const run = await settled(engine, tenantId, runId!);
    const [row] = await runsOf(tenantId, inner);
    expect(run.steps[0]).toMatchObject({
      status: 'succeeded',
      output: { runId: row!.id, status: 'started', output: null },
      child: { runId: row!.id },
    });
    expect(await engine.engine.readRun(tenantId, row!.id)).toMatchObject({
      status: 'waiting',
      parent: { runId, stepId: 'child' },
    });
  });

  test('fails by what became of the run, with its id and reason, and takes its error way', async () => {
    const tenantId = await world.addTenant();
    const inner = await add(tenantId, 'Inner', [
      { id: 'lost', kind: 'transform', output: '{{trigger.output.nothing.here}}' },
    ]);
    const outer = await add(tenantId, 'Outer', [
      child(inner, { onError: 'port' }),
      {
        id: 'mend',
        kind: 'transform',
        output: '{{steps.child.output.error.message}}',
        after: ['child:error'],
      },
    ]);
    const { runId } = await trigger(engine, tenantId, outer);
    const run = await settled(engine, tenantId, runId!);
    const [row] = await runsOf(tenantId, inner);
    expect(run.status).toBe('succeeded');
    expect(run.steps[0]!.error).toMatchObject({ code: 'child_failed', runId: row!.id });
    expect(run.steps[1]!.output).toContain(`Run ${row!.id} of “Inner” failed: Step lost failed:`);

    const long = await add(tenantId, 'Long', [{ id: 'long', kind: 'delay', seconds: 600 }]);
    const second = await add(tenantId, 'Second', [child(long)]);
    const waiting = (await trigger(engine, tenantId, second)).runId!;
    await settled(engine, tenantId, waiting, ['waiting']);
    const [awaited] = await runsOf(tenantId, long);
    await engine.engine.cancel(tenantId, awaited!.id, 'user:u');
    const failed = await settled(engine, tenantId, waiting);
    expect(failed.error).toMatchObject({
      code: 'child_cancelled',
      message: expect.stringContaining(`Run ${awaited!.id} of “Long” was cancelled`),
    });
  });

  test('takes what it waits for along when it is cancelled, over several workflows, at its deadline and at its time limit', async () => {
    const tenantId = await world.addTenant();
    const deep = await add(tenantId, 'Deep', [{ id: 'long', kind: 'delay', seconds: 600 }]);
    const middle = await add(tenantId, 'Middle', [child(deep)]);
    const outer = await add(tenantId, 'Outer', [child(middle)]);
    const { runId } = await trigger(engine, tenantId, outer);
    await until(async () => (await runsOf(tenantId, deep))[0]?.status === 'waiting');
    await engine.engine.cancel(tenantId, runId!, 'user:u');
    const [deepRun] = await runsOf(tenantId, deep);
    expect(deepRun!.status).toBe('cancelled');
    expect(deepRun!.why).toContain('the run that waited for it');
    expect((await runsOf(tenantId, middle))[0]!.status).toBe('cancelled');

    const late = await add(tenantId, 'Late', [child(deep)], { settings: { deadlineSeconds: 1 } });
    const overdue = (await trigger(engine, tenantId, late)).runId!;
    expect((await settled(engine, tenantId, overdue)).error).toMatchObject({ code: 'deadline_exceeded' });
    await until(async () => (await runsOf(tenantId, deep))[1]?.status === 'cancelled');

    const limited = await add(tenantId, 'Limited', [
      child(deep, { timeoutSeconds: 1, onError: 'continue' }),
      { id: 'after', kind: 'transform', output: 'on' },
    ]);
    const run = await settled(engine, tenantId, (await trigger(engine, tenantId, limited)).runId!);
    expect(run.status).toBe('succeeded');
    expect(run.steps[0]!.error).toMatchObject({
      code: 'step_timeout',
      message: expect.stringContaining('1 seconds'),
    });
    await until(async () => (await runsOf(tenantId, deep))[2]?.status === 'cancelled');
  });

  test('of a workflow of another workspace, of one that is gone and of one that is not published starts nothing', async () => {
    const [tenantId, stranger] = [await world.addTenant(), await world.addTenant()];
    const foreign = await add(stranger, 'Foreign', [{ id: 'a', kind: 'transform', output: 1 }]);
    const messages = [];
    for (const id of [foreign, crypto.randomUUID()]) {
      const outer = await add(tenantId, 'Outer', [child(id)]);
      const run = await settled(engine, tenantId, (await trigger(engine, tenantId, outer)).runId!);
      messages.push(run.error!.message);
    }
    expect(messages[0]).toBe(messages[1]);
    expect(await runsOf(stranger, foreign)).toEqual([]);
    const draft = await add(tenantId, 'Draft', [{ id: 'a', kind: 'transform', output: 1 }]);
    await world.database.withTenant(tenantId, (tx) =>
      tx.workflow.updateMany({ where: { tenantId, id: draft }, data: { publishedVersion: null } }),
    );
    const outer = await add(tenantId, 'Outer', [child(draft)]);
    const run = await settled(engine, tenantId, (await trigger(engine, tenantId, outer)).runId!);
    expect(run.error!.message).toContain('“Draft” is not published');
  });

  test('is refused at the third hop of a circle, with the chain, and deeper than ten workflows', async () => {
    const tenantId = await world.addTenant();
    const first = await add(tenantId, 'First', [child(crypto.randomUUID())]);
    const second = await add(tenantId, 'Second', [child(first)]);
    await withClient(world.server.adminUrl, async (client) => {
      await client.query('ALTER TABLE workflow_versions DISABLE TRIGGER immutable');
      await client.query('UPDATE workflow_versions SET definition = $2 WHERE workflow_id = $1', [
        first,
        JSON.stringify({
          format: 'workflow/1',
          name: 'First',
          trigger: { kind: 'manual' },
          steps: [child(second)],
        }),
      ]);
      await client.query('ALTER TABLE workflow_versions ENABLE TRIGGER immutable');
    });
    const run = await settled(engine, tenantId, (await trigger(engine, tenantId, first)).runId!);
    expect(run.error!.message).toContain('"First" → "Second" → "First"');
    expect(await runsOf(tenantId, first)).toHaveLength(1);
    const [inner] = await runsOf(tenantId, second);
    expect(inner).toMatchObject({ status: 'failed', errorCode: 'call_cycle' });

    let last = await add(tenantId, 'Level 11', [{ id: 'a', kind: 'transform', output: 1 }]);
    const deepest = last;
    for (let level = 10; level >= 1; level -= 1) last = await add(tenantId, `Level ${level}`, [child(last)]);
    const failed = await settled(engine, tenantId, (await trigger(engine, tenantId, last)).runId!);
    expect(failed.error!.message).toContain('More than 10 workflows call one another');
    expect(await runsOf(tenantId, deepest)).toEqual([]);
  });

  test('in a loop starts one for each item, also where they share a key and go one by one, and collects in order', async () => {
    const tenantId = await world.addTenant();
    const inner = await add(tenantId, 'Inner', [act('send', { to: '{{trigger.output.to}}' })], {
      settings: { output: '{{steps.send.output.got.to}}', concurrency: { key: 'all' } },
    });
    const outer = await add(tenantId, 'Outer', [
      {
        id: 'each',
        kind: 'forEach',
        items: ['Ada', 'Bea', 'Cleo'],
        atOnce: 3,
        steps: [child(inner, { input: { to: '{{item}}' } })],
        collect: '{{steps.child.output.output}}',
      },
    ]);
    const run = await settled(engine, tenantId, (await trigger(engine, tenantId, outer)).runId!);
    expect(run.error).toBeNull();
    expect(run.steps[0]!.output).toMatchObject({ items: ['Ada', 'Bea', 'Cleo'], failed: 0 });
    expect(await runsOf(tenantId, inner)).toHaveLength(3);
  });

  test('waits for the next hour when the runs of this one are used up', async () => {
    const tenantId = await world.addTenant();
    const inner = await add(tenantId, 'Inner', [{ id: 'a', kind: 'transform', output: 1 }]);
    const outer = await add(tenantId, 'Outer', [act('first'), child(inner)]);
    respond = async (call) => {
      await world.database.withTenant(tenantId, (tx) =>
        tx.usageHour.updateMany({ where: { tenantId }, data: { runs: 100 } }),
      );
      return answer({ got: call.input });
    };
    const { runId } = await trigger(engine, tenantId, outer);
    const waiting = await settled(engine, tenantId, runId!, ['waiting']);
    respond = async (call) => answer({ got: call.input });
    expect(waiting.steps[1]).toMatchObject({
      status: 'waiting',
      why: expect.stringContaining('100 runs of this hour'),
    });
    expect(await runsOf(tenantId, inner)).toEqual([]);
  });
});

describe('after a loss', () => {
  // One that looks often, so that the tests need not wait for it.
  beforeAll(async () => {
    await world.start(async (call) => respond(call), { leaseSeconds: 3, name: 'second' });
  });

  test('R5: a crash between the acceptance of the child and the journal of the parent starts no second one', async () => {
    const tenantId = await world.addTenant();
    const inner = await add(tenantId, 'Inner', [{ id: 'a', kind: 'transform', output: 1 }]);
    const outer = await add(tenantId, 'Outer', [child(inner)]);
    const { runId } = await trigger(engine, tenantId, outer);
    await settled(engine, tenantId, runId!);
    // As if the process had been lost right after the acceptance: the journal ends with the intent.
    await withClient(world.server.adminUrl, async (client) => {
      await client.query('ALTER TABLE run_events DISABLE TRIGGER immutable');
      await client.query('ALTER TABLE workflow_runs DISABLE TRIGGER terminal');
      await client.query('DELETE FROM run_questions WHERE run_id = $1', [runId]);
      await client.query('DELETE FROM run_events WHERE run_id = $1 AND seq > 1', [runId]);
      await client.query(
        `INSERT INTO child_ends (tenant_id, child_run_id, run_id, step, status)
         SELECT tenant_id, id, awaited_by, awaited_step, status FROM workflow_runs WHERE awaited_by = $1`,
        [runId],
      );
      await client.query(
        "UPDATE workflow_runs SET status = 'running', finished_at = NULL, worker_id = 'lost', lease_until = now() - interval '1 s' WHERE id = $1",
        [runId],
      );
      await client.query('ALTER TABLE run_events ENABLE TRIGGER immutable');
      await client.query('ALTER TABLE workflow_runs ENABLE TRIGGER terminal');
    });
    const run = await settled(engine, tenantId, runId!);
    expect(run.status).toBe('succeeded');
    expect(run.steps[0]).toMatchObject({ attempts: 2, output: { status: 'succeeded', output: 1 } });
    expect(await runsOf(tenantId, inner)).toHaveLength(1);
  });

  test('R5: a process that is lost in the middle of many leaves each step with one run, and all end', async () => {
    const tenantId = await world.addTenant();
    const inner = await add(tenantId, 'Inner', [
      act('send', { n: '{{trigger.output.n}}' }),
      { id: 'gave', kind: 'transform', output: '{{trigger.output.n}}' },
    ]);
    const outer = await add(tenantId, 'Outer', [
      act('before'),
      child(inner, { input: { n: '{{trigger.output.body.n}}' } }),
    ]);
    const lost = await world.start((call) => respond(call), { leaseSeconds: 3, name: 'lost' });
    const runs = await Promise.all(
      Array.from({ length: 12 }, (_, n) => trigger(lost, tenantId, outer, { n })),
    );
    await until(async () => (await runsOf(tenantId, inner)).length > 0);
    await lost.stop(0);
    for (const [n, { runId }] of runs.entries()) {
      const run = await settled(engine, tenantId, runId!);
      expect(run.steps[1]!.output).toMatchObject({ status: 'succeeded', output: n });
    }
    expect(await runsOf(tenantId, inner)).toHaveLength(runs.length);
  });

  test('an end that nobody delivered is delivered by the sweep', async () => {
    const tenantId = await world.addTenant();
    const inner = await add(tenantId, 'Inner', [{ id: 'long', kind: 'delay', seconds: 600 }]);
    const outer = await add(tenantId, 'Outer', [child(inner)]);
    const { runId } = await trigger(engine, tenantId, outer);
    await settled(engine, tenantId, runId!, ['waiting']);
    const [row] = await runsOf(tenantId, inner);
    // The door alone, as a process that is lost right after the commit leaves it.
    await world.database.withTenant(
      tenantId,
      (tx) => tx.$queryRaw`SELECT cancel_run(${row!.id}::uuid, '{"by":"user:u"}')`,
    );
    const run = await settled(engine, tenantId, runId!);
    expect(run.error).toMatchObject({ code: 'child_cancelled' });
  });

  test('a repeat from the failed step starts another run; from a later step none', async () => {
    const tenantId = await world.addTenant();
    const inner = await add(tenantId, 'Inner', [
      { id: 'a', kind: 'transform', output: '{{trigger.output.missing}}' },
    ]);
    const outer = await add(tenantId, 'Outer', [child(inner)]);
    const failed = (await trigger(engine, tenantId, outer)).runId!;
    await settled(engine, tenantId, failed);
    const replay = (runId: string, from: string) =>
      engine.engine.replay(tenantId, runId, { from, version: 'original' }, 'user:u');
    await settled(engine, tenantId, (await replay(failed, 'child'))!.runId!);
    expect(await runsOf(tenantId, inner)).toHaveLength(2);

    const good = await add(tenantId, 'Good', [{ id: 'a', kind: 'transform', output: 1 }]);
    const second = await add(tenantId, 'Second', [
      child(good),
      { id: 'after', kind: 'transform', output: '{{steps.child.output.output}}' },
    ]);
    const whole = (await trigger(engine, tenantId, second)).runId!;
    await settled(engine, tenantId, whole);
    const later = await settled(engine, tenantId, (await replay(whole, 'after'))!.runId!);
    expect(later.steps[1]!.output).toBe(1);
    expect(await runsOf(tenantId, good)).toHaveLength(1);
  });
});
