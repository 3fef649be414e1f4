// Events that wait for their run: started as the interval and the hourly quota open, the oldest first.
import { mostRunsACommit, newRunIds, type PollServices } from './poll-trigger.ts';

type Due = { tenant_id: string; trigger_id: string };

/** Starts what may start now. Any number of processes may do this: the trigger's row is held while events become runs. */
export async function releaseEvents({
  database,
  query,
  ring,
  logger,
}: Pick<PollServices, 'database' | 'query' | 'ring' | 'logger'>): Promise<number> {
  const due = await database.callDoor<Due>('due_app_releases', [100]);
  let started = 0;
  for (const { tenant_id: tenantId, trigger_id: id } of due) {
    try {
      for (let isMore = true; isMore;) {
        const [released] = await query<{ started: number; held: number }>(
          'SELECT * FROM release_app_events($1::uuid,$2::uuid,$3::uuid[])',
          [tenantId, id, newRunIds(mostRunsACommit)],
        );
        const count = released?.started ?? 0;
        if (count > 0) ring();
        started += count;
        isMore = count === mostRunsACommit;
      }
    } catch (error) {
      logger.error(
        { tenantId, triggerId: id, err: error },
        'events could not be released; it is tried again',
      );
    }
  }
  return started;
}
