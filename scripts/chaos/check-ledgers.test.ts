// The checker must see each thing that could be wrong, else a clean report means nothing.
import { expect, test } from 'vitest';
import { checkLedgers, type EventRow, type Facts } from './check-ledgers.ts';
import type { Arrival } from './world/ledgers.ts';

const event = (seq: number, type: string, step: string | null, more: Partial<EventRow> = {}): EventRow => ({
  runId: 'run',
  seq,
  type,
  step,
  at: 1_000 + seq * 10,
  code: null,
  retries: false,
  decision: null,
  ...more,
});
const arrival = (at: number, more: Partial<Arrival> = {}): Arrival => ({
  key: 'key',
  runId: 'run',
  step: 'one',
  delivery: 'd',
  behaviour: 'normal',
  isBad: false,
  at,
  ...more,
});

/** A delivery, its run with one call that was lost once with its worker, and everything as it should be. */
const good = (): Facts & { arrivals: Arrival[]; events: EventRow[] } => ({
  deliveries: [{ id: 'd', flow: 'chain', ackedAt: 1_001, answers: ['run', 'run'] }],
  runs: [{ id: 'run', status: 'succeeded', delivery: 'd', crashes: 1 }],
  arrivals: [arrival(1_012), arrival(1_032)],
  events: [
    event(0, 'WorkflowStarted', null),
    event(1, 'StepDispatched', 'one'),
    event(2, 'StepFailed', 'one', { code: 'outcome_unknown', retries: true }),
    event(3, 'StepDispatched', 'one'),
    event(4, 'StepCompleted', 'one'),
    event(5, 'WorkflowSucceeded', null),
  ],
  notes: [{ fault: 'kill a runner', at: 1_015, until: 1_018, victims: ['run'] }],
});
const kinds = (facts: Facts) => checkLedgers(facts).violations.map(({ kind }) => kind);

test('a run that was taken over once is right: one call in flight came twice, and its fault is told', () => {
  const report = checkLedgers(good());
  expect(report.violations).toEqual([]);
  expect(report).toMatchObject({ accepted: 1, calls: 1, keys: 1, requests: 2, repeated: 1, woken: 0 });
  expect(report.faults).toEqual([
    { fault: 'kill a runner', times: 1, runs: 1, lost: 0, doubled: 0, repeated: 1, takeoversMs: [5] },
  ]);
});

test('what was accepted and has no run is lost; a run that nobody sent is invented', () => {
  expect(kinds({ ...good(), runs: [], events: [], arrivals: [] })).toEqual(['lost']);
  expect(kinds({ ...good(), deliveries: [] })).toEqual(['invented']);
  expect(
    kinds({ ...good(), arrivals: [...good().arrivals, arrival(1_020, { runId: 'other', key: 'x' })] }),
  ).toEqual(['invented']);
});

test('two runs of one delivery, and two answers to it, are told', () => {
  const { runs } = good();
  expect(kinds({ ...good(), runs: [...runs, { ...runs[0]!, id: 'twin' }] })).toContain('two runs');
  expect(
    kinds({ ...good(), deliveries: [{ id: 'd', flow: 'chain', ackedAt: 1, answers: ['run', 'other'] }] }),
  ).toEqual(['two runs']);
});

test('a run that has not ended is stuck, one that failed is told, one that was put aside after three crashes is counted', () => {
  const [run] = good().runs;
  expect(kinds({ ...good(), runs: [{ ...run!, status: 'running' }] })).toEqual(['stuck']);
  expect(kinds({ ...good(), runs: [{ ...run!, status: 'failed' }] })).toEqual(['failed']);
  const aside = good();
  aside.events.splice(4, 2, event(4, 'WorkflowFailed', null, { code: 'quarantined' }));
  const report = checkLedgers({ ...aside, runs: [{ ...run!, status: 'failed', crashes: 3 }] });
  expect([report.quarantined, report.violations]).toEqual([1, []]);
});

test('a request after the completion is a doubled step, unless its worker was stopped in the act', () => {
  const late = good();
  late.arrivals[1]!.at = 1_045;
  expect(kinds(late)).toEqual(['doubled']);
  const woken = {
    ...late,
    notes: [{ fault: 'stop a runner for three leases', at: 1_015, until: 1_060, victims: ['run'] }],
  };
  expect(checkLedgers(woken)).toMatchObject({ woken: 1, violations: [] });
});

test('more requests than intents, doubts without a fault, other keys and calls that never came are told', () => {
  const often = good();
  often.arrivals.push(arrival(1_033));
  expect(kinds(often)).toEqual(['too often']);
  expect(kinds({ ...good(), notes: [] })).toEqual(['unexplained']);
  const keys = good();
  keys.arrivals[1]!.key = 'another';
  expect(kinds(keys)).toContain('two keys');
  const shared = good();
  shared.arrivals[1]!.step = 'two';
  expect(kinds(shared)).toContain('two keys');
  expect(kinds({ ...good(), arrivals: [] })).toEqual(['not called']);
});

test('a gap, an entry after the end and a step that is begun after its completion are told', () => {
  const gap = good();
  gap.events[5]!.seq = 7;
  expect(kinds(gap)).toEqual(['stale write']);
  const after = good();
  after.events.push(event(6, 'StepCompleted', 'two'));
  expect(kinds(after)).toContain('stale write');
  const again = good();
  again.events.splice(5, 0, event(5, 'StepDispatched', 'one'));
  again.events[6]!.seq = 6;
  expect(kinds(again)).toEqual(['doubled']);
});
