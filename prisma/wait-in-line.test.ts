import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openLine } from './wait-in-line.ts';

test('no more than the places work at once, in the order in which they came, also after failures', async () => {
  const line = openLine(2);
  const order: number[] = [];
  let busy = 0;
  let most = 0;
  const work = (index: number) =>
    line(async () => {
      most = Math.max(most, (busy += 1));
      order.push(index);
      await pause(1);
      busy -= 1;
      if (index % 3 === 0) throw new Error('failed');
    });
  const done = await Promise.allSettled(Array.from({ length: 30 }, (_, index) => work(index)));
  expect(most).toBe(2);
  expect(order).toEqual(Array.from({ length: 30 }, (_, index) => index));
  expect(done.filter(({ status }) => status === 'rejected')).toHaveLength(10);
});

test('who waits too long or finds the line full is told to come again, and takes no place', async () => {
  const line = openLine(1, { mostWaiting: 1, waitMs: 20 });
  let end = () => {};
  const first = line(() => new Promise<void>((resolve) => (end = resolve)));
  const second = line(async () => 'second');
  await expect(line(async () => 'third')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await expect(second).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  end();
  await first;
  expect(await line(async () => 'later')).toBe('later');
});
