// Loops in whole runs: real PostgreSQL, real workers; the outside is a function.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  answer,
  failure,
  settled,
  startWorld,
  trigger,
  type World,
} from '../../testing/start-test-engine.ts';
import type { Call, CallResult } from '../executor/types.ts';
import { answerQuestion } from '../questions/answer-question.ts';
import type { StartedEngine } from '../start-engine.ts';
import { readOn } from './fold-run.ts';
import { emptyState } from '../workflow/fold-journal.ts';
import type { ForEachStep, StepDefinition } from '../workflow/types.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => world.stopEngines());
afterAll(() => world.stop());

const act = (id: string, more: object = {}): StepDefinition =>
  ({ id, kind: 'action', use: 'service@1.0.0#post', input: { n: '{{item}}' }, ...more }) as StepDefinition;
const each = (steps: StepDefinition[], more: Partial<ForEachStep> = {}): ForEachStep => ({
  id: 'each',
  kind: 'forEach',
  items: '{{trigger.output.body.list}}',
  steps,
  ...more,
});
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const inputOf = (call: Call) => call.input as { n: number };

async function begin(engine: StartedEngine, steps: StepDefinition[], list: number[], settings?: object) {
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps, ...(settings ? { settings } : {}) });
  const { runId } = await trigger(engine, tenantId, workflowId, { list });
  return { tenantId, workflowId, runId: runId! };
}
const admin = async (text: string) => {
  const { withClient } = await import('@weftline/prisma/migrate/prepare-roles');
  return withClient(world.server.adminUrl, (client) => client.query(text));
};

