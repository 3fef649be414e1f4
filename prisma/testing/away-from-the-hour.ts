// Quotas count by the clock's hour. A test that fills one must not stand across its end.
import { setTimeout as wait } from 'node:timers/promises';

const hourMs = 3_600_000;

/** Waits over the end of the hour when it is nearer than 25 s. */
export async function awayFromTheHour(): Promise<void> {
  const left = hourMs - (Date.now() % hourMs);
  if (left < 25_000) await wait(left + 500);
}
