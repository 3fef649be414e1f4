/** Adding, removing, moving and copying steps. Pure: steps in, steps out. */
import type { Step } from '../types/api.ts';
import {
  allSteps,
  bodyOf,
  changeLane,
  findPlace,
  loopsAround,
  mapNode,
  mapSteps,
  mapWays,
  portsOf,
  toLanes,
  toSteps,
  edgesOf,
  type Lane,
  type LaneNode,
  type Place,
} from './lanes.ts';

/** Puts a new step at a place. In a graph that is no tree it is put at the end, after the last step. */
export function insertStep(steps: readonly Step[], place: Place, step: Step): Step[] {
  const lane = toLanes(steps);
  const { after: _after, ...bare } = step;
  if (!lane) return [...steps, { ...bare, after: steps.length > 0 ? [steps.at(-1)!.id] : [] }];
  return toSteps(changeLane(lane, place.parent, (nodes) => nodes.toSpliced(place.index, 0, nodeOf(bare))));
}

/** Changes one step. When it has other ways out then, the steps of ways that are gone go with them. */
export function changeStep(steps: readonly Step[], id: string, make: (step: Step) => Step): Step[] {
  const before = allSteps(steps).find((step) => step.id === id);
  const lane = before && portsOf(before).join() !== portsOf(make(before)).join() ? toLanes(steps) : null;
  if (!lane) return mapSteps(steps, (step) => (step.id === id ? make(step) : step));
  return toSteps(mapNode(lane, id, (node) => ({ ...node, step: make(node.step) })));
}

/** Takes a step out, with everything inside its ways. What followed it follows what was before it. */
export function removeStep(steps: readonly Step[], id: string): Step[] {
  const lane = toLanes(steps);
  const place = lane && findPlace(lane, id);
  if (lane && place)
    return toSteps(changeLane(lane, place.parent, (nodes) => nodes.toSpliced(place.index, 1)));
  const edges = edgesOf(steps);
  const before = edges.get(id) ?? [];
  return steps
    .filter((step) => step.id !== id)
    .map((step) => {
      const own = edges.get(step.id)!;
      const next = own.flatMap((edge) => (edge.split(':')[0] === id ? before : [edge]));
      return { ...step, after: [...new Set(next)] };
    });
}

/** One place up or down inside its lane. The same list when it cannot move further. */
export function moveStep(steps: readonly Step[], id: string, by: -1 | 1): Step[] {
  const lane = toLanes(steps);
  const place = lane && findPlace(lane, id);
  if (!lane || !place) return [...steps];
  return toSteps(
    changeLane(lane, place.parent, (nodes) => {
      const target = place.index + by;
      if (target < 0 || target >= nodes.length) return nodes;
      return nodes.toSpliced(place.index, 1).toSpliced(target, 0, nodes[place.index]!);
    }),
  );
}

/** A copy behind the step, with new ids for it and for everything inside its ways. */
export function copyStep(steps: readonly Step[], id: string): { steps: Step[]; id: string } {
  const lane = toLanes(steps);
  const place = lane && findPlace(lane, id);
  if (!lane || !place) return { steps: [...steps], id };
  const taken = new Set(allSteps(steps).map((step) => step.id));
  const copyNode = (node: LaneNode): LaneNode => {
    const fresh = freeId(node.step.id.replace(/\d+$/, '') || 'step', taken);
    taken.add(fresh);
    return {
      step: { ...structuredClone(node.step), id: fresh },
      ways: mapWays(node.ways, (way) => way.map(copyNode)),
      ...(node.body ? { body: node.body.map(copyNode) } : {}),
    };
  };
  let copied = id;
  const next = changeLane(lane, place.parent, (nodes: Lane) => {
    const copy = copyNode(nodes[place.index]!);
    copied = copy.step.id;
    return nodes.toSpliced(place.index + 1, 0, copy);
  });
  return { steps: toSteps(next), id: copied };
}

/** `send`, `send2`, `send3`: the first that is free. */
export function freeId(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  let number = 2;
  while (taken.has(`${wanted}${number}`)) number += 1;
  return `${wanted}${number}`;
}

/** An id made of an action's key: `send-message` becomes `sendMessage`. */
export function idOf(key: string): string {
  const camel = key.replace(
    /[^A-Za-z0-9]+(.)?/g,
    (_all, letter: string | undefined) => letter?.toUpperCase() ?? '',
  );
  const id = camel.charAt(0).toLowerCase() + camel.slice(1);
  return /^[a-z][A-Za-z0-9_]{0,50}$/.test(id) ? id : 'step';
}

/** The ids of the steps that have surely been passed when a step runs, nearest last: their data can be used in it. */
export function stepsBefore(steps: readonly Step[], id: string): string[] {
  const around = loopsAround(steps, id) ?? [];
  const lists = [steps, ...around.map(bodyOf)];
  return lists.flatMap((list, depth) => beforeInList(list, around[depth]?.id ?? id));
}

function beforeInList(steps: readonly Step[], id: string): string[] {
  const edges = edgesOf(steps);
  const seen = new Set<string>();
  const visit = (at: string): void => {
    for (const edge of edges.get(at) ?? []) {
      const from = edge.split(':')[0]!;
      if (seen.has(from) || from === id) continue;
      seen.add(from);
      visit(from);
    }
  };
  visit(id);
  return steps.map((step) => step.id).filter((other) => seen.has(other));
}

function nodeOf(step: Step): LaneNode {
  return {
    step,
    ways: step.kind === 'branch' ? { true: [], false: [] } : null,
    ...(step.kind === 'forEach' ? { body: toLanes(bodyOf(step)) ?? [] } : {}),
  };
}
