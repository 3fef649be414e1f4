import { describe, expect, test } from 'vitest';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import { foldJournal } from './fold-journal.ts';
import { edgesOf, nextStep, parseEdge } from './next-step.ts';
import type { ActionStep, StepDefinition, WorkflowDefinition } from './types.ts';

const act = (id: string, after: string[], more: Partial<ActionStep> = {}): StepDefinition => ({
  id,
  kind: 'action',
  use: 'service@1.0.0#post',
  after,
  ...more,
});
const filter = (id: string, after: string[]): StepDefinition => ({
  id,
  kind: 'filter',
  after,
  condition: '{{true}}',
});
const branch = (id: string, after: string[]): StepDefinition => ({
  id,
  kind: 'branch',
  after,
  condition: '{{true}}',
});
const workflow = (...steps: StepDefinition[]): WorkflowDefinition => ({
  format: 'workflow/1',
  name: 'test',
  trigger: { kind: 'manual' },
  steps,
});

const dispatched = (step: string, attempt = 1): EventBody => ({
  type: 'StepDispatched',
  step,
  payload: { attempt, input: {} },
});
const done = (step: string, port?: string, why?: string): EventBody => ({
  type: 'StepCompleted',
  step,
  payload: { output: {}, ...(port ? { port } : {}), ...(why ? { why } : {}) },
});
const failed = (step: string, retryInMs?: number): EventBody => ({
  type: 'StepFailed',
  step,
  payload: {
    attempt: 1,
    error: { code: 'remote_refused', message: 'The service said no.' },
    ...(retryInMs === undefined ? {} : { retryInMs }),
  },
});
const skipped = (step: string, through = false): EventBody => ({
  type: 'StepSkipped',
  step,
  payload: { why: 'This step is switched off.', through },
});
const started = (kept?: { [id: string]: never }): EventBody => ({
  type: 'WorkflowStarted',
  step: null,
  payload: { output: {}, ...(kept ? { kept } : {}) },
});
const nowMs = 1_000_000;
const journal = (bodies: EventBody[]): RecordedEvent[] =>
  bodies.map((body, seq) => ({ ...body, seq, atMs: nowMs }) as RecordedEvent);

/** What comes next after these entries: ids that may begin, ids that are skipped, or the kind of pause or end. */
function next(definition: WorkflowDefinition, bodies: EventBody[], inFlight: string[] = [], now = nowMs) {
  const events = bodies[0]?.type === 'WorkflowStarted' ? bodies : [started(), ...bodies];
  const answer = nextStep(definition, foldJournal(journal(events)), now, new Set(inFlight));
  return answer.kind === 'go'
    ? { ready: answer.ready.map(({ id }) => id), skip: answer.skip.map(({ id }) => id) }
    : answer;
}
const whySkipped = (definition: WorkflowDefinition, bodies: EventBody[]) => {
  const answer = nextStep(definition, foldJournal(journal([started(), ...bodies])), nowMs, new Set());
  return answer.kind === 'go' ? answer.skip.map(({ why }) => why) : [];
};
const succeeded = { kind: 'end', status: 'succeeded', code: null, message: null, stepId: null };

describe('the order of steps', () => {
  test('is that of the list where a step does not say what it follows', () => {
    const steps = ['a', 'b'].map((id): StepDefinition => ({ id, kind: 'transform', output: null }));
    expect(edgesOf(workflow(...steps))).toEqual(
      new Map([
        ['a', []],
        ['b', [{ from: 'a', port: null }]],
      ]),
    );
    expect(parseEdge('a:case-x')).toEqual({ from: 'a', port: 'case-x' });
  });

  test('begins with every step that follows nothing and ends when all have finished', () => {
    const definition = workflow(act('b', ['a']), act('a', []), act('c', []));
    expect(next(definition, [])).toEqual({ ready: ['a', 'c'], skip: [] });
    expect(next(definition, [dispatched('a'), dispatched('c')], ['a', 'c'])).toEqual({ kind: 'inFlight' });
    expect(next(definition, [dispatched('a'), dispatched('c'), done('a')], ['c'])).toEqual({
      ready: ['b'],
      skip: [],
    });
    expect(next(definition, [done('a'), done('c'), done('b')])).toEqual(succeeded);
  });

  test('of a workflow without steps is its end', () => {
    expect(next(workflow(), [])).toEqual(succeeded);
  });
});

