// The order of steps: unique ids, edges that lead somewhere, no circle. Pure.
import { edgesOf, onErrorOf } from './next-step.ts';
import type { StepProblem } from './step-problem.ts';
import type { StepDefinition, WorkflowDefinition } from './types.ts';

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

/** Problems of the graph, and for each step the ids of all steps that come before it. */
export function checkGraph(definition: WorkflowDefinition): {
  problems: StepProblem[];
  before: Map<string, Set<string>>;
} {
  const problems: StepProblem[] = [];
  const byId = new Map<string, StepDefinition>();
  definition.steps.forEach((step, index) => {
    if (byId.has(step.id))
      problems.push({
        path: `/steps/${index}/id`,
        code: 'duplicate_step',
        message: `Two steps are called "${step.id}". Give one of them another id.`,
        stepId: step.id,
      });
    byId.set(step.id, step);
  });
  const edges = edgesOf(definition);
  definition.steps.forEach((step, index) => {
    edges.get(step.id)!.forEach(({ from, port }, place) => {
      const path = `/steps/${index}/after/${place}`;
      const source = byId.get(from);
      if (!source)
        problems.push({
          path,
          code: 'unknown_step',
          message: `There is no step "${from}".`,
          stepId: step.id,
        });
      else if (port !== null && !portsOf(source).includes(port))
        problems.push({
          path,
          code: 'unknown_port',
          message: `Step "${from}" has no way out called "${port}"; it has ${portsOf(source).join(', ')}.`,
          stepId: step.id,
        });
    });
  });
  const before = new Map<string, Set<string>>();
  if (problems.some((problem) => problem.code === 'duplicate_step')) return { problems, before };
  const circle = findCircle(edges);
  if (circle) {
    problems.push({
      path: '/steps',
      code: 'circle',
      message: `These steps wait for each other in a circle: ${[...circle, circle[0]].reverse().join(' -> ')}.`,
      stepId: circle[0]!,
    });
    return { problems, before };
  }
  const collect = (id: string): Set<string> => {
    const known = before.get(id);
    if (known) return known;
    const ids = new Set<string>();
    before.set(id, ids);
    for (const { from } of edges.get(id) ?? [])
      if (byId.has(from)) {
        ids.add(from);
        for (const earlier of collect(from)) ids.add(earlier);
      }
    return ids;
  };
  for (const step of definition.steps) collect(step.id);
  return { problems, before };
}
