import type { Json } from '@weftline/connectors/json';
import { checkDefinition, type StepProblem } from '@weftline/runner/workflow/check-definition';
import { readsVariables } from '@weftline/runner/workflow/resolve-trigger-input';
import type { Services } from '../services.ts';
import { loadCalendar } from '@weftline/runner/runs/load-calendar';
import { isUuid } from '../is-uuid.ts';
import { checkHosts } from './check-hosts.ts';
import { findCalledWorkflows } from './find-called-workflows.ts';
import { loadUsedApps, pinVersions } from './pin-versions.ts';
import { findVariables } from '../variables/find-variables.ts';
import { appTriggerOf, type LooseDefinition, type Slot, usedSlotsOf } from './read-definition.ts';

/** A connection as far as workflows care. */
export type SlotConnection = { id: string; appKey: string; name: string; status: string };

/** The connections of these slots that the tenant has, by id. */
export async function findSlotConnections(
  { database }: Pick<Services, 'database'>,
  tenantId: string,
  slots: readonly Slot[],
): Promise<Map<string, SlotConnection>> {
  const ids = slots.map(({ connectionId }) => connectionId).filter((id) => id !== null && isUuid(id));
  if (ids.length === 0) return new Map();
  const rows = await database.withTenant(tenantId, (tx) =>
    tx.connection.findMany({
      where: { tenantId, id: { in: ids as string[] }, deletedAt: null },
      select: { id: true, appKey: true, name: true, status: true },
    }),
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** Slots against connections: each account exists here and belongs to the slot's app. */
export function checkSlots(
  slots: readonly Slot[],
  connections: ReadonlyMap<string, SlotConnection>,
): StepProblem[] {
  return slots.flatMap(({ slot, app, connectionId }) => {
    if (connectionId === null) return [];
    const path = `/connections/${slot.replaceAll('~', '~0').replaceAll('/', '~1')}/connectionId`;
    const connection = connections.get(connectionId);
    if (!connection)
      return [
        {
          path,
          code: 'unknown_connection',
          message: `The connection of "${slot}" does not exist. Choose another one.`,
        },
      ];
    if (app !== null && connection.appKey !== app)
      return [
        {
          path,
          code: 'wrong_connection',
          message: `“${connection.name}” is a connection of ${connection.appKey}, and "${slot}" needs one of ${app}.`,
        },
      ];
    return [];
  });
}

export type CheckedWorkflow = {
  /** The document with exact app versions. */
  pinned: LooseDefinition;
  problems: StepProblem[];
};

/** Everything that stands in the way of publishing. */
export async function checkWorkflow(
  services: Pick<Services, 'database' | 'apps' | 'checkCode'>,
  tenantId: string,
  definition: LooseDefinition,
  /** The workflow whose draft this is, where it has an id. */
  ownId: string | null = null,
): Promise<CheckedWorkflow> {
  const pinned = await pinVersions(services, tenantId, definition);
  const findApp = await loadUsedApps(services, tenantId, pinned);
  const calendar = await services.database.withTenant(tenantId, (tx) => loadCalendar(tx, tenantId));
  const input = appTriggerOf(pinned)?.input as { [name: string]: Json } | undefined;
  const vars =
    input && readsVariables(input)
      ? await services.database.withTenant(tenantId, (tx) => findVariables(tx, tenantId))
      : {};
  const findWorkflow = await findCalledWorkflows(services, tenantId, pinned, ownId);
  const used = usedSlotsOf(definition);
  const connections = await findSlotConnections(services, tenantId, used);
  const hosts = await checkHosts(services, tenantId, pinned, findApp);
  const agreement = hosts.map(({ connectionId: _id, hosts: _hosts, ...problem }) => problem);
  return {
    pinned,
    problems: [
      ...checkDefinition(pinned, { findApp, findWorkflow, calendar, vars }),
      ...(await services.checkCode(tenantId, pinned)),
      ...checkSlots(used, connections),
      ...agreement,
    ],
  };
}
