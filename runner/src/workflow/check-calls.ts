// What a step that starts another workflow names: one of this workspace, published, and not the workflow itself. Pure.
import type { CheckServices, StepProblem } from './step-problem.ts';
import type { WorkflowStep } from './types.ts';

/** Problems of the workflow that a step starts. A foreign id and an unknown one look the same. */
export function checkCall(step: WorkflowStep, path: string, services: CheckServices): StepProblem[] {
  const place = `${path}/workflowId`;
  const found = services.findWorkflow?.(step.workflowId) ?? null;
  if (!found)
    return [
      {
        path: place,
        code: 'unknown_workflow',
        message: 'There is no such workflow in this workspace. Choose another one.',
      },
    ];
  if (found.isSelf)
    return [
      {
        path: place,
        code: 'call_cycle',
        message: 'A workflow cannot start itself: it would never end. Choose another one.',
      },
    ];
  if (!found.isPublished)
    return [
      {
        path: place,
        code: 'workflow_not_published',
        message: `“${found.name}” is not published yet. Publish it first.`,
      },
    ];
  const problems: StepProblem[] = [];
  if (step.wait === false && step.timeoutSeconds !== undefined)
    problems.push({
      path: `${path}/timeoutSeconds`,
      code: 'invalid_shape',
      message: 'A step that does not wait has no time limit. Take it out, or let it wait.',
    });
  return problems;
}
