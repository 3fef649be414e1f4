// The short form of run.ts: one world of several processes is hurt in five ways, and everything is checked.
import { expect, test } from 'vitest';
import { findTool, tools } from '../suite/find-tools.ts';
import { addReport, printProgress, readProgress } from './merge-reports.ts';
import { runPiece } from './run-piece.ts';
import { randomFrom } from './seeded-random.ts';

const names = ['at accepted', 'at in-flight', 'PostgreSQL killed', 'Redis emptied', 'SIGTERM to everything'];

test('R1 R2 R4 R5 R6 R7 R8 R15 R16 W1: processes, PostgreSQL and Redis are hurt under load, and nothing is lost, invented or done twice', async () => {
  const { path, reason } = findTool(tools.redis);
  if (path === null) console.log(`SKIPPED faults of Redis (redis-server ${reason})`);
  const report = await runPiece({
    layout: 'processes',
    leaseSeconds: 3,
    crashes: 0,
    triggers: 100,
    perSecond: 20,
    redisProgram: path,
    random: randomFrom(815),
    names,
    inOrder: true,
    pauseMs: 100,
    say: () => {},
  });
  console.log(printProgress(addReport(readProgress(''), report)));
  expect(report.violations).toEqual([]);
  expect(report.accepted).toBeGreaterThanOrEqual(100);
  expect(report.runs).toBe(report.accepted);
  expect(report.keys).toBe(report.calls);
}, 300_000);
