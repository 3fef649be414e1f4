// The short form of simulate.ts: the same worlds, for about two seconds.
import { expect, test } from 'vitest';
import { simulateOne } from './simulation/simulate-one.ts';

const seed = 20_261_121;
const count = 2_000;

test('R4 R5 R6 R8 R9 R11 R13 R18: 2,000 interleavings of triggers, claims, crashes, takeovers, answers and replays', async () => {
  const started = performance.now();
  let commands = 0;
  let fenced = 0;
  for (let done = 0; done < count; done += 1) {
    const one = await simulateOne(seed + done).catch((error: Error) => {
      throw new Error(
        `${error.message}\nagain: node scripts/chaos/simulate.ts --seed ${seed + done} --count 1 --trace`,
      );
    });
    commands += one.commands;
    fenced += one.fenced;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${count} interleavings from seed ${seed}, ${commands} commands, ${fenced} writes refused by the fence, ${seconds} s`,
  );
  expect(fenced).toBeGreaterThan(0);
});

test('the same seed is the same world', async () => {
  const trace = async () => {
    let told: readonly string[] = [];
    const { entries } = await simulateOne(7, (commands) => (told = [...commands]));
    return { told, entries };
  };
  expect(await trace()).toEqual(await trace());
});
