import { describe, expect, it } from 'vitest';
import type { Step } from '../types/api.ts';
import { copyStep, freeId, idOf, insertStep, moveStep, removeStep, stepsBefore } from './change-steps.ts';
import { flatten, toLanes, toSteps } from './lanes.ts';

const step = (id: string, after: string[] | undefined, kind = 'action'): Step => ({
  id,
  kind,
  ...(after ? { after } : {}),
});
const branched: Step[] = [
  step('a', []),
  step('b', ['a'], 'branch'),
  step('yes', ['b:true']),
  step('no', ['b:false']),
  { ...step('end', ['yes', 'no']), join: 'any' },
];
const ids = (steps: Step[]) => steps.map((one) => `${one.id}<${one.after!.join('+')}`);

describe('lanes', () => {
  it('draws a branch as two lanes and goes on behind it', () => {
    const lanes = toLanes(branched)!;
    expect(flatten(lanes).map((one) => [one.step.id, one.depth])).toEqual([
      ['a', 0],
      ['b', 0],
      ['yes', 1],
      ['no', 1],
      ['end', 0],
    ]);
    expect(toSteps(lanes)).toEqual(branched);
  });

  it('reads a step without "after" as the one behind the step before it', () => {
    expect(flatten(toLanes([step('a', undefined), step('b', undefined)])!)).toHaveLength(2);
  });

  it('leaves an empty way empty, and joins it', () => {
    const steps = insertStep(
      [step('b', [], 'branch'), step('yes', ['b:true'])],
      { parent: null, index: 1 },
      step('end', []),
    );
    expect(ids(steps)).toEqual(['b<', 'yes<b:true', 'end<yes+b:false']);
    expect(steps[2]!.join).toBe('any');
    expect(toLanes(steps)).not.toBeNull();
  });

  it('gives up on parallel steps instead of drawing them wrongly', () => {
    expect(toLanes([step('a', []), step('b', ['a']), step('c', ['a'])])).toBeNull();
    expect(toLanes([step('a', ['nowhere'])])).toBeNull();
  });
});

describe('changing steps', () => {
  it('puts a step between two others', () => {
    expect(
      ids(insertStep([step('a', []), step('c', ['a'])], { parent: null, index: 1 }, step('b', []))),
    ).toEqual(['a<', 'b<a', 'c<b']);
  });

  it('puts a step into a way of a branch', () => {
    expect(ids(insertStep(branched, { parent: { id: 'b', way: 'false' }, index: 0 }, step('x', [])))).toEqual(
      ['a<', 'b<a', 'yes<b:true', 'x<b:false', 'no<x', 'end<yes+no'],
    );
  });

  it('appends to a graph that is no tree', () => {
    const steps = [step('a', []), step('b', ['a']), step('c', ['a'])];
    expect(ids(insertStep(steps, { parent: null, index: 0 }, step('d', []))).at(-1)).toBe('d<c');
  });

  it('removes a step and closes the gap', () => {
    expect(ids(removeStep([step('a', []), step('b', ['a']), step('c', ['b'])], 'b'))).toEqual(['a<', 'c<a']);
  });

  it('removes a branch with everything in its ways', () => {
    expect(ids(removeStep(branched, 'b'))).toEqual(['a<', 'end<a']);
  });

  it('removes a step from a graph that is no tree by joining its ends', () => {
    expect(
      ids(removeStep([step('a', []), step('b', ['a']), step('c', ['a']), step('d', ['b', 'c'])], 'b')),
    ).toEqual(['a<', 'c<a', 'd<a+c']);
  });

  it('moves a step inside its lane and no further', () => {
    const steps = [step('a', []), step('b', ['a'])];
    expect(ids(moveStep(steps, 'b', -1))).toEqual(['b<', 'a<b']);
    expect(ids(moveStep(steps, 'a', -1))).toEqual(['a<', 'b<a']);
  });

  it('copies a branch with new ids all the way down', () => {
    const copied = copyStep(branched, 'b');
    expect(copied.id).toBe('b2');
    expect(copied.steps.map((one) => one.id)).toEqual(['a', 'b', 'yes', 'no', 'b2', 'yes2', 'no2', 'end']);
  });

  it('knows whose data a step can use', () => {
    expect(stepsBefore(branched, 'yes')).toEqual(['a', 'b']);
    expect(stepsBefore(branched, 'a')).toEqual([]);
  });

  it('makes ids that are free and allowed', () => {
    expect(freeId('send', new Set(['send', 'send2']))).toBe('send3');
    expect(['send-message', 'Request', '9lives'].map(idOf)).toEqual(['sendMessage', 'request', 'step']);
  });
});