describe('a loop', () => {
  test('R6: does its steps for each item, a few at a time, with a key of its own for each, and collects in order', async () => {
    let now = 0;
    let most = 0;
    const keys = new Map<string, number>();
    const engine = await world.start(async (call) => {
      now += 1;
      most = Math.max(most, now);
      const { n } = inputOf(call);
      await delay((n * 7) % 11);
      now -= 1;
      keys.set(call.run.idempotencyKey, n);
      return answer({ twice: n * 2 });
    });
    const steps = [
      each([act('send'), { id: 'mark', kind: 'transform', output: '{{steps.send.output.twice + index}}' }], {
        atOnce: 4,
      }),
      { id: 'after', kind: 'transform', output: '{{steps.each.output.items[2]}}' },
    ] as StepDefinition[];
    const { tenantId, runId } = await begin(engine, steps, numbers(30));
    const run = await settled(engine, tenantId, runId);
    expect(run.steps[0]!.output).toEqual({ items: numbers(30).map((n) => n * 3), count: 30, failed: 0 });
    expect(run.steps[0]).toMatchObject({
      status: 'succeeded',
      why: 'Went through 30 items.',
      input: { count: 30 },
    });
    expect(run.steps[0]!.loop).toEqual({ total: 30, done: 30, failed: 0, open: 0 });
    expect(run.steps[1]!.output).toBe(6);
    expect(most).toBe(4);
    expect(keys.size).toBe(30);
    const page = await engine.engine.readIterations(tenantId, runId, 'each', { after: 27, take: 5 });
    expect(page!.map(({ index, item, status, value }) => ({ index, item, status, value }))).toEqual([
      { index: 28, item: 28, status: 'succeeded', value: 84 },
      { index: 29, item: 29, status: 'succeeded', value: 87 },
    ]);
    expect(page![0]!.steps.map(({ id, status, output }) => [id, status, output])).toEqual([
      ['each[28].send', 'succeeded', { twice: 56 }],
      ['each[28].mark', 'succeeded', 84],
    ]);
    expect(await engine.engine.readIterations(tenantId, runId, 'after', { after: -1, take: 5 })).toBeNull();
  });

  test('goes on past items that fail where it says so: they give null, are counted and told; repeats and ways of failure work inside', async () => {
    const seen = new Map<number, number>();
    const keys = new Map<number, Set<string>>();
    const engine = await world.start(async (call) => {
      if (call.run.stepId.endsWith('sorry')) return answer('sorry');
      const { n } = inputOf(call);
      seen.set(n, (seen.get(n) ?? 0) + 1);
      keys.set(n, (keys.get(n) ?? new Set()).add(call.run.idempotencyKey));
      if (n === 1 && seen.get(n) === 1) return failure({ type: 'TEMPORARY' });
      if (n === 3) return failure({ type: 'VALIDATION', code: 'remote_refused', message: 'no' });
      return answer(n);
    });
    const steps = [
      each([act('send', { retry: { maxRetries: 2, initialDelayMs: 1 } })], {
        atOnce: 2,
        onItemError: 'continue',
      }),
      each(
        [
          act('try', { onError: 'port' }),
          act('sorry', { after: ['try:error'] }),
          { id: 'told', kind: 'transform', after: ['try', 'sorry'], join: 'any', output: 'told' },
        ],
        { id: 'second', collect: { of: '{{item}}', said: "{{steps.sorry.output ?? 'fine'}}" } },
      ),
    ];
    const { tenantId, runId } = await begin(engine, steps, [0, 1, 3, 4]);
    const run = await settled(engine, tenantId, runId);
    expect(run.error).toBeNull();
    expect(run.steps[0]!.output).toEqual({
      items: [0, 1, null, 4],
      count: 4,
      failed: 1,
      failures: [
        {
          index: 2,
          error: expect.objectContaining({
            code: 'remote_refused',
            message: 'Step send failed for the item at index 2: no',
          }),
        },
      ],
    });
    expect(run.steps[0]!.why).toBe('Went through 4 items, 1 of them failed.');
    expect(keys.get(1)!.size).toBe(2);
    const failed = await engine.engine.readIterations(tenantId, runId, 'each', {
      after: -1,
      take: 5,
      only: 'failed',
    });
    expect(failed!.map(({ index, item, status, why }) => ({ index, item, status, why }))).toEqual([
      { index: 2, item: 3, status: 'failed', why: 'Step send failed for the item at index 2: no' },
    ]);
    expect(run.steps[1]!.output).toMatchObject({
      items: [
        { of: 0, said: 'fine' },
        { of: 1, said: 'fine' },
        { of: 3, said: 'sorry' },
        { of: 4, said: 'fine' },
      ],
    });
  });

  test('fails with its first item that fails, after what was in flight; repeated from there it keeps what was done and its keys (R5 R6)', async () => {
    const calls: { who: string; key: string }[] = [];
    let broken = true;
    const engine = await world.start(async (call) => {
      const { n } = inputOf(call);
      calls.push({ who: `${call.run.stepId.split('.').at(-1)} ${n}`, key: call.run.idempotencyKey });
      if (call.run.stepId.endsWith('second') && n === 5 && broken)
        return failure({ type: 'VALIDATION', code: 'remote_refused', message: 'no' });
      await delay(5);
      return answer(n);
    });
    const steps = [each([act('first'), act('second')], { atOnce: 2 })];
    const { tenantId, runId } = await begin(engine, steps, numbers(12));
    const failed = await settled(engine, tenantId, runId);
    expect(failed.error).toEqual({
      code: 'remote_refused',
      message: 'Step each failed: Step second failed for the item at index 5: no',
    });
    expect(failed.steps[0]!.loop).toMatchObject({ total: 12, failed: 1 });
    expect(calls.some(({ who }) => who === 'first 8')).toBe(false);
    broken = false;
    const before = calls.length;
    const choice = { from: 'second', version: 'original' } as const;
    const again = await engine.engine.replay(tenantId, runId, choice, 'user:ada');
    const run = await settled(engine, tenantId, again!.runId!);
    expect(run.steps[0]!.output).toEqual({ items: numbers(12), count: 12, failed: 0 });
    const kept = await engine.engine.readIterations(tenantId, again!.runId!, 'each', { after: -1, take: 6 });
    expect(kept![0]).toMatchObject({ status: 'succeeded', value: 0, why: expect.stringContaining('Kept') });
    expect(kept![5]!.steps.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    const later = calls.slice(before);
    // Item 5 had done its first step: it goes on with the second, under the key of the first run.
    expect(later.map(({ who }) => who)).not.toContain('first 5');
    expect(later.filter(({ who }) => who === 'first 0')).toEqual([]);
    const keysOf = (who: string) => new Set(calls.filter((call) => call.who === who).map(({ key }) => key));
    expect(calls.filter(({ who }) => who === 'second 5')).toHaveLength(2);
    expect(keysOf('second 5').size).toBe(1);
    const whole = await engine.engine.replay(tenantId, runId, { version: 'original' }, 'user:ada');
    await settled(engine, tenantId, whole!.runId!);
    expect(keysOf('second 5').size).toBe(2);
  });

  test('asks and waits for each item by itself: an approval and a one-time address each', async () => {
    const called: string[] = [];
    const engine = await world.start(async (call) => {
      called.push((call.input as { to: string }).to);
      return answer(null);
    });
    const steps = [
      each(
        [
          act('tell', { input: { to: '{{run.hooks.reply}}' } }),
          { id: 'ok', kind: 'approval', title: 'Item {{item}}?' },
          { id: 'reply', kind: 'waitForHook', expiresInSeconds: 600 },
        ],
        { atOnce: 2, collect: '{{steps.reply.output.said}}' },
      ),
    ];
    const { tenantId, runId } = await begin(engine, steps, [7, 8]);
    await settled(engine, tenantId, runId, ['waiting']);
    expect(new Set(called).size).toBe(2);
    const open = () =>
      world.database.withTenant(tenantId, (tx) =>
        tx.runQuestion.findMany({ where: { tenantId, runId, state: 'pending' }, orderBy: { step: 'asc' } }),
      );
    const say = (id: string, given: { [name: string]: string }) =>
      world.database.withTenant(tenantId, (tx) => answerQuestion(tx, id, given, 'user:ada'));
    const asked = await open();
    expect(asked.map(({ step, title }) => [step, title])).toEqual([
      ['each[0].ok', 'Item 7?'],
      ['each[1].ok', 'Item 8?'],
    ]);
    for (const { id } of asked) await say(id, { decision: 'approved' });
    engine.engine.ring();
    await expect
      .poll(async () => (await open()).map(({ step }) => step))
      .toEqual(['each[0].reply', 'each[1].reply']);
    const hooks = await open();
    expect(hooks.map(({ hookKey }) => called.some((url) => url.endsWith(hookKey!)))).toEqual([true, true]);
    for (const { id, step } of hooks.toReversed())
      await say(id, { output: { said: step } as unknown as string });
    engine.engine.ring();
    const run = await settled(engine, tenantId, runId);
    expect(run.steps[0]!.output).toMatchObject({ items: ['each[0].reply', 'each[1].reply'] });
  });

  test('that fails leaves no question open', async () => {
    const engine = await world.start(async (call) => {
      if (inputOf(call).n === 0) return answer(null);
      await delay(60);
      return failure({ type: 'VALIDATION', message: 'no' });
    });
    const steps = [
      each([act('send'), { id: 'ok', kind: 'approval', title: 'Go on?' }], {
        atOnce: 2,
        onError: 'continue',
      }),
      { id: 'wait', kind: 'approval', title: 'The end?' },
    ] as StepDefinition[];
    const { tenantId, runId } = await begin(engine, steps, [0, 1]);
    await expect
      .poll(async () => {
        const rows = await world.database.withTenant(tenantId, (tx) =>
          tx.runQuestion.findMany({ where: { tenantId, runId }, orderBy: { step: 'asc' } }),
        );
        return rows.map(({ step, state }) => `${step} ${state}`);
      })
      .toEqual(['each[0].ok void', 'wait pending']);
  });

  test('R9: does not know of one item whether it happened and asks a person, while the others go on; a turn that is held is waited for', async () => {
    const seen = new Map<number, number>();
    const engine = await world.start(async (call) => {
      const { n } = inputOf(call);
      seen.set(n, (seen.get(n) ?? 0) + 1);
      if (n === 1) return failure({ type: 'NETWORK', message: 'cut', sent: 'unknown' });
      if (n === 2 && seen.get(n) === 1)
        return failure({ type: 'RATE_LIMIT', message: 'full', sent: 'no', isHeld: true, retryAfterMs: 30 });
      return answer(n);
    });
    const steps = [each([act('send', { use: 'service@1.0.0#send' })], { atOnce: 2 })];
    const { tenantId, runId } = await begin(engine, steps, numbers(5));
    await expect
      .poll(async () => (await engine.engine.readRun(tenantId, runId))!.steps[0]!.loop)
      .toEqual({ total: 5, done: 4, failed: 0, open: 1 });
    const waiting = await settled(engine, tenantId, runId, ['waiting']);
    expect(waiting.why).toContain('each[1].send');
    const open = await engine.engine.readIterations(tenantId, runId, 'each', {
      after: -1,
      take: 5,
      only: 'open',
    });
    expect(open).toMatchObject([
      { index: 1, status: 'unknown', steps: [{ id: 'each[1].send', status: 'unknown' }] },
    ]);
    await world.database.withTenant(tenantId, async (tx) => {
      const question = await tx.runQuestion.findFirst({ where: { tenantId, runId, step: 'each[1].send' } });
      const given = { decision: 'happened', output: 'by hand' };
      expect(await answerQuestion(tx, question!.id, given, 'user:ada')).toEqual({ kind: 'taken' });
    });
    engine.engine.ring();
    const run = await settled(engine, tenantId, runId);
    expect(run.steps[0]!.output).toMatchObject({ items: [0, 'by hand', 2, 3, 4] });
    expect([seen.get(1), seen.get(2)]).toEqual([1, 2]);
  });

  test('R5 R6: is taken over in its middle: finished iterations are not repeated, those in flight keep their keys', async () => {
    const calls: Call[] = [];
    let hangs = true;
    const respond = async (call: Call): Promise<CallResult> => {
      calls.push(call);
      if (hangs && inputOf(call).n >= 20) {
        await delay(60_000, undefined, { ref: false, signal: call.signal! }).catch(() => {});
        return answer('too late');
      }
      return answer(inputOf(call).n);
    };
    const first = await world.start(respond, { name: 'first', leaseSeconds: 2 });
    const { tenantId, runId } = await begin(first, [each([act('send')], { atOnce: 3 })], numbers(40));
    await expect.poll(() => calls.length).toBe(23);
    hangs = false;
    await admin(
      `UPDATE workflow_runs SET lease_until = now() - interval '1 s', worker_id = 'gone' WHERE id = '${runId}'`,
    );
    const second = await world.start(respond, { name: 'second', leaseSeconds: 2 });
    const run = await settled(second, tenantId, runId);
    expect(run.steps[0]!.output).toEqual({ items: numbers(40), count: 40, failed: 0 });
    const times = numbers(40).map((n) => calls.filter((call) => inputOf(call).n === n).length);
    expect(times.slice(0, 20)).toEqual(numbers(20).map(() => 1));
    expect(times.slice(20, 23)).toEqual([2, 2, 2]);
    expect(new Set(calls.map((call) => call.run.idempotencyKey)).size).toBe(40);
    const completed = await admin(
      `SELECT step, count(*)::int AS times FROM run_events WHERE run_id = '${runId}' AND type = 'StepCompleted' GROUP BY step HAVING count(*) > 1`,
    );
    expect(completed.rows).toEqual([]);
  });

  test('R15: is handed back by a drain in its middle and goes on elsewhere, nothing twice', async () => {
    const calls: number[] = [];
    const respond = async (call: Call) => {
      calls.push(inputOf(call).n);
      await delay(20);
      return answer(null);
    };
    const leaving = await world.start(respond, { name: 'leaving' });
    const { tenantId, runId } = await begin(leaving, [each([act('send')], { atOnce: 2 })], numbers(30));
    await expect.poll(() => calls.length).toBeGreaterThan(5);
    await leaving.stop(5_000);
    expect(calls.length).toBeLessThan(30);
    const staying = await world.start(respond, { name: 'staying' });
    expect((await settled(staying, tenantId, runId)).status).toBe('succeeded');
    expect(calls.toSorted((a, b) => a - b)).toEqual(numbers(30));
  });

  test('is cancelled in its middle, and ends at the deadline of its run, with calls always in flight', async () => {
    const engine = await world.start(async () => {
      await delay(15);
      return answer(null);
    });
    const one = await begin(engine, [each([act('send')], { atOnce: 3 })], numbers(2_000));
    await delay(100);
    expect(await engine.engine.cancel(one.tenantId, one.runId, 'user:ada')).toBe(true);
    const cancelled = await settled(engine, one.tenantId, one.runId);
    expect(cancelled.steps[0]).toMatchObject({ status: 'cancelled', loop: { total: 2_000 } });
    const other = await begin(engine, [each([act('send')], { atOnce: 3 })], numbers(2_000), {
      deadlineSeconds: 1,
    });
    const late = await settled(engine, other.tenantId, other.runId);
    expect(late.error?.code).toBe('deadline_exceeded');
  });

  test('over 3,000 items keeps a small state, and is read in parts', async () => {
    const engine = await world.start(async (call) => answer({ n: inputOf(call).n }));
    const { tenantId, runId } = await begin(engine, [each([act('send')], { atOnce: 20 })], numbers(3_000));
    const run = await settled(engine, tenantId, runId);
    expect(run.steps[0]!.loop).toMatchObject({ total: 3_000, done: 3_000 });
    const state = await readOn(engine.journal, tenantId, runId, emptyState());
    expect(state.nextSeq).toBeGreaterThan(9_000);
    expect([...state.steps.keys()]).toEqual(['each']);
  });
});

describe('a loop in a loop', () => {
  test('has its own item and index, reads the steps around it, and its iterations are found by their place', async () => {
    const engine = await world.start(async (call) => answer(call.input));
    const inner: ForEachStep = {
      id: 'inner',
      kind: 'forEach',
      items: '{{steps.outer.output.inside}}',
      atOnce: 2,
      steps: [act('send', { input: { n: '{{item * 10 + index}}', of: '{{steps.outer.output.name}}' } })],
      collect: '{{steps.send.output.n}}',
    };
    const steps = [
      each(
        [
          { id: 'outer', kind: 'transform', output: { name: 'o{{item}}', inside: '{{[item, item + 1]}}' } },
          inner,
          { id: 'sum', kind: 'transform', output: '{{steps.inner.output.items}}' },
        ],
        { atOnce: 2 },
      ),
    ];
    const { tenantId, runId } = await begin(engine, steps, [1, 5]);
    const run = await settled(engine, tenantId, runId);
    expect(run.error).toBeNull();
    expect(run.steps[0]!.output).toMatchObject({
      items: [
        [10, 21],
        [50, 61],
      ],
    });
    const outer = await engine.engine.readIterations(tenantId, runId, 'each', { after: 0, take: 5 });
    expect(outer![0]!.steps[1]).toMatchObject({ id: 'each[1].inner', loop: { total: 2, done: 2 } });
    const of = await engine.engine.readIterations(tenantId, runId, 'each[1].inner', { after: -1, take: 5 });
    expect(of!.map(({ index, item, value }) => [index, item, value])).toEqual([
      [0, 5, 50],
      [1, 6, 61],
    ]);
  });

  test('starts a run of another workflow for each item, waits for each, and takes what each gave', async () => {
    const engine = await world.start(async () => answer(null));
    const tenantId = await world.addTenant();
    const inner = await world.addWorkflow(tenantId, {
      trigger: { kind: 'manual' },
      steps: [{ id: 'double', kind: 'transform', output: '{{trigger.output.n * 2}}' }],
    });
    const steps = [
      each([{ id: 'child', kind: 'workflow', workflowId: inner, input: { n: '{{item}}' } }], {
        atOnce: 3,
        collect: '{{steps.child.output.output}}',
      }),
    ] as StepDefinition[];
    const workflowId = await world.addWorkflow(tenantId, { steps });
    const { runId } = await trigger(engine, tenantId, workflowId, { list: numbers(7) });
    const run = await settled(engine, tenantId, runId!);
    expect(run.error).toBeNull();
    expect(run.steps[0]!.output).toMatchObject({ items: numbers(7).map((n) => n * 2) });
  });
});
