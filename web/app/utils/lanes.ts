/**
 * The list of steps as nested lanes: a workflow that is a tree of forks can be drawn and changed as lists in lists.
 * Other graphs (parallel steps, joins of our own making) are drawn in their order and only their ends are changed.
 */
import type { Json, Step } from '../types/api.ts';

/** `ways` by the port they leave from, in the order of `portsOf`; `body` of a loop. */
export type LaneNode = { step: Step; ways: { [port: string]: Lane } | null; body?: Lane };
export type Lane = LaneNode[];
/** Where something stands: the step and way of its lane, or the loop (null: the main lane), and the place in it. */
export type Place = { parent: { id: string; way: string } | null; index: number };

/** The cases of a switch. */
export const casesOf = (step: Step): { id: string; when: string }[] =>
  (Array.isArray(step.cases) ? step.cases : []) as { id: string; when: string }[];

/** A step after which the ways come together again, rather than one with a way aside that ends by itself. */
const isFork = ({ kind }: Step): boolean => kind === 'branch' || kind === 'switch';

/** The ways out of a step that have a lane of their own. */
export function portsOf(step: Step): string[] {
  if (step.kind === 'branch') return ['true', 'false'];
  if (step.kind === 'switch') return [...casesOf(step).map(({ id }) => `case-${id}`), 'default'];
  if (step.kind === 'approval') return ['rejected'];
  return step.onError === 'port' ? ['error'] : [];
}

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
      const node: LaneNode = { step, ways: null };
      if (step.kind === 'forEach') {
        const body = toLanes(bodyOf(step));
        if (!body) isTree = false;
        node.body = body ?? [];
      }
      const ports = portsOf(step);
      const ways = ports.map((port) => read([`${step.id}:${port}`]));
      if (ports.length > 0)
        node.ways = Object.fromEntries(ports.map((port, index) => [port, ways[index]!.lane]));
      lane.push(node);
      from = exitsOf(
        step,
        ways.map(({ exits }) => exits),
      );
    }
  };
  const { lane } = read([]);
  return isTree && left.size === 0 ? lane : null;
}

/** Steps again, in order, each with the edges of its place. After a fork, one of its ways is enough to go on. */
export function toSteps(lane: Lane): Step[] {
  const steps: Step[] = [];
  const write = (nodes: Lane, entry: string[]): string[] => {
    let from = entry;
    for (const { step, ways, body } of nodes) {
      const { join: _join, ...rest } = body ? withBody(step, toSteps(body)) : step;
      steps.push({ ...rest, after: from, ...(from.length > 1 ? { join: 'any' } : {}) });
      from = exitsOf(
        step,
        portsOf(step).map((port) => write(ways?.[port] ?? [], [`${step.id}:${port}`])),
      );
    }
    return from;
  };
  write(lane, []);
  return steps;
}

/** All ways empty: simply after the fork. A way aside, of rejections or failures, leads nowhere else. */
function exitsOf(step: Step, exits: string[][]): string[] {
  const ports = portsOf(step);
  const isEmpty = exits.every((one, index) => same(one, [`${step.id}:${ports[index]!}`]));
  return !isFork(step) || isEmpty ? [step.id] : exits.flat();
}

/** The node of one step changed, wherever it stands. */
export const mapNode = (lane: Lane, id: string, make: (node: LaneNode) => LaneNode): Lane =>
  lane.map((node) => {
    if (node.step.id === id) return make(node);
    const inside = node.body ? { body: mapNode(node.body, id, make) } : {};
    return { ...node, ...inside, ways: mapWays(node.ways, (way) => mapNode(way, id, make)) };
  });

/** Each way changed; null stays null. */
export const mapWays = (ways: LaneNode['ways'], make: (lane: Lane, port: string) => Lane): LaneNode['ways'] =>
  ways &&
  Object.fromEntries(Object.entries(ways).map(([port, lane]): [string, Lane] => [port, make(lane, port)]));

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((edge) => b.includes(edge));
}

/** A copy in which the lane at a place was changed. */
export function changeLane(lane: Lane, parent: Place['parent'], change: (lane: Lane) => Lane): Lane {
  if (!parent) return change(lane);
  return lane.map((node) => {
    const changed = (inside: Lane, way: string): Lane =>
      node.step.id === parent.id && parent.way === way ? change(inside) : changeLane(inside, parent, change);
    return {
      ...node,
      ...(node.body ? { body: changed(node.body, 'body') } : {}),
      ways: mapWays(node.ways, changed),
    };
  });
}

/** Where a step stands, or null. */
export function findPlace(lane: Lane, id: string, parent: Place['parent'] = null): Place | null {
  for (const [index, node] of lane.entries()) {
    if (node.step.id === id) return { parent, index };
    const inside = node.body && findPlace(node.body, id, { id: node.step.id, way: 'body' });
    if (inside) return inside;
    for (const [way, steps] of Object.entries(node.ways ?? {})) {
      const found = findPlace(steps, id, { id: node.step.id, way });
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
    ...Object.values(node.ways ?? {}).flatMap((way) => flatten(way, depth + 1)),
  ]);
}
