import type { PollCursor } from '@weftline/connectors/types';
import { describe, expect, test } from 'vitest';
import {
  askedCursor,
  decidePoll,
  firstCursor,
  nextCursor,
  tellItems,
  type TellingPoll,
} from './tell-items.ts';

const poll = (change: Partial<TellingPoll> = {}): TellingPoll => ({
  dedupeKey: '{{item.id}}',
  order: 'oldest-first',
  ...change,
});
const cursor = (change: Partial<PollCursor>): TellingPoll =>
  poll({ order: 'none', cursor: { value: '{{item.at}}', pick: 'max', ...change } });
const items = (list: { id: string | number; at?: string | number | null }[]) => list;
const next = (told: TellingPoll, list: ReturnType<typeof items>, former?: string | number) =>
  nextCursor(told, tellItems(told, list as never, {}), former, {}, { body: { token: 't2' }, headers: {} });

describe('items of a poll', () => {
  test('are put oldest first, each key once, numbers and texts alike', () => {
    const list = [{ id: 3 }, { id: 2 }, { id: '2' }, { id: 1 }];
    expect(tellItems(poll({ order: 'newest-first' }), list, {}).map(({ key }) => key)).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(tellItems(poll(), list, {}).map(({ index }) => index)).toEqual([0, 1, 3]);
  });

  test('in no order follow their cursor, and stay as they came where it says nothing', () => {
    const told = tellItems(
      cursor({ type: 'number' }),
      [
        { id: 1, at: 10 },
        { id: 2, at: 9 },
        { id: 3, at: 100 },
      ],
      {},
    );
    expect(told.map(({ key }) => key)).toEqual(['2', '1', '3']);
  });

  test('without a key are a fault of the app, named with their place', () => {
    expect(() => tellItems(poll(), [{ id: 1 }, { name: 'x' }], {})).toThrow('Item 2 of the answer has no');
    expect(() => tellItems(poll(), [{ id: '' }], {})).toThrow('Item 1');
  });

  test('start runs when they are new; the first poll starts none or one for the newest', () => {
    const told = tellItems(poll(), [{ id: 1 }, { id: 2 }, { id: 3 }], {});
    const facts = { kept: undefined, scope: {}, answer: {}, isKnown: (key: string) => key === '1' };
    const started = (firstRun: 'skip' | 'emit-latest', isFirst: boolean) =>
      decidePoll({ ...poll(), firstRun }, told, { ...facts, isFirst })
        .items.filter(({ output }) => output !== undefined)
        .map(({ key }) => key);
    expect(started('skip', false)).toEqual(['2', '3']);
    expect(started('skip', true)).toEqual([]);
    expect(started('emit-latest', true)).toEqual(['3']);
  });
});

describe('the place to go on from', () => {
  test('is the greatest value, compared as what it is, and never goes back', () => {
    const list = items([
      { id: 1, at: '9' },
      { id: 2, at: '10' },
      { id: 3, at: null },
    ]);
    expect(next(cursor({}), list)).toBe('9');
    expect(next(cursor({ type: 'number' }), list)).toBe('10');
    expect(next(cursor({ type: 'number' }), list, 11)).toBe(11);
    const dates = items([
      { id: 1, at: '2026-01-01T10:00:00+02:00' },
      { id: 2, at: '2026-01-01T09:00:00Z' },
      { id: 3, at: 'soon' },
    ]);
    expect(next(cursor({ type: 'date' }), dates)).toBe('2026-01-01T09:00:00Z');
    expect(next(cursor({ type: 'date' }), [], '2026-01-01T09:00:00Z')).toBe('2026-01-01T09:00:00Z');
  });

  test('is that of the newest item, or what the answer says', () => {
    const newest = poll({ order: 'newest-first', cursor: { value: '{{item.id}}', pick: 'last' } });
    expect(next(newest, items([{ id: 7 }, { id: 5 }]))).toBe(7);
    expect(next(newest, [], 5)).toBe(5);
    expect(next(poll({ cursor: { value: '{{body.token}}', pick: 'response' } }), [], 't1')).toBe('t2');
    expect(next(poll({ cursor: { value: '{{body.missing}}', pick: 'response' } }), [], 't1')).toBe('t1');
  });

  test('is asked from a little earlier, written as the service writes it', () => {
    const back = cursor({ type: 'date', overlapMs: 60_000 });
    expect(askedCursor(back, '2026-01-01T00:00:30Z')).toBe('2025-12-31T23:59:30Z');
    expect(askedCursor(back, '2026-01-01T00:00:30.500Z')).toBe('2025-12-31T23:59:30.500Z');
    expect(askedCursor(back, 1_767_225_600)).toBe(1_767_225_540);
    expect(askedCursor(back, '1767225600000')).toBe('1767225540000');
    expect(askedCursor(back, undefined)).toBeUndefined();
    expect(askedCursor(cursor({}), 'abc')).toBe('abc');
  });

  test('begins where the app says', () => {
    expect(firstCursor(cursor({ initial: '{{now}}' }), { now: 'N' })).toBe('N');
    expect(firstCursor(cursor({}), { now: 'N' })).toBeUndefined();
  });
});
