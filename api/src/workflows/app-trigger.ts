// The trigger of an app that a workflow asks for: found in its document, registered at its service, turned on and off.
import { findTrigger, parseUse } from '@weftline/connectors/find-action';
import type { Json } from '@weftline/connectors/json';
import { triggerInputSchemaOf } from '@weftline/connectors/schemas/compose-schema';
import type { Connector, Trigger } from '@weftline/connectors/types';
import type { Transaction } from '@weftline/prisma';
import { createLockRefresh } from '@weftline/runner/connections/lock-refresh';
import { openConnection } from '@weftline/runner/connections/open-connection';
import type { AppTriggerRow, AppTriggerServices } from '@weftline/runner/triggers/app-trigger-services';
import {
  dropOthers,
  ensureRow,
  type WantedTrigger,
  wantRow,
} from '@weftline/runner/triggers/register-trigger';
import { type Subscribed, subscribeNow } from '@weftline/runner/triggers/subscription/subscribe-now';
import { completeTriggerInput, readsVariables } from '@weftline/runner/workflow/resolve-trigger-input';
import { shareRates } from '@weftline/runner/rates/share-rates';
import { conflict, invalidInput } from '../fail.ts';
import { isUuid } from '../is-uuid.ts';
import type { Services } from '../services.ts';
import { findVariables } from '../variables/find-variables.ts';
import { appTriggerOf, type LooseDefinition, slotsOf } from './read-definition.ts';

/** What polling and subscribing need, as this process has it. */
export const triggerServices = ({
  database,
  vault,
  logger,
  apps,
  egress,
  clock,
  env,
}: Services): AppTriggerServices => ({
  database,
  vault,
  logger,
  findApp: (tenantId, key, version) => apps.find(tenantId, key, version),
  openConnection: (tenantId, id) => openConnection({ database, vault }, tenantId, id),
  outside: (tenantId) => ({
    egress,
    now: () => clock().getTime(),
    lockRefresh: createLockRefresh(database, tenantId),
    rates: shareRates(database, tenantId),
  }),
  publicUrl: env.PUBLIC_URL,
});

export type FoundTrigger = WantedTrigger & { connector: Connector; readsVariables: boolean };

/**
 * The trigger that a document with exact versions asks for, with named values filled in. Null: none of an app, or one that is not there.
 * @throws CodedError invalid_input for a named value that is gone, or gives what the trigger does not take
 */
export async function findWantedTrigger(
  { apps, database }: Pick<Services, 'apps' | 'database'>,
  tenantId: string,
  pinned: LooseDefinition,
): Promise<FoundTrigger | null> {
  const written = appTriggerOf(pinned);
  const use = written?.use ? parseUse(written.use) : null;
  const connector = use && (await apps.find(tenantId, use.app, use.version));
  const trigger: Trigger | undefined = connector ? findTrigger(connector, use.key) : undefined;
  if (!written || !use || !connector || !trigger) return null;
  const input = written.input as { [name: string]: Json };
  const reads = readsVariables(input);
  const vars = reads ? await database.withTenant(tenantId, (tx) => findVariables(tx, tenantId)) : {};
  const completed = completeTriggerInput(triggerInputSchemaOf(connector, trigger), input, vars);
  if (!completed.ok)
    throw invalidInput(
      completed.problems.map((problem) => ({ ...problem, path: `/trigger/input${problem.path}` })),
      'The trigger’s input cannot be filled in.',
    );
  const slot = slotsOf(pinned).find(({ slot: name }) => name === written.connection);
  const connectionId = slot?.connectionId && isUuid(slot.connectionId) ? slot.connectionId : null;
  return {
    connector,
    trigger,
    appKey: use.app,
    appVersion: use.version,
    connectionId,
    input: completed.input,
    inputTemplate: reads ? input : undefined,
    readsVariables: reads,
    everySeconds: written.everySeconds,
  };
}

/** A trigger that is ready to be turned on: its row, and what subscribing brought. */
export type ReadyTrigger = { row: AppTriggerRow; wanted: WantedTrigger; subscribed: Subscribed | null };

/**
 * Makes the row of the trigger and registers it at its service where the app does that; before the workflow is turned on.
 * @throws CodedError with the service's reason when it does not agree and the trigger cannot poll instead
 */
export async function readyTrigger(
  services: Services,
  tenantId: string,
  workflowId: string,
  wanted: FoundTrigger,
): Promise<ReadyTrigger> {
  const row = await services.database.withTenant(tenantId, (tx) =>
    ensureRow(tx, tenantId, workflowId, wanted),
  );
  return { row, wanted, subscribed: await subscribeNow(triggerServices(services), row, wanted) };
}

/** Makes it the workflow's trigger, in the transaction that turns it on; null turns off whatever there was. */
export async function turnOnTrigger(
  tx: Transaction,
  tenantId: string,
  workflowId: string,
  ready: ReadyTrigger | null,
): Promise<void> {
  if (!ready) return dropOthers(tx, tenantId, workflowId, null);
  await wantRow(tx, tenantId, workflowId, ready.row, ready.wanted);
  if (!ready.subscribed) return;
  const { held, columns } = ready.subscribed;
  const { count } = await tx.appTrigger.updateMany({
    where: { tenantId, id: held.id, epoch: held.epoch },
    data: { ...columns, workerId: null, leaseUntil: null },
  });
  if (count === 0) throw conflict('Somebody changed the workflow’s trigger meanwhile. Try again.');
}
