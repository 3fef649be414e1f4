// The engine on a real PostgreSQL. Runs once with PostgreSQL's bells and once more with REDIS_URL.
import { awayFromTheHour } from '@weftline/prisma/testing/away-from-the-hour';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answer,
  failure,
  settled,
  startWorld,
  trigger,
  type World,
} from '../../testing/start-test-engine.ts';
import type { Call, CallResult } from '../executor/types.ts';
import type { StartedEngine } from '../start-engine.ts';
import type { StepDefinition } from '../workflow/types.ts';

let world: World;
let engine: StartedEngine;
const calls: Call[] = [];
/** What the outside answers, by step id; `{step}` is echoed otherwise. */
let answers: { [stepId: string]: (call: Call) => Promise<CallResult> | CallResult } = {};
const respond = async (call: Call): Promise<CallResult> => {
  calls.push(call);
  return (await answers[call.run.stepId]?.(call)) ?? answer({ step: call.run.stepId, got: call.input });
};
const act = (
  id: string,
  rest: Partial<Extract<StepDefinition, { kind: 'action' }>> = {},
): StepDefinition => ({
  id,
  kind: 'action',
  use: 'service@1.0.0#post',
  ...rest,
});
const callsOf = (runId: string) => calls.filter((call) => call.run.id === runId);

beforeAll(async () => {
  world = await startWorld();
  engine = await world.start(respond);
});
afterAll(() => world.stop());

async function runOf(steps: StepDefinition[], body: unknown = {}, more = {}) {
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps, ...more });
  const { runId } = await trigger(engine, tenantId, workflowId, body as never);
  return { tenantId, workflowId, runId: runId! };
}

