// Keeps the calls of one connection below what its service takes. Known to this process alone: several share the limit
// only as far as the answers' headers tell them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { RateLimit } from '@weftline/connectors/types';
import { CodedError } from '../platform/errors.ts';
import type { ReadAnswer } from './read-response.ts';
import { readRetryAfter } from './retry-after.ts';

/** The part of a limit that is used: others may call with the same account. */
export const usedShare = 0.8;
/** A worker is held no longer than this; a longer wait is a failure that says when to come back. */
export const longestHoldMs = 30_000;

const mostPlaces = 10_000;

/** Times are of performance.now(). */
type Place = { starts: number[]; heldUntil: number };
const places = new Map<string, Place>();

const findPlace = (name: string): Place => {
  const place = places.get(name) ?? { starts: [], heldUntil: 0 };
  // The place used longest ago is forgotten first.
  places.delete(name);
  places.set(name, place);
  if (places.size > mostPlaces) for (const oldest of places.keys()) if (places.delete(oldest)) break;
  return place;
};

const allowedOf = ({ limit }: RateLimit): number => Math.max(1, Math.floor(limit * usedShare));

/**
 * Takes a turn, and waits for it.
 * @param name what the limit counts together: a connection, or an action of it
 * @param mostMs no longer than this, in milliseconds
 * @returns how long it waited, in milliseconds
 * @throws CodedError `remote_busy` with `retryAfterMs` when the turn comes too late; then none is taken
 */
export const holdRate = async (
  name: string,
  rate: RateLimit,
  mostMs: number,
  signal: AbortSignal | undefined,
): Promise<number> => {
  const place = findPlace(name);
  const now = performance.now();
  while (place.starts.length > 0 && (place.starts[0] ?? 0) <= now - rate.windowMs) place.starts.shift();
  const full = place.starts.at(-allowedOf(rate));
  const turn = Math.max(now, place.heldUntil, full === undefined ? 0 : full + rate.windowMs);
  const waitMs = Math.ceil(turn - now);
  if (waitMs > Math.min(longestHoldMs, mostMs))
    throw new CodedError({
      code: 'remote_busy',
      message: `The limit of the service for this connection is used up for ${Math.ceil(waitMs / 1_000)} s, so the request was not sent.`,
      retryAfterMs: waitMs,
    });
  place.starts.push(turn);
  // An abort ends the wait; sending then says that it was cancelled.
  if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  return waitMs;
};

/**
 * Takes what an answer says of the limit: few requests left, or a request to wait.
 * @param retryAfterMs the wait a refusal asked for
 * @param now milliseconds since 1970
 */
export const learnRate = (
  name: string,
  rate: RateLimit,
  answer: ReadAnswer,
  retryAfterMs: number | undefined,
  now: number,
): void => {
  const text = answer.headers[(rate.remainingHeader ?? '').toLowerCase()] ?? '';
  const isLow = /^\d{1,9}$/.test(text) && Number(text) <= rate.limit - allowedOf(rate);
  const resetMs = isLow && rate.reset !== undefined ? readRetryAfter([rate.reset], answer, now) : undefined;
  const waitMs = Math.max(resetMs ?? 0, retryAfterMs ?? 0);
  if (waitMs === 0) return;
  const place = findPlace(name);
  place.heldUntil = Math.max(place.heldUntil, performance.now() + waitMs);
};
