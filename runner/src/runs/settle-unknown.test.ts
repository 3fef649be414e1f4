// What becomes of a request of which nobody knows whether it happened: probe, person, or both. On a real PostgreSQL.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answer,
  failure,
  settled,
  startWorld,
  trigger,
  type World,
} from '../../testing/start-test-engine.ts';
import type { Json } from '@weftline/connectors/json';
import type { Call, CallResult } from '../executor/types.ts';
import { answerQuestion } from '../questions/answer-question.ts';
import type { StartedEngine } from '../start-engine.ts';
import type { StepDefinition } from '../workflow/types.ts';

let world: World;
let engine: StartedEngine;
let calls: Call[] = [];
/** What the outside answers, by action. */
let answers: { [action: string]: (call: Call) => CallResult } = {};
const cut = () => failure({ type: 'NETWORK', sent: 'unknown', message: 'the connection was cut' });

beforeAll(async () => {
  world = await startWorld();
  engine = await world.start(async (call) => {
    calls.push(call);
    return answers[call.action]?.(call) ?? answer({ got: call.input });
  });
});
afterAll(() => world.stop());

const act = (id: string, action: string, input: { [name: string]: Json } = {}): StepDefinition => ({
  id,
  kind: 'action',
  use: `service@1.0.0#${action}`,
  input,
});

async function start(steps: StepDefinition[]) {
  calls = [];
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps });
  const { runId } = await trigger(engine, tenantId, workflowId);
  return { tenantId, runId: runId! };
}
async function questionOf(tenantId: string, runId: string) {
  const found = await world.database.withTenant(tenantId, (tx) =>
    tx.runQuestion.findMany({ where: { tenantId, runId } }),
  );
  expect(found).toHaveLength(1);
  return found[0]!;
}
async function settle(tenantId: string, questionId: string, given: { [name: string]: Json }, by: string) {
  const verdict = await world.database.withTenant(tenantId, (tx) =>
    answerQuestion(tx, questionId, given, by),
  );
  engine.engine.ring();
  return verdict;
}
const typesOf = async (tenantId: string, runId: string) =>
  (await engine.engine.readEvents(tenantId, runId, -1, 100)).map((event) => event.type);