describe('a run', () => {
  test('does its steps in order and hands outputs on, each with input, output and times', async () => {
    const { tenantId, runId } = await runOf(
      [
        act('first', { input: { n: '{{trigger.output.body.n}}' } }),
        act('second', { input: { from: '{{steps.first.output.got.n}}' } }),
      ],
      { n: 7 },
    );
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('succeeded');
    expect(run.steps.map((step) => [step.id, step.status, step.input])).toEqual([
      ['first', 'succeeded', { n: 7 }],
      ['second', 'succeeded', { from: 7 }],
    ]);
    for (const step of run.steps)
      expect(Date.parse(step.finishedAt!)).toBeGreaterThanOrEqual(Date.parse(step.startedAt!));
    const events = await engine.engine.readEvents(tenantId, runId, -1, 100);
    expect(events.map((event) => event.type)).toEqual([
      'WorkflowStarted',
      'StepDispatched',
      'StepCompleted',
      'StepDispatched',
      'StepCompleted',
      'WorkflowSucceeded',
    ]);
    expect(events.map((event) => event.seq)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('that a filter stops skips the later steps with the reason and still succeeds', async () => {
    const { tenantId, runId } = await runOf(
      [{ id: 'big', kind: 'filter', condition: '{{trigger.output.body.total > 100}}' }, act('later')],
      { total: 80 },
    );
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('succeeded');
    expect(run.steps[1]).toMatchObject({ status: 'skipped' });
    expect(run.steps[1]!.why).toContain('80 > 100');
    expect(callsOf(runId)).toHaveLength(0);
  });

  test('takes one way of a branch, joins once, and runs parallel steps at the same time', async () => {
    let together = 0;
    let most = 0;
    const slow = async (call: Call) => {
      together += 1;
      most = Math.max(most, together);
      await new Promise((resolve) => setTimeout(resolve, 60));
      together -= 1;
      return answer(call.run.stepId);
    };
    answers = { left: slow, right: slow };
    const { tenantId, runId } = await runOf(
      [
        { id: 'way', kind: 'branch', condition: '{{trigger.output.body.yes}}' },
        act('left', { after: ['way:true'] }),
        act('right', { after: ['way:true'] }),
        act('other', { after: ['way:false'] }),
        act('join', { after: ['left', 'right', 'other'] }),
      ],
      { yes: true },
    );
    const run = await settled(engine, tenantId, runId);
    answers = {};
    expect(run.steps.map((step) => step.status)).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
      'skipped',
      'succeeded',
    ]);
    expect(most).toBe(2);
    expect(callsOf(runId).filter((call) => call.run.stepId === 'join')).toHaveLength(1);
  });

  test('fails by the name of a path that does not resolve, before anything is sent', async () => {
    const { tenantId, runId } = await runOf([
      act('lost', { input: { a: '{{trigger.output.body.missing.deep}}' } }),
    ]);
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('failed');
    expect(run.steps[0]!.error).toMatchObject({ code: 'unresolved_path' });
    expect(run.steps[0]!.error!.message).toContain('trigger.output.body.missing');
    expect(callsOf(runId)).toHaveLength(0);
  });

  test('transforms values and waits for a stored delay', async () => {
    const { tenantId, runId } = await runOf(
      [
        { id: 'pause', kind: 'delay', seconds: 1 },
        { id: 'shape', kind: 'transform', output: { doubled: '{{trigger.output.body.n * 2}}' } },
      ],
      { n: 4 },
    );
    expect((await settled(engine, tenantId, runId, ['waiting', 'succeeded'])).status).toBe('waiting');
    const run = await settled(engine, tenantId, runId);
    expect(run.steps[1]!.output).toEqual({ doubled: 8 });
    expect(Date.parse(run.finishedAt!) - Date.parse(run.createdAt)).toBeGreaterThanOrEqual(1000);
  });
});

describe('a failing service', () => {
  test('is tried again with the same key, and three retries make four calls', async () => {
    answers = { flaky: () => failure({}) };
    const { tenantId, runId } = await runOf([act('flaky', { retry: { initialDelayMs: 1, maxDelayMs: 5 } })]);
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('failed');
    expect(callsOf(runId)).toHaveLength(4);
    expect(new Set(callsOf(runId).map((call) => call.run.idempotencyKey)).size).toBe(1);
    expect(run.steps[0]!.attempts).toBe(4);
  });

  test('that asks to wait is called no earlier than it asked', async () => {
    const times: number[] = [];
    answers = {
      busy: () => {
        times.push(Date.now());
        return times.length === 1
          ? failure({ type: 'RATE_LIMIT', code: 'remote_busy', retryAfterMs: 700 })
          : answer('done');
      },
    };
    const { tenantId, runId } = await runOf([act('busy', { retry: { initialDelayMs: 1 } })]);
    expect((await settled(engine, tenantId, runId)).status).toBe('succeeded');
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(690);
  });

  test('that may have acted is not called again by itself: the run waits and says why (R9)', async () => {
    answers = {
      risky: () => failure({ type: 'NETWORK', sent: 'unknown', message: 'the connection was cut' }),
    };
    const { tenantId, runId } = await runOf([act('risky', { use: 'service@1.0.0#send' })]);
    const run = await settled(engine, tenantId, runId, ['waiting', 'failed']);
    expect(run.status).toBe('waiting');
    expect(run.steps[0]!.status).toBe('unknown');
    expect(run.why).toContain('may have happened');
    expect(callsOf(runId)).toHaveLength(1);
  });

  test('does not stop a run whose step says to go on, and an error way is taken', async () => {
    answers = { bad: () => failure({ type: 'VALIDATION', code: 'remote_refused' }) };
    const { tenantId, runId } = await runOf([
      act('bad', { onError: 'port', retry: { maxRetries: 0 } }),
      act('rescue', { after: ['bad:error'] }),
      act('normal', { after: ['bad'] }),
    ]);
    const run = await settled(engine, tenantId, runId);
    answers = {};
    expect(run.status).toBe('succeeded');
    expect(run.steps.map((step) => step.status)).toEqual(['failed', 'succeeded', 'skipped']);
  });
});

describe('acceptance', () => {
  test('makes one run of a delivery, also under 100 parallel ones (W1)', async () => {
    const tenantId = await world.addTenant();
    const workflowId = await world.addWorkflow(tenantId, { steps: [act('only')] });
    const accepted = await Promise.all(
      Array.from({ length: 100 }, () => trigger(engine, tenantId, workflowId, {}, 'delivery-1')),
    );
    expect(new Set(accepted.map((one) => one.runId)).size).toBe(1);
    expect(accepted.filter((one) => one.verdict === 'fresh')).toHaveLength(1);
  });

  test('admits exactly the hourly quota and leaves no row for the rest (Q1)', async () => {
    await awayFromTheHour();
    const second = await world.start(respond, { name: 'second' });
    const tenantId = await world.addTenant('free');
    const workflowId = await world.addWorkflow(tenantId, { steps: [act('only')] });
    const accepted = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => trigger(index % 2 ? engine : second, tenantId, workflowId)),
    );
    expect(accepted.filter((one) => one.verdict === 'fresh')).toHaveLength(100);
    expect(accepted.filter((one) => one.verdict === 'over' && one.runId === null)).toHaveLength(900);
    const rows = await world.database.withTenant(tenantId, (tx) =>
      tx.workflowRun.count({ where: { tenantId } }),
    );
    expect(rows).toBe(100);
  });

  test('does not count a repeated delivery twice and an over-quota one does not use up its id', async () => {
    await awayFromTheHour();
    const tenantId = await world.addTenant('free');
    const workflowId = await world.addWorkflow(tenantId, { steps: [act('only')] });
    await Promise.all(Array.from({ length: 100 }, () => trigger(engine, tenantId, workflowId)));
    expect((await trigger(engine, tenantId, workflowId, {}, 'late')).verdict).toBe('over');
    await world.database.withTenant(tenantId, (tx) =>
      tx.usageHour.updateMany({ where: { tenantId }, data: { runs: 0 } }),
    );
    expect((await trigger(engine, tenantId, workflowId, {}, 'late')).verdict).toBe('fresh');
    expect((await trigger(engine, tenantId, workflowId, {}, 'late')).verdict).toBe('duplicate');
  });

  test('refuses a workflow that was switched off in the same moment', async () => {
    const tenantId = await world.addTenant();
    const workflowId = await world.addWorkflow(tenantId, { steps: [act('only')] });
    await world.database.withTenant(tenantId, (tx) =>
      tx.trigger.updateMany({ where: { tenantId, id: workflowId }, data: { enabled: false } }),
    );
    expect((await trigger(engine, tenantId, workflowId)).verdict).toBe('gone');
  });

  test('keeps odd text apart from its neighbours in a batch', async () => {
    const tenantId = await world.addTenant();
    const workflowId = await world.addWorkflow(tenantId, {
      steps: [act('only', { input: { v: '{{trigger.output.body.v}}' } })],
    });
    const bodies = ['plain', 'nul \u0000 here', 'lone \ud800 half', '"quotes" {braces}'];
    const accepted = await Promise.all(bodies.map((v) => trigger(engine, tenantId, workflowId, { v })));
    const runs = await Promise.all(accepted.map((one) => settled(engine, tenantId, one.runId!)));
    expect(runs.map((run) => run.status)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    expect(runs.map((run) => (run.triggerOutput as { body: { v: string } }).body.v)).toEqual(bodies);
  });
});

