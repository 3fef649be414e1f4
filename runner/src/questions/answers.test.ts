// Questions outlive the processes that asked them. On a real PostgreSQL.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, settled, startWorld, trigger, type World } from '../../testing/start-test-engine.ts';
import type { StartedEngine } from '../start-engine.ts';
import { emptyState } from '../workflow/fold-journal.ts';
import type { StepDefinition } from '../workflow/types.ts';
import { answerQuestion } from './answer-question.ts';
import { applyAnswers } from './answers.ts';

let world: World;
const open = () => world.start(async () => answer('done'));

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const steps = (more: object = {}): StepDefinition[] => [
  { id: 'ok', kind: 'approval', title: 'Go on?', ...more },
  { id: 'yes', kind: 'action', use: 'service@1.0.0#post', after: ['ok'] },
  { id: 'no', kind: 'transform', output: 'no', after: ['ok:rejected'] },
];
async function ask(engine: StartedEngine, more: object = {}) {
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps: steps(more) });
  const { runId } = await trigger(engine, tenantId, workflowId);
  await settled(engine, tenantId, runId!, ['waiting']);
  const question = await world.database.withTenant(tenantId, (tx) =>
    tx.runQuestion.findFirst({ where: { tenantId, runId: runId! } }),
  );
  return { tenantId, runId: runId!, questionId: question!.id };
}
const say = (tenantId: string, questionId: string, decision: string) =>
  world.database.withTenant(tenantId, (tx) =>
    answerQuestion(tx, questionId, { decision, note: null }, 'user:ada'),
  );

describe('a question', () => {
  test('answered while no process runs is taken in by the next one (R12)', async () => {
    const first = await open();
    const { tenantId, runId, questionId } = await ask(first);
    await world.stopEngines();
    expect(await say(tenantId, questionId, 'approved')).toEqual({ kind: 'taken' });
    const run = await settled(await open(), tenantId, runId);
    expect(run.steps.map((step) => step.status)).toEqual(['succeeded', 'succeeded', 'skipped']);
    await world.stopEngines();
  });

  test('whose time ran out while no process ran takes no answer any more, and expires once one runs (R12)', async () => {
    const first = await open();
    const { tenantId, runId, questionId } = await ask(first, { expiresInSeconds: 1 });
    await world.stopEngines();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await say(tenantId, questionId, 'approved')).toMatchObject({ kind: 'late', state: 'expired' });
    const engine = await open();
    const run = await settled(engine, tenantId, runId);
    expect(run.steps.map((step) => step.status)).toEqual(['succeeded', 'skipped', 'succeeded']);
    expect(run.steps[0]!.output).toMatchObject({ decision: 'expired' });
    await world.stopEngines();
  });

  test('of another workspace cannot be answered, nor one that never was', async () => {
    const { questionId } = await ask(await open());
    const stranger = await world.addTenant();
    expect(await say(stranger, questionId, 'approved')).toBeNull();
    expect(await say(stranger, crypto.randomUUID(), 'approved')).toBeNull();
    await world.stopEngines();
  });

  test('that nobody asked leaves no entry', () => {
    const given = { step: 'ok', kind: 'approval', given: { decision: 'approved' }, by: 'user:ada', at: '' };
    expect(applyAnswers(emptyState(), [given])).toEqual([]);
  });
});
