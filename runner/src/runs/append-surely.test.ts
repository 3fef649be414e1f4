import { describe, expect, test } from 'vitest';
import type { EventBody, RecordedEvent } from '../journal/events.ts';
import type { AppendRequest, Journal } from '../journal/open-journal.ts';
import { appendSurely } from './append-surely.ts';

const completed = (output: string): EventBody => ({ type: 'StepCompleted', step: 's', payload: { output } });
const request: AppendRequest = {
  tenantId: 't',
  runId: 'r',
  epoch: 1,
  firstSeq: 5,
  events: [completed('mine'), { type: 'WorkflowSucceeded', step: null, payload: {} }],
  projection: { status: 'succeeded', delayMs: null, why: null, code: null, message: null },
};
const fault = (code: string) => Object.assign(new Error(code), { code });
const away = () => fault('57P01');
const duplicate = () => fault('23505');

/** A journal that answers as told, one answer an attempt, and that holds what was stored behind a lost answer. */
function journalOf(answers: (boolean | Error)[], stored: EventBody[] = [], unreadable = false) {
  const seen = { appends: 0, reads: [] as [number, number][] };
  const journal = {
    async append() {
      seen.appends += 1;
      const answer = answers.shift();
      if (answer === undefined) throw new Error('asked once too often');
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async read(_tenant: string, _run: string, after: number, most: number) {
      seen.reads.push([after, most]);
      if (unreadable) throw away();
      const events = stored.map(
        (body, index) => ({ ...body, seq: request.firstSeq + index, atMs: 0 }) as RecordedEvent,
      );
      return JSON.parse(JSON.stringify(events.slice(0, most))) as RecordedEvent[];
    },
  } as unknown as Journal;
  return { journal, seen };
}
const always = () => true;

describe('writing to the journal', () => {
  test('is done when it is committed, and given up when the run is no longer ours (R8)', async () => {
    const good = journalOf([true]);
    expect(await appendSurely(good.journal, request, always)).toBe(true);
    const fenced = journalOf([false]);
    expect(await appendSurely(fenced.journal, request, always)).toBe(false);
    expect(fenced.seen).toEqual({ appends: 1, reads: [] });
  });

  test('waits for a database that is away and comes back', async () => {
    const { journal, seen } = journalOf([away(), away(), true]);
    expect(await appendSurely(journal, request, always)).toBe(true);
    expect(seen.appends).toBe(3);
  });

  test('stops when too much of the lease is gone', async () => {
    const { journal, seen } = journalOf([away(), away(), away()]);
    let looks = 0;
    await expect(appendSurely(journal, request, () => (looks += 1) < 2)).rejects.toThrow('57P01');
    expect(seen.appends).toBe(2);
  });

  test('does not repeat a fault of the data', async () => {
    for (const code of ['22P05', '42501', '23514', '23505']) {
      const { journal, seen } = journalOf([fault(code)]);
      await expect(appendSurely(journal, request, always)).rejects.toThrow(code);
      expect(seen.appends).toBe(1);
    }
  });
});

describe('a commit whose answer was lost', () => {
  test('is found in the journal, so that nothing is written twice', async () => {
    for (const second of [duplicate(), false]) {
      const { journal, seen } = journalOf([away(), second], request.events);
      expect(await appendSurely(journal, request, always)).toBe(true);
      expect(seen).toEqual({ appends: 2, reads: [[4, 2]] });
    }
  });

  test('that was not stored is written now', async () => {
    const { journal } = journalOf([away(), true]);
    expect(await appendSurely(journal, request, always)).toBe(true);
  });

  test('is not mistaken for what the next owner wrote in its place, be it of the same kind', async () => {
    const others: EventBody[][] = [
      [],
      request.events.slice(0, 1),
      [{ type: 'StepSkipped', step: 's', payload: { why: 'x' } }, request.events[1]!],
      [{ ...completed('mine'), step: 'other' } as EventBody, request.events[1]!],
      [completed('theirs'), request.events[1]!],
    ];
    for (const stored of others)
      for (const second of [duplicate(), false]) {
        const { journal } = journalOf([away(), second], stored);
        expect(await appendSurely(journal, request, always)).toBe(false);
      }
  });

  test('of a projection alone counts as left when the run is no longer ours', async () => {
    const { journal, seen } = journalOf([away(), false]);
    expect(await appendSurely(journal, { ...request, events: [] }, always)).toBe(false);
    expect(seen.reads).toEqual([]);
  });
});
