// Where the work of a step is done: in the deciding process itself, or by somebody else while the run waits for the answer. Pure.
import type { ActionStep, CodeStep, StepDefinition, WorkflowStep } from './types.ts';

/** `isOurs`: the code that runs is Weftline's own. `expectedMs`: how long it holds the processor at most when all is well. */
export type Work = { isOurs: boolean; expectedMs: number };

/** Work that takes as long as this, or longer, would hold up every other run of the process. */
export const longMs = 1_000;

/**
 * The policy: our own work of under a second is done in the process; what is longer, or was written by somebody else, is
 * done in a process of its own out of the warm pool, however short it says it is.
 */
export function placeWork({ isOurs, expectedMs }: Work): 'in-process' | 'isolated' {
  return isOurs && expectedMs < longMs ? 'in-process' : 'isolated';
}

/** Expressions are ours and are stopped by their fuel long before this. */
const expressions: Work = { isOurs: true, expectedMs: 50 };

/** What a step costs the process that does it; the call of an action is made by the service. */
export const workOf = (step: StepDefinition): Work =>
  step.kind === 'code' ? { isOurs: false, expectedMs: step.timeoutMs ?? presetCodeMs } : expressions;

/** The time limit of a code step that says none, and the most it may say, in ms. */
export const presetCodeMs = 1_000;
export const mostCodeMs = 30_000;
/** Of the source of a code step, in UTF-16 units. */
export const mostCodeLength = 65_536;

/** A step that is done elsewhere while the run waits: intent before it, outcome after it. */
export type CalledStep = ActionStep | CodeStep | WorkflowStep;

/** True if the run waits for somebody else to do the step; false if the decision itself does it. */
export const isCalled = (step: StepDefinition): step is CalledStep =>
  step.kind === 'action' || step.kind === 'workflow' || placeWork(workOf(step)) === 'isolated';
