// Schedules whose instant has come. Any number of processes may do this: the receipt makes each planned instant one run at most.
import type { Database } from '@weftline/prisma';
import type { Engine } from '../engine.ts';
import type { Logger } from '../platform/logger.ts';
import { nextFire } from './next-fire.ts';

/** Later than this a firing counts as missed, for instance because nothing was running. */
const missedAfterMs = 60_000;

type Due = { tenant_id: string; trigger_id: string; nominal_at: Date; clock: Date };

export type ScheduleServices = { database: Database; engine: Engine; logger: Logger };

/** The planned instant to act on: of several missed ones only the latest. */
function latestMissed(cron: string, timezone: string, nominal: Date, now: Date): Date {
  let latest = nominal;
  for (let count = 0; count < 100_000; count += 1) {
    const next = nextFire(cron, timezone, latest);
    if (!next || next.getTime() > now.getTime()) return latest;
    latest = next;
  }
  return latest;
}

async function fire(due: Due, { database, engine, logger }: ScheduleServices): Promise<void> {
  const { tenant_id: tenantId, trigger_id: triggerId } = due;
  const now = due.clock;
  const found = await database.withTenant(tenantId, async (tx) => ({
    trigger: await tx.trigger.findFirst({
      where: { tenantId, id: triggerId, enabled: true, nextFireAt: due.nominal_at },
    }),
    workflow: await tx.workflow.findFirst({
      where: { tenantId, id: triggerId, deletedAt: null },
      select: { name: true },
    }),
  }));
  const { trigger, workflow } = found;
  if (!trigger?.cron || !workflow || trigger.version === null) return;
  const timezone = trigger.timezone ?? 'UTC';
  const missed = now.getTime() - due.nominal_at.getTime() > missedAfterMs;
  const nominal = missed ? latestMissed(trigger.cron, timezone, due.nominal_at, now) : due.nominal_at;
  const firing = { outcome: 'skipped', runId: null as string | null, why: null as string | null };
  if (missed && trigger.missed === 'skip')
    firing.why = 'Nothing was running when it was due, and the workflow says to skip missed firings.';
  else {
    const accepted = await engine.accept({
      tenantId,
      workflowId: triggerId,
      workflowName: workflow.name,
      version: trigger.version,
      triggerKind: 'schedule',
      actor: null,
      guarded: true,
      receiptKey: `schedule:${nominal.toISOString()}`,
      triggerOutput: { scheduledFor: nominal.toISOString(), firedAt: now.toISOString(), timezone, missed },
    });
    if (accepted.verdict === 'gone') return;
    if (accepted.verdict === 'over')
      firing.why = `The workspace had used its ${accepted.allowed} runs of this hour.`;
    else Object.assign(firing, { outcome: missed ? 'caught_up' : 'fired', runId: accepted.runId });
  }
  const next = nextFire(trigger.cron, timezone, new Date(Math.max(now.getTime(), nominal.getTime())));
  await database.withTenant(tenantId, async (tx) => {
    await tx.scheduleFiring.createMany({
      data: [{ tenantId, triggerId, nominalAt: nominal, ...firing }],
      skipDuplicates: true,
    });
    await tx.trigger.updateMany({
      where: { tenantId, id: triggerId, nextFireAt: due.nominal_at },
      data: { nextFireAt: next },
    });
    if (firing.outcome === 'skipped')
      await tx.notification.createMany({
        data: [
          {
            tenantId,
            id: crypto.randomUUID(),
            kind: 'schedule.skipped',
            title: `${workflow.name} was not started`,
            body: `The run planned for ${nominal.toISOString()} was skipped. ${firing.why}`,
            link: `/workflows/${triggerId}`,
            dedupeKey: `schedule:${triggerId}:${nominal.toISOString()}`,
          },
        ],
        skipDuplicates: true,
      });
  });
  if (firing.outcome === 'skipped')
    logger.warn(
      { tenantId, workflowId: triggerId, nominalAt: nominal.toISOString() },
      "a schedule's firing was skipped",
    );
}

/** Fires what is due; answers how many schedules it looked at. A fault of one does not keep the others back. */
export async function fireSchedules(services: ScheduleServices): Promise<number> {
  const due = await services.database.callDoor<Due>('due_schedules', [200]);
  for (const entry of due)
    await fire(entry, services).catch((error) =>
      services.logger.error(
        { tenantId: entry.tenant_id, workflowId: entry.trigger_id, err: error },
        'a schedule could not be fired; it is tried again',
      ),
    );
  return due.length;
}
