// Random askers of one account. A failing case prints its seed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyPlace, takeTurn } from './take-turn.ts';

type Ask = { afterMs: number; cost: number; mostMs: number; holdMs: number };

const asks = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })),
    cost: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })),
    mostMs: fc.constantFrom(0, 500, 30_000),
    holdMs: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_000 }) },
    ),
  }),
  { maxLength: 200 },
);

/** Plays the askers; answers the turns that were taken. */
const play = (list: readonly Ask[], allowed: number, windowMs: number) => {
  const place = emptyPlace();
  const turns: { at: number; cost: number }[] = [];
  let now = 1_000;
  let mostGroups = 0;
  for (const { afterMs, cost, mostMs, holdMs } of list) {
    now += afterMs;
    if (holdMs > 0) place.heldUntil = Math.max(place.heldUntil, now + holdMs);
    const before = structuredClone(place);
    const { waitMs, isTaken } = takeTurn(place, { allowed, windowMs, cost, mostMs }, now);
    if (isTaken) {
      expect(waitMs).toBeLessThanOrEqual(mostMs);
      expect(now + waitMs).toBeGreaterThanOrEqual(place.heldUntil);
      turns.push({ at: now + waitMs, cost: Math.min(cost, allowed) });
    } else {
      expect(waitMs).toBeGreaterThan(mostMs);
      expect(place).toEqual(before);
    }
    mostGroups = Math.max(mostGroups, place.groups.length);
  }
  return { turns, mostGroups };
};

/** The most that falls into any window. A window begins with a turn, or it could begin later and hold as much. */
const fullest = (turns: readonly { at: number; cost: number }[], windowMs: number): number =>
  Math.max(
    0,
    ...turns.map(({ at: from }) =>
      turns.reduce((sum, { at, cost }) => (at >= from && at < from + windowMs ? sum + cost : sum), 0),
    ),
  );

test('no window ever holds more than is allowed, turns keep the order of asking, and a place stays small', () => {
  fc.assert(
    fc.property(
      asks,
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom(1_000, 1_700, 60_000),
      (list, allowed, windowMs) => {
        const { turns, mostGroups } = play(list, allowed, windowMs);
        expect(fullest(turns, windowMs)).toBeLessThanOrEqual(allowed);
        expect(turns.map(({ at }) => at)).toEqual(turns.map(({ at }) => at).toSorted((a, b) => a - b));
        expect(mostGroups).toBeLessThanOrEqual(34);
      },
    ),
  );
});

test('nothing is lost: what was taken is free again a window and a thirty-second later', () => {
  fc.assert(
    fc.property(asks, fc.integer({ min: 1, max: 20 }), (list, allowed) => {
      const place = emptyPlace();
      const request = { allowed, windowMs: 1_000, mostMs: 30_000 };
      let now = 0;
      let last = 0;
      for (const { afterMs, cost } of list) {
        now += afterMs;
        const { waitMs, isTaken } = takeTurn(place, { ...request, cost }, now);
        if (isTaken) last = Math.max(last, now + waitMs);
      }
      expect(takeTurn(place, { ...request, cost: allowed, mostMs: 0 }, last + 1_000)).toEqual({
        waitMs: 0,
        isTaken: true,
      });
    }),
  );
});

test('whoever asks without pause gets nearly all of what is allowed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), (allowed) => {
      const place = emptyPlace();
      let turn = 0;
      for (let request = 0; request < allowed * 10; request += 1)
        turn = takeTurn(place, { allowed, windowMs: 1_000, cost: 1, mostMs: Infinity }, 0).waitMs;
      expect(turn).toBeLessThanOrEqual(9 * 1_000 * (1 + 1 / 32));
    }),
  );
});
