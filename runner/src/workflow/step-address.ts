// Where a step of a loop's body stands in the journal: `each[3].send` is step `send` of loop `each` for the item at index 3. Pure.
import type { ForEachStep, StepDefinition, WorkflowDefinition } from './types.ts';

/** Characters of an address: two loops deep with the longest ids. */
export const longestAddress = 300;

/** `each[3]`: one iteration of the loop at this address. */
export const iterationAddress = (loop: string, index: number): string => `${loop}[${index}]`;

/** The iteration that an address belongs to, with its loop. Null: it belongs to no loop. */
export function iterationOf(address: string): { loop: string; index: number; iteration: string } | null {
  const end = address.lastIndexOf('].');
  if (end < 0) return null;
  const start = address.lastIndexOf('[', end);
  return {
    loop: address.slice(0, start),
    index: Number(address.slice(start + 1, end)),
    iteration: address.slice(0, end + 1),
  };
}

/** The iterations around an address, outermost first: `a[1].b[2].c` gives `a[1]` and `a[1].b[2]`. */
export function iterationsAround(address: string): string[] {
  const found: string[] = [];
  for (let end = address.indexOf('].'); end >= 0; end = address.indexOf('].', end + 1))
    found.push(address.slice(0, end + 1));
  return found;
}

/** The step's own id, as the document writes it. */
export const localId = (address: string): string => address.slice(address.lastIndexOf('.') + 1);

/** The ids of an address from the outermost loop to the step: `a[1].b[2].c` gives a, b, c. */
export const idsOf = (address: string): string[] => address.replaceAll(/\[\d+\]/g, '').split('.');

/** True for what lies inside the loop or iteration at `around`. */
export const isInside = (address: string, around: string): boolean =>
  address.startsWith(around) && (address[around.length] === '[' || address[around.length] === '.');

/**
 * One number for the iterations of an address: 0 outside of loops, else the index; in an inner loop the outer index counts
 * 10,000 times as much. With the step's id it makes the key that the far side sees.
 */
export function iterationNumber(address: string): number {
  let number = 0;
  for (const [, index] of address.matchAll(/\[(\d+)\]/g)) number = number * 10_000 + Number(index);
  return number;
}

/** A step of a body as it stands in an iteration: its id is its address, so that all that is said of it names the iteration. */
export const placeStep = <Step extends StepDefinition>(step: Step, iteration: string): Step =>
  iteration === '' ? step : { ...step, id: `${iteration}.${step.id}` };

/** All steps of a document with those of loops, each with the loops around it, outermost first. */
export function* walkSteps(
  steps: readonly StepDefinition[],
  around: readonly ForEachStep[] = [],
): Generator<{ step: StepDefinition; around: readonly ForEachStep[] }> {
  for (const step of steps) {
    yield { step, around };
    if (step.kind === 'forEach') yield* walkSteps(step.steps, [...around, step]);
  }
}

/** The step at an address, placed there; an id alone finds a step of a body too, without an iteration. Null: there is none. */
export function findStep(
  definition: Pick<WorkflowDefinition, 'steps'>,
  address: string,
): StepDefinition | null {
  const id = localId(address);
  for (const { step } of walkSteps(definition.steps))
    if (step.id === id) return placeStep(step, iterationOf(address)?.iteration ?? '');
  return null;
}
