import type { Transaction } from '@weftline/prisma';
import { nextFire } from '@weftline/runner/triggers/next-fire';
import type { TriggerRow } from './find-workflow.ts';
import { type LooseDefinition, missedOf, triggerOf } from './read-definition.ts';

/**
 * The columns of a trigger that is live at a version. A schedule that stays the same keeps its next instant, so that
 * publishing never skips a firing. The database's clock decides.
 */
export async function liveTrigger(
  tx: Transaction,
  definition: LooseDefinition,
  version: number,
  former: TriggerRow,
) {
  const { kind, verify, cron, timezone } = triggerOf(definition);
  const columns = { kind, verify, cron, timezone, missed: missedOf(definition), version, enabled: true };
  if (kind !== 'schedule' || cron === null || timezone === null) return { ...columns, nextFireAt: null };
  const isSame = former.enabled && former.cron === cron && former.timezone === timezone;
  if (isSame && former.nextFireAt) return { ...columns, nextFireAt: former.nextFireAt };
  const [clock] = await tx.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
  return { ...columns, nextFireAt: nextFire(cron, timezone, clock!.now) };
}
