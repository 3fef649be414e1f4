// Code steps in whole runs, on real PostgreSQL and with the real pool.
import { withClient } from '@weftline/prisma/migrate/prepare-roles';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { answer, settled, startWorld, trigger, type World } from '../../testing/start-test-engine.ts';
import type { CodeStep, StepDefinition } from '../workflow/types.ts';
import { prepareCode } from './prepare-code.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterEach(() => world.stopEngines());
afterAll(() => world.stop());

const code = (id: string, source: string, more: Partial<CodeStep> = {}): CodeStep => ({
  id,
  kind: 'code',
  source,
  timeoutMs: 10_000,
  ...more,
});
const start = async (steps: StepDefinition[], body = {}) => {
  const engine = await world.start(async (call) => answer({ called: call.run.stepId }));
  const tenantId = await world.addTenant();
  const workflowId = await world.addWorkflow(tenantId, { steps });
  const { runId } = await trigger(engine, tenantId, workflowId, body);
  return { engine, tenantId, runId: runId! };
};

describe('a code step', () => {
  test('R4: reads what earlier steps gave, hands its value on, keeps what it printed, and is completed once', async () => {
    const { engine, tenantId, runId } = await start(
      [
        code(
          'calc',
          'console.log("sum of", input.list);\nreturn { sum: input.list.reduce((a, b) => a + b) };',
          {
            input: { list: '{{trigger.output.body.numbers}}' },
          },
        ),
        { id: 'tell', kind: 'transform', output: '{{steps.calc.output.sum}}' },
      ],
      { numbers: [1, 2, 3] },
    );
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('succeeded');
    expect(run.steps).toMatchObject([
      {
        status: 'succeeded',
        attempts: 1,
        input: { list: [1, 2, 3] },
        output: { sum: 6 },
        logs: ['sum of [1,2,3]'],
      },
      { output: 6 },
    ]);
    const events = await engine.engine.readEvents(tenantId, runId, -1, 100);
    const types = events.filter(({ step }) => step === 'calc').map(({ type }) => type);
    expect(types).toEqual(['StepDispatched', 'StepCompleted']);
  });

  test('that fails says where, is not repeated, and its error leads on by its port', async () => {
    const { engine, tenantId, runId } = await start([
      code('calc', 'const a = 1;\nthrow new RangeError(`no ${a}`);', { onError: 'port' }),
      { id: 'mend', kind: 'transform', after: ['calc:error'], output: '{{steps.calc.output.error.message}}' },
    ]);
    const run = await settled(engine, tenantId, runId);
    expect(run.status).toBe('succeeded');
    expect(run.steps).toMatchObject([
      { status: 'failed', attempts: 1, error: { code: 'code_failed', message: 'RangeError: no 1', line: 2 } },
      { output: 'RangeError: no 1' },
    ]);
  });

  test('that takes too long fails as such; a step without a value for its input never begins', async () => {
    const { engine, tenantId, runId } = await start([
      code('slow', 'for (;;);', { timeoutMs: 20, onError: 'continue' }),
      code('lacks', 'return 1;', { after: [], input: { a: '{{trigger.output.body.missing}}' } }),
    ]);
    const run = await settled(engine, tenantId, runId);
    expect(run.steps).toMatchObject([
      { status: 'failed', attempts: 1, error: { code: 'step_timeout' } },
      { status: 'failed', error: { code: 'unresolved_path' } },
    ]);
  });

  test('that is cancelled is ended with the run, and the pool is free for others at once', async () => {
    const { engine, tenantId, runId } = await start([code('stuck', 'for (;;);', { timeoutMs: 30_000 })]);
    await expect.poll(() => world.code.size().busy).toBe(1);
    expect(await engine.engine.cancel(tenantId, runId, 'user:1')).toBe(true);
    await expect.poll(() => world.code.size().busy, { interval: 5 }).toBe(0);
    const run = await settled(engine, tenantId, runId);
    expect(run.steps[0]).toMatchObject({ status: 'cancelled', why: 'The run ended while the code ran.' });
  });

  test('is done for each item of a loop', async () => {
    const { engine, tenantId, runId } = await start(
      [
        {
          id: 'each',
          kind: 'forEach',
          items: '{{trigger.output.body.numbers}}',
          atOnce: 3,
          collect: '{{steps.twice.output}}',
          steps: [
            code('twice', 'return input.n * 2 + input.at;', { input: { n: '{{item}}', at: '{{index}}' } }),
          ],
        },
      ],
      { numbers: [1, 2, 3] },
    );
    const run = await settled(engine, tenantId, runId);
    expect(run.steps[0]).toMatchObject({ status: 'succeeded', output: { items: [2, 5, 8] } });
  });

  test('never holds up steps that call services', async () => {
    const busy = await start([code('long', 'for (;;);', { timeoutMs: 30_000 })]);
    await expect.poll(() => world.code.size().busy).toBe(1);
    const other = await start([{ id: 'call', kind: 'action', use: 'service@1.0.0#post', input: {} }]);
    expect((await settled(other.engine, other.tenantId, other.runId)).status).toBe('succeeded');
    expect(world.code.size().busy).toBe(1);
    await busy.engine.engine.cancel(busy.tenantId, busy.runId, 'user:1');
  });
});

