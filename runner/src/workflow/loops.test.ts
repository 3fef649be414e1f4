// What a loop may be, as the validator tells it, and that a long one stays small.
import { describe, expect, test } from 'vitest';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import { type DecisionServices, openRun } from '../runs/decide-run.ts';
import { checkDefinition } from './check-definition.ts';
import { foldJournal } from './fold-journal.ts';
import { nextStep } from './next-step.ts';
import { findStep, idsOf, isInside, iterationNumber, iterationOf, iterationsAround } from './step-address.ts';
import type { StepDefinition, WorkflowDefinition } from './types.ts';
import { viewRun } from './view-run.ts';

const workflow = (steps: unknown[]): WorkflowDefinition =>
  ({ format: 'workflow/1', name: 'W', trigger: { kind: 'manual' }, steps }) as WorkflowDefinition;
const shape = (id: string, more: object = {}) => ({ id, kind: 'transform', output: 1, ...more });
const each = (id: string, steps: unknown[], more: object = {}) => ({
  id,
  kind: 'forEach',
  items: '{{trigger.output.list}}',
  steps,
  ...more,
});
const check = (steps: unknown[]) =>
  checkDefinition(workflow(steps), { findApp: () => null }).map(({ path, code, message, stepId }) => ({
    path,
    code,
    message,
    stepId,
  }));

describe('a loop', () => {
  test('may read item, index, what comes before it and the steps of its own iteration, also in another loop', () => {
    const steps = [
      shape('first'),
      each('outer', [
        shape('a', { output: '{{item.name}} {{index}} {{steps.first.output}}' }),
        each('inner', [shape('b', { output: '{{item}} {{steps.a.output}} {{steps.first.output}}' })], {
          items: '{{item.list}}',
          collect: '{{steps.b.output}} of {{item}}',
        }),
        shape('c', { output: '{{steps.inner.output.items}}' }),
      ]),
      shape('last', { output: '{{steps.outer.output.items[0]}}' }),
    ];
    expect(check(steps)).toEqual([]);
  });

  test('is not read into from outside, nor followed: what to do instead is said', () => {
    const problems = check([
      each('loop', [shape('inside'), shape('other', { after: ['before'] })]),
      shape('before', { after: [] }),
      shape('reads', { output: '{{steps.inside.output}}' }),
      shape('follows', { after: ['inside'] }),
    ]);
    expect(problems).toEqual([
      {
        path: '/steps/0/steps/1/after/0',
        code: 'unknown_step',
        stepId: 'other',
        message:
          'Step "before" is outside of the loop "loop". Steps in a loop follow steps of the same loop; what "loop" follows has finished before all of them.',
      },
      {
        path: '/steps/3/after/0',
        code: 'unknown_step',
        stepId: 'follows',
        message: 'Step "inside" is in the loop "loop". Let this step follow the loop: "loop".',
      },
      {
        path: '/steps/2/output',
        code: 'inside_loop',
        stepId: 'reads',
        message:
          'Step `inside` is in the loop `loop`, so it has an output for each item. Come after the loop and read what it collects: steps.loop.output.items.',
      },
    ]);
  });

  test('has no item outside, one name a step in the whole document, at least one step, and 20 at once at most', () => {
    expect(check([shape('a', { output: '{{item}}' })])).toMatchObject([{ code: 'unknown_root' }]);
    expect(check([each('loop', [shape('same')]), shape('same')])).toMatchObject([
      { code: 'duplicate_step', path: '/steps/1/id' },
    ]);
    expect(check([each('loop', [])])).toMatchObject([
      { path: '/steps/0/steps', code: 'required', stepId: 'loop' },
    ]);
    expect(check([each('loop', [shape('a')], { items: '' })])).toMatchObject([
      { path: '/steps/0/items', code: 'required', stepId: 'loop' },
    ]);
    expect(check([each('loop', [shape('a')], { atOnce: 21 })])).toMatchObject([{ path: '/steps/0/atOnce' }]);
    expect(check([each('loop', [shape('a', { nonsense: 1 })])])).toMatchObject([
      { path: '/steps/0/steps/0', code: 'unknown_key', stepId: 'a' },
    ]);
    expect(check([each('loop', [shape('a', { after: ['b'] }), shape('b', { after: ['a'] })])])).toMatchObject(
      [{ path: '/steps/0/steps', code: 'circle' }],
    );
  });

  test('may stand in a loop, and no deeper; the steps of all loops count', () => {
    const deep = each('one', [each('two', [each('three', [shape('a')])])]);
    expect(check([deep])).toMatchObject([
      { path: '/steps/0/steps/0/steps/0', code: 'too_deep', stepId: 'three' },
    ]);
    const many = Array.from({ length: 150 }, (_, at) => shape(`s${at}`));
    const more = Array.from({ length: 60 }, (_, at) => shape(`t${at}`));
    expect(check([each('loop', many), ...more])).toMatchObject([{ code: 'invalid_shape', path: '/steps' }]);
  });

  test('in a loop works on 20 items together at most', () => {
    const nested = (outer: number, inner: number) =>
      check([each('one', [each('two', [shape('a')], { atOnce: inner })], { atOnce: outer })]);
    expect(nested(4, 5)).toEqual([]);
    expect(nested(5, 5)).toMatchObject([{ code: 'too_many_at_once', path: '/steps/0/steps/0/atOnce' }]);
  });

  test('has ways out of its own: error where it says so', () => {
    expect(check([each('loop', [shape('a')]), shape('b', { after: ['loop:error'] })])).toMatchObject([
      { code: 'unknown_port' },
    ]);
    const leads = [each('loop', [shape('a')], { onError: 'port' }), shape('b', { after: ['loop:error'] })];
    expect(check(leads)).toEqual([]);
  });
});

