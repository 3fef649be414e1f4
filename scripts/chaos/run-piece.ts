// One world from its start to its check: load, disturbances one after the other, rest, report.
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Report } from './check-ledgers.ts';
import { checkWorld, comeToRest } from './check-world.ts';
import { type Disturbance, disturbances } from './disturb.ts';
import { type Layout, startWorld } from './world/start-world.ts';
import { readDeliveries, startClient } from './world/start-client.ts';
import { stoodStill, watchStalls } from './world/watch-stalls.ts';

export type Piece = {
  layout: Layout;
  leaseSeconds: number;
  /** Crashes to make; faults that kill nobody come between them and do not count. */
  crashes: number;
  /** Deliveries that must have been accepted before it ends. */
  triggers: number;
  perSecond: number;
  redisProgram: string | null;
  random(): number;
  /** Only these; absent: all that fit the layout. */
  names?: readonly string[];
  /** Each of them once, in their order, instead of drawing. */
  inOrder?: boolean;
  /** Longest pause between two disturbances, in ms. */
  pauseMs: number;
  /** Told what is being done. */
  say(text: string): void;
};

export type PieceReport = Report & { crashes: number; seconds: number; layout: Layout; leaseSeconds: number };

/** Disturbances that can be done in a layout. Throws when a name is not known. */
export function fitting({ layout, redisProgram, names }: Pick<Piece, 'layout' | 'redisProgram' | 'names'>) {
  const unknown = names?.find((name) => !disturbances.some((one) => one.name === name));
  if (unknown !== undefined)
    throw new Error(
      `There is no disturbance "${unknown}". Known: ${disturbances.map((one) => one.name).join('; ')}.`,
    );
  return disturbances.filter(
    ({ name, layouts, needsRedis }) =>
      layouts.includes(layout) && (names?.includes(name) ?? true) && !(needsRedis && redisProgram === null),
  );
}

function draw(all: readonly Disturbance[], random: () => number): Disturbance {
  let drawn = random() * all.reduce((sum, { weight }) => sum + weight, 0);
  return all.find(({ weight }) => (drawn -= weight) < 0) ?? all[0]!;
}

/** Runs a piece; everything it started is gone afterwards. */
export async function runPiece(piece: Piece): Promise<PieceReport> {
  const { random, say } = piece;
  const started = performance.now();
  const world = await startWorld(piece);
  // A sixth of a lease is the rhythm of renewals.
  const stopWatching = watchStalls(world.notes, (piece.leaseSeconds * 1_000) / 6);
  try {
    const all = fitting(piece);
    const ledger = join(world.folder, 'client.ndjson');
    const client = startClient({
      hooks: world.hooks,
      perSecond: piece.perSecond,
      ledger,
      random,
      most: Infinity,
    });
    await wait(500);
    let crashes = 0;
    for (let turn = 0; piece.inOrder ? turn < all.length : crashes < piece.crashes; turn += 1) {
      const disturbance = piece.inOrder ? all[turn]! : draw(all, random);
      const from = performance.now();
      await disturbance.act(world, random);
      crashes += typeof disturbance.crashes === 'number' ? disturbance.crashes : disturbance.crashes(world);
      const done = world.notes.findLast(({ fault }) => fault !== stoodStill);
      say(
        `${crashes} crashes, ${client.accepted()} accepted: ${done?.fault}, ${done?.victims.length} runs, ${Math.round(performance.now() - from)} ms`,
      );
      await wait(random() * piece.pauseMs);
    }
    while (client.accepted() < piece.triggers) await wait(100);
    await client.finish();
    await comeToRest(world, 90_000 + piece.leaseSeconds * 1_000);
    const report = await checkWorld(world, readDeliveries(ledger));
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    return { ...report, crashes, seconds, layout: piece.layout, leaseSeconds: piece.leaseSeconds };
  } finally {
    stopWatching();
    await world.remove();
  }
}
