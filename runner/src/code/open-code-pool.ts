// The pool of one process, as it is used outside of tests.
import type { Logger } from '../platform/logger.ts';
import { type CodePool, createCodePool } from './code-pool.ts';
import { childStarter } from './start-child.ts';

/** Input: how many processes at most. None is started before the first code comes. */
export function openCodePool(size: number, logger: Logger): CodePool {
  const start = childStarter(() =>
    logger.info(
      'this system gives code steps no network of their own; Node’s permissions and a process without doors keep them in',
    ),
  );
  return createCodePool({ start, size });
}
