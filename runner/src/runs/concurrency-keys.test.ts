// Runs that share a key, over two engines on a real PostgreSQL: never more than the limit at once, in order, and all of them end.
import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, settled, startWorld, trigger, type World } from '../../testing/start-test-engine.ts';
import type { Call, CallResult } from '../executor/types.ts';
import type { StepDefinition } from '../workflow/types.ts';

let world: World;
let respond: (call: Call) => Promise<CallResult> = async (call) => answer({ got: call.input });
const start = (name: string) => world.start((call) => respond(call), { name, leaseSeconds: 3 });

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const act = (id: string, input = {}): StepDefinition => ({
  id,
  kind: 'action',
  use: 'service@1.0.0#post',
  input,
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Counts, by key, the runs between their first call and their last, as the far side sees them. */
function watch() {
  const inside = new Map<string, Set<string>>();
  const begun: { [key: string]: string[] } = {};
  const most: { [key: string]: number } = {};
  respond = async (call) => {
    const { key } = call.input as { key: string };
    const runs = inside.get(key) ?? new Set();
    inside.set(key, runs);
    if (call.run.stepId === 'first') {
      runs.add(call.run.id);
      if (!begun[key]?.includes(call.run.id)) (begun[key] ??= []).push(call.run.id);
      most[key] = Math.max(most[key] ?? 0, runs.size);
    }
    await pause(5);
    if (call.run.stepId === 'last') runs.delete(call.run.id);
    return answer(null);
  };
  return { most, begun };
}

const steps: StepDefinition[] = [
  act('first', { key: '{{trigger.output.body.key}}' }),
  { id: 'parked', kind: 'delay', seconds: 0.02 },
  act('last', { key: '{{trigger.output.body.key}}' }),
];
const limited = (tenantId: string, limit: number) =>
  world.addWorkflow(tenantId, {
    steps,
    settings: { concurrency: { key: '{{trigger.output.body.key}}', limit } },
  });

describe('runs with the same key', () => {
  test('never go more than the limit at once over two engines, whatever comes in, and all end', async () => {
    const [left, right] = [await start('left'), await start('right')];
    const tenantId = await world.addTenant('unlimited');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), isLeft: fc.boolean() }), {
          minLength: 8,
          maxLength: 16,
        }),
        async (limit, arrivals) => {
          const { most } = watch();
          const workflowId = await limited(tenantId, limit);
          const runs = await Promise.all(
            arrivals.map(({ key, isLeft }) => trigger(isLeft ? left : right, tenantId, workflowId, { key })),
          );
          for (const { runId } of runs)
            expect((await settled(left, tenantId, runId!)).status).toBe('succeeded');
          for (const key of Object.keys(most)) expect(most[key]).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 3 },
    );
    await world.stopEngines();
  });

  test('keep the order in which they came, and other keys go past them', async () => {
    const engine = await start('alone');
    const { begun, most } = watch();
    const tenantId = await world.addTenant();
    const workflowId = await limited(tenantId, 1);
    const ids = [];
    for (let count = 0; count < 6; count += 1)
      ids.push((await trigger(engine, tenantId, workflowId, { key: 'same' })).runId!);
    const other = (await trigger(engine, tenantId, workflowId, { key: 'other' })).runId!;
    await settled(engine, tenantId, other);
    for (const id of ids) await settled(engine, tenantId, id);
    expect(begun['same']).toEqual(ids);
    expect(most['same']).toBe(1);
    await world.stopEngines();
  });

  test('say why they wait and for whom; a run that waits for a person keeps its key, and its end or cancellation gives it on', async () => {
    const engine = await start('asking');
    const tenantId = await world.addTenant();
    const workflowId = await world.addWorkflow(tenantId, {
      steps: [{ id: 'ask', kind: 'approval', title: 'May it?' }],
      settings: { concurrency: { key: '{{trigger.output.body.key}}' } },
    });
    const run = async () => (await trigger(engine, tenantId, workflowId, { key: 'K' })).runId!;
    const [first, second, third] = [await run(), await run(), await run()];
    await settled(engine, tenantId, first, ['waiting']);
    const [next, last] = [
      await settled(engine, tenantId, second, ['queued']),
      await settled(engine, tenantId, third, ['queued']),
    ];
    expect(next.why).toBe(`Waits because run ${first} has the key “K”; it is the next.`);
    expect(last.why).toBe(`Waits because run ${first} has the key “K”; 1 run is ahead of it.`);
    expect(next.startedAt).toBeNull();
    await engine.engine.cancel(tenantId, second, 'user:u');
    await engine.engine.cancel(tenantId, first, 'user:u');
    await settled(engine, tenantId, third, ['waiting']);
    await world.stopEngines();
  });

  test('whose key cannot be read fail by its name and hold up nobody; without a key they wait for nobody', async () => {
    const engine = await start('faulty');
    const { most } = watch();
    const tenantId = await world.addTenant();
    const workflowId = await world.addWorkflow(tenantId, {
      steps: [{ id: 'only', kind: 'transform', output: 1 }],
      settings: { concurrency: { key: '{{trigger.output.body.key}}' } },
    });
    const lost = await settled(engine, tenantId, (await trigger(engine, tenantId, workflowId, {})).runId!);
    expect(lost.error!.message).toContain('The concurrency key of the workflow could not be read');
    expect(lost.error!.message).toContain('key');
    const free = await trigger(engine, tenantId, workflowId, { key: null });
    expect((await settled(engine, tenantId, free.runId!)).status).toBe('succeeded');
    expect(most).toEqual({});
    await world.stopEngines();
  });

  test('that were accepted without their key, as events of polls are, get it when they begin and go one by one', async () => {
    const [left, right] = [await start('first'), await start('second')];
    const { most } = watch();
    const tenantId = await world.addTenant();
    const workflowId = await limited(tenantId, 1);
    const items = Array.from({ length: 8 }, () => ({
      tenantId,
      workflowId,
      workflowName: 'Test',
      version: 1,
      triggerKind: 'app' as const,
      actor: null,
      guarded: false,
      receiptKey: null,
      triggerOutput: null,
      runId: uuidv7(),
      payload: JSON.stringify({ output: { body: { key: 'p' } } }),
      worker: null,
      events: [],
      projection: null,
      turn: null,
    }));
    await left.journal.acceptTogether(items);
    right.engine.ring();
    left.engine.ring();
    for (const { runId } of items) expect((await settled(left, tenantId, runId)).status).toBe('succeeded');
    expect(most['p']).toBe(1);
    await world.stopEngines();
  });

  test('R7: a run whose worker is lost keeps its key until it is taken over, and then all end', async () => {
    const { most } = watch();
    const counted = respond;
    const [lost, kept] = [await start('lost'), await start('kept')];
    const tenantId = await world.addTenant();
    const workflowId = await limited(tenantId, 1);
    // The first call never comes back to the engine that makes it.
    let hangs = true;
    respond = async (call) => {
      if (call.run.stepId === 'first' && hangs) {
        hangs = false;
        void counted(call);
        return new Promise(() => {});
      }
      return counted(call);
    };
    const first = (await trigger(lost, tenantId, workflowId, { key: 'k' })).runId!;
    const others = await Promise.all(
      Array.from({ length: 4 }, () => trigger(kept, tenantId, workflowId, { key: 'k' })),
    );
    while (hangs) await pause(10);
    await lost.stop(0);
    const waiting = await settled(kept, tenantId, others[0]!.runId!, ['queued']);
    expect(waiting.why).toContain(first);
    for (const id of [first, ...others.map(({ runId }) => runId!)])
      expect((await settled(kept, tenantId, id)).status).toBe('succeeded');
    expect(most['k']).toBe(1);
  });
});
