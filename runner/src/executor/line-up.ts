// Calls of which a service takes only so many at once. Whoever wants to make one stands in a line of this process, and the first in it asks
// for a slot; where slots are counted (in this process, or for all of them) is handed in.
import { randomUUID } from 'node:crypto';

/** Who may be under way. Slots that nobody gives back end by themselves. */
export type Slots = {
  /** Takes one of `most` slots for so many milliseconds at most. Asking again with the same id is asking once. */
  take: (name: string, slot: string, most: number, leaseMs: number) => Promise<boolean>;
  /** Gives it back. Never fails. */
  free: (name: string, slot: string) => Promise<void>;
};

export type Entry = {
  /** Calls at once. */
  most: number;
  /** The time limit of the call from now on, in milliseconds: a slot is kept no longer. */
  timeoutMs: number;
  /** How long it may stand in the line. */
  mostMs: number;
  signal: AbortSignal | undefined;
};

/** The slot is had until `leave`; or none was had in time, and another try makes sense in `busyMs`. */
export type Entered = { waitedMs: number; leave: () => Promise<void> } | { busyMs: number };
export type Enter = (name: string, entry: Entry) => Promise<Entered>;

/** A call ends when its time is over; so much later its slot does. */
const graceMs = 5_000;
/** The first in the line asks again after so long, then ever more seldom: a slot of another process rings no bell here. */
const firstPauseMs = 50;
const longestPauseMs = 250;
/** Until a call has ended here nobody knows how long one takes. */
const unknownMs = 2_000;
const longestBusyMs = 60_000;

export type Line = {
  waiting: string[];
  open: number;
  /** Wakes those who wait, when a slot was given back or the line moves on. */
  bells: Set<() => void>;
  rung: number;
  /** How long calls took lately; 0 when none has ended yet. */
  typicalMs: number;
};

const ring = (line: Line): void => {
  line.rung += 1;
  for (const wake of line.bells) wake();
};

const rest = (line: Line, ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      line.bells.delete(wake);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    line.bells.add(wake);
    signal?.addEventListener('abort', wake, { once: true });
    if (signal?.aborted === true) wake();
  });

/** A little more or less for each, so that those who were sent away do not come back together. */
const busyMs = ({ waiting, typicalMs }: Line, most: number): number =>
  Math.round(
    Math.min(longestBusyMs, Math.max(1_000, ((waiting.length + 1) * (typicalMs || unknownMs)) / most)) *
      (0.75 + Math.random() / 2),
  );

/** The lines of one process, by name. */
export type Lines = Map<string, Line>;

/** First come first served within the process; between processes the one that asks at the right moment is next. */
export const lineUp = (slots: Slots, lines: Lines = new Map()): Enter => {
  const find = (name: string): Line => {
    const line = lines.get(name) ?? { waiting: [], open: 0, bells: new Set(), rung: 0, typicalMs: 0 };
    lines.set(name, line);
    return line;
  };
  const forget = (name: string, line: Line): void => {
    if (line.waiting.length === 0 && line.open === 0 && lines.get(name) === line) lines.delete(name);
  };
  const openSlot = (name: string, line: Line, slot: string): (() => Promise<void>) => {
    const openedAt = performance.now();
    let isLeft = false;
    line.open += 1;
    return async () => {
      if (isLeft) return;
      isLeft = true;
      const tookMs = performance.now() - openedAt;
      line.typicalMs = line.typicalMs === 0 ? tookMs : line.typicalMs * 0.8 + tookMs * 0.2;
      await slots.free(name, slot);
      line.open -= 1;
      ring(line);
      forget(name, line);
    };
  };

  return async (name, { most, timeoutMs, mostMs, signal }) => {
    const line = find(name);
    const startedAt = performance.now();
    if ((line.waiting.length * line.typicalMs) / most > mostMs) return { busyMs: busyMs(line, most) };
    const slot = randomUUID();
    line.waiting.push(slot);
    let pauseMs = firstPauseMs;
    try {
      for (;;) {
        const { rung } = line;
        const waitedMs = performance.now() - startedAt;
        // An abort ends the wait; sending then says that it was cancelled.
        if (signal?.aborted === true) return { waitedMs, leave: () => slots.free(name, slot) };
        const isFirst = line.waiting[0] === slot;
        if (isFirst && (await slots.take(name, slot, most, Math.ceil(timeoutMs - waitedMs + graceMs))))
          return { waitedMs: performance.now() - startedAt, leave: openSlot(name, line, slot) };
        const leftMs = mostMs - (performance.now() - startedAt);
        if (leftMs <= 0) {
          // Whether a question without an answer took it is not known.
          if (isFirst) await slots.free(name, slot);
          return { busyMs: busyMs(line, most) };
        }
        if (line.rung !== rung) continue;
        await rest(line, isFirst ? Math.min(pauseMs, leftMs) : leftMs, signal);
        if (isFirst) pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    } finally {
      line.waiting.splice(line.waiting.indexOf(slot), 1);
      ring(line);
      forget(name, line);
    }
  };
};
