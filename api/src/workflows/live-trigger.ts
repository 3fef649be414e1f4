import type { Transaction } from '@weftline/prisma';
import { conflict } from '../fail.ts';
import { nextFire } from '@weftline/runner/triggers/next-fire';
import type { TriggerRow } from './find-workflow.ts';
import { type LooseDefinition, missedOf, triggerOf } from './read-definition.ts';

/**
 * The columns of a trigger that is live at a version. A schedule that stays the same keeps its next instant, so that
 * publishing never skips a firing. The database's clock decides.
 * @throws CodedError conflict for one instant that is over
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
  const nextFireAt = nextFire(cron, timezone, clock!.now);
  // Published again without another instant: it has fired, and that is no fault.
  if (nextFireAt === null && cron.startsWith('@') && !isSame)
    throw conflict(
      `The one time of this schedule (${cron.slice(1)}) is over. Choose a later one, publish, and turn the workflow on.`,
    );
  return { ...columns, nextFireAt };
}
