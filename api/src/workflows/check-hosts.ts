// Versions that a workflow pins, against what a person agreed to: said when it is published and turned on, not by a run at night.
import { describeUnagreed } from '@weftline/connectors/credential-hosts';
import { parseUse } from '@weftline/connectors/find-action';
import type { Connector } from '@weftline/connectors/types';
import { CodedError } from '@weftline/runner/platform/errors';
import type { StepProblem } from '@weftline/runner/workflow/check-definition';
import { isUuid } from '../is-uuid.ts';
import { listMissingHosts } from '../connections/list-hosts-to-agree.ts';
import type { Services } from '../services.ts';
import { loadUsedApps } from './pin-versions.ts';
import { appTriggerOf, type LooseDefinition, placedStepsOf, slotsOf } from './read-definition.ts';

export type HostsProblem = StepProblem & { connectionId: string; hosts: string[] };

/** Uses of a connection by a version that sends its credentials to hosts nobody agreed to. Input: a pinned document. */
export async function checkHosts(
  services: Pick<Services, 'database' | 'apps'>,
  tenantId: string,
  pinned: LooseDefinition,
  findApp?: (key: string, version: string) => Connector | null,
): Promise<HostsProblem[]> {
  const slots = new Map(slotsOf(pinned).map(({ slot, connectionId }) => [slot, connectionId]));
  const trigger = appTriggerOf(pinned);
  const uses = [
    ...(trigger ? [{ path: '/trigger/use', use: trigger.use, slot: trigger.connection, stepId: null }] : []),
    ...placedStepsOf(pinned).map(({ step: { use, connection, id }, path }) => ({
      path: `${path}/use`,
      use,
      slot: connection,
      stepId: typeof id === 'string' ? id : null,
    })),
  ].flatMap(({ path, use, slot, stepId }) => {
    const id = typeof slot === 'string' ? slots.get(slot) : undefined;
    const parsed = typeof use === 'string' ? parseUse(use) : null;
    return id && isUuid(id) && parsed ? [{ path, stepId, id, parsed }] : [];
  });
  if (uses.length === 0) return [];
  const find = findApp ?? (await loadUsedApps(services, tenantId, pinned));
  const rows = await services.database.withTenant(tenantId, (tx) =>
    tx.connection.findMany({
      where: { tenantId, id: { in: uses.map(({ id }) => id) }, deletedAt: null },
      select: { id: true, appKey: true, authKey: true, config: true, credentialHosts: true },
    }),
  );
  return uses.flatMap(({ path, stepId, id, parsed }) => {
    const row = rows.find((one) => one.id === id);
    const connector = find(parsed.app, parsed.version);
    // A connection of another app is told as that.
    if (!row || !connector || row.appKey !== parsed.app) return [];
    const hosts = listMissingHosts(connector, row);
    if (hosts.length === 0) return [];
    const message = describeUnagreed(connector.app.name, hosts);
    const step = stepId === null ? {} : { stepId };
    return [{ path, code: 'hosts_not_agreed', message, ...step, connectionId: id, hosts }];
  });
}

/** @throws CodedError hosts_not_agreed with the uses, as checkHosts finds them */
export async function assertHostsAgreed(
  services: Pick<Services, 'database' | 'apps'>,
  tenantId: string,
  definition: LooseDefinition,
): Promise<void> {
  const [first, ...more] = await checkHosts(services, tenantId, definition);
  if (first === undefined) return;
  throw new CodedError({
    code: 'hosts_not_agreed',
    message: first.message,
    details: {
      uses: [first, ...more].map(({ path, connectionId, hosts }) => ({ path, connectionId, hosts })),
    },
  });
}
