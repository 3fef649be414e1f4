// Tells the items of a poll apart: their keys, their order in time, and the place that the next poll goes on from. Pure.
import { createHash } from 'node:crypto';
import { evaluateTemplate, evaluateValue, parseTemplate, type Scope } from '@weftline/connectors/expression';
import { readDate } from '@weftline/connectors/expression/read-date';
import type { Json } from '@weftline/connectors/json';
import type { Poll, PollCursor } from '@weftline/connectors/types';
import { CodedError } from '../../platform/errors.ts';

export type TellingPoll = Pick<Poll, 'dedupeKey' | 'order' | 'cursor' | 'map'>;

export type PollItem = {
  /** What makes it itself, as text. */
  key: string;
  item: Json;
  /** Its place in the answer. */
  index: number;
};

export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest();

const evaluate = (template: string, scope: Scope): Json | undefined =>
  evaluateTemplate(parseTemplate(template), scope, { missing: 'drop' });

const noKey = (poll: TellingPoll, index: number) =>
  new CodedError({
    code: 'response_invalid',
    message: `Item ${index + 1} of the answer has no \`${poll.dedupeKey}\`, so it cannot be told from others: the app's trigger does not fit this service.`,
  });

const keyOf = (poll: TellingPoll, item: Json, index: number, scope: Scope): string => {
  const value = evaluate(poll.dedupeKey, { ...scope, item, index });
  if (value === undefined || value === null || value === '') throw noKey(poll, index);
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** The value of a cursor as it is compared; null when it cannot be. */
const rankOf = (type: PollCursor['type'], value: Json | undefined): string | number | null => {
  if (value === undefined || value === null || typeof value === 'object') return null;
  if (type === 'number') {
    const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
    return Number.isFinite(number) ? number : null;
  }
  if (type !== 'date') return String(value);
  try {
    return readDate(value);
  } catch {
    return null;
  }
};

const placeOf = (cursor: PollCursor, { item, index }: PollItem, scope: Scope) => {
  const value = evaluate(cursor.value, { ...scope, item, index });
  return { value, rank: rankOf(cursor.type, value) };
};

/**
 * The items, the oldest first, each key once.
 * @throws CodedError `response_invalid` for an item without a key; ExpressionError
 */
export function tellItems(poll: TellingPoll, items: readonly Json[], scope: Scope): PollItem[] {
  const told = items.map((item, index) => ({ key: keyOf(poll, item, index, scope), item, index }));
  if (poll.order === 'newest-first') told.reverse();
  const { cursor } = poll;
  const ordered =
    poll.order === 'none' && cursor?.pick === 'max'
      ? told
          .map((entry) => ({ entry, rank: placeOf(cursor, entry, scope).rank }))
          .toSorted((a, b) =>
            a.rank === null || b.rank === null || a.rank === b.rank ? 0 : a.rank < b.rank ? -1 : 1,
          )
          .map(({ entry }) => entry)
      : told;
  const known = new Set<string>();
  return ordered.filter(({ key }) => !known.has(key) && known.add(key));
}

/**
 * The place after this poll; the former one where nothing says otherwise. `max` never goes back.
 * @param items the oldest first @param answer what the last answer was, for the pick `response`
 */
export function nextCursor(
  poll: TellingPoll,
  items: readonly PollItem[],
  former: Json | undefined,
  scope: Scope,
  answer: Scope,
): Json | undefined {
  const { cursor } = poll;
  if (!cursor) return undefined;
  if (cursor.pick === 'response') return evaluate(cursor.value, answer) ?? former;
  if (cursor.pick === 'last') {
    const last = items.at(-1);
    return (last && placeOf(cursor, last, scope).value) ?? former;
  }
  let best = { value: former, rank: rankOf(cursor.type, former) };
  for (const item of items) {
    const place = placeOf(cursor, item, scope);
    if (place.rank !== null && (best.rank === null || place.rank > best.rank)) best = place;
  }
  return best.value;
}

/** What a request reads as `cursor`: with `overlapMs` that much earlier, written in the way the cursor is. */
export function askedCursor({ cursor }: TellingPoll, kept: Json | undefined): Json | undefined {
  if (!cursor?.overlapMs || cursor.type !== 'date' || kept === undefined || kept === null) return kept;
  const earlier = readDate(kept) - cursor.overlapMs;
  const isNumber = typeof kept === 'number' || /^-?\d{9,14}(\.\d+)?$/.test(String(kept));
  if (isNumber) {
    const value = Math.abs(Number(kept)) >= 1e11 ? earlier : Math.floor(earlier / 1000);
    return typeof kept === 'number' ? value : String(value);
  }
  const iso = new Date(earlier).toISOString();
  return /[.,]\d+/.test(String(kept)) ? iso : iso.replace(/\.\d{3}Z$/, 'Z');
}

/** The cursor of the first poll. */
export const firstCursor = ({ cursor }: TellingPoll, scope: Scope): Json | undefined =>
  cursor?.initial === undefined ? undefined : evaluate(cursor.initial, scope);

/** What a run starts with. @throws ExpressionError */
export const mapItem = ({ map }: TellingPoll, { item, index }: PollItem, scope: Scope): Json =>
  map === undefined ? item : (evaluateValue(map, { ...scope, item, index }, { missing: 'drop' }) ?? null);

export type PollDecision = {
  /** All items, the oldest first; `output` is undefined for those that start no run. */
  items: (PollItem & { output: Json | undefined })[];
  cursor: Json | undefined;
};

/**
 * What a poll comes to.
 * @param isKnown whether an item was seen before @param isFirst whether this is the first poll, which dispatches none or the latest
 * @throws CodedError `response_invalid`; ExpressionError
 */
export function decidePoll(
  poll: TellingPoll & Pick<Poll, 'firstRun'>,
  told: readonly PollItem[],
  facts: {
    isFirst: boolean;
    kept: Json | undefined;
    scope: Scope;
    answer: Scope;
    isKnown(key: string): boolean;
  },
): PollDecision {
  const { isFirst, kept, scope, answer, isKnown } = facts;
  const fresh = told.filter(({ key }) => !isKnown(key));
  const starting = new Set(!isFirst ? fresh : poll.firstRun === 'emit-latest' ? fresh.slice(-1) : []);
  return {
    items: told.map((item) => ({
      ...item,
      output: starting.has(item) ? mapItem(poll, item, scope) : undefined,
    })),
    cursor: nextCursor(poll, told, kept, scope, answer),
  };
}
