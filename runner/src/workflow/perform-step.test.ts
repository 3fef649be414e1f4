import { ExpressionError } from '@weftline/connectors/expression';
import { describe, expect, test } from 'vitest';
import type { EventBody } from '../journal/events.ts';
import { emptyState, foldJournal } from './fold-journal.ts';
import { failureOf, performStep, reasonToPass, resolveInput, scopeOf } from './perform-step.ts';
import type { StepDefinition } from './types.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');
const run = { id: 'r', workflowId: 'w', workflowName: 'Orders' };
const scope = scopeOf(
  { ...emptyState(), triggerOutput: { total: 80, name: 'Zoë' }, startedAtMs: nowMs },
  run,
  {
    limit: 100,
  },
);
const perform = (step: StepDefinition, waitedUntilMs: number | null = null): EventBody =>
  performStep(step, scope, nowMs, waitedUntilMs)!;

describe('what expressions of a run may read', () => {
  test('is the trigger, finished steps, named values and the run; a failed step gives its error', () => {
    const state = foldJournal(
      (
        [
          { type: 'WorkflowStarted', step: null, payload: { output: 1 } },
          { type: 'StepCompleted', step: 'done', payload: { output: { id: 7 } } },
          { type: 'StepFailed', step: 'bad', payload: { attempt: 1, error: { code: 'x', message: 'y' } } },
          { type: 'StepDispatched', step: 'open', payload: { attempt: 1, input: {} } },
          { type: 'StepSkipped', step: 'off', payload: { why: 'z' } },
        ] as EventBody[]
      ).map((body, seq) => ({ ...body, seq, atMs: nowMs }) as never),
    );
    expect(scopeOf(state, run, { limit: 1 })).toEqual({
      trigger: { output: 1 },
      steps: {
        done: { output: { id: 7 }, error: null },
        bad: { output: { error: { code: 'x', message: 'y' } }, error: { code: 'x', message: 'y' } },
      },
      vars: { limit: 1 },
      run: { ...run, startedAt: '2026-03-01T12:00:00.000Z' },
    });
  });
});

describe('a filter', () => {
  const filter = (condition: string): StepDefinition => ({ id: 'f', kind: 'filter', condition });

  test('tells its way and why with the values it saw', () => {
    expect(perform(filter('{{trigger.output.total > vars.limit}}'))).toEqual({
      type: 'StepCompleted',
      step: 'f',
      payload: {
        output: { passed: false },
        port: 'false',
        why: 'Stopped here because `trigger.output.total > vars.limit` was `80 > 100`.',
        input: { condition: '{{trigger.output.total > vars.limit}}' },
      },
    });
    expect(perform(filter('{{trigger.output.total < vars.limit}}'))).toMatchObject({
      payload: { port: 'true', why: 'Went on because `trigger.output.total < vars.limit` was `80 < 100`.' },
    });
  });

  test('that reads what is not there fails by its name', () => {
    expect(perform(filter('{{trigger.output.missing > 1}}'))).toMatchObject({
      type: 'StepFailed',
      payload: { attempt: 1, error: { code: 'unresolved_path' } },
    });
  });
});

test('a branch tells the way it took', () => {
  expect(perform({ id: 'b', kind: 'branch', condition: "{{trigger.output.name == 'Zoë'}}" })).toMatchObject({
    type: 'StepCompleted',
    payload: { output: { passed: true }, port: 'true', why: expect.stringContaining('Took the way "true"') },
  });
});

test('a transform keeps types, and fails by the name of what is missing', () => {
  const output = {
    total: '{{trigger.output.total}}',
    text: 'for {{trigger.output.name}}',
    list: [1, '{{1 + 1}}'],
  };
  expect(perform({ id: 't', kind: 'transform', output })).toMatchObject({
    type: 'StepCompleted',
    payload: { output: { total: 80, text: 'for Zoë', list: [1, 2] }, input: output },
  });
  expect(perform({ id: 't', kind: 'transform', output: '{{steps.later.output.id}}' })).toMatchObject({
    type: 'StepFailed',
    payload: { error: { code: 'unresolved_path', message: expect.stringContaining('steps.later') } },
  });
});

describe('a delay', () => {
  const seconds = (value: number | string): StepDefinition => ({ id: 'd', kind: 'delay', seconds: value });
  const until = (value: string): StepDefinition => ({ id: 'd', kind: 'delay', until: value });
  const instant = (step: StepDefinition) => {
    const body = perform(step);
    return body.type === 'StepWaiting' ? new Date(body.payload.untilMs).toISOString() : body;
  };

  test('waits for its seconds, also computed ones', () => {
    expect(instant(seconds(90))).toBe('2026-03-01T12:01:30.000Z');
    expect(instant(seconds('{{trigger.output.total}}'))).toBe('2026-03-01T12:01:20.000Z');
    expect(instant(seconds('1.5'))).toBe('2026-03-01T12:00:01.500Z');
  });

  test('waits for an instant; one without an offset is UTC wherever the server stands', () => {
    expect(instant(until('2026-03-01T15:00:00+02:00'))).toBe('2026-03-01T13:00:00.000Z');
    expect(instant(until('2026-03-02T09:00'))).toBe('2026-03-02T09:00:00.000Z');
    expect(instant(until('2026-03-02'))).toBe('2026-03-02T00:00:00.000Z');
  });

  test('is over at once when the time has come, however long ago', () => {
    for (const step of [
      seconds(0),
      seconds('-5'),
      seconds('-1e30'),
      until('2020-01-01'),
      seconds('{{0 - 90}}'),
    ])
      expect(perform(step)).toMatchObject({
        type: 'StepCompleted',
        payload: { why: 'The time had already come.' },
      });
  });

  test('goes on when what it waited for has come', () => {
    expect(perform(seconds(90), nowMs)).toMatchObject({
      type: 'StepCompleted',
      payload: { output: { until: '2026-03-01T12:00:00.000Z' } },
    });
  });

  test('refuses what is no time, and more than a year', () => {
    const wrong = [
      seconds('soon'),
      seconds(''),
      seconds('{{true}}'),
      seconds('{{null}}'),
      seconds('{{trigger.output.name}}'),
      until('tomorrow'),
      until('5'),
      until('2026-13-40'),
      until('{{trigger.output.total}}'),
      until(''),
      seconds(400 * 24 * 3600),
      seconds('1e300'),
    ];
    for (const step of wrong)
      expect(perform(step)).toMatchObject({ type: 'StepFailed', payload: { error: { code: 'bad_value' } } });
  });
});