describe('an unknown outcome', () => {
  test('asks a person, who sees what was sent and when; "it happened" completes the step with what they give', async () => {
    answers = { send: cut };
    const { tenantId, runId } = await start([
      act('first', 'send', { n: 1 }),
      act('second', 'post', { from: '{{steps.first.output.id}}' }),
    ]);
    const waiting = await settled(engine, tenantId, runId, ['waiting']);
    expect(waiting.steps[0]).toMatchObject({ status: 'unknown', attempts: 1 });
    expect(waiting.steps[0]!.why).toMatch(/^Attempt 1 .*was sent at \d{4}-/);
    expect(waiting.why).toContain('first');
    const question = await questionOf(tenantId, runId);
    expect(question).toMatchObject({ kind: 'settle', state: 'pending', step: 'first' });
    const told = await world.database.withTenant(tenantId, (tx) =>
      tx.notification.findMany({ where: { tenantId } }),
    );
    expect(told.map((one) => [one.kind, one.link])).toEqual([['step.unknown', `/runs/${runId}`]]);

    await settle(tenantId, question.id, { decision: 'happened', output: { id: 'x1' } }, 'user:ada');
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('succeeded');
    expect(run.steps[0]).toMatchObject({ status: 'succeeded', output: { id: 'x1' } });
    expect(run.steps[0]!.why).toContain('user:ada settled that it happened');
    expect(run.steps[1]!.input).toEqual({ from: 'x1' });
    expect(calls.map((call) => call.run.stepId)).toEqual(['first', 'second']);
    expect((await questionOf(tenantId, runId)).state).toBe('consumed');
    expect(await typesOf(tenantId, runId)).toContain('StepSettled');
  });

  test('"again" sends it once more with the same key', async () => {
    answers = { send: () => (calls.length === 1 ? cut() : answer({ id: 2 })) };
    const { tenantId, runId } = await start([act('first', 'send', { n: 1 })]);
    await settled(engine, tenantId, runId, ['waiting']);
    await settle(tenantId, (await questionOf(tenantId, runId)).id, { decision: 'again' }, 'user:ada');
    const run = await settled(engine, tenantId, runId);
    expect(run.steps[0]).toMatchObject({ status: 'succeeded', output: { id: 2 }, attempts: 2 });
    expect(calls).toHaveLength(2);
    expect(new Set(calls.map((call) => call.run.idempotencyKey)).size).toBe(1);
    expect(calls[1]!.input).toEqual({ n: 1 });
  });

  test('is decided once under 100 parallel callers; the others learn what was decided', async () => {
    answers = { send: cut };
    const { tenantId, runId } = await start([act('first', 'send')]);
    await settled(engine, tenantId, runId, ['waiting']);
    const { id } = await questionOf(tenantId, runId);
    const verdicts = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        settle(tenantId, id, { decision: 'happened', output: index }, `user:${index}`),
      ),
    );
    const taken = verdicts.flatMap((verdict, index) => (verdict?.kind === 'taken' ? [index] : []));
    expect(taken).toHaveLength(1);
    for (const verdict of verdicts)
      if (verdict?.kind === 'late')
        expect(verdict).toMatchObject({ answer: { output: taken[0] }, by: `user:${taken[0]}` });
    const run = await settled(engine, tenantId, runId);
    expect(run.steps[0]!.output).toBe(taken[0]);
    expect((await typesOf(tenantId, runId)).filter((type) => type === 'StepSettled')).toHaveLength(1);
  });

  test('an answer that comes while another step is in flight is taken in as soon as that has landed', async () => {
    let land: () => void = () => {};
    const slow = new Promise<void>((resolve) => (land = resolve));
    const second = await world.start(async (call) => {
      calls.push(call);
      if (call.run.stepId === 'slow') await slow;
      return call.run.stepId === 'risky' ? cut() : answer('done');
    });
    await engine.stop(500);
    engine = second;
    const { tenantId, runId } = await start([
      { ...act('risky', 'send'), after: [] },
      { ...act('slow', 'post'), after: [] },
      { ...act('last', 'post'), after: ['risky', 'slow'] },
    ]);
    await expect.poll(async () => (await typesOf(tenantId, runId)).includes('StepUnknown')).toBe(true);
    await settle(tenantId, (await questionOf(tenantId, runId)).id, { decision: 'happened' }, 'user:ada');
    expect((await engine.engine.readRun(tenantId, runId))!.status).toBe('running');
    land();
    expect((await settled(engine, tenantId, runId)).status).toBe('succeeded');
  });

  test('cannot be settled after the run has ended, and the journal takes no answer that nobody gave', async () => {
    answers = { send: cut };
    const { tenantId, runId } = await start([{ ...act('risky', 'send') }]);
    await settled(engine, tenantId, runId, ['waiting']);
    await expect(
      world.database.withTenant(tenantId, (tx) =>
        tx.runEvent.create({
          data: { tenantId, runId, seq: 99, type: 'StepSettled', step: 'risky', payload: '{}' },
        }),
      ),
    ).rejects.toThrow(/no question that is answered/);
    await engine.engine.cancel(tenantId, runId, 'user:ada');
    const question = await questionOf(tenantId, runId);
    expect(question.state).toBe('void');
    const verdict = await settle(tenantId, question.id, { decision: 'again' }, 'user:ada');
    expect(verdict).toMatchObject({ kind: 'late', state: 'void' });
  });
});

describe('an action with a probe', () => {
  beforeAll(async () => {
    await world.stopEngines();
    engine = await world.start(async (call) => {
      calls.push(call);
      return answers[call.action]?.(call) ?? answer({ got: call.input });
    });
  });
  const book = () => act('booked', 'book', { of: 'room' });

  test('that finds what was sent completes the step, and nothing is sent again', async () => {
    answers = { book: cut, read: () => answer(['room']) };
    const { tenantId, runId } = await start([book()]);
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('succeeded');
    expect(run.steps[0]!.why).toContain('found what was sent');
    expect(calls.map((call) => call.action)).toEqual(['book', 'read']);
    expect(calls[1]!.input).toEqual({ of: 'room', key: calls[0]!.run.idempotencyKey });
    expect(await typesOf(tenantId, runId)).toEqual([
      'WorkflowStarted',
      'StepDispatched',
      'StepDoubted',
      'ProbeDispatched',
      'ProbeCompleted',
      'StepCompleted',
      'WorkflowSucceeded',
    ]);
  });

  test('that does not find it sends again with the same key', async () => {
    let first = true;
    const once = () => {
      const result = first ? cut() : answer({ id: 9 });
      first = false;
      return result;
    };
    answers = { book: once, read: () => answer([]) };
    const { tenantId, runId } = await start([book()]);
    const run = await settled(engine, tenantId, runId);
    expect(run.steps[0]).toMatchObject({ status: 'succeeded', output: { id: 9 }, attempts: 2 });
    expect(calls.map((call) => call.action)).toEqual(['book', 'read', 'book']);
    expect(new Set(calls.map((call) => call.run.idempotencyKey)).size).toBe(1);
  });

  test('that fails leaves it to a person', async () => {
    answers = { book: cut, read: () => failure({ type: 'TEMPORARY', message: 'busy' }) };
    const { tenantId, runId } = await start([book()]);
    const run = await settled(engine, tenantId, runId, ['waiting']);
    expect(run.steps[0]!.status).toBe('unknown');
    expect(run.steps[0]!.why).toContain('The probe read failed: busy');
    expect((await questionOf(tenantId, runId)).state).toBe('pending');
  });
});
