// A run that waits for a call of its own address, on a real PostgreSQL.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, settled, startWorld, trigger, type World } from '../../testing/start-test-engine.ts';
import type { Call } from '../executor/types.ts';
import type { StartedEngine } from '../start-engine.ts';
import type { StepDefinition } from '../workflow/types.ts';

let world: World;
let engine: StartedEngine;
const calls: Call[] = [];

beforeAll(async () => {
  world = await startWorld();
  engine = await world.start(async (call) => {
    calls.push(call);
    return answer({ got: call.input });
  });
});
afterAll(() => world.stop());

async function start(wait: Partial<Extract<StepDefinition, { kind: 'waitForHook' }>> = {}) {
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, {
    steps: [
      { id: 'send', kind: 'action', use: 'service@1.0.0#post', input: { to: '{{run.hooks.reply}}' } },
      { id: 'reply', kind: 'waitForHook', expiresInSeconds: 600, ...wait },
      { id: 'after', kind: 'transform', output: '{{steps.reply.output.yes}}' },
      { id: 'late', kind: 'transform', output: 'late', after: ['reply:error'] },
    ].slice(0, wait.onError === 'port' ? 4 : 3) as StepDefinition[],
  });
  const { runId } = await trigger(engine, tenantId, workflowId);
  return { tenantId, runId: runId! };
}
/** The address as the far side got it. */
const sentTo = (runId: string): string =>
  (calls.find((call) => call.run.id === runId)!.input as { to: string }).to;
const callHook = (url: string, body: string, method = 'POST') =>
  engine.takeHook({
    key: url.slice(url.lastIndexOf('/') + 1),
    method,
    headers: { 'content-type': 'application/json' },
    query: {},
    rawBody: Buffer.from(body),
  });

describe('a step that waits for a call', () => {
  test('goes on with the body of the first of 100 calls; the others change nothing', async () => {
    const { tenantId, runId } = await start();
    const waiting = await settled(engine, tenantId, runId, ['waiting']);
    const url = sentTo(runId);
    expect(waiting.steps[1]).toMatchObject({ status: 'waiting', input: { url } });
    expect(waiting.why).toContain('Waits for a call of its address until');
    expect(await callHook(url, '', 'GET')).toMatchObject({ status: 404 });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => callHook(url, JSON.stringify({ yes: index }))),
    );
    expect(new Set(answers.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify({ status: 202, runId })]),
    );
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('succeeded');
    expect(run.steps[2]!.output).toEqual((run.steps[1]!.output as { yes: number }).yes);
    expect(await callHook(url, '{"yes":"again"}')).toEqual({ status: 202, runId });
    const events = await engine.engine.readEvents(tenantId, runId, -1, 100);
    expect(events.filter((event) => event.type === 'HookReceived')).toHaveLength(1);
  });

  test('fails by name when nobody calls in time, and its address is gone', async () => {
    const { tenantId, runId } = await start({ expiresInSeconds: 1 });
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('failed');
    expect(run.error).toMatchObject({ code: 'step_timeout', message: expect.stringContaining('reply') });
    expect(await callHook(sentTo(runId), '{}')).toMatchObject({ status: 404 });
  });

  test('takes its error way when nobody calls and it has one', async () => {
    const { tenantId, runId } = await start({ expiresInSeconds: 1, onError: 'port' });
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('succeeded');
    expect(run.steps.map((step) => step.status)).toEqual(['succeeded', 'failed', 'skipped', 'succeeded']);
  });

  test('has an address of its own in each run; unknown ones and those of cancelled runs are the same 404', async () => {
    const [first, second] = [await start(), await start()];
    await settled(engine, first.tenantId, first.runId, ['waiting']);
    await settled(engine, second.tenantId, second.runId, ['waiting']);
    const url = sentTo(first.runId);
    expect(url).not.toBe(sentTo(second.runId));
    expect(url).toMatch(/^\/hooks\/resume-[a-z2-7]{52}$/i);
    expect(calls.every((call) => !url.includes(call.run.idempotencyKey))).toBe(true);
    await engine.engine.cancel(first.tenantId, first.runId, 'user:u');
    const gone = await callHook(url, '{}');
    expect(gone).toEqual(await callHook(`/hooks/resume-${'a'.repeat(52)}`, '{}'));
    expect(gone.status).toBe(404);
  });
});
