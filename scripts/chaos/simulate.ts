// Drives the product's own deciding and executing of runs through random interleavings, against fakes; see simulation/.
//   node scripts/chaos/simulate.ts [--count 100000] [--seed 1] [--seconds 600] [--trace]
// The seeds are `seed`, `seed` + 1, …; a failure prints its own, and `--seed <it> --count 1 --trace` shows its commands.
import { parseArgs } from 'node:util';
import { type Simulated, simulateOne } from './simulation/simulate-one.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    seconds: { type: 'string', default: '3600' },
    trace: { type: 'boolean', default: false },
  },
});
const first = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const count = Number(values.count);
const started = performance.now();
const seconds = () => (performance.now() - started) / 1000;
const sums: Simulated = { commands: 0, runs: 0, entries: 0, fenced: 0 };
const failures: number[] = [];
let done = 0;
console.log(`seeds ${first} to ${first + count - 1}`);
for (; done < count && seconds() < Number(values.seconds) && failures.length < 10; done += 1)
  try {
    const one = await simulateOne(
      first + done,
      values.trace ? (trace) => console.log(trace.join('\n')) : undefined,
    );
    for (const name of ['commands', 'runs', 'entries', 'fenced'] as const) sums[name] += one[name];
  } catch (error) {
    failures.push(first + done);
    console.log(`seed ${first + done}: ${(error as Error).message}`);
    console.log(`  again: node scripts/chaos/simulate.ts --seed ${first + done} --count 1 --trace`);
    if (values.trace) console.log((error as Error).stack);
  }
console.log(
  `${done} interleavings, ${sums.commands} commands, ${sums.runs} runs, ${sums.entries} entries, ${sums.fenced} writes refused by the fence, ${failures.length} violations, ${seconds().toFixed(1)} s`,
);
if (failures.length > 0 || done < count) process.exitCode = 1;
