// When a host counts as down: pure, one state a host, in the memory of a process.

/** So many calls in a row without an answer, none further apart than `windowMs`, and the host is left alone. */
export const breakAfter = { failures: 5, windowMs: 60_000 };

/** How long a host is left alone: longer after each call that found it still down. */
export const pauseMs = (probes: number): number => Math.min(30_000 * 2 ** Math.min(probes, 10), 300_000);

/** A host that is down for longer is an outage: calls to it fail and tell somebody, instead of waiting on. */
export const longestWaitMs = 3_600_000;

export type Failures = { inRow: number; lastAt: number };

/** @param now any clock in milliseconds that only goes forward */
export const addFailure = (before: Failures | undefined, now: number): Failures => ({
  inRow: before !== undefined && now - before.lastAt <= breakAfter.windowMs ? before.inRow + 1 : 1,
  lastAt: now,
});

export const isDown = ({ inRow }: Failures): boolean => inRow >= breakAfter.failures;
