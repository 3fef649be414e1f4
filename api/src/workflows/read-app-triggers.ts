// What is on of the triggers of apps: polls, subscriptions, and events that wait.
import { findTrigger } from '@weftline/connectors/find-action';
import { isByHand } from '@weftline/runner/triggers/register-trigger';
import { hookUrlOf } from '@weftline/runner/triggers/subscription/request-subscription';
import type { Context } from '../context.ts';
import type { WorkflowFound } from './find-workflow.ts';

export type AppTriggerFacts = {
  status: 'active' | 'subscribing' | 'failing' | 'off';
  why: string | null;
  everySeconds: number | null;
  lastPolledAt: string | null;
  nextPollAt: string | null;
  subscription: { since: string | null; expiresAt: string | null } | null;
  held: number;
  /** Items of a poll that its condition passed over since it was turned on. */
  filtered: number;
  hookUrl?: string;
};

/** By workflow; one whose trigger was never tried, published or turned on has none. */
export async function readAppTriggers(
  { read, services, tenantId }: Context,
  found: readonly WorkflowFound[],
): Promise<Map<string, AppTriggerFacts>> {
  const ids = found.filter(({ trigger }) => trigger.kind === 'app').map(({ row }) => row.id);
  if (ids.length === 0) return new Map();
  const { rows, held } = await read(async (tx) => {
    const rows = await tx.appTrigger.findMany({
      where: { tenantId, workflowId: { in: ids } },
      orderBy: [{ wanted: 'desc' }, { updatedAt: 'desc' }],
    });
    const counts = await tx.appTriggerEvent.groupBy({
      by: ['triggerId'],
      where: { tenantId, triggerId: { in: rows.map(({ id }) => id) } },
      _count: true,
    });
    return { rows, held: new Map(counts.map(({ triggerId, _count }) => [triggerId, _count])) };
  });
  const facts = new Map<string, AppTriggerFacts>();
  for (const row of rows) {
    if (facts.has(row.workflowId)) continue;
    const connector = await services.apps.find(tenantId, row.appKey, row.appVersion);
    const trigger = connector && findTrigger(connector, row.triggerKey);
    const byHand = trigger ? isByHand(trigger) : false;
    facts.set(row.workflowId, {
      status: row.wanted ? (row.status as AppTriggerFacts['status']) : 'off',
      why: row.why ?? row.heldWhy,
      everySeconds: row.everySeconds,
      lastPolledAt: row.lastPolledAt?.toISOString() ?? null,
      nextPollAt: row.nextPollAt?.toISOString() ?? null,
      subscription: row.registered
        ? {
            since: row.subscribedAt?.toISOString() ?? null,
            expiresAt: row.expiresAt?.toISOString() ?? null,
          }
        : null,
      held: held.get(row.id) ?? 0,
      filtered: Number(row.filtered),
      ...(byHand ? { hookUrl: hookUrlOf(services.env.PUBLIC_URL, row) } : {}),
    });
  }
  return facts;
}
