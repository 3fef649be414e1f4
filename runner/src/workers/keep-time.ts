// What happens by the clock: looking for ready runs, renewing leases, sweeping, schedules, pruning, partitions.
import type { Logger } from '../platform/logger.ts';

export type Task = { name: string; everyMs: number; work(): Promise<unknown> };

/** Runs each task on its own rhythm, never twice at once. A fault is logged and the rhythm goes on. */
export function keepTime(tasks: Task[], logger: Logger): { stop(): Promise<void> } {
  let stopped = false;
  const busy = new Set<Promise<unknown>>();
  const timers = tasks.map(({ name, everyMs, work }) => {
    let running = false;
    const timer = setInterval(() => {
      if (running || stopped) return;
      running = true;
      const done = work()
        .catch((error) => logger.warn({ err: error, task: name }, 'a regular task failed; it is tried again'))
        .finally(() => {
          running = false;
          busy.delete(done);
        });
      busy.add(done);
    }, everyMs);
    return timer;
  });
  return {
    async stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      await Promise.allSettled(busy);
    },
  };
}
