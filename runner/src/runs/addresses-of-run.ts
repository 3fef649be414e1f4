// Addresses that a run has for its own steps, and that other steps send: to be called, or to open the page of an approval.
import type { StepDefinition, WorkflowDefinition } from '../workflow/types.ts';
import { walkSteps } from '../workflow/step-address.ts';

/** By the ids of steps. */
export type Addresses = { hooks: { [stepId: string]: string }; approvals: { [stepId: string]: string } };

type AddressMaker<Ticket> = {
  hookUrl(ticket: Ticket, stepId: string): Promise<string>;
  approvalUrl?(ticket: Ticket, stepId: string): Promise<string>;
};

/** Addresses of the steps of a list that have one; of a loop's body they are those of this iteration (`''`: of no loop). */
export async function addressesOf<Ticket>(
  services: AddressMaker<Ticket>,
  ticket: Ticket,
  steps: readonly StepDefinition[],
  iteration: string,
): Promise<Addresses> {
  const found: Addresses = { hooks: {}, approvals: {} };
  for (const step of steps) {
    const address = iteration === '' ? step.id : `${iteration}.${step.id}`;
    if (step.kind === 'waitForHook') found.hooks[step.id] = await services.hookUrl(ticket, address);
    if (step.kind === 'approval' && step.link && services.approvalUrl)
      found.approvals[step.id] = await services.approvalUrl(ticket, address);
  }
  return found;
}

/** The members that name something, as `run` has them. */
export const withoutEmpty = ({ hooks, approvals }: Addresses): Partial<Addresses> => ({
  ...(Object.keys(hooks).length > 0 ? { hooks } : {}),
  ...(Object.keys(approvals).length > 0 ? { approvals } : {}),
});

const known = new WeakMap<WorkflowDefinition, boolean>();

/** True if steps in loops have addresses. */
export function hasAddressesInLoops(definition: WorkflowDefinition): boolean {
  let has = known.get(definition);
  if (has === undefined) {
    const all = [...walkSteps(definition.steps)];
    has = all.some(
      ({ step, around }) =>
        around.length > 0 &&
        (step.kind === 'waitForHook' || (step.kind === 'approval' && step.link === true)),
    );
    known.set(definition, has);
  }
  return has;
}
