// One token refresh at a time for a connection, over all processes: a refresh token that rotates may be used once.
import type { Database } from '@weftline/prisma';
import type { LockRefresh } from '../executor/types.ts';
import { CodedError } from '../platform/errors.ts';

/** Locks that one process may hold at once: each keeps a database connection while the service answers. */
const mostHeld = 3;
const tries = 4;

/**
 * Makes the lock of one process. Inside `work` read the credentials again: another process may have renewed them.
 * The lock is PostgreSQL's, so it ends with its process; it ends after 8 s in any case.
 * @throws CodedError `unavailable` when the lock cannot be had within about 8 s, or what `work` throws
 */
export function createLockRefresh(database: Database, tenantId: string): LockRefresh {
  return async (connectionId, work) => inTurn(connectionId, () => withSlot(() => hold(connectionId, work)));

  async function hold<Result>(connectionId: string, work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      let isStarted = false;
      let done: { result: Result } | { error: unknown } | null = null;
      try {
        await database.withTenant(tenantId, async (tx) => {
          await tx.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(hashtextextended(${`refresh ${connectionId}`}, 0))`;
          isStarted = true;
          // The outcome is kept outside: what was stored stays stored, even if this transaction ends late.
          done = await work().then(
            (result) => ({ result }),
            (error: unknown) => ({ error }),
          );
        });
      } catch (cause) {
        if (!isStarted && attempt < tries) continue;
        if (done === null)
          throw new CodedError({
            code: 'unavailable',
            message: 'Another process is renewing the access token of this connection.',
            retryAfterMs: 2_000,
            cause,
          });
      }
      const outcome = done as unknown as { result: Result } | { error: unknown };
      if ('error' in outcome) throw outcome.error;
      return outcome.result;
    }
  }
}

const turns = new Map<string, Promise<unknown>>();

/** Runs work of one connection one after the other within this process. */
function inTurn<Result>(connectionId: string, work: () => Promise<Result>): Promise<Result> {
  const former = turns.get(connectionId) ?? Promise.resolve();
  const mine = former.then(work, work);
  const settled = mine.then(
    () => {},
    () => {},
  );
  turns.set(connectionId, settled);
  void settled.then(() => {
    if (turns.get(connectionId) === settled) turns.delete(connectionId);
  });
  return mine;
}

let held = 0;
const queue: (() => void)[] = [];

async function withSlot<Result>(work: () => Promise<Result>): Promise<Result> {
  if (held >= mostHeld) await new Promise<void>((resolve) => queue.push(resolve));
  else held += 1;
  try {
    return await work();
  } finally {
    const next = queue.shift();
    if (next) next();
    else held -= 1;
  }
}
