import type { Database } from '@weftline/prisma';
import { passCrashPoint } from '../platform/crash-point.ts';
import type { Logger } from '../platform/logger.ts';

/** Takes the runs of workers that give no sign of life back into the queue, and says so. @returns whether there were any */
export async function sweepRuns(database: Pick<Database, 'callDoor'>, logger: Logger): Promise<boolean> {
  const swept = await database.callDoor<{ tenant_id: string; run_id: string; crashes: number }>(
    'sweep_runs',
    [],
  );
  for (const row of swept)
    logger.warn(
      { tenantId: row.tenant_id, runId: row.run_id, crashes: row.crashes },
      "a run's worker gave no sign of life; the run is taken up again",
    );
  if (swept.length > 0) passCrashPoint('swept');
  return swept.length > 0;
}
