// Everything that can be known about a workflow before it runs, as problems with the place and how to mend it.
import { checkValue } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import { checkAt, checkCron, checkTimezone } from '../triggers/next-fire.ts';
import { checkGraph } from './check-graph.ts';
import { checkTriggerUse, checkUse } from './check-use.ts';
import { definitionSchema } from './definition-schema.ts';
import type { CheckServices, StepProblem } from './step-problem.ts';
import type { StepDefinition, WorkflowDefinition } from './types.ts';

export type { CheckServices, StepProblem } from './step-problem.ts';

const pointer = (path: PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Values may be nested 100 deep; the document adds a few. Deeper ones would use up the stack of every later walk. */
const mostLevels = 110;

function isTooDeep(document: unknown): boolean {
  let level: unknown[] = [document];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > mostLevels) return true;
    level = level.flatMap((value) => (value && typeof value === 'object' ? Object.values(value) : []));
  }
  return false;
}

function checkShape(definition: unknown): StepProblem[] {
  if (isTooDeep(definition))
    return [{ path: '', code: 'invalid_shape', message: 'A workflow may be nested 100 levels deep.' }];
  const parsed = definitionSchema.safeParse(definition);
  if (parsed.success) return [];
  return parsed.error.issues.slice(0, 100).map((issue) => {
    const steps = (definition as { steps?: { id?: unknown }[] } | null)?.steps;
    const index = issue.path[0] === 'steps' ? Number(issue.path[1]) : Number.NaN;
    const id = Array.isArray(steps) ? steps[index]?.id : undefined;
    const code = issue.code === 'unrecognized_keys' ? 'unknown_key' : 'invalid_shape';
    return {
      path: pointer(issue.path),
      code,
      message: issue.message,
      ...(typeof id === 'string' ? { stepId: id } : {}),
    };
  });
}

/** The members of a kind of step that may hold expressions. */
function ownExpressions(step: StepDefinition): [string, Json | undefined][] {
  switch (step.kind) {
    case 'action':
    case 'code':
      return [['input', step.input]];
    case 'transform':
      return [['output', step.output]];
    case 'delay':
      return [
        ['seconds', step.seconds],
        ['until', step.until],
      ];
    case 'approval':
      return [
        ['title', step.title],
        ['message', step.message],
      ];
    case 'switch':
      return step.cases.map(({ when }, index) => [`cases/${index}/when`, when]);
    case 'waitForHook':
      return [];
    default:
      return [['condition', step.condition]];
  }
}

/** The texts of a step that may hold expressions, with their place in the step. */
function expressionsOf(step: StepDefinition): [string, Json][] {
  return [...ownExpressions(step), ['when', step.when ?? undefined] as [string, Json | undefined]].filter(
    (entry): entry is [string, Json] => entry[1] !== undefined,
  );
}

function checkStep(
  step: StepDefinition,
  index: number,
  definition: WorkflowDefinition,
  before: ReadonlySet<string>,
  services: CheckServices,
): StepProblem[] {
  const path = `/steps/${index}`;
  const problems: StepProblem[] = [];
  for (const [member, value] of expressionsOf(step)) {
    const place = `${path}/${member}`;
    problems.push(
      ...checkValue(value, { roots: ['trigger', 'steps', 'vars', 'run'], steps: [...before] }, place),
    );
    const isCondition = /^(condition|when|cases\/\d+\/when)$/.test(member);
    if (isCondition && typeof value === 'string' && !/^\s*\{\{[\s\S]*\}\}\s*$/.test(value))
      problems.push({
        path: place,
        code: 'invalid_expression',
        message: 'A condition is one expression, as in {{trigger.output.body.total > 100}}.',
      });
  }
  if (step.kind === 'delay' && (step.seconds === undefined) === (step.until === undefined))
    problems.push({ path, code: 'invalid_shape', message: 'A delay has either `seconds` or `until`.' });
  if (step.kind === 'switch')
    step.cases.forEach(({ id }, place) => {
      if (step.cases.findIndex((known) => known.id === id) < place)
        problems.push({
          path: `${path}/cases/${place}/id`,
          code: 'duplicate_case',
          message: `Two cases are called "${id}". Give one of them another id.`,
        });
    });
  if (step.kind === 'action') problems.push(...checkUse(step, path, definition, services));
  return problems.map((problem) => ({ ...problem, stepId: step.id }));
}

/**
 * Checks a workflow document. Input: any value and what is published.
 * Answers problems, each with a JSON pointer, a code, a sentence and, where it has one, the step; empty when it may be published.
 * Never throws for a faulty document.
 */
export function checkDefinition(value: unknown, services: CheckServices): StepProblem[] {
  const shape = checkShape(value);
  if (shape.length > 0) return shape;
  const definition = value as WorkflowDefinition;
  const problems: StepProblem[] = [];
  const { trigger, steps } = definition;
  if (trigger.kind === 'schedule') {
    const { cron, at, timezone = 'UTC' } = trigger;
    const zoneFault = checkTimezone(timezone);
    const path = zoneFault ? '/trigger/timezone' : at === undefined ? '/trigger/cron' : '/trigger/at';
    const fault =
      zoneFault ??
      ((cron === undefined) === (at === undefined)
        ? 'A schedule has either `cron`, for again and again, or `at`, for once.'
        : at === undefined
          ? checkCron(cron!, timezone)
          : checkAt(at));
    if (fault) problems.push({ path, code: 'invalid_schedule', message: fault });
  }
  if (trigger.kind === 'app') problems.push(...checkTriggerUse(trigger, definition, services));
  if (steps.length === 0)
    problems.push({
      path: '/steps',
      code: 'empty_workflow',
      message: 'Add at least one step. An empty workflow can be saved, not published.',
    });
  const graph = checkGraph(definition);
  problems.push(...graph.problems);
  steps.forEach((step, index) =>
    problems.push(...checkStep(step, index, definition, graph.before.get(step.id) ?? new Set(), services)),
  );
  return problems;
}
