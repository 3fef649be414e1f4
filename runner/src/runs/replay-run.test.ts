import { expect, test } from 'vitest';
import type { StepDefinition, WorkflowDefinition } from '../workflow/types.ts';
import { stepsFrom } from './replay-run.ts';

const step = (id: string, after?: string[]): StepDefinition => ({
  id,
  kind: 'transform',
  output: null,
  ...(after ? { after } : {}),
});
const workflow = (...steps: StepDefinition[]): WorkflowDefinition => ({
  format: 'workflow/1',
  name: 'x',
  trigger: { kind: 'manual' },
  steps,
});
const from = (definition: WorkflowDefinition, id: string) => [...stepsFrom(definition, id)].sort();

test('a rerun from a step does that step and all that comes after it, and nothing beside or before it', () => {
  const definition = workflow(
    step('end', ['left', 'right:error']),
    step('a', []),
    step('left', ['a:true']),
    step('right', ['a:false', 'b']),
    step('b', []),
    step('alone', []),
  );
  expect(from(definition, 'a')).toEqual(['a', 'end', 'left', 'right']);
  expect(from(definition, 'b')).toEqual(['b', 'end', 'right']);
  expect(from(definition, 'end')).toEqual(['end']);
  expect(from(definition, 'alone')).toEqual(['alone']);
});

test('steps that do not say what they follow come after the one before them', () => {
  const definition = workflow(step('a'), step('b'), step('c'));
  expect(from(definition, 'b')).toEqual(['b', 'c']);
});

test('a long chain whose list stands on its head is followed to its end', () => {
  const ids = Array.from({ length: 200 }, (_, index) => `s${index}`);
  const steps = ids.map((id, index) => step(id, index === 0 ? [] : [ids[index - 1]!])).reverse();
  expect(stepsFrom(workflow(...steps), 's0').size).toBe(200);
});
