// Schedules whose instant has come. Any number of processes may do this: the receipt makes each planned instant one run at most.
import type { Database } from '@weftline/prisma';
import type { Engine } from '../engine.ts';
import { passCrashPoint } from '../platform/crash-point.ts';
import type { Logger } from '../platform/logger.ts';
import { nextFire } from './next-fire.ts';

/** Later than this a firing counts as missed, for instance because nothing was running. */
const missedAfterMs = 60_000;

/** Missed firings that are made up for where the workflow says all, and how many of them at one look. */
export const mostMadeUp = 100;
const mostAtOnce = 20;

const receiptOf = (nominal: Date): string => `schedule:${nominal.toISOString()}`;

type Due = { tenant_id: string; trigger_id: string; nominal_at: Date; clock: Date };

export type ScheduleServices = { database: Database; engine: Engine; logger: Logger };

/** The last planned instant up to now. */
function latestMissed(cron: string, timezone: string, nominal: Date, now: Date): Date {
  let latest = nominal;
  for (let count = 0; count < 100_000; count += 1) {
    const next = nextFire(cron, timezone, latest);
    if (!next || next.getTime() > now.getTime()) return latest;
    latest = next;
  }
  return latest;
}

/**
 * Of a schedule that makes up for all of them: the planned instants up to now from `nominal` on, of which the newest
 * `mostMadeUp` are kept. Pure.
 */
export function listMissed(
  cron: string,
  timezone: string,
  nominal: Date,
  now: Date,
): { kept: Date[]; dropped: { first: Date; count: number } | null } {
  const kept: Date[] = [];
  let count = 0;
  for (
    let at: Date | null = nominal;
    at !== null && at.getTime() <= now.getTime() && count < 1_000_000;
    at = nextFire(cron, timezone, at)
  ) {
    kept.push(at);
    count += 1;
    if (kept.length > mostMadeUp * 2) kept.splice(0, kept.length - mostMadeUp);
  }
  kept.splice(0, Math.max(0, kept.length - mostMadeUp));
  const over = count - kept.length;
  return { kept, dropped: over > 0 ? { first: nominal, count: over } : null };
}

type Firing = { nominalAt: Date; outcome: string; runId: string | null; why: string | null };

async function fire(due: Due, services: ScheduleServices): Promise<void> {
  const { database, engine, logger } = services;
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
  const { cron, version } = trigger;
  const timezone = trigger.timezone ?? 'UTC';
  const missed = now.getTime() - due.nominal_at.getTime() > missedAfterMs;

  /** One run for a planned instant, the same one however often this is asked. Null: the workflow is being changed. */
  async function start(nominal: Date): Promise<Firing | null> {
    const accepted = await engine.accept({
      tenantId,
      workflowId: triggerId,
      workflowName: workflow!.name,
      version,
      triggerKind: 'schedule',
      actor: null,
      guarded: true,
      receiptKey: receiptOf(nominal),
      triggerOutput: { scheduledFor: nominal.toISOString(), firedAt: now.toISOString(), timezone, missed },
    });
    passCrashPoint('schedule-started');
    const skipped = { nominalAt: nominal, outcome: 'skipped', runId: null };
    if (accepted.verdict === 'gone') return null;
    if (accepted.verdict === 'over')
      return { ...skipped, why: `The workspace had used its ${accepted.allowed} runs of this hour.` };
    const outcome = missed ? 'caught_up' : 'fired';
    return { nominalAt: nominal, outcome, runId: accepted.runId, why: null };
  }

  const firings: Firing[] = [];
  let next: Date | null;
  if (missed && trigger.missed === 'all') {
    const { kept, dropped } = listMissed(cron, timezone, due.nominal_at, now);
    if (dropped && !(await isStarted(services, due)))
      firings.push({
        nominalAt: dropped.first,
        outcome: 'skipped',
        runId: null,
        why: `${dropped.count} firings were missed that are too long ago: the newest ${mostMadeUp} are made up for.`,
      });
    for (const nominal of kept.slice(0, mostAtOnce)) {
      const firing = await start(nominal);
      if (firing === null) return;
      firings.push(firing);
    }
    // The rest comes at the next look: what was started stands by its receipt, whatever happens in between.
    next = kept[mostAtOnce] ?? nextFire(cron, timezone, now);
  } else {
    const nominal = missed ? latestMissed(cron, timezone, due.nominal_at, now) : due.nominal_at;
    const firing =
      missed && trigger.missed === 'skip'
        ? {
            nominalAt: nominal,
            outcome: 'skipped',
            runId: null,
            why: 'Nothing was running when it was due, and the workflow says to skip missed firings.',
          }
        : await start(nominal);
    if (firing === null) return;
    firings.push(firing);
    next = nextFire(cron, timezone, new Date(Math.max(now.getTime(), nominal.getTime())));
  }
  const skipped = firings.filter(({ outcome }) => outcome === 'skipped');
  const [first] = skipped;
  const others = skipped.length > 1 ? ` So were ${skipped.length - 1} after it.` : '';
  await database.withTenant(tenantId, async (tx) => {
    await tx.scheduleFiring.createMany({
      data: firings.map((firing) => ({ tenantId, triggerId, ...firing })),
      skipDuplicates: true,
    });
    await tx.trigger.updateMany({
      where: { tenantId, id: triggerId, nextFireAt: due.nominal_at },
      data: { nextFireAt: next },
    });
    if (first)
      await tx.notification.createMany({
        data: [
          {
            tenantId,
            id: crypto.randomUUID(),
            kind: 'schedule.skipped',
            title: `${workflow.name} was not started`,
            body: `The run planned for ${first.nominalAt.toISOString()} was skipped. ${first.why}${others}`,
            link: `/workflows/${triggerId}`,
            dedupeKey: `schedule:${triggerId}:${first.nominalAt.toISOString()}`,
          },
        ],
        skipDuplicates: true,
      });
  });
  if (first)
    logger.warn(
      { tenantId, workflowId: triggerId, nominalAt: first.nominalAt.toISOString(), skipped: skipped.length },
      "a schedule's firing was skipped",
    );
}

/** Whether the planned instant has its run already: a process died before it could write that down. */
async function isStarted({ database }: ScheduleServices, due: Due): Promise<boolean> {
  const { tenant_id: tenantId, trigger_id: triggerId, nominal_at: nominal } = due;
  const receipt = await database.withTenant(tenantId, (tx) =>
    tx.receipt.findFirst({ where: { tenantId, triggerId, key: receiptOf(nominal) } }),
  );
  return receipt !== null;
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
