// How many calls of a hook were refused for their signature: gathered here and written now and then, so that whoever calls with wrong
// signatures, however fast, costs one row every few seconds.
import type { Database } from '@weftline/prisma';
import type { Logger } from '../platform/logger.ts';
import type { Hook } from './find-hook.ts';

export type Refusals = {
  note(hook: Pick<Hook, 'tenantId' | 'workflowId'>, reason: string): void;
  /** Writes what has been gathered and ends. */
  stop(): Promise<void>;
};

type Gathered = { tenantId: string; count: number; reason: string; at: Date };

/** At most so many hooks are kept apart between two writings; calls of further ones are counted by the metrics alone. */
const mostHooks = 1_000;

/** @param everyMs between two writings */
export function gatherRefusals(database: Database, logger: Logger, everyMs = 2_000): Refusals {
  let gathered = new Map<string, Gathered>();
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const batch = gathered;
    gathered = new Map();
    for (const [id, { tenantId, count, reason, at }] of batch)
      await database
        .withTenant(tenantId, (tx) =>
          tx.trigger.updateMany({
            where: { tenantId, id },
            data: { refusedCalls: { increment: count }, refusedAt: at, refusedReason: reason },
          }),
        )
        // A count that is lost with a database that is away is not worth a fault.
        .catch((error: unknown) =>
          logger.warn({ tenantId, workflowId: id, err: error }, 'refused calls were not counted'),
        );
  }
  const flush = (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = null;
    return (writing = writing.then(write));
  };

  return {
    note({ tenantId, workflowId }, reason) {
      const known = gathered.get(workflowId);
      if (known === undefined && gathered.size >= mostHooks) return;
      gathered.set(workflowId, { tenantId, reason, count: (known?.count ?? 0) + 1, at: new Date() });
      timer ??= setTimeout(() => void flush(), everyMs).unref();
    },
    stop: flush,
  };
}
