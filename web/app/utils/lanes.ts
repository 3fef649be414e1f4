/**
 * The list of steps as nested lanes: a workflow that is a tree of branches can be drawn and changed as lists in lists.
 * Other graphs (parallel steps, joins of our own making) are drawn in their order and only their ends are changed.
 */
import type { Json, Step } from '../types/api.ts';

/** `ways` of a branch, `body` of a loop. */
export type LaneNode = { step: Step; ways: { true: Lane; false: Lane } | null; body?: Lane };
export type Lane = LaneNode[];
/** Where something stands: the branch and way of its lane, or the loop (null: the main lane), and the place in it. */
export type Place = { parent: { id: string; way: 'true' | 'false' | 'body' } | null; index: number };

/** The steps inside a loop. */
export const bodyOf = (step: Step): Step[] =>
  (Array.isArray(step.steps) ? step.steps : []) as unknown as Step[];

/** A step with other steps inside. */
export const withBody = (step: Step, steps: Step[]): Step => ({ ...step, steps: steps as unknown as Json });

/** All steps in the order they are written, those of loops behind their loop. */
export const allSteps = (steps: readonly Step[]): Step[] =>
  steps.flatMap((step) => [step, ...allSteps(bodyOf(step))]);

/** The loops around a step, outermost first; null: there is no such step. */
export function loopsAround(steps: readonly Step[], id: string): Step[] | null {
  for (const step of steps) {
    if (step.id === id) return [];
    const inside = loopsAround(bodyOf(step), id);
    if (inside) return [step, ...inside];
  }
  return null;
}

/** Changes every step, also those in loops. */
export const mapSteps = (steps: readonly Step[], make: (step: Step) => Step): Step[] =>
  steps.map((step) => {
    const body = bodyOf(step);
    return make(body.length > 0 ? withBody(step, mapSteps(body, make)) : step);
  });

/** The edges of each step; a step that names none follows the one before it, as the engine reads it. */
export function edgesOf(steps: readonly Step[]): Map<string, string[]> {
  return new Map(
    steps.map((step, index) => [
      step.id,
      (step.after ?? (index > 0 ? [steps[index - 1]!.id] : [])).map(canonical),
    ]),
  );
  function canonical(edge: string): string {
    const [from, port] = edge.split(':');
    const kind = steps.find((step) => step.id === from)?.kind;
    return port === 'done' || (port === 'true' && kind === 'filter') ? from! : edge;
  }
}

/** Lanes of a workflow; null when the graph is not a tree of branches. */
export function toLanes(steps: readonly Step[]): Lane | null {
  const edges = edgesOf(steps);
  const left = new Set(steps.map((step) => step.id));
  const byId = new Map(steps.map((step) => [step.id, step]));
  let isTree = true;

  const read = (entry: string[]): { lane: Lane; exits: string[] } => {
    const lane: Lane = [];
    let from = entry;
    for (;;) {
      const next = [...left].filter((id) => same(edges.get(id)!, from));
      if (next.length > 1) isTree = false;
      const step = byId.get(next[0] ?? '');
      if (!step) return { lane, exits: from };
      left.delete(step.id);
      if (step.kind === 'forEach') {
        const body = toLanes(bodyOf(step));
        if (!body) isTree = false;
        lane.push({ step, ways: null, body: body ?? [] });
        from = [step.id];
        continue;
      }
      if (step.kind !== 'branch') {
        lane.push({ step, ways: null });
        from = [step.id];
        continue;
      }
      const yes = read([`${step.id}:true`]);
      const no = read([`${step.id}:false`]);
      lane.push({ step, ways: { true: yes.lane, false: no.lane } });
      from = exitsOf(step.id, yes.exits, no.exits);
    }
  };
  const { lane } = read([]);
  return isTree && left.size === 0 ? lane : null;
}

/** Steps again, in order, each with the edges of its place. After a branch, one of its ways is enough to go on. */
export function toSteps(lane: Lane): Step[] {
  const steps: Step[] = [];
  const write = (nodes: Lane, entry: string[]): string[] => {
    let from = entry;
    for (const { step, ways, body } of nodes) {
      const { join: _join, ...rest } = body ? withBody(step, toSteps(body)) : step;
      steps.push({ ...rest, after: from, ...(from.length > 1 ? { join: 'any' } : {}) });
      from = ways
        ? exitsOf(step.id, write(ways.true, [`${step.id}:true`]), write(ways.false, [`${step.id}:false`]))
        : [step.id];
    }
    return from;
  };
  write(lane, []);
  return steps;
}

/** Both ways empty: simply after the branch. */
function exitsOf(id: string, yes: string[], no: string[]): string[] {
  return same(yes, [`${id}:true`]) && same(no, [`${id}:false`]) ? [id] : [...yes, ...no];
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((edge) => b.includes(edge));
}

/** A copy in which the lane at a place was changed. */
export function changeLane(lane: Lane, parent: Place['parent'], change: (lane: Lane) => Lane): Lane {
  if (!parent) return change(lane);
  return lane.map((node) => {
    if (node.body)
      return {
        ...node,
        body:
          node.step.id === parent.id && parent.way === 'body'
            ? change(node.body)
            : changeLane(node.body, parent, change),
      };
    if (!node.ways) return node;
    const ways = {
      true: changeLane(node.ways.true, parent, change),
      false: changeLane(node.ways.false, parent, change),
    };
    if (node.step.id === parent.id && parent.way !== 'body') ways[parent.way] = change(node.ways[parent.way]);
    return { ...node, ways };
  });
}

/** Where a step stands, or null. */
export function findPlace(lane: Lane, id: string, parent: Place['parent'] = null): Place | null {
  for (const [index, node] of lane.entries()) {
    if (node.step.id === id) return { parent, index };
    const inside = node.body && findPlace(node.body, id, { id: node.step.id, way: 'body' });
    if (inside) return inside;
    for (const way of ['true', 'false'] as const) {
      const found = node.ways && findPlace(node.ways[way], id, { id: node.step.id, way });
      if (found) return found;
    }
  }
  return null;
}

/** All steps in the order they are drawn, with how deep they stand and their number (1, 2, 3 …). */
export function flatten(lane: Lane, depth = 0): { step: Step; depth: number }[] {
  return lane.flatMap((node) => [
    { step: node.step, depth },
    ...flatten(node.body ?? [], depth + 1),
    ...(node.ways ? [...flatten(node.ways.true, depth + 1), ...flatten(node.ways.false, depth + 1)] : []),
  ]);
}
