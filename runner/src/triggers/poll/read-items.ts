// Reads new items in full, a few at a time and within a bound: what could not be read stays new and keeps the cursor before it.
import type { Scope } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { PollFetch } from '@weftline/connectors/types';
import {
  fetchesAtOnce,
  isGone,
  type ItemFetching,
  mostFetched,
  requestForItem,
} from '../../executor/fetch-item.ts';
import { thrownError } from '../../executor/read-error.ts';
import type { CallError } from '../../executor/types.ts';
import type { PollItem } from './tell-items.ts';

/** Milliseconds for all items of one poll; with the list itself it stays below the lease of a trigger. */
export const readingMs = 20_000;

export type ReadResult = {
  /** By key; null: the service says that it is gone. */
  fetched: Map<string, Json | null>;
  /** Of the items that this poll did not come to. */
  left: string[];
  /** Of the items that were asked for and not given. */
  failed: string[];
  /** The first failure, or the one that concerns all items. */
  error: CallError | null;
};

/** The account, or the rate of all calls: asking for the next item would fare no better. */
const concernsAll = ({ type }: CallError): boolean => type === 'AUTH' || type === 'RATE_LIMIT';

/**
 * @param items the oldest first @param scope what templates read besides `item` and `index`
 * @param isLast true for items that failed before: they are tried when the others were, so that one of them holds nobody up
 */
export async function readItems(
  fetch: PollFetch,
  items: readonly PollItem[],
  scope: Scope,
  given: ItemFetching,
  isLast: (key: string) => boolean = () => false,
): Promise<ReadResult> {
  const queue = [...items.filter(({ key }) => !isLast(key)), ...items.filter(({ key }) => isLast(key))];
  const result: ReadResult = { fetched: new Map(), left: [], failed: [], error: null };
  const endsAt = performance.now() + readingMs;
  let next = 0;
  let isOver = false;

  async function readOne(one: PollItem, timeoutMs: number): Promise<void> {
    let error: CallError;
    try {
      const own = { ...scope, item: one.item, index: one.index };
      const performed = await requestForItem({ ...given, timeoutMs }, fetch.request, own);
      if (performed.ok) return void result.fetched.set(one.key, performed.output);
      error = performed.error;
    } catch (thrown) {
      error = thrownError(thrown, 'no');
    }
    if (isGone(error)) return void result.fetched.set(one.key, null);
    result.failed.push(one.key);
    if (result.error === null || concernsAll(error)) result.error = error;
    isOver ||= concernsAll(error);
  }

  async function work(): Promise<void> {
    while (!isOver && next < Math.min(queue.length, mostFetched)) {
      const leftMs = endsAt - performance.now();
      if (leftMs < 1) return;
      await readOne(queue[next++]!, Math.ceil(leftMs));
    }
  }
  await Promise.all(Array.from({ length: Math.min(fetchesAtOnce, queue.length) }, work));
  result.left = queue.slice(next).map(({ key }) => key);
  return result;
}
