// A machine that gives nobody processor time is a fault too: leases run out under workers that live. Noted, so that what follows
// from it is not taken for something without a cause.
import type { Note } from './start-world.ts';

const everyMs = 100;

export const stoodStill = 'the machine stood still';

/** Notes each time this process itself was kept from running for longer than `mostMs`. Ends with the returned function. */
export function watchStalls(notes: Note[], mostMs: number): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last - everyMs > mostMs) notes.push({ fault: stoodStill, at: last, until: now, victims: [] });
    last = now;
  }, everyMs);
  return () => clearInterval(timer);
}
