import { describe, expect, it } from 'vitest';
import type { Step } from '../types/api.ts';
import { changeStep, copyStep, insertStep, moveStep, removeStep, stepsBefore } from './change-steps.ts';
import {
  allSteps,
  bodyOf,
  findPlace,
  flatten,
  loopsAround,
  mapSteps,
  toLanes,
  toSteps,
  withBody,
} from './lanes.ts';
import { scopeInLoops } from './preview-value.ts';

const step = (id: string, after: string[], more: object = {}): Step => ({
  id,
  kind: 'transform',
  after,
  ...more,
});
const loop = (id: string, after: string[], steps: Step[], more: object = {}): Step =>
  withBody({ id, kind: 'forEach', after, items: '{{trigger.output.list}}', ...more }, steps);
const steps = [
  step('a', []),
  loop('each', ['a'], [step('one', []), loop('inner', ['one'], [step('deep', [])]), step('two', ['inner'])]),
  step('end', ['each']),
];

describe('a loop in the list of steps', () => {
  it('is drawn with its own lane inside and written as it was', () => {
    const lanes = toLanes(steps)!;
    expect(flatten(lanes).map((one) => [one.step.id, one.depth])).toEqual([
      ['a', 0],
      ['each', 0],
      ['one', 1],
      ['inner', 1],
      ['deep', 2],
      ['two', 1],
      ['end', 0],
    ]);
    expect(toSteps(lanes)).toEqual(steps);
    expect(findPlace(lanes, 'deep')).toEqual({ parent: { id: 'inner', way: 'body' }, index: 0 });
    expect(allSteps(steps).map(({ id }) => id)).toEqual(['a', 'each', 'one', 'inner', 'deep', 'two', 'end']);
    expect(loopsAround(steps, 'deep')!.map(({ id }) => id)).toEqual(['each', 'inner']);
    expect([loopsAround(steps, 'a'), loopsAround(steps, 'gone')]).toEqual([[], null]);
  });

  it('takes, moves, loses and copies steps inside', () => {
    const place = { parent: { id: 'each', way: 'body' as const }, index: 1 };
    const inserted = insertStep(steps, place, { id: 'new', kind: 'delay' });
    const inside = (of: Step[]) => bodyOf(of[1]!).map((one) => `${one.id}<${one.after!.join()}`);
    expect(inside(inserted)).toEqual(['one<', 'new<one', 'inner<new', 'two<inner']);
    expect(inside(moveStep(steps, 'two', -1))).toEqual(['one<', 'two<one', 'inner<two']);
    expect(inside(removeStep(steps, 'inner'))).toEqual(['one<', 'two<one']);
    const copied = copyStep(steps, 'each');
    expect(copied.id).toBe('each2');
    expect(bodyOf(copied.steps[2]!).map(({ id }) => id)).toEqual(['one2', 'inner2', 'two2']);
    const renamed = mapSteps(steps, (one) => (one.id === 'deep' ? { ...one, name: 'Deep' } : one));
    expect(allSteps(renamed).find(({ id }) => id === 'deep')!.name).toBe('Deep');
  });

  it('lets its steps use what comes before it and before them, and the first item of the samples', () => {
    expect(stepsBefore(steps, 'two')).toEqual(['a', 'one', 'inner']);
    expect(stepsBefore(steps, 'deep')).toEqual(['a', 'one']);
    expect(stepsBefore(steps, 'end')).toEqual(['a', 'each']);
    const outer = { trigger: { output: { list: [{ parts: ['x', 'y'] }] } } };
    const nested = [steps[1]!, { id: 'inner', kind: 'forEach', items: '{{item.parts}}' }];
    expect(scopeInLoops(nested, outer)).toMatchObject({ item: 'x', index: 0 });
    expect(scopeInLoops([steps[1]!], { trigger: {} })).not.toHaveProperty('item');
  });
});

describe('ways out of a step', () => {
  const cases = (...ids: string[]) => ({
    kind: 'switch',
    cases: ids.map((id) => ({ id, when: '{{true}}' })),
  });
  const forked = [
    step('pick', [], cases('1', '2')),
    step('one', ['pick:case-1']),
    step('other', ['pick:default']),
    step('end', ['one', 'pick:case-2', 'other'], { join: 'any' }),
  ];

  it('are those of the cases of a switch, and come together again', () => {
    const lanes = toLanes(forked)!;
    expect(Object.keys(lanes[0]!.ways!)).toEqual(['case-1', 'case-2', 'default']);
    expect(flatten(lanes).map((one) => [one.step.id, one.depth])).toEqual([
      ['pick', 0],
      ['one', 1],
      ['other', 1],
      ['end', 0],
    ]);
    expect(toSteps(lanes)).toEqual(forked);
    const place = { parent: { id: 'pick', way: 'case-2' }, index: 0 };
    expect(insertStep(forked, place, step('two', [])).at(-1)!.after).toEqual(['one', 'two', 'other']);
  });

  it('come and go with the cases, and so do the steps of a way that is gone', () => {
    const more = changeStep(forked, 'pick', (one) => ({ ...one, ...cases('1', '2', '3') }));
    expect(more.at(-1)!.after).toEqual(['one', 'pick:case-2', 'pick:case-3', 'other']);
    const fewer = changeStep(forked, 'pick', (one) => ({ ...one, ...cases('2') }));
    expect(fewer.map(({ id }) => id)).toEqual(['pick', 'other', 'end']);
    expect(fewer.at(-1)!.after).toEqual(['pick:case-2', 'other']);
  });

  it('of a rejection and of a failure lead aside, and the others go on', () => {
    const asked = [
      step('ask', [], { kind: 'approval' }),
      step('sorry', ['ask:rejected']),
      step('call', ['ask'], { kind: 'waitForHook', onError: 'port' }),
      step('late', ['call:error']),
      step('end', ['call']),
    ];
    const lanes = toLanes(asked)!;
    expect(lanes.map(({ step: { id } }) => id)).toEqual(['ask', 'call', 'end']);
    expect(toSteps(lanes)).toEqual(asked);
    const stopping = changeStep(asked, 'call', ({ onError: _port, ...one }) => one as Step);
    expect(stopping.map(({ id, after }) => `${id}<${after!.join()}`)).toEqual([
      'ask<',
      'sorry<ask:rejected',
      'call<ask',
      'end<call',
    ]);
  });
});
