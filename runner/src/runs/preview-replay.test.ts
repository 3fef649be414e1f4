import { afterAll, beforeAll, expect, test } from 'vitest';
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
import { wordRepeat } from './word-repeat.ts';

let world: World;
let engine: StartedEngine;
let respond: (call: Call) => CallResult = () => answer(null);
const calls: Call[] = [];

beforeAll(async () => {
  world = await startWorld();
  engine = await world.start(async (call) => {
    calls.push(call);
    return respond(call);
  });
});
afterAll(() => world.stop());

const act = (id: string, use: string): StepDefinition => ({
  id,
  kind: 'action',
  use: `service@1.0.0#${use}`,
  retry: { maxRetries: 0 },
});
async function ended(steps: StepDefinition[], body: unknown = {}) {
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps });
  const { runId } = await trigger(engine, tenantId, workflowId, body as never);
  await settled(engine, tenantId, runId!);
  const preview = async (from?: string, version: 'original' | 'current' = 'original') =>
    (await engine.engine.previewReplay(tenantId, runId!, { version, ...(from ? { from } : {}) }))!;
  return { tenantId, workflowId, runId: runId!, preview };
}

test('a preview says what is kept, and which effects happen again under which key, and sends nothing', async () => {
  respond = (call) => (call.run.stepId === 'order' ? failure({ type: 'PERMANENT' }) : answer('x'));
  const { tenantId, runId, preview } = await ended([
    act('look', 'read'),
    act('tell', 'send'),
    act('order', 'post'),
    act('end', 'send'),
  ]);
  const before = calls.length;
  const part = await preview('order');
  expect(part).toMatchObject({ from: 'order', version: 1, kept: [{ id: 'look' }, { id: 'tell' }] });
  expect(part.again.map((step) => [step.id, step.before])).toEqual([
    ['order', true],
    ['end', false],
  ]);
  expect(part.effects).toEqual([
    {
      stepId: 'order',
      name: null,
      app: 'Service',
      action: 'Post',
      effect: 'create',
      sent: null,
      before: 'failed',
      times: 1,
      safety: 'idempotent',
      sameKey: true,
      words:
        'Creates it again, under the same key: a service that honours it does it once. It had failed in that run.',
    },
  ]);
  const whole = await preview();
  expect(whole.kept).toEqual([]);
  expect(whole.effects.map((effect) => [effect.stepId, effect.safety, effect.sameKey])).toEqual([
    ['tell', 'unsafe', false],
    ['order', 'idempotent', false],
  ]);
  expect(whole.effects[0]).toMatchObject({
    sent: { method: 'POST', url: 'https://service.example/' },
    words: 'Sends it again: the service takes no key, so it will happen a second time.',
  });
  expect(calls).toHaveLength(before);
  // What it said of the keys is what the replay does.
  const again = await engine.engine.replay(tenantId, runId, { from: 'order', version: 'original' }, 'user:x');
  await settled(engine, tenantId, again!.runId!);
  const keys = calls.filter(({ run }) => run.stepId === 'order').map(({ run }) => run.idempotencyKey);
  expect(new Set(keys).size).toBe(1);
  // What a replay kept was sent by the run before it: from the beginning it happens again all the same.
  const second = await engine.engine.previewReplay(tenantId, again!.runId!, { version: 'original' });
  expect(second!.effects.map((effect) => [effect.stepId, effect.sent])).toEqual([
    ['tell', null],
    ['order', null],
  ]);
});

test('steps of a loop are counted: items that ended well are kept, the failed one goes under its key', async () => {
  respond = (call) => ((call.input as { n: number }).n === 3 ? failure({ type: 'PERMANENT' }) : answer('x'));
  const send = { ...act('send', 'post'), input: { n: '{{item}}' } } as StepDefinition;
  const { tenantId, runId, preview } = await ended(
    [{ id: 'each', kind: 'forEach', items: '{{trigger.output.body}}', steps: [send] }],
    [0, 1, 2, 3],
  );
  const brief = (list: Awaited<ReturnType<typeof preview>>) =>
    list.effects.map(({ stepId, before, times, sameKey }) => [stepId, before, times, sameKey]);
  const part = await preview('send');
  expect(part.from).toBe('each');
  expect(brief(part)).toEqual([['send', 'failed', 1, true]]);
  const whole = await preview();
  expect(brief(whole)).toEqual([
    ['send', 'done', 3, false],
    ['send', 'failed', 1, false],
  ]);
  expect(whole.effects[0]!.words).toBe(
    'Creates it again, for 3 items: the service gets another key, so it will see a second one.',
  );
  respond = () => answer('x');
  const again = await engine.engine.replay(tenantId, runId, { from: 'send', version: 'original' }, 'user:x');
  await settled(engine, tenantId, again!.runId!);
  const second = await engine.engine.previewReplay(tenantId, again!.runId!, { version: 'original' });
  expect(brief(second!)).toEqual([['send', 'done', 4, false]]);
});

test('with the current version it names the steps that are new and those that are gone', async () => {
  respond = () => answer('x');
  const { tenantId, workflowId, preview } = await ended([act('old', 'send'), act('stays', 'post')]);
  await world.database.withTenant(tenantId, async (tx) => {
    const version = await tx.workflowVersion.findFirstOrThrow({ where: { tenantId, workflowId } });
    const definition = JSON.parse(version.definition);
    definition.steps = [act('stays', 'post'), act('fresh', 'send')];
    await tx.workflowVersion.create({
      data: { ...version, version: 2, definition: JSON.stringify(definition) },
    });
    await tx.workflow.updateMany({ where: { tenantId, id: workflowId }, data: { publishedVersion: 2 } });
  });
  const current = await preview(undefined, 'current');
  expect(current).toMatchObject({ version: 2, added: [{ id: 'fresh' }], gone: [{ id: 'old' }] });
  expect(current.effects.map(({ stepId }) => stepId)).toEqual(['stays']);
  expect(await preview()).toMatchObject({ version: 1, added: [], gone: [] });
  await expect(preview('old', 'current')).rejects.toMatchObject({ code: 'invalid_input' });
});

test('the words tell a service that knows keys from one that does not, and what was certain from what was not', () => {
  const words = (
    mode: Parameters<typeof wordRepeat>[1],
    before: 'done' | 'unknown',
    sameKey = false,
    effect: 'send' | 'run' | null = 'send',
  ) => wordRepeat({ effect, times: 1, sameKey, before }, mode);
  expect(words('header', 'done')).toContain('another key, so it will see a second one.');
  expect(words('header', 'unknown', true)).toContain('the same key');
  expect(words('none', 'unknown')).toContain('twice if it has happened. Nobody knows');
  expect(words('natural', 'done', false, null)).toBe(
    'Calls it again: the service comes to the same state, however often.',
  );
  expect(words('none', 'done', false, 'run')).toContain('another run');
});
