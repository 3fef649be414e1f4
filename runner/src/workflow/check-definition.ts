// Everything that can be known about a workflow before it runs, as problems with the place and how to mend it.
import { checkValue } from '@weftline/connectors/expression';
import { listValuePaths } from '@weftline/connectors/expression/list-value-paths';
import type { Json } from '@weftline/connectors/json';
import { checkAt, checkCron, checkTimezone } from '../triggers/next-fire.ts';
import { checkCall } from './check-calls.ts';
import { checkDelay } from './check-delay.ts';
import { checkGraph, pathsOf } from './check-graph.ts';
import { onErrorOf } from './next-step.ts';
import { checkTriggerUse } from './check-trigger.ts';
import { checkUse } from './check-use.ts';
import { definitionSchema } from './definition-schema.ts';
import { walkSteps } from './step-address.ts';
import type { CheckServices, StepProblem } from './step-problem.ts';
import type { ForEachStep, StepDefinition, WorkflowDefinition } from './types.ts';

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

/** The id of the innermost step on the way to a place. */
function idAt(definition: unknown, path: readonly PropertyKey[]): unknown {
  let here = definition as { steps?: unknown; id?: unknown } | null | undefined;
  let id: unknown;
  for (let at = 0; path[at] === 'steps' && at + 1 < path.length && Array.isArray(here?.steps); at += 2) {
    here = here.steps[Number(path[at + 1])] as typeof here;
    id = here?.id;
  }
  return id;
}

function checkShape(definition: unknown): StepProblem[] {
  if (isTooDeep(definition))
    return [{ path: '', code: 'invalid_shape', message: 'A workflow may be nested 100 levels deep.' }];
  const parsed = definitionSchema.safeParse(definition);
  if (parsed.success) return [];
  return parsed.error.issues.slice(0, 100).map((issue) => {
    const id = idAt(definition, issue.path);
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
    case 'workflow':
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
    case 'forEach':
      return [['items', step.items]];
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

/** Failures that are read although nothing goes on after them. */
function checkFailures(value: Json, place: string, definition: WorkflowDefinition): StepProblem[] {
  const read = listValuePaths(value).flatMap(({ root, path: [id, member] }) =>
    root === 'steps' && member === 'error' ? [id] : [],
  );
  if (read.length === 0) return [];
  const stopping = [...walkSteps(definition.steps)]
    .map(({ step }) => step)
    .filter((step) => read.includes(step.id) && onErrorOf(step) === 'stop');
  return stopping.map(({ id }) => ({
    path: place,
    code: 'never_failed',
    message: `The run ends when \`${id}\` fails, so nobody reads its failure. Set its "onError" to "port" or "continue".`,
  }));
}

/** Problems of a value that a step reads at its place. `home`: the loop it stands in. */
function checkRead(
  value: Json,
  place: string,
  before: ReadonlySet<string>,
  home: ForEachStep | undefined,
  homes: ReadonlyMap<string, ForEachStep>,
): StepProblem[] {
  const options = {
    roots: ['trigger', 'steps', 'vars', 'run'],
    steps: [...before],
    item: home !== undefined,
  };
  return checkValue(value, options, place).map((problem) => {
    if (problem.code !== 'unknown_step') return problem;
    const id = /is called `([^`]+)`/.exec(problem.message)?.[1] ?? '';
    const loop = homes.get(id);
    if (!loop || loop === home) return problem;
    return {
      ...problem,
      code: 'inside_loop',
      message: `Step \`${id}\` is in the loop \`${loop.id}\`, so it has an output for each item. Come after the loop and read what it collects: steps.${loop.id}.output.items.`,
    };
  });
}

function checkStep(
  step: StepDefinition,
  path: string,
  definition: WorkflowDefinition,
  { before: known, homes }: Pick<ReturnType<typeof checkGraph>, 'before' | 'homes'>,
  services: CheckServices,
): StepProblem[] {
  const problems: StepProblem[] = [];
  const before = known.get(step.id) ?? new Set<string>();
  for (const [member, value] of expressionsOf(step)) {
    const place = `${path}/${member}`;
    problems.push(...checkRead(value, place, before, homes.get(step.id), homes));
    problems.push(...checkFailures(value, place, definition));
    const isCondition = /^(condition|when|cases\/\d+\/when)$/.test(member);
    if (isCondition && typeof value === 'string' && !/^\s*\{\{[\s\S]*\}\}\s*$/.test(value))
      problems.push({
        path: place,
        code: 'invalid_expression',
        message: 'A condition is one expression, as in {{trigger.output.body.total > 100}}.',
      });
  }
  if (step.kind === 'delay') problems.push(...checkDelay(step, path, services));
  if (step.kind === 'switch')
    step.cases.forEach(({ id }, place) => {
      if (step.cases.findIndex((known) => known.id === id) < place)
        problems.push({
          path: `${path}/cases/${place}/id`,
          code: 'duplicate_case',
          message: `Two cases are called "${id}". Give one of them another id.`,
        });
    });
  if (step.kind === 'forEach' && (step.items === '' || step.steps.length === 0))
    problems.push(
      step.items === ''
        ? {
            path: `${path}/items`,
            code: 'required',
            message: 'Say which list the loop goes through, as in {{trigger.output.body.list}}.',
          }
        : { path: `${path}/steps`, code: 'required', message: 'Add at least one step to the loop.' },
    );
  if (step.kind === 'forEach' && step.collect !== undefined) {
    const inside = new Set([...before, ...step.steps.map(({ id }) => id)]);
    problems.push(...checkRead(step.collect, `${path}/collect`, inside, step, homes));
  }
  if (step.kind === 'workflow') problems.push(...checkCall(step, path, services));
  if (step.kind === 'action') problems.push(...checkUse(step, path, definition, services));
  return problems.map((problem) => ({ ...problem, stepId: step.id }));
}

/** The expressions of the settings. A key is read before the run begins, so it knows the trigger alone. */
function checkSettings({ settings, steps }: WorkflowDefinition): StepProblem[] {
  const problems: StepProblem[] = [];
  if (settings?.output !== undefined)
    problems.push(
      ...checkValue(
        settings.output,
        { roots: ['trigger', 'steps', 'vars', 'run'], steps: steps.map(({ id }) => id) },
        '/settings/output',
      ),
    );
  if (settings?.concurrency)
    problems.push(
      ...checkValue(settings.concurrency.key, { roots: ['trigger'], steps: [] }, '/settings/concurrency/key'),
    );
  return problems;
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
  problems.push(...checkSettings(definition));
  if (steps.length === 0)
    problems.push({
      path: '/steps',
      code: 'empty_workflow',
      message: 'Add at least one step. An empty workflow can be saved, not published.',
    });
  const graph = checkGraph(definition);
  problems.push(...graph.problems);
  const paths = pathsOf(steps, '/steps');
  [...walkSteps(steps)].forEach(({ step }, place) =>
    problems.push(...checkStep(step, paths[place]!, definition, graph, services)),
  );
  return problems;
}