test('an address tells loops, indexes and the step, and is found again', () => {
  expect(iterationOf('a[1].b[22].c')).toEqual({ loop: 'a[1].b', index: 22, iteration: 'a[1].b[22]' });
  expect(iterationOf('a')).toBeNull();
  expect(iterationsAround('a[1].b[22].c')).toEqual(['a[1]', 'a[1].b[22]']);
  expect(idsOf('a[1].b[22].c')).toEqual(['a', 'b', 'c']);
  expect([iterationNumber('c'), iterationNumber('a[7].c'), iterationNumber('a[7].b[2].c')]).toEqual([
    0, 7, 70_002,
  ]);
  expect([isInside('a[1].c', 'a'), isInside('ab[1].c', 'a'), isInside('a[1].c', 'a[1]')]).toEqual([
    true,
    false,
    true,
  ]);
  const definition = workflow([each('a', [each('b', [shape('c')])])]);
  expect(findStep(definition, 'a[1].b[22].c')).toMatchObject({ id: 'a[1].b[22].c', kind: 'transform' });
  expect(findStep(definition, 'c')).toMatchObject({ id: 'c' });
  expect(findStep(definition, 'd')).toBeNull();
});

/** Runs a loop over `count` items through the pure core; its calls are answered at once. */
async function through(count: number, step: object) {
  const list = Array.from({ length: count }, (_, n) => ({ n }));
  const definition = workflow([each('each', [{ id: 'send', ...step }], { atOnce: 5 })]);
  const journal = [
    { type: 'WorkflowStarted', step: null, payload: { output: { list } }, seq: 0, atMs: 0 },
  ] as RecordedEvent[];
  const state = foldJournal(journal);
  const services = {
    loadDefinition: async () => definition,
    loadVariables: async () => ({}),
    prepareAttempt: async (_ticket: unknown, _definition: unknown, at: StepDefinition, input: unknown) => ({
      safety: 'safe',
      key: at.id,
      input,
    }),
    loadAnswers: async () => [],
    hookUrl: async () => '',
    clock: () => 0,
  } as unknown as DecisionServices;
  const ticket = {
    tenantId: 't',
    runId: 'r',
    epoch: 1,
    workflowId: 'w',
    version: 1,
    workflowName: 'W',
    state,
  };
  const run = await openRun(ticket, services, new AbortController().signal);
  let outcomes: EventBody[] = [];
  const most = { steps: 0, events: 0 };
  let entries = 1;
  for (;;) {
    const decision = await run.decide(outcomes);
    entries += decision.events.length;
    most.steps = Math.max(most.steps, state.steps.size);
    most.events = Math.max(most.events, decision.events.length);
    outcomes = [];
    if (decision.leave) return { decision, state, most, entries, definition };
    for (const start of decision.starts) {
      run.landed(start.step.id);
      outcomes.push({ type: 'StepCompleted', step: start.step.id, payload: { output: start.attempt.input } });
    }
  }
}

describe('a long loop', () => {
  test('over 10,000 items keeps the steps of what is under way alone, and never decides all at once', async () => {
    const calls = await through(10_000, { kind: 'action', use: 'a@1.0.0#b', input: { n: '{{item.n}}' } });
    expect(calls.decision.leave!.left).toBe('succeeded');
    expect(calls.most.steps).toBeLessThanOrEqual(1 + 5);
    expect(calls.entries).toBe(1 + 1 + 3 * 10_000 + 2);
    const pure = await through(10_000, { kind: 'transform', output: '{{item.n}}' });
    expect(pure.most.events).toBeLessThan(600);
    const { output } = pure.state.steps.get('each')!;
    expect(output).toMatchObject({ count: 10_000, failed: 0 });
    expect((output as { items: number[] }).items[9_999]).toBe(9_999);
  });

  test('over 10,001 items fails, and says what to do', async () => {
    const { state } = await through(10_001, { kind: 'transform', output: 1 });
    expect(state.ended).toMatchObject({
      status: 'failed',
      message:
        'Step each failed: A loop takes 10000 items at most, and this list has 10001. Ask for fewer at a time, or loop over pages of it.',
    });
  });

  test('that collects more than it may fails with the item where it was too much', async () => {
    const { state } = await through(100, { kind: 'transform', output: 'x'.repeat(200_000) });
    expect(state.ended).toMatchObject({ status: 'failed', code: 'too_large' });
    expect(state.ended!.message).toContain('Let it collect less of each item.');
  });

  test('over nothing, or over what is no list, is told', async () => {
    const none = await through(0, { kind: 'transform', output: 1 });
    expect(none.state.steps.get('each')!.output).toEqual({ items: [], count: 0, failed: 0 });
    const definition = workflow([each('each', [shape('a')], { items: '{{trigger.output}}' })]);
    const state = foldJournal([
      { type: 'WorkflowStarted', step: null, payload: { output: 'text' }, seq: 0, atMs: 0 },
    ]);
    expect(nextStep(definition, state, 0, new Set())).toMatchObject({ kind: 'go', ready: [{ id: 'each' }] });
    const row = { status: 'running', why: null, error: null } as never;
    expect(viewRun(row, definition, state).steps[0]).toMatchObject({ status: 'pending' });
  });
});
