// The quota counts runs of clock hours.

/** Seconds until the hour ends, at least one. */
export const secondsToNextHour = (nowMs: number): number =>
  Math.max(1, Math.ceil((3_600_000 - (nowMs % 3_600_000)) / 1000));
