// How long a code step takes to begin with the warm pool and without it, and what the policy "ours and under a second: in the
// process, else isolated" costs. Usage: node scripts/measure-code-pool.ts [rounds]
import { evaluateValue } from '../connectors/src/expression.ts';
import { type CodePool, createCodePool } from '../runner/src/code/code-pool.ts';
import { childStarter } from '../runner/src/code/start-child.ts';

const rounds = Number(process.argv[2] ?? 60);
const source = 'return { big: input.items.filter((item) => item.total > 100).map((item) => item.id) };';
const value = { items: Array.from({ length: 100 }, (_, id) => ({ id, total: id * 3 })) };
const input = JSON.stringify(value);

type Figures = { name: string; p50: number; p95: number; most: number };
const at = (times: number[], share: number) =>
  times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)]!;

/** Wall-clock milliseconds of each round, after one that is not counted. */
async function measure(name: string, work: () => unknown): Promise<Figures> {
  await work();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  return { name, p50: at(times, 0.5), p95: at(times, 0.95), most: times.at(-1)! };
}

const run = async (pool: CodePool) => {
  const answer = await pool.run('tenant', { kind: 'run', source, input, timeoutMs: 5_000 });
  if (!answer.ok) throw new Error(answer.message);
};
const start = childStarter(() => console.log('(this system gives the processes no network of their own)'));
const warm = createCodePool({ start, size: 1 });
const cold = createCodePool({ start, size: 1, usesPerChild: 1, keepsWarm: false });
const figures = [
  await measure('in the process (the same as an expression)', () =>
    evaluateValue(
      '{{map(where(input.items, "total", ">", 100), "id")}}',
      { input: value },
      { missing: 'fail' },
    ),
  ),
  await measure('isolated, pool on', () => run(warm)),
  await measure('isolated, pool off', () => run(cold)),
];
warm.close();
cold.close();

console.log(`${rounds} executions of a filter over 100 items, ms\n`);
console.log('| | p50 | p95 | most |\n| --- | ---: | ---: | ---: |');
for (const { name, p50, p95, most } of figures)
  console.log(`| ${name} | ${p50.toFixed(1)} | ${p95.toFixed(1)} | ${most.toFixed(1)} |`);
const [, on, off] = figures as [Figures, Figures, Figures];
console.log(`\nstart-up p95, pool off : pool on = ${(off.p95 / on.p95).toFixed(1)} : 1`);
