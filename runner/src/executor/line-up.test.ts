import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Entered, lineUp, type Slots } from './line-up.ts';

/** Slots of a test's own, and how often somebody asked for one. */
const count = () => {
  const taken = new Set<string>();
  let asked = 0;
  let isAway = false;
  const slots: Slots = {
    take: async (_name, slot, most) => {
      asked += 1;
      if (isAway || (!taken.has(slot) && taken.size >= most)) return false;
      taken.add(slot);
      return true;
    },
    free: async (_name, slot) => void taken.delete(slot),
  };
  return { slots, taken, asked: () => asked, away: (next: boolean) => (isAway = next) };
};
const entry = { most: 1, timeoutMs: 5_000, mostMs: 5_000, signal: undefined };
const leave = async (entered: Entered): Promise<void> =>
  'leave' in entered ? entered.leave() : expect.fail('it was sent away');

test('who came first goes first, and only the first of the line asks', async () => {
  const { slots, asked } = count();
  const enter = lineUp(slots);
  const first = await enter('a', entry);
  const order: number[] = [];
  const others = [1, 2, 3].map(async (number) => {
    const entered = await enter('a', entry);
    order.push(number);
    await leave(entered);
  });
  await sleep(20);
  // One for the call that is under way, one of the line's first.
  expect(asked()).toBe(2);
  await leave(first);
  await Promise.all(others);
  expect(order).toEqual([1, 2, 3]);
});

test('a slot that another process gives back is found without a bell', async () => {
  const { slots, taken } = count();
  const enter = lineUp(slots);
  taken.add('elsewhere');
  const waiting = enter('a', entry);
  setTimeout(() => taken.delete('elsewhere'), 30);
  const entered = await waiting;
  expect((entered as { waitedMs: number }).waitedMs).toBeGreaterThan(20);
  await leave(entered);
  expect(taken.size).toBe(0);
});

test('who cannot wait is sent away with a time to come back, and holds nothing', async () => {
  const { slots, taken, away } = count();
  const enter = lineUp(slots);
  const first = await enter('a', entry);
  const late = await enter('a', { ...entry, mostMs: 30 });
  expect((late as { busyMs: number }).busyMs).toBeGreaterThanOrEqual(750);
  expect(taken.size).toBe(1);
  await leave(first);
  // Nobody counts any more: then nobody knows that there is room.
  away(true);
  expect(await enter('a', { ...entry, mostMs: 30 })).toHaveProperty('busyMs');
  away(false);
  await leave(await enter('a', entry));
});

test('a line that is too long is not joined once it is known how long a call takes', async () => {
  const { slots } = count();
  const enter = lineUp(slots);
  const first = await enter('a', entry);
  const second = enter('a', entry);
  await sleep(60);
  await leave(first);
  const slow = await second;
  const third = enter('a', entry);
  const atOnce = new Promise((resolve) => setImmediate(() => resolve('it waits')));
  expect(await Promise.race([enter('a', { ...entry, mostMs: 20 }), atOnce])).toHaveProperty('busyMs');
  await leave(slow);
  await leave(await third);
});

test('an abort ends the wait, and leaving twice gives back once', async () => {
  const { slots, taken } = count();
  const enter = lineUp(slots);
  const first = await enter('a', entry);
  const stop = new AbortController();
  const waiting = enter('a', { ...entry, signal: stop.signal });
  stop.abort();
  await leave(await waiting);
  expect(taken.size).toBe(1);
  await leave(first);
  const next = await enter('a', entry);
  await leave(first);
  expect(taken.size).toBe(1);
  await leave(next);
});
