import { Worker } from 'node:worker_threads';
import { CodedError } from '@weftline/runner/platform/errors';
import { invalidInput } from '../fail.ts';
import type { ImportAnswer, ImportJob } from './import-worker.ts';

const longestMs = 60_000;
const memoryMiB = 1024;
/** Two at once would take all that a small machine has. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs an import in a thread of its own, one after the other, within a minute and 1 GiB.
 * @throws CodedError not_parseable, too_large, invalid_input (no OpenAPI document, or one that cannot be imported)
 */
export async function importDocument(job: ImportJob): Promise<ImportAnswer & { ok: true }> {
  const mine = last.then(() => runWorker(job));
  last = mine.catch(() => undefined);
  const answer = await mine;
  if (answer.ok) return answer;
  if (answer.code === 'not_parseable')
    throw new CodedError({ code: 'not_parseable', message: answer.message });
  if (answer.code === 'too_large') throw new CodedError({ code: 'too_large', message: answer.message });
  const path = job.url === null ? '/document' : '/url';
  throw invalidInput([{ path, code: answer.code, message: answer.message }]);
}

function runWorker(job: ImportJob): Promise<ImportAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./import-worker.ts', import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    });
    const stop = (code: ImportAnswer & { ok: false }) => {
      void worker.terminate();
      resolve(code);
    };
    const timer = setTimeout(
      () =>
        stop({
          ok: false,
          code: 'too_large',
          message: 'The document takes too long to read; import parts of it with "only".',
        }),
      longestMs,
    );
    worker.once('message', (answer: ImportAnswer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    worker.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        resolve({ ok: false, code: 'too_large', message: 'The document is too large to be read.' });
      else reject(error);
    });
  });
}
