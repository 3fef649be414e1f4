// Takes a subscription back that nobody wants any more: until the service has, or until it is given up and people are told.
import { requestOf } from '../../executor/ask-subscription.ts';
import {
  type AppTriggerRow,
  type AppTriggerServices,
  type Held,
  leaveRow,
  notify,
} from '../app-trigger-services.ts';
import { type Columns, later, waitMs } from './plan-upkeep.ts';
import { type Found, hookUrlOf, performAct } from './request-subscription.ts';

/** Failures in a row after which it is given up: about two days. */
const mostFailures = 14;

/** Takes back what is registered, or may be. The row is held; it is let go whatever comes of it. */
export async function takeBack(
  services: AppTriggerServices,
  row: AppTriggerRow,
  held: Held,
  found: Found | null,
): Promise<void> {
  const { database } = services;
  const { tenantId, id } = row;
  const isThere = row.registered || row.attempt !== null;
  const give = async (columns: Columns) => {
    if (!(await leaveRow(services, held, { ...columns, nextUpkeepAt: null }))) return;
    await database.withTenant(tenantId, async (tx) => {
      const workflow = await tx.workflow.findFirst({ where: { tenantId, id: row.workflowId } });
      if (workflow && workflow.deletedAt === null) return;
      await tx.appTriggerSeen.deleteMany({ where: { tenantId, triggerId: id } });
      await tx.appTriggerEvent.deleteMany({ where: { tenantId, triggerId: id } });
      await tx.appTrigger.deleteMany({ where: { tenantId, id, wanted: false } });
    });
  };
  const gone: Columns = {
    registered: false,
    attempt: null,
    subscriptionCipher: null,
    expiresAt: null,
    upkeepFailures: 0,
  };
  if (!isThere) return give({});
  const app = found?.connector.app.name ?? row.appKey;
  const giveUp = async (reason: string) => {
    await give(gone);
    await notify(services, row, {
      kind: 'trigger.left_behind',
      title: (workflow) => `${app} may still call an address of “${workflow}”`,
      body: `The registration could not be taken back: ${reason} Calls of it start nothing. Remove ${hookUrlOf(services.publicUrl, row)} at ${app} by hand.`,
      dedupeKey: `left:${id}:${row.epoch}`,
    });
  };
  if (!found || !requestOf(found.trigger.webhook, 'unsubscribe'))
    return giveUp('the app is not published here any more.');
  const outcome = await performAct(services, row, found, 'unsubscribe');
  if (outcome.kind === 'done') return give(gone);
  const { error } = outcome;
  if (error.type === 'NOT_FOUND' && error.sent === 'answered') return give(gone);
  const isHopeless = error.sent === 'no' && ['VALIDATION', 'NOT_FOUND', 'PERMANENT'].includes(error.type);
  if (isHopeless || row.upkeepFailures + 1 >= mostFailures) return giveUp(error.message);
  await leaveRow(services, held, {
    upkeepFailures: row.upkeepFailures + 1,
    why: `Not taken back yet: ${error.message}`,
    nextUpkeepAt: later(waitMs(row.upkeepFailures, error)),
  });
}
