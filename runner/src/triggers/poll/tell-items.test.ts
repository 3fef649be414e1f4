import type { PollCursor } from '@weftline/connectors/types';
import { describe, expect, test } from 'vitest';
import {
  askedCursor,
  chooseItems,
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

  test('that changed count as new again where the app says what changes', () => {
    const keysOf = (list: { id: number; at?: string | null }[]) =>
      tellItems(poll({ updatedKey: '{{item.at}}' }), list, {}).map(({ key }) => key);
    const before = new Set(
      keysOf([
        { id: 1, at: 'a' },
        { id: 2, at: 'a' },
      ]),
    );
    const after = keysOf([{ id: 1, at: 'a' }, { id: 2, at: 'b' }, { id: 3 }]);
    expect(after.map((key) => before.has(key))).toEqual([true, false, false]);
    expect(keysOf([{ id: 3, at: null }])).toEqual(keysOf([{ id: 3 }]));
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
    const isKnown = (key: string) => key === '1';
    const started = (firstRun: 'skip' | 'emit-latest', isFirst: boolean) => {
      const chosen = chooseItems({ ...poll(), firstRun }, told, { isFirst, scope: {}, isKnown });
      return decidePoll(poll(), told, chosen.starting, { kept: undefined, scope: {}, answer: {} })
        .items.filter(({ output }) => output !== undefined)
        .map(({ key }) => key);
    };
    expect(started('skip', false)).toEqual(['2', '3']);
    expect(started('skip', true)).toEqual([]);
    expect(started('emit-latest', true)).toEqual(['3']);
  });
});

test('items that do not pass the condition start nothing, count, and are known from then on', () => {
  const filtering = { ...poll({ filter: '{{item.total > input.least}}' }), firstRun: 'skip' as const };
  const list = [{ id: 1, total: 5 }, { id: 2, total: 50 }, { id: 3 }, { id: 4, total: 70 }];
  const told = tellItems(filtering, list as never, {});
  const scope = { input: { least: 10 } };
  const choose = (isFirst: boolean, firstRun: 'skip' | 'emit-latest' = 'skip') =>
    chooseItems({ ...filtering, firstRun }, told, { isFirst, scope, isKnown: (key) => key === '4' });
  expect(choose(false).starting.map(({ key }) => key)).toEqual(['2']);
  // The one that cannot be asked does not pass either.
  expect(choose(false).filtered).toBe(2);
  expect(choose(true)).toEqual({ starting: [], filtered: 0 });
  expect(choose(true, 'emit-latest').starting.map(({ key }) => key)).toEqual(['2']);
  const decided = decidePoll(filtering, told, choose(false).starting, { kept: undefined, scope, answer: {} });
  expect(decided.items.map(({ key, output }) => [key, output !== undefined])).toEqual([
    ['1', false],
    ['2', true],
    ['3', false],
    ['4', false],
  ]);
});

describe('items that are read in full', () => {
  const list = [1, 2, 3, 4].map((id) => ({ id, at: [10, 20, 20, 30][id - 1]! }));
  const read = (unread: string[], gone: string[] = []) => ({
    fetched: new Map([1, 2, 3, 4].map((id) => [`${id}`, gone.includes(`${id}`) ? null : { full: id }])),
    unread: new Set(unread),
  });
  const decide = (change: Partial<TellingPoll>, given: ReturnType<typeof read>, kept?: number) => {
    const telling = poll({ fetch: { request: { action: 'get' } }, ...change });
    const told = tellItems(telling, list, {});
    const facts = { kept, scope: {}, answer: { body: { token: 't2' } } };
    const { items, cursor } = decidePoll(telling, told, told, facts, given);
    return { outputs: items.map(({ output }) => output ?? null), cursor };
  };
  const max = { value: '{{item.at}}', pick: 'max', type: 'number' } as const;

  test('give runs what was read; what is gone starts none and is known', () => {
    expect(decide({ cursor: max }, read([], ['2']))).toEqual({
      outputs: [{ full: 1 }, null, { full: 3 }, { full: 4 }],
      cursor: 30,
    });
    expect(decide({ map: { a: '{{item.id}}', b: '{{fetched.full}}' } }, read([])).outputs[0]).toEqual({
      a: 1,
      b: 1,
    });
  });

  test('W6: never move the cursor past one that was not read, nor to its own place', () => {
    expect(decide({ cursor: max }, read(['3']), 5)).toEqual({
      outputs: [{ full: 1 }, { full: 2 }, { full: 4 }],
      cursor: 10,
    });
    expect(decide({ cursor: max }, read(['1']), 5).cursor).toBe(5);
    expect(decide({ cursor: { value: '{{item.id}}', pick: 'last' } }, read(['3']), 0).cursor).toBe(2);
    expect(decide({ cursor: { value: '{{item.id}}', pick: 'last' } }, read(['1']), 0).cursor).toBe(0);
    expect(decide({ cursor: { value: '{{body.token}}', pick: 'response' } }, read(['4']), 7).cursor).toBe(7);
    expect(decide({ cursor: { value: '{{body.token}}', pick: 'response' } }, read([]), 7).cursor).toBe('t2');
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
