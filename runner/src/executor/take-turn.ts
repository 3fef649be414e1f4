// When the next requests of an account may leave: a sliding window, so that no window ever holds more than is allowed. Pure.
// prisma/functions/take_rate.sql is the same in SQL; a test drives both.

/** What has left or will leave, oldest first. Times are milliseconds of one clock, whichever it is. */
export type Place = {
  /** `end` is the last instant of a group of requests that lie close together; all of them count as if they left then. */
  groups: { end: number; count: number }[];
  heldUntil: number;
};

export type TurnRequest = {
  /** Requests in a window. */
  allowed: number;
  windowMs: number;
  /** How many requests this one counts as, from 1 to `allowed`. */
  cost: number;
  /** A turn that is further away is not taken. */
  mostMs: number;
};

/** How far away the turn is, and whether it was taken. */
export type Turn = { waitMs: number; isTaken: boolean };

/** Groups in a window: so a window may last a thirty-second longer than it must, and a place stays small. */
const groupsInWindow = 32;

export const emptyPlace = (): Place => ({ groups: [], heldUntil: 0 });

/**
 * Takes a turn in place, or says how far away it is. Turns are given in the order of asking and never before one given earlier.
 * @param now of the same clock as the place
 */
export const takeTurn = (
  place: Place,
  { allowed, windowMs, cost, mostMs }: TurnRequest,
  now: number,
): Turn => {
  const last = place.groups.at(-1);
  let turn = Math.max(now, place.heldUntil, last?.end ?? 0);
  let sum = Math.min(cost, allowed);
  for (const { end, count } of place.groups.toReversed()) {
    sum += count;
    if (sum > allowed) {
      turn = Math.max(turn, end + windowMs);
      break;
    }
  }
  const waitMs = Math.ceil(turn - now);
  if (waitMs > mostMs) return { waitMs, isTaken: false };
  const grain = windowMs / groupsInWindow;
  if (last !== undefined && Math.floor(last.end / grain) === Math.floor(turn / grain)) {
    last.end = turn;
    last.count += Math.min(cost, allowed);
  } else place.groups.push({ end: turn, count: Math.min(cost, allowed) });
  // Later turns are not before this one, so what lies a window behind it is never counted again.
  place.groups = place.groups.filter(({ end }) => end > turn - windowMs);
  return { waitMs, isTaken: true };
};