describe('a process that is lost', () => {
  test('R4: a run whose worker is lost in the middle of its code does it again, and completes it once', async () => {
    const { run } = world.code;
    let asked = 0;
    world.code.run = (...parameters) => {
      asked += 1;
      return asked === 1 ? new Promise(() => {}) : run(...parameters);
    };
    try {
      const { tenantId, runId } = await start([code('calc', 'return 7;')]);
      await expect.poll(() => asked).toBe(1);
      await withClient(world.server.adminUrl, (client) =>
        client.query(
          "UPDATE workflow_runs SET lease_until = now() - interval '1 s', worker_id = 'gone' WHERE id = $1",
          [runId],
        ),
      );
      const other = await world.start(async () => answer(null), { name: 'other', leaseSeconds: 1 });
      const ended = await settled(other, tenantId, runId);
      expect(ended.steps[0]).toMatchObject({ status: 'succeeded', attempts: 2, output: 7 });
      const events = await other.engine.readEvents(tenantId, runId, -1, 100);
      expect(events.filter(({ type }) => type === 'StepCompleted')).toHaveLength(1);
    } finally {
      world.code.run = run;
    }
  });

  test('is tried again, three times altogether, and then it is the code that brings processes down', async () => {
    let lost = 0;
    const crash = async () => {
      lost += 1;
      return {
        ok: false as const,
        fault: 'crashed' as const,
        message: 'gone',
        line: null,
        column: null,
        logs: [],
        tookMs: 1,
      };
    };
    const engine = await world.start(async () => answer(null));
    const run = world.code.run;
    world.code.run = crash;
    try {
      const tenantId = await world.addTenant();
      const workflowId = await world.addWorkflow(tenantId, { steps: [code('poison', 'return 1;')] });
      const { runId } = await trigger(engine, tenantId, workflowId);
      const ended = await settled(engine, tenantId, runId!);
      expect(ended.steps[0]).toMatchObject({
        status: 'failed',
        attempts: 3,
        error: { code: 'code_crashed' },
      });
      expect(lost).toBe(3);
    } finally {
      world.code.run = run;
    }
  });

  test('a full queue is no attempt: the run stands aside and comes back', async () => {
    const full = {
      ok: false as const,
      fault: 'full' as const,
      message: 'full',
      line: null,
      column: null,
      logs: [],
      tookMs: 0,
    };
    const attempt = prepareCode('t', code('x', 'return 1;'), {}, 'key', { run: async () => full });
    expect(await attempt.call(new AbortController().signal)).toMatchObject({
      ok: false,
      error: { isHeld: true, sent: 'no', retryAfterMs: 2_000 },
    });
  });

  test('an input that is too large is refused before it is sent anywhere', async () => {
    const attempt = prepareCode('t', code('x', 'return 1;'), 'x'.repeat(2_200_000), 'key', {
      run: () => Promise.reject(new Error('was run')),
    });
    expect(await attempt.call(new AbortController().signal)).toMatchObject({
      ok: false,
      error: { code: 'code_limit', type: 'PERMANENT' },
    });
  });
});
