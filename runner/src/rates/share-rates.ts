// One account of what was sent for all processes: rows of the workspace, counted with the database's clock.
import { createHash } from 'node:crypto';
import type { Database } from '@weftline/prisma';
import { countRates } from '../executor/count-rates.ts';
import type { Rates } from '../executor/count-rates.ts';
import { lineUp, type Lines, type Slots } from '../executor/line-up.ts';

/** After a question that failed the database is left alone for so long. */
const restMs = 1_000;

const accountOf = (name: string): Buffer => createHash('sha256').update(name).digest();

type Row = { wait_ms: number; taken: boolean };

/**
 * What one process knows, made once a process: tests make several.
 * @returns makes the account of a workspace. A call costs one statement (`engine.take_rate`), an answer that asks to wait another
 *   one. Never fails: while the database is away the process counts by itself, beginning with what it has sent before. A slot for a call
 *   (`engine.take_slot`) costs two statements and is not given without the database.
 */
export const openRates = (): ((database: Pick<Database, 'callDoor'>, tenantId: string) => Rates) => {
  const own = countRates();
  const turns = new Map<string, Promise<unknown>>();
  let awayUntil = 0;

  /** One question at a time for an account: many calls of one connection hold one database connection, not all of them. */
  const inTurn = <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    const mine = (turns.get(name) ?? Promise.resolve()).then(work, work);
    turns.set(name, mine);
    const leave = () => {
      if (turns.get(name) === mine) turns.delete(name);
    };
    void mine.then(leave, leave);
    return mine;
  };

  /** Who waits until fewer calls are under way. */
  const lines: Lines = new Map();

  return (database, tenantId) => {
    const ask = async (door: string, name: string, values: (number | string)[]): Promise<Row | undefined> => {
      if (performance.now() < awayUntil) return undefined;
      try {
        const [row] = await database.callDoor<Row>(door, [tenantId, accountOf(name), ...values]);
        return row;
      } catch {
        awayUntil = performance.now() + restMs;
        return undefined;
      }
    };
    /** No answer is no slot: while the database is away nobody knows how many calls are under way. */
    const slots: Slots = {
      take: async (name, slot, most, leaseMs) =>
        (await ask('take_slot', name, [slot, most, leaseMs]))?.taken === true,
      free: async (name, slot) => {
        await database.callDoor('free_slot', [tenantId, accountOf(name), slot]).catch(() => undefined);
      },
    };
    return {
      enter: (name, entry) => lineUp(slots, lines)(`${tenantId} ${name}`, entry),
      take: (name, request) =>
        inTurn(name, async () => {
          const { allowed, windowMs, cost, mostMs } = request;
          const row = await ask('take_rate', name, [
            allowed,
            windowMs,
            cost,
            Math.max(0, Math.floor(mostMs)),
          ]);
          if (row === undefined) return own.take(name, request);
          if (row.taken) own.note(name, request, row.wait_ms);
          return { waitMs: row.wait_ms, isTaken: row.taken };
        }),
      async hold(name, windowMs, waitMs) {
        await own.hold(name, windowMs, waitMs);
        await ask('hold_rate', name, [windowMs, Math.ceil(waitMs)]);
      },
    };
  };
};

/** The account of a workspace, as this process shares it with the others. */
export const shareRates = openRates();
