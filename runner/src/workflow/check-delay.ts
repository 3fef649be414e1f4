// A delay says when it ends in one way. Pure.
import type { CheckServices, StepProblem } from './step-problem.ts';
import type { DelayStep } from './types.ts';
import { hasOpening } from './working-hours.ts';

/** Problems of a delay; one that goes by working hours needs a calendar that has some. */
export function checkDelay(
  step: DelayStep,
  path: string,
  { calendar }: Pick<CheckServices, 'calendar'>,
): StepProblem[] {
  if (!step.workingHours)
    return (step.seconds === undefined) === (step.until === undefined)
      ? [{ path, code: 'invalid_shape', message: 'A delay has either `seconds` or `until`.' }]
      : [];
  const problems: StepProblem[] = [];
  if (step.until !== undefined)
    problems.push({
      path: `${path}/until`,
      code: 'invalid_shape',
      message: 'A delay by working hours has `seconds` of working time or nothing, and no instant.',
    });
  if (calendar && !hasOpening(calendar))
    problems.push({
      path: `${path}/workingHours`,
      code: 'no_working_hours',
      message:
        'The calendar of the workspace has no working hours, so this would wait for ever. Enter some in the settings.',
    });
  return problems;
}
