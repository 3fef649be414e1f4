// Hurts the real product again and again and checks that nothing was lost or done twice.
//   node scripts/chaos/run.ts [--crashes 50] [--triggers 5000] [--lease 3] [--rate 40] [--layout processes,one]
//                             [--faults "kill a runner,Redis frozen"] [--seed n] [--progress file.json] [--json file.json]
// With --progress it goes on where it was broken off: whole pieces are kept in the file. Exit code 1: a violation.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findTool, tools } from '../suite/find-tools.ts';
import {
  addReport,
  printProgress,
  readProgress,
  takeoversOf,
  quantile,
  writeProgress,
} from './merge-reports.ts';
import { runPiece } from './run-piece.ts';
import { randomFrom } from './seeded-random.ts';
import type { Layout } from './world/start-world.ts';

const { values } = parseArgs({
  options: {
    crashes: { type: 'string', default: '50' },
    triggers: { type: 'string', default: '5000' },
    lease: { type: 'string', default: '3' },
    rate: { type: 'string', default: '40' },
    layout: { type: 'string', default: 'processes,one' },
    faults: { type: 'string' },
    seed: { type: 'string' },
    piece: { type: 'string', default: '25' },
    progress: { type: 'string' },
    json: { type: 'string' },
  },
});

const leaseSeconds = Number(values.lease);
const wanted = { crashes: Number(values.crashes), triggers: Number(values.triggers) };
const layouts = values.layout.split(',') as Layout[];
const names = values.faults?.split(',').map((name) => name.trim());
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
const redis = findTool(tools.redis);
if (redis.path === null) console.log(`SKIPPED faults of Redis (redis-server ${redis.reason})`);

let progress = values.progress ? readProgress(values.progress) : readProgress('');
const left = () => ({
  crashes: wanted.crashes - (progress.crashes[leaseSeconds] ?? 0),
  triggers: wanted.triggers - progress.accepted,
});
console.log(`seed ${seed}`);
while (left().crashes > 0 || left().triggers > 0) {
  const { crashes, triggers } = left();
  const pieces = Math.max(1, Math.ceil(crashes / Number(values.piece)));
  // Two of three pieces in the layout of several processes: there is more to hurt in it.
  const layout = layouts.length === 1 || progress.pieces % 3 < 2 ? layouts[0]! : layouts[1]!;
  const report = await runPiece({
    layout,
    leaseSeconds,
    crashes: Math.max(0, Math.min(crashes, Number(values.piece))),
    triggers: Math.max(0, Math.ceil(triggers / pieces)),
    perSecond: Number(values.rate),
    redisProgram: redis.path,
    random: randomFrom(seed + progress.pieces),
    pauseMs: 700,
    ...(names ? { names } : {}),
    say: (text) => console.log(`[${layout}] ${text}`),
  });
  progress = addReport(progress, report);
  if (values.progress) writeProgress(values.progress, progress);
  console.log(
    `piece ${progress.pieces}: ${report.crashes} crashes, ${report.accepted} accepted, ${report.repeated} sent again, ${report.violations.length} violations, ${report.seconds} s`,
  );
  for (const { kind, fault, text } of report.violations.slice(0, 10))
    console.log(`  ${kind} (${fault}): ${text}`);
}
console.log(printProgress(progress));
if (values.json) writeFileSync(values.json, JSON.stringify(progress, null, 2));
const slow = Object.keys(progress.crashes).filter(
  (lease) => (quantile(takeoversOf(progress, Number(lease)), 0.99) ?? 0) > (Number(lease) + 15) * 1_000,
);
if (slow.length > 0) console.log(`takeover is slower than lease + 15 s: lease ${slow.join(', ')} s`);
if (progress.violations.length > 0 || slow.length > 0) process.exitCode = 1;