describe('a filter', () => {
  const definition = workflow(
    filter('f', []),
    act('on', ['f']),
    act('yes', ['f:true']),
    act('no', ['f:false']),
  );

  test('that holds leads on, and not to its way "false"', () => {
    expect(next(definition, [done('f', 'true')])).toEqual({ ready: ['on', 'yes'], skip: ['no'] });
  });

  test('that does not hold skips what follows, with its reason', () => {
    const stopped = done('f', 'false', 'Stopped here because `total > 100` was `80 > 100`.');
    expect(next(definition, [stopped])).toEqual({ ready: ['no'], skip: ['on', 'yes'] });
    expect(whySkipped(definition, [stopped])[0]).toBe('Skipped because `total > 100` was `80 > 100`.');
    const later = workflow(filter('f', []), act('b', ['f']), act('c', ['b']));
    expect(whySkipped(later, [stopped, skipped('b')])).toEqual(['Skipped because b was skipped.']);
    expect(next(later, [stopped, skipped('b'), skipped('c')])).toEqual(succeeded);
  });

  test('that is switched off lets everything through', () => {
    expect(next(definition, [skipped('f', true)])).toEqual({ ready: ['on', 'yes'], skip: ['no'] });
  });

  test('that was kept from an earlier run leads where it led then', () => {
    const kept = (passed: boolean) => started({ f: { passed } as never });
    expect(next(definition, [kept(true)])).toEqual({ ready: ['on', 'yes'], skip: ['no'] });
    expect(next(definition, [kept(false)])).toEqual({ ready: ['no'], skip: ['on', 'yes'] });
  });
});

describe('a branch', () => {
  const definition = workflow(
    branch('w', []),
    act('yes', ['w:true']),
    act('no', ['w:false']),
    act('both', ['w']),
    act('join', ['yes', 'no']),
  );

  test('leads along the way it took and past it where no way is named', () => {
    expect(next(definition, [done('w', 'true')])).toEqual({ ready: ['yes', 'both'], skip: ['no'] });
    expect(next(definition, [done('w', 'false')])).toEqual({ ready: ['no', 'both'], skip: ['yes'] });
    expect(whySkipped(definition, [done('w', 'false')])).toEqual([
      'Skipped because w took the way "false", not "true".',
    ]);
  });

  test('that was kept from an earlier run leads where it led then', () => {
    expect(next(definition, [started({ w: { passed: false } as never })])).toEqual({
      ready: ['no', 'both'],
      skip: ['yes'],
    });
  });

  test('comes together again in a join that runs once, whichever way was taken', () => {
    const taken = [done('w', 'true'), done('both'), skipped('no')];
    expect(next(definition, [...taken, dispatched('yes')], ['yes'])).toEqual({ kind: 'inFlight' });
    expect(next(definition, [...taken, done('yes')])).toEqual({ ready: ['join'], skip: [] });
    expect(next(definition, [...taken, done('yes'), done('join')])).toEqual(succeeded);
  });
});

describe('a join', () => {
  const steps = (join: 'all' | 'any') =>
    workflow(act('a', []), act('b', []), act('j', ['a', 'b'], { join }), act('end', ['j']));

  test('of all waits for all', () => {
    expect(next(steps('all'), [done('a'), dispatched('b')], ['b'])).toEqual({ kind: 'inFlight' });
    expect(next(steps('all'), [done('a'), done('b')])).toEqual({ ready: ['j'], skip: [] });
  });

  test('of all runs when at least one way leads to it, and is skipped when none does', () => {
    expect(next(steps('all'), [done('a'), skipped('b')])).toEqual({ ready: ['j'], skip: [] });
    expect(next(steps('all'), [skipped('a'), skipped('b')])).toEqual({ ready: [], skip: ['j'] });
  });

  test('of any begins with the first and does not begin again with the second', () => {
    expect(next(steps('any'), [done('a'), dispatched('b')], ['b'])).toEqual({ ready: ['j'], skip: [] });
    expect(next(steps('any'), [done('a'), done('j'), done('b')])).toEqual({ ready: ['end'], skip: [] });
    expect(next(steps('any'), [skipped('a'), dispatched('b')], ['b'])).toEqual({ kind: 'inFlight' });
    expect(next(steps('any'), [skipped('a'), skipped('b')])).toEqual({ ready: [], skip: ['j'] });
  });
});

