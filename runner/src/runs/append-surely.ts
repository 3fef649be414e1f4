// Writes to the journal in the face of a database that goes away for a moment.
import { setTimeout as delay } from 'node:timers/promises';
import type { AppendRequest, Journal } from '../journal/open-journal.ts';

const isDuplicate = (error: unknown): boolean => (error as { code?: string }).code === '23505';
const isOffence = (error: unknown): boolean => /^(22|23|42)/.test((error as { code?: string }).code ?? '');

/** A commit whose answer was lost is found in the journal itself: the same entries at the same places. */
async function wasWritten(journal: Journal, request: AppendRequest): Promise<boolean> {
  const there = await journal.read(
    request.tenantId,
    request.runId,
    request.firstSeq - 1,
    request.events.length,
  );
  return (
    there.length === request.events.length &&
    there.every(({ type, step, payload }, index) => {
      const sent = request.events[index]!;
      // Another owner may have written an entry of the same kind there: only the whole of it tells whose it is.
      return (
        type === sent.type && step === sent.step && JSON.stringify(payload) === JSON.stringify(sent.payload)
      );
    })
  );
}

/**
 * Appends, and tries again while the database is away and `mayGoOn` holds.
 * False: the run is no longer the caller's. Throws on a fault of the data, and when `mayGoOn` no longer holds.
 */
export async function appendSurely(
  journal: Journal,
  request: AppendRequest,
  mayGoOn: () => boolean,
): Promise<boolean> {
  let pauseMs = 100;
  let lostAnswer = false;
  for (;;) {
    try {
      const held = await journal.append(request);
      // After a lost answer a run that has ended or waits is no longer `running`: look before calling it taken.
      return held || (lostAnswer && request.events.length > 0 && (await wasWritten(journal, request)));
    } catch (error) {
      if (isDuplicate(error) && lostAnswer) return wasWritten(journal, request);
      if (isOffence(error) || !mayGoOn()) throw error;
      lostAnswer = true;
      await delay(pauseMs);
      pauseMs = Math.min(2_000, pauseMs * 2);
    }
  }
}
