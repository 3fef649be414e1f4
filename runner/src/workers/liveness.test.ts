// What may run runs, and goes on with the versions that it began with.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { answer, settled, startWorld, trigger, type World } from '../../testing/start-test-engine.ts';
import type { Call } from '../executor/types.ts';
import type { StepDefinition, WorkflowDefinition } from '../workflow/types.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => world.stopEngines());
afterAll(() => world.stop());

const act = (id: string, version = 1): StepDefinition => ({
  id,
  kind: 'action',
  use: 'service@1.0.0#post',
  input: { version },
});
const pause: StepDefinition = { id: 'pause', kind: 'delay', seconds: 1 };

test('a wait outlives the process that began it, and ends once (R10 R12)', async () => {
  const sent: Call[] = [];
  const respond = async (call: Call) => {
    sent.push(call);
    return answer('done');
  };
  const first = await world.start(respond);
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps: [pause, act('then')] });
  const { runId } = await trigger(first, tenantId, workflowId);
  await settled(first, tenantId, runId!, ['waiting']);
  await world.stopEngines();
  const [second] = await Promise.all([world.start(respond), world.start(respond, { name: 'other' })]);
  const run = await settled(second, tenantId, runId!);
  expect(run.steps.map((step) => [step.id, step.status])).toEqual([
    ['pause', 'succeeded'],
    ['then', 'succeeded'],
  ]);
  expect(sent).toHaveLength(1);
});

test('a run that was accepted while no worker was there is done by the first that comes (R10)', async () => {
  const gone = await world.start(() => new Promise(() => undefined), { concurrency: 1 });
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps: [act('only')] });
  await trigger(gone, tenantId, workflowId);
  const second = await trigger(gone, tenantId, workflowId);
  await world.stopEngines();
  const engine = await world.start(async () => answer('done'));
  expect((await settled(engine, tenantId, second.runId!)).status).toBe('succeeded');
});

test('a run that waits goes on with the version it began with, also in another process (R13)', async () => {
  const sent: Call[] = [];
  const respond = async (call: Call) => {
    sent.push(call);
    return answer('done');
  };
  const first = await world.start(respond);
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps: [pause, act('then', 1)] });
  const { runId } = await trigger(first, tenantId, workflowId);
  await settled(first, tenantId, runId!, ['waiting']);

  const next: WorkflowDefinition = {
    format: 'workflow/1',
    name: 'Test',
    trigger: { kind: 'webhook' },
    steps: [act('then', 2)],
  };
  await world.database.withTenant(tenantId, async (tx) => {
    const definition = JSON.stringify(next);
    await tx.workflowVersion.create({
      data: { tenantId, workflowId, version: 2, definition, contentHash: '' },
    });
    await tx.workflow.update({
      where: { tenantId_id: { tenantId, id: workflowId } },
      data: { publishedVersion: 2, draft: definition },
    });
    await tx.trigger.updateMany({ where: { tenantId, id: workflowId }, data: { version: 2 } });
  });
  await world.stopEngines();
  const second = await world.start(respond);
  const run = await settled(second, tenantId, runId!);
  expect(run).toMatchObject({ status: 'succeeded', workflowVersion: 1 });
  expect(run.steps.map((step) => step.id)).toEqual(['pause', 'then']);
  expect(sent.map((call) => call.input)).toEqual([{ version: 1 }]);
});