describe('a failed step', () => {
  test('ends the run, with its name and reason, once nothing is in flight', () => {
    const definition = workflow(act('a', [], { name: 'Order' }), act('b', []), act('c', ['b']));
    expect(next(definition, [dispatched('b'), failed('a')], ['b'])).toEqual({ kind: 'inFlight' });
    expect(next(definition, [failed('a'), done('b')])).toEqual({
      kind: 'end',
      status: 'failed',
      code: 'remote_refused',
      message: 'Step Order failed: The service said no.',
      stepId: 'a',
    });
  });

  test('with onError continue leads on as if it had succeeded', () => {
    const definition = workflow(act('a', [], { onError: 'continue' }), act('b', ['a']), act('c', ['a:done']));
    expect(next(definition, [failed('a')])).toEqual({ ready: ['b', 'c'], skip: [] });
  });

  test('with onError port leads along "error" alone, a good one past it', () => {
    const definition = workflow(act('a', [], { onError: 'port' }), act('b', ['a']), act('mend', ['a:error']));
    expect(next(definition, [failed('a')])).toEqual({ ready: ['mend'], skip: ['b'] });
    expect(whySkipped(definition, [failed('a')])).toEqual(['Skipped because a failed.']);
    expect(next(definition, [done('a')])).toEqual({ ready: ['b'], skip: ['mend'] });
    expect(next(definition, [failed('a'), done('mend'), skipped('b')])).toEqual(succeeded);
  });

  test('that is no action always ends the run', () => {
    const definition = workflow(filter('f', []), act('b', ['f']));
    expect(next(definition, [failed('f')])).toMatchObject({ kind: 'end', status: 'failed', stepId: 'f' });
  });
});

describe('a step that is passed over', () => {
  test('leads on, and past the ways it would have chosen from', () => {
    const definition = workflow(
      branch('w', []),
      act('yes', ['w:true']),
      act('past', ['w']),
      act('d', ['past']),
    );
    expect(next(definition, [skipped('w', true)])).toEqual({ ready: ['past'], skip: ['yes'] });
    expect(next(definition, [skipped('w', true), skipped('yes'), skipped('past', true)])).toEqual({
      ready: ['d'],
      skip: [],
    });
  });
});

describe('a run that waits', () => {
  const definition = workflow(act('a', []), act('b', []), act('c', ['a', 'b']));
  const waiting: EventBody = {
    type: 'StepWaiting',
    step: 'b',
    payload: { untilMs: nowMs + 5_000, why: 'Waits until later.' },
  };
  const unknown: EventBody = {
    type: 'StepUnknown',
    step: 'b',
    payload: { attempt: 1, why: 'Nobody knows.' },
  };

  test('says until when and why, and goes on when the instant has come', () => {
    expect(next(definition, [failed('a', 3_000), waiting])).toEqual({
      kind: 'wait',
      untilMs: nowMs + 3_000,
      why: `Step a: Attempt 1 failed: The service said no. It goes on at ${new Date(nowMs + 3_000).toISOString()}.`,
    });
    expect(next(definition, [failed('a', 3_000), waiting], [], nowMs + 2_999)).toMatchObject({
      kind: 'wait',
    });
    expect(next(definition, [failed('a', 3_000), waiting], [], nowMs + 3_000)).toEqual({
      ready: ['a'],
      skip: [],
    });
    expect(next(definition, [failed('a', 3_000), waiting], [], nowMs + 5_000)).toEqual({
      ready: ['a', 'b'],
      skip: [],
    });
  });

  test('for a person has no instant, and a clock that runs goes first', () => {
    expect(next(definition, [done('a'), unknown])).toEqual({
      kind: 'wait',
      untilMs: null,
      why: 'Step b: Nobody knows.',
    });
    expect(next(definition, [failed('a', 3_000), unknown])).toMatchObject({ untilMs: nowMs + 3_000 });
  });
});

describe('a run in which nothing can go on', () => {
  test('ends as a deadlock that names the steps', () => {
    const definition = workflow(act('a', []), act('b', ['c']), act('c', ['b', 'a']), act('d', ['gone']));
    expect(next(definition, [done('a')])).toEqual({
      kind: 'end',
      status: 'failed',
      code: 'deadlock',
      message: 'Nothing can go on: b, c, d wait for each other.',
      stepId: 'b',
    });
  });

  test('names a step whose call nobody has, too', () => {
    expect(next(workflow(act('a', [])), [dispatched('a')])).toMatchObject({
      code: 'deadlock',
      message: 'Nothing can go on: a wait for each other.',
      stepId: 'a',
    });
  });
});
