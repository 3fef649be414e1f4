// The order of steps: unique ids, edges that lead somewhere, no circle. Pure.
import { mostSteps } from './definition-schema.ts';
import { edgesOf, onErrorOf } from './next-step.ts';
import { walkSteps } from './step-address.ts';
import type { StepProblem } from './step-problem.ts';
import type { ForEachStep, StepDefinition, WorkflowDefinition } from './types.ts';

const portsOf = (step: StepDefinition): string[] => {
  if (step.kind === 'filter' || step.kind === 'branch') return ['true', 'false', 'done'];
  if (step.kind === 'switch') return [...step.cases.map(({ id }) => `case-${id}`), 'default', 'done'];
  if (step.kind === 'approval') return ['done', 'rejected'];
  if (onErrorOf(step) === 'port') return ['done', 'error'];
  return ['done'];
};

/** A circle among the steps as a list of ids, or null. */
function findCircle(edges: ReadonlyMap<string, { from: string }[]>): string[] | null {
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (id: string): string[] | null => {
    if (finished.has(id)) return null;
    const at = path.indexOf(id);
    if (at >= 0) return path.slice(at);
    path.push(id);
    for (const { from } of edges.get(id) ?? []) {
      const circle = visit(from);
      if (circle) return circle;
    }
    path.pop();
    finished.add(id);
    return null;
  };
  for (const id of edges.keys()) {
    const circle = visit(id);
    if (circle) return circle;
  }
  return null;
}

type Graph = {
  problems: StepProblem[];
  /** For each step the ids of all steps whose outcome it may read. */
  before: Map<string, Set<string>>;
  /** The loop whose body a step stands in. */
  homes: Map<string, ForEachStep>;
};

/** Loops in loops. */
const mostLoops = 2;

/** Items of a run that loops work on at once, those in loops multiplied. */
const mostAtOnce = 20;

/** What is told of all steps together: one id each, not too many, not too deep. */
function checkIds(definition: WorkflowDefinition, { problems, homes }: Graph): void {
  const paths = pathsOf(definition.steps, '/steps');
  const ids = new Set<string>();
  let at = 0;
  for (const { step, around } of walkSteps(definition.steps)) {
    const path = paths[at]!;
    at += 1;
    if (ids.has(step.id))
      problems.push({
        path: `${path}/id`,
        code: 'duplicate_step',
        message: `Two steps are called "${step.id}". Give one of them another id.`,
        stepId: step.id,
      });
    ids.add(step.id);
    if (around.length > 0 && !homes.has(step.id)) homes.set(step.id, around.at(-1)!);
    const together = [...around, step].reduce(
      (count, loop) => count * (loop.kind === 'forEach' ? (loop.atOnce ?? 1) : 1),
      1,
    );
    if (step.kind === 'forEach' && around.length > 0 && together > mostAtOnce)
      problems.push({
        path: `${path}/atOnce`,
        code: 'too_many_at_once',
        message: `A loop in a loop counts as often as the loop around it goes on at once: together ${together} items, and ${mostAtOnce} are the most. Make one of the two smaller.`,
        stepId: step.id,
      });
    if (step.kind === 'forEach' && around.length >= mostLoops)
      problems.push({
        path,
        code: 'too_deep',
        message: `Loops may stand ${mostLoops} deep. Let an action give one longer list, or put the inner steps into a workflow of their own.`,
        stepId: step.id,
      });
  }
  if (at > mostSteps)
    problems.push({
      path: '/steps',
      code: 'invalid_shape',
      message: `A workflow may hold ${mostSteps} steps at most, those of loops counted; it has ${at}.`,
    });
}

/** JSON pointers of all steps, in the order of walkSteps. */
export function pathsOf(steps: readonly StepDefinition[], path: string): string[] {
  return steps.flatMap((step, index) => [
    `${path}/${index}`,
    ...(step.kind === 'forEach' ? pathsOf(step.steps, `${path}/${index}/steps`) : []),
  ]);
}

function describeStranger(
  from: string,
  loop: ForEachStep | null,
  { homes }: Graph,
  ids: Set<string>,
): string {
  const home = homes.get(from);
  if (home && home.id !== loop?.id)
    return `Step "${from}" is in the loop "${home.id}". Let this step follow the loop: "${home.id}".`;
  if (loop && !home && ids.has(from))
    return `Step "${from}" is outside of the loop "${loop.id}". Steps in a loop follow steps of the same loop; what "${loop.id}" follows has finished before all of them.`;
  return `There is no step "${from}".`;
}

/** The edges among the steps of one list: of the workflow, or of a loop's body. */
function checkEdges(
  steps: StepDefinition[],
  path: string,
  loop: ForEachStep | null,
  graph: Graph,
  ids: Set<string>,
): void {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const edges = edgesOf({ steps });
  steps.forEach((step, index) => {
    edges.get(step.id)!.forEach(({ from, port }, place) => {
      const here = `${path}/${index}/after/${place}`;
      const source = byId.get(from);
      if (!source)
        graph.problems.push({
          path: here,
          code: 'unknown_step',
          message: describeStranger(from, loop, graph, ids),
          stepId: step.id,
        });
      else if (port !== null && !portsOf(source).includes(port))
        graph.problems.push({
          path: here,
          code: 'unknown_port',
          message: `Step "${from}" has no way out called "${port}"; it has ${portsOf(source).join(', ')}.`,
          stepId: step.id,
        });
    });
    if (step.kind === 'forEach') checkEdges(step.steps, `${path}/${index}/steps`, step, graph, ids);
  });
}

/** Finds circles, and without them fills in what comes before each step; `outer` comes before all of the list. */
function checkOrder(steps: StepDefinition[], path: string, outer: ReadonlySet<string>, graph: Graph): void {
  const edges = edgesOf({ steps });
  const circle = findCircle(edges);
  if (circle) {
    graph.problems.push({
      path,
      code: 'circle',
      message: `These steps wait for each other in a circle: ${[...circle, circle[0]].reverse().join(' -> ')}.`,
      stepId: circle[0]!,
    });
    return;
  }
  const { before } = graph;
  const collect = (id: string): Set<string> => {
    const known = before.get(id);
    if (known) return known;
    const found = new Set<string>(outer);
    before.set(id, found);
    for (const { from } of edges.get(id) ?? [])
      if (edges.has(from)) {
        found.add(from);
        for (const earlier of collect(from)) found.add(earlier);
      }
    return found;
  };
  for (const step of steps) collect(step.id);
  steps.forEach((step, index) => {
    if (step.kind === 'forEach')
      checkOrder(step.steps, `${path}/${index}/steps`, before.get(step.id)!, graph);
  });
}

/** Problems of the graph, and what is known of each step's place in it. */
export function checkGraph(definition: WorkflowDefinition): Graph {
  const graph: Graph = { problems: [], before: new Map(), homes: new Map() };
  checkIds(definition, graph);
  const ids = new Set([...walkSteps(definition.steps)].map(({ step }) => step.id));
  checkEdges(definition.steps, '/steps', null, graph, ids);
  if (graph.problems.some((problem) => problem.code === 'duplicate_step')) return graph;
  checkOrder(definition.steps, '/steps', new Set(), graph);
  return graph;
}
