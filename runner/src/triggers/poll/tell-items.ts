// Tells the items of a poll apart: their keys, their order in time, and the place that the next poll goes on from. Pure.
import { createHash } from 'node:crypto';
import { evaluateTemplate, evaluateValue, parseTemplate, type Scope } from '@weftline/connectors/expression';
import { readDate } from '@weftline/connectors/expression/read-date';
import type { Json } from '@weftline/connectors/json';
import type { Poll, PollCursor } from '@weftline/connectors/types';
import { holdsOf } from '../../executor/receive/fill-check.ts';
import { CodedError } from '../../platform/errors.ts';

export type TellingPoll = Pick<
  Poll,
  'dedupeKey' | 'updatedKey' | 'order' | 'cursor' | 'map' | 'filter' | 'fetch'
>;

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

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

const keyOf = (poll: TellingPoll, item: Json, index: number, scope: Scope): string => {
  const value = evaluate(poll.dedupeKey, { ...scope, item, index });
  if (value === undefined || value === null || value === '') throw noKey(poll, index);
  const key = textOf(value);
  if (poll.updatedKey === undefined) return key;
  const version = evaluate(poll.updatedKey, { ...scope, item, index });
  return version === undefined || version === null ? key : `${key}\n${textOf(version)}`;
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

const none: ReadonlySet<string> = new Set();

/** Those of the items that the cursor may stand at or behind without passing one that is still to be read. */
function passable(cursor: PollCursor, items: readonly PollItem[], unread: ReadonlySet<string>, scope: Scope) {
  if (unread.size === 0) return items;
  if (cursor.pick === 'last')
    return items.slice(
      0,
      items.findIndex(({ key }) => unread.has(key)),
    );
  const ranked = items.map((item) => ({ item, rank: placeOf(cursor, item, scope).rank }));
  const waiting = ranked.filter(({ item }) => unread.has(item.key)).map(({ rank }) => rank);
  // Equal places are not passed either: a request for what is later than the cursor would leave the other one out.
  return ranked
    .filter(({ rank }) => rank !== null && waiting.every((other) => other !== null && rank < other))
    .map(({ item }) => item);
}

/**
 * The place after this poll; the former one where nothing says otherwise. `max` never goes back.
 * @param items the oldest first @param answer what the last answer was, for the pick `response`
 * @param unread keys of items that stay new: the place is before them
 */
export function nextCursor(
  poll: TellingPoll,
  all: readonly PollItem[],
  former: Json | undefined,
  scope: Scope,
  answer: Scope,
  unread: ReadonlySet<string> = none,
): Json | undefined {
  const { cursor } = poll;
  if (!cursor) return undefined;
  if (cursor.pick === 'response')
    return unread.size > 0 ? former : (evaluate(cursor.value, answer) ?? former);
  const items = passable(cursor, all, unread, scope);
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
export const mapItem = (
  { map }: TellingPoll,
  { item, index }: PollItem,
  scope: Scope,
  fetched?: Json,
): Json => {
  if (map === undefined) return fetched ?? item;
  const own = { ...scope, item, index, ...(fetched === undefined ? {} : { fetched }) };
  return evaluateValue(map, own, { missing: 'drop' }) ?? null;
};

/** True for an item that counts. A condition that cannot be asked of it does not hold. */
export const passes = ({ filter }: TellingPoll, { item, index }: PollItem, scope: Scope): boolean =>
  filter === undefined || holdsOf(filter, { ...scope, item, index });

type Telling = { isFirst: boolean; scope: Scope; isKnown(key: string): boolean };

/** Which items start runs, the oldest first, and how many new ones do not because of the trigger's condition. */
export function chooseItems(
  poll: TellingPoll & Pick<Poll, 'firstRun'>,
  told: readonly PollItem[],
  { isFirst, scope, isKnown }: Telling,
): { starting: PollItem[]; filtered: number } {
  const fresh = told.filter(({ key }) => !isKnown(key));
  if (isFirst && poll.firstRun !== 'emit-latest') return { starting: [], filtered: 0 };
  const wanted = fresh.filter((item) => passes(poll, item, scope));
  // What is there at the first poll starts nothing anyhow: none of it was held back by the condition.
  return isFirst
    ? { starting: wanted.slice(-1), filtered: 0 }
    : { starting: wanted, filtered: fresh.length - wanted.length };
}

/** What reading items in full came to, by their keys: null for one that is gone. `unread` stay new. */
export type ReadItems = { fetched: ReadonlyMap<string, Json | null>; unread: ReadonlySet<string> };

export type PollDecision = {
  /** The items that are known from now on, the oldest first; `output` is undefined for those that start no run. */
  items: (PollItem & { output: Json | undefined })[];
  cursor: Json | undefined;
};

/**
 * What a poll comes to.
 * @param starting of `chooseItems` @param read for a poll with `fetch`
 * @throws CodedError `response_invalid`; ExpressionError
 */
export function decidePoll(
  poll: TellingPoll,
  told: readonly PollItem[],
  starting: readonly PollItem[],
  facts: { kept: Json | undefined; scope: Scope; answer: Scope },
  read: ReadItems = { fetched: new Map(), unread: none },
): PollDecision {
  const { kept, scope, answer } = facts;
  const chosen = new Set(starting.map(({ key }) => key));
  const outputOf = (item: PollItem): Json | undefined => {
    const fetched = read.fetched.get(item.key);
    return chosen.has(item.key) && fetched !== null ? mapItem(poll, item, scope, fetched) : undefined;
  };
  return {
    items: told
      .filter(({ key }) => !read.unread.has(key))
      .map((item) => ({ ...item, output: outputOf(item) })),
    cursor: nextCursor(poll, told, kept, scope, answer, read.unread),
  };
}
