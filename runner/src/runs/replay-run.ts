// Starts a run again: whole, or from a step on with what came before it kept.
import type { Json } from '@weftline/connectors/json';
import type { Database } from '@weftline/prisma';
import type { Accepted, AcceptRequest } from '../engine.ts';
import { CodedError } from '../platform/errors.ts';
import type { KeptLoop } from '../journal/events.ts';
import type { RunState } from '../workflow/fold-journal.ts';
import { edgesOf } from '../workflow/next-step.ts';
import { isInside, iterationAddress, iterationOf, localId, walkSteps } from '../workflow/step-address.ts';
import type { WorkflowDefinition } from '../workflow/types.ts';
import { type FoundRun, findRun } from './read-run.ts';
import type { ReplayChoice } from './replay-types.ts';

/** The step and everything that comes after it. */
export function stepsFrom(definition: WorkflowDefinition, from: string): Set<string> {
  const later = new Set([from]);
  const edges = edgesOf(definition);
  for (let grown = true; grown;) {
    grown = false;
    for (const [id, sources] of edges)
      if (!later.has(id) && sources.some((edge) => later.has(edge.from))) {
        later.add(id);
        grown = true;
      }
  }
  return later;
}

/** The step of the workflow that a step stands in: itself, or the outermost loop around it. Null: there is no such step. */
function topOf(definition: WorkflowDefinition, from: string): string | null {
  const id = localId(from);
  for (const { step, around } of walkSteps(definition.steps)) if (step.id === id) return around[0]?.id ?? id;
  return null;
}

/**
 * A loop that did not come to an end keeps what it has done: the items that ended well, and of those under way the steps that
 * did. All else of it is tried again under its own keys.
 */
function keepLoop(
  top: string,
  state: RunState,
  runId: string,
  {
    kept,
    keyRuns,
    loops,
  }: {
    kept: { [id: string]: Json };
    keyRuns: { [id: string]: string };
    loops: { [address: string]: KeptLoop };
  },
): void {
  const keyRunOf = (address: string) => state.keyRuns[address] ?? runId;
  const isOpen = (address: string) => {
    const status = state.steps.get(address)?.status;
    return status !== undefined && status !== 'succeeded' && status !== 'skipped';
  };
  for (const [address, { items, stops, values, failed }] of state.loops) {
    if ((address !== top && !isInside(address, top)) || !isOpen(address)) continue;
    const done = values.flatMap((value, index): [number, Json][] =>
      value === undefined ? [] : [[index, value]],
    );
    loops[address] = { items, stops, done };
    for (const index of failed) {
      const iteration = iterationAddress(address, index);
      keyRuns[iteration] = keyRunOf(iteration);
    }
  }
  for (const [address, step] of state.steps) {
    if (!isInside(address, top) || !Object.hasOwn(loops, iterationOf(address)!.loop)) continue;
    if (step.status === 'succeeded') kept[address] = step.output;
    else if (isOpen(address) && !Object.hasOwn(loops, address)) keyRuns[address] = keyRunOf(address);
  }
}

export type ReplayServices = Parameters<typeof findRun>[0] & {
  database: Database;
  accept(request: AcceptRequest): Promise<Accepted>;
};

export type ReplayPlan = Pick<FoundRun, 'summary' | 'state'> & {
  workflowName: string;
  /** Of the run that is repeated. */
  former: WorkflowDefinition;
  /** What would run, and its version. */
  definition: WorkflowDefinition;
  version: number;
} & Required<Pick<AcceptRequest, 'kept' | 'keyRuns' | 'loops'>>;

/** Changes nothing. Null: the tenant has no such run. Throws invalid_input when `from` is no step of the version that would run. */
export async function planReplay(
  services: Omit<ReplayServices, 'accept'>,
  tenantId: string,
  runId: string,
  options: ReplayChoice,
): Promise<ReplayPlan | null> {
  const found = await findRun(services, tenantId, runId);
  if (!found) return null;
  const { summary, state } = found;
  const workflow = await services.database.withTenant(tenantId, (tx) =>
    tx.workflow.findFirst({ where: { tenantId, id: summary.workflowId } }),
  );
  const version =
    options.version === 'current'
      ? (workflow?.publishedVersion ?? summary.workflowVersion)
      : summary.workflowVersion;
  const definition = await services.loadDefinition(tenantId, summary.workflowId, version);
  const kept: { [stepId: string]: Json } = {};
  const keyRuns: { [stepId: string]: string } = {};
  const loops: { [address: string]: KeptLoop } = {};
  if (options.from !== undefined) {
    const from = topOf(definition, options.from);
    if (from === null)
      throw new CodedError({
        code: 'invalid_input',
        message: `There is no step "${options.from}" in version ${version}.`,
        details: {
          problems: [
            {
              path: '/from',
              code: 'unknown_step',
              message: `Version ${version} has the steps ${definition.steps.map((step) => step.id).join(', ')}.`,
            },
          ],
        },
      });
    const again = stepsFrom(definition, from);
    if (version === summary.workflowVersion) keepLoop(from, state, runId, { kept, keyRuns, loops });
    for (const step of definition.steps) {
      const known = state.steps.get(step.id);
      if (!again.has(step.id) && known?.status === 'succeeded') kept[step.id] = known.output;
      // What did not come to an end is tried again under its own key, so that the far side can see the repeat. What had
      // succeeded, and what another version may send differently, is done anew.
      const isOpen = known && known.status !== 'succeeded' && known.status !== 'skipped';
      if (again.has(step.id) && isOpen && version === summary.workflowVersion)
        keyRuns[step.id] = state.keyRuns[step.id] ?? runId;
    }
  }
  return {
    summary,
    state,
    workflowName: workflow?.name ?? summary.workflowName,
    former: found.definition,
    definition,
    version,
    kept,
    keyRuns,
    loops,
  };
}

/** Null: the tenant has no such run. Throws invalid_input when `from` is no step of the version that would run. */
export async function replayRun(
  services: ReplayServices,
  tenantId: string,
  runId: string,
  options: ReplayChoice,
  actor: string,
): Promise<Accepted | null> {
  const plan = await planReplay(services, tenantId, runId, options);
  if (!plan) return null;
  const { summary, state, workflowName, version, kept, keyRuns, loops } = plan;
  return services.accept({
    tenantId,
    workflowId: summary.workflowId,
    workflowName,
    version,
    triggerKind: summary.trigger.kind,
    actor,
    replayOf: runId,
    guarded: false,
    receiptKey: null,
    triggerOutput: state.triggerOutput,
    ...(Object.keys(kept).length > 0 ? { kept } : {}),
    ...(Object.keys(keyRuns).length > 0 ? { keyRuns } : {}),
    ...(Object.keys(loops).length > 0 ? { loops } : {}),
  });
}