describe('repair', () => {
  test('cancel aborts the call in flight, ends the run for good, and wins or loses against completion (R18)', async () => {
    let aborted = false;
    answers = {
      slow: (call) =>
        new Promise((resolve) =>
          call.signal!.addEventListener('abort', () => {
            aborted = true;
            resolve(failure({ type: 'CANCELLED', code: 'cancelled', sent: 'unknown' }));
          }),
        ),
    };
    const { tenantId, runId } = await runOf([act('slow'), act('never')]);
    await expect.poll(() => callsOf(runId).length).toBe(1);
    expect(await engine.engine.cancel(tenantId, runId, 'user:x')).toBe(true);
    await expect.poll(() => aborted).toBe(true);
    answers = {};
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('cancelled');
    expect(run.steps.map((step) => step.status)).toEqual(['unknown', 'cancelled']);
    expect(await engine.engine.cancel(tenantId, runId, 'user:x')).toBe(false);
    await expect(
      world.database.withTenant(tenantId, (tx) =>
        tx.workflowRun.updateMany({ where: { tenantId, id: runId }, data: { status: 'succeeded' } }),
      ),
    ).rejects.toThrow(/has ended/);
  });

  test('replay from the failed step keeps its key, also through a second replay; a whole replay has its own (R6)', async () => {
    let broken = true;
    answers = { second: () => (broken ? failure({ type: 'PERMANENT' }) : answer('done')) };
    const { tenantId, runId } = await runOf([act('first'), act('second', { retry: { maxRetries: 0 } })]);
    expect((await settled(engine, tenantId, runId)).status).toBe('failed');
    const replay = async (of: string, from?: string) => {
      const options = { version: 'original' as const, ...(from ? { from } : {}) };
      const again = await engine.engine.replay(tenantId, of, options, 'user:x');
      await settled(engine, tenantId, again!.runId!);
      return again!.runId!;
    };
    const second = await replay(runId, 'second');
    broken = false;
    const third = await replay(second, 'second');
    const whole = await replay(runId);
    answers = {};
    const keyOf = (id: string) =>
      callsOf(id).find((call) => call.run.stepId === 'second')!.run.idempotencyKey;
    expect([keyOf(second), keyOf(third)]).toEqual([keyOf(runId), keyOf(runId)]);
    expect(keyOf(whole)).not.toBe(keyOf(runId));
    // Once it has succeeded, doing it again is a new deed.
    expect(keyOf(await replay(third, 'second'))).not.toBe(keyOf(runId));
  });

  test('replay from a step keeps what came before it and says so', async () => {
    const { tenantId, runId } = await runOf([
      act('first'),
      act('second', { input: { a: '{{steps.first.output.step}}' } }),
    ]);
    await settled(engine, tenantId, runId);
    const again = await engine.engine.replay(
      tenantId,
      runId,
      { from: 'second', version: 'original' },
      'user:x',
    );
    const run = await settled(engine, tenantId, again!.runId!);
    expect(run.replayOf).toBe(runId);
    expect(callsOf(again!.runId!).map((call) => call.run.stepId)).toEqual(['second']);
    expect(run.steps[1]!.input).toEqual({ a: 'first' });
    expect(callsOf(again!.runId!)[0]!.run.idempotencyKey).not.toBe(callsOf(runId)[1]!.run.idempotencyKey);
  });
});