describe('the condition of any step', () => {
  const step = (more: object): StepDefinition =>
    ({ id: 's', kind: 'transform', output: 1, ...more }) as StepDefinition;

  test('passes it over with the reason and lets its followers go on', () => {
    expect(perform(step({ when: '{{trigger.output.total > 100}}' }))).toEqual({
      type: 'StepSkipped',
      step: 's',
      payload: { why: 'Not run because `trigger.output.total > 100` was `80 > 100`.', through: true },
    });
    expect(perform(step({ disabled: true }))).toMatchObject({
      type: 'StepSkipped',
      payload: { why: 'This step is switched off.', through: true },
    });
    expect(perform(step({ when: '{{trigger.output.total < 100}}' }))).toMatchObject({
      type: 'StepCompleted',
    });
    expect(reasonToPass(step({ when: null }), scope)).toBe(null);
  });

  test('that cannot be told fails the step', () => {
    expect(perform(step({ when: '{{trigger.output.none}}' }))).toMatchObject({ type: 'StepFailed' });
    expect(perform(step({ when: '{{trigger.output.name}}' }))).toMatchObject({ type: 'StepFailed' });
  });

  test('is not asked again after a wait', () => {
    const delay: StepDefinition = {
      id: 'd',
      kind: 'delay',
      seconds: 1,
      when: '{{trigger.output.total > 100}}',
    };
    expect(perform(delay, nowMs)).toMatchObject({ type: 'StepCompleted' });
  });
});

describe('an input', () => {
  test('is filled, and fails by the name of what is missing', () => {
    expect(resolveInput({ a: '{{trigger.output.total}}' }, scope)).toEqual({ ok: true, input: { a: 80 } });
    expect(resolveInput({ a: '{{trigger.output.deep.er}}' }, scope)).toMatchObject({
      ok: false,
      error: { code: 'unresolved_path', path: expect.stringContaining('trigger.output.deep') },
    });
  });

  test('whose fault is not an expression is not explained away', () => {
    expect(() => failureOf(new TypeError('x'))).toThrow(TypeError);
    expect(failureOf(new ExpressionError('bad_value', 'No.'))).toEqual({ code: 'bad_value', message: 'No.' });
  });
});

test('an action is nothing that can be done without the outside', () => {
  expect(performStep({ id: 'a', kind: 'action', use: 'x@1.0.0#y' }, scope, nowMs, null)).toBe(null);
});

describe('a delay by working hours', () => {
  const friday = Date.parse('2026-11-20T18:00:00Z');
  const wait = (more: object) =>
    performStep(
      { id: 'a', kind: 'delay', workingHours: true, ...more },
      { trigger: {}, steps: {} },
      friday,
      null,
    );

  test('goes on at the next opening, or at once where it is open, and says which', () => {
    expect(wait({})).toMatchObject({
      type: 'StepWaiting',
      payload: {
        untilMs: Date.parse('2026-11-23T09:00:00Z'),
        why: 'Waits for working hours (UTC), which begin at 2026-11-23T09:00:00.000Z.',
      },
    });
    const noon = Date.parse('2026-11-20T12:00:00Z');
    expect(
      performStep({ id: 'a', kind: 'delay', workingHours: true }, { trigger: {}, steps: {} }, noon, null),
    ).toMatchObject({ type: 'StepCompleted', payload: { why: 'It is within working hours.' } });
  });

  test('counts its seconds only while it is open', () => {
    expect(wait({ seconds: '{{2 * 3600}}' })).toMatchObject({
      payload: { untilMs: Date.parse('2026-11-23T11:00:00Z') },
    });
  });

  test('fails with words when nothing opens within a year, or not for so long', () => {
    const closed = { timezone: 'UTC', week: {}, holidays: [] };
    const step: StepDefinition = { id: 'a', kind: 'delay', workingHours: true };
    expect(performStep(step, { trigger: {}, steps: {} }, friday, null, closed)).toMatchObject({
      type: 'StepFailed',
      payload: {
        error: { code: 'bad_value', message: expect.stringContaining('no working hours within a year') },
      },
    });
    expect(wait({ seconds: 1e9 })).toMatchObject({
      type: 'StepFailed',
      payload: { error: { message: expect.stringContaining('not so many working hours') } },
    });
    expect(wait({ seconds: -1 })).toMatchObject({ type: 'StepFailed' });
  });
});
