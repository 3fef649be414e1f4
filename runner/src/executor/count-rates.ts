// The account of what one process has sent: what tests and the command line use, and what is left when the shared one is away.
import { type Enter, lineUp, type Slots } from './line-up.ts';
import { emptyPlace, takeTurn } from './take-turn.ts';
import type { Place, Turn, TurnRequest } from './take-turn.ts';

/**
 * The account of what was sent under limits, by names that say what counts together.
 * Turns are not given back: what was taken and never sent expires with its window.
 */
export type Rates = {
  /** Takes a turn where it is no further away than `mostMs`. Says how far away it is. */
  take: (name: string, request: TurnRequest) => Promise<Turn>;
  /** Gives no turn for so many milliseconds: the service asked for it. `windowMs` as in the limit. */
  hold: (name: string, windowMs: number, waitMs: number) => Promise<void>;
  /** Waits until one of so few calls that may be under way at once can be made. */
  enter: Enter;
};

/** Accounts of one process; `note` takes in what was taken elsewhere. */
export type CountedRates = Rates & { note: (name: string, request: TurnRequest, waitMs: number) => void };

const mostPlaces = 10_000;

/** Slots of one process. @param clock milliseconds that never go back */
const countSlots = (clock: () => number): Slots => {
  const taken = new Map<string, Map<string, number>>();
  return {
    take: async (name, slot, most, leaseMs) => {
      const ends = taken.get(name) ?? new Map<string, number>();
      for (const [id, end] of ends) if (end <= clock()) ends.delete(id);
      if (!ends.has(slot) && ends.size >= most) return false;
      taken.set(name, ends.set(slot, clock() + leaseMs));
      return true;
    },
    free: async (name, slot) => {
      const ends = taken.get(name);
      ends?.delete(slot);
      if (ends?.size === 0) taken.delete(name);
    },
  };
};

/** @param clock milliseconds that never go back */
export const countRates = (clock: () => number = () => performance.now()): CountedRates => {
  const places = new Map<string, Place>();
  const find = (name: string): Place => {
    const place = places.get(name) ?? emptyPlace();
    // The place used longest ago is forgotten first.
    places.delete(name);
    places.set(name, place);
    if (places.size > mostPlaces) for (const oldest of places.keys()) if (places.delete(oldest)) break;
    return place;
  };
  return {
    enter: lineUp(countSlots(clock)),
    take: async (name, request) => takeTurn(find(name), request, clock()),
    hold: async (name, _windowMs, waitMs) => {
      const place = find(name);
      place.heldUntil = Math.max(place.heldUntil, clock() + waitMs);
    },
    // The turn was right where it was given, so it is entered at its instant whatever this process knew before.
    note: (name, request, waitMs) =>
      void takeTurn(find(name), { ...request, allowed: Infinity, mostMs: Infinity }, clock() + waitMs),
  };
};

/** For calls without an account of their own. */
export const ownRates: Rates = countRates();
