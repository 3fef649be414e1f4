import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Journal } from '../journal/open-journal.ts';
import { holdLeases } from './hold-leases.ts';

// The process' clocks stand still and are moved by the test.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'], now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());
const pass = (ms: number) => vi.advanceTimersByTime(ms);

const run = (runId: string, epoch = 1) => ({ tenantId: `tenant-${runId}`, runId, epoch });
const leaseSeconds = 30;

/** A database that renews what `mine` says, and what it was asked. */
function world(mine: (runIds: string[]) => string[] = (ids) => ids) {
  const asked: { worker: unknown; tenants: unknown; runs: string[]; epochs: unknown; seconds: unknown }[] =
    [];
  const answering = { tookMs: 0, fault: null as Error | null, before: () => {} };
  const journal: Pick<Journal, 'query'> = {
    async query<Row extends object>(_text: string, values: unknown[] = []) {
      const [worker, tenants, runs, epochs, seconds] = values as [
        string,
        string[],
        string[],
        number[],
        number,
      ];
      asked.push({ worker, tenants, runs, epochs, seconds });
      answering.before();
      pass(answering.tookMs);
      if (answering.fault) throw answering.fault;
      return mine(runs).map((run_id) => ({ run_id, clock: new Date(5_000_000) })) as unknown as Row[];
    },
  };
  return { asked, answering, leases: holdLeases(journal, 'worker-1', leaseSeconds) };
}

describe('a lease', () => {
  test('is held for two thirds of its time, measured here', () => {
    const { leases } = world();
    const lost = leases.hold(run('a'));
    expect(leases.holds('a')).toBe(true);
    pass(19_999);
    expect(leases.holds('a')).toBe(true);
    pass(1);
    expect(leases.holds('a')).toBe(false);
    // Nobody has taken it yet: whether it is lost is the database's to say.
    expect(lost.aborted).toBe(false);
    expect(leases.holds('b')).toBe(false);
  });

  test('is let go when the run is left, and lost when it is taken away', () => {
    const { leases } = world();
    leases.hold(run('a'));
    const lost = leases.hold(run('b'));
    expect(leases.size()).toBe(2);
    expect(leases.runIds()).toEqual(['a', 'b']);
    leases.release('a');
    expect(leases.holds('a')).toBe(false);
    expect(leases.size()).toBe(1);
    leases.lose('b');
    expect(lost.aborted).toBe(true);
    expect(leases.holds('b')).toBe(false);
    leases.lose('nobody');
  });

  test('is not renewed in its first third: short runs never ask', async () => {
    const { leases, asked } = world();
    leases.hold(run('a'));
    await leases.renew();
    pass(10_000);
    await leases.renew();
    expect(asked).toEqual([]);
  });

  test('is renewed after that, from the moment the question was asked', async () => {
    const { leases, asked, answering } = world();
    leases.hold(run('old', 4));
    pass(8_000);
    leases.hold(run('young'));
    pass(4_000);
    answering.tookMs = 3_000;
    await leases.renew();
    expect(asked).toEqual([
      { worker: 'worker-1', tenants: ['tenant-old'], runs: ['old'], epochs: [4], seconds: leaseSeconds },
    ]);
    // Asked at 12 s, answered at 15 s: counted from 12 s.
    pass(16_999);
    expect(leases.holds('old')).toBe(true);
    pass(1);
    expect(leases.holds('old')).toBe(false);
  });

  test('that the database no longer knows as ours is lost at once (R8)', async () => {
    const { leases } = world((ids) => ids.filter((id) => id !== 'stolen'));
    const kept = leases.hold(run('kept'));
    const stolen = leases.hold(run('stolen'));
    pass(11_000);
    await leases.renew();
    expect([kept.aborted, stolen.aborted]).toEqual([false, true]);
    expect([leases.holds('kept'), leases.holds('stolen')]).toEqual([true, false]);
  });

  test('is not asked for again once it is lost', async () => {
    const { leases, asked } = world(() => []);
    leases.hold(run('a'));
    pass(11_000);
    await leases.renew();
    await leases.renew();
    expect(asked).toHaveLength(1);
  });

  test('that ended and began anew while the question was on its way keeps its new holder', async () => {
    const { leases, answering } = world(() => []);
    const first = leases.hold(run('a', 1));
    pass(11_000);
    let second!: AbortSignal;
    answering.before = () => {
      leases.release('a');
      second = leases.hold(run('a', 2));
    };
    await leases.renew();
    expect(first.aborted).toBe(false);
    expect(second.aborted).toBe(false);
    expect(leases.holds('a')).toBe(true);
  });

  test('runs out by itself while the database is away, and is good again when it answers in time', async () => {
    const { leases, answering } = world();
    const lost = leases.hold(run('a'));
    pass(15_000);
    answering.fault = new Error('away');
    await expect(leases.renew()).rejects.toThrow('away');
    pass(6_000);
    expect(leases.holds('a')).toBe(false);
    expect(lost.aborted).toBe(false);
    answering.fault = null;
    await leases.renew();
    expect(leases.holds('a')).toBe(true);
  });
});

describe("the database's clock", () => {
  test('is told by its answers and runs on with ours, whatever the wall clock does (R12)', async () => {
    const { leases, answering } = world();
    leases.hold(run('a'));
    pass(11_000);
    answering.tookMs = 2_000;
    await leases.renew();
    // It said 5,000,000 in the middle of the two seconds.
    expect(leases.clock()).toBe(5_001_000);
    pass(500);
    expect(leases.clock()).toBe(5_001_500);
    vi.setSystemTime(0);
    expect(leases.clock()).toBe(5_001_500);
    leases.tellClock(7_000_000, performance.now());
    expect(leases.clock()).toBe(7_000_000);
  });
});
