/** Tells on standard error what is being done, so that standard output stays the answer. */
import type { Terminal } from './terminal.ts';

/**
 * Does a piece of work that may take a while.
 * @param text what is being done, such as "Publishing acme 1.0.0"
 */
export async function withProgress<Result>(
  terminal: Pick<Terminal, 'writeError'>,
  text: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  terminal.writeError(`${text} …\n`);
  const timer = setInterval(() => terminal.writeError(`  still at it, ${seconds(startedAt)} s\n`), 5_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function seconds(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1_000);
}
