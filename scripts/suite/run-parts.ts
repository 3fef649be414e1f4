import { addCounts, type Count, describeCount, oneFailed } from './count.ts';
import type { Part } from './list-parts.ts';

type Result = { name: string; count: Count; seconds: number };

/**
 * Runs parts one after the other under headings, and ends with the line `N passed, N failed` (and `, N skipped`).
 *
 * @returns the exit code: 1 when anything failed, was interrupted, or when there was nothing to run
 */
export async function runParts(parts: readonly Part[]): Promise<0 | 1> {
  const results: Result[] = [];
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  for (const [index, part] of parts.entries()) {
    if (isInterrupted) break;
    console.log(`\n=== ${index + 1}/${parts.length} ${part.name} ===`);
    const begin = performance.now();
    const count = await part.run().catch((error: unknown): Count => {
      console.error(error);
      return oneFailed;
    });
    const seconds = (performance.now() - begin) / 1000;
    results.push({ name: part.name, count, seconds });
    console.log(`--- ${describeCount(count)} in ${seconds.toFixed(1)} s`);
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  const total = addCounts(results.map((result) => result.count));
  summarise(results);
  if (isInterrupted) console.log('interrupted');
  console.log(`\n${describeCount(total)}`);
  return total.failed > 0 || isInterrupted || parts.length === 0 ? 1 : 0;
}

function summarise(results: readonly Result[]): void {
  console.log('\n=== in short ===');
  for (const { name, count, seconds } of results) {
    const mark = count.failed > 0 ? 'FAILED' : 'ok';
    console.log(`${mark.padEnd(6)} ${seconds.toFixed(1).padStart(6)} s  ${name}: ${describeCount(count)}`);
  }
}
