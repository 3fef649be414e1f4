// Keeps requests below what their service takes. What counts together and what was sent is an account's to know (count-rates.ts).
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseTemplate } from '@weftline/connectors/expression';
import type { Scope } from '@weftline/connectors/expression';
import { fillTemplate } from '@weftline/connectors/expression/fill-template';
import type { Action, Connector, RateLimit, Request } from '@weftline/connectors/types';
import type { Rates } from './count-rates.ts';
import type { ReadAnswer } from './read-response.ts';
import { readRetryAfter } from './retry-after.ts';
import type { OpenConnection } from './types.ts';

/** The part of a limit that is used: others may call with the same account. */
export const usedShare = 0.8;
/** A worker is held no longer than this; a longer wait is a failure that says when to come back. */
export const longestHoldMs = 30_000;
/** A request arrives a little later than its turn, one more than another; so a window is counted longer, by an eighth or a second. */
const slackOf = (windowMs: number): number => Math.min(1_000, Math.floor(windowMs / 8));
/** Of the time limit of a call at least so much is left to the request itself, or half of it. */
const leastSendingMs = 10_000;

/** The limit that a request falls under. `name` says what counts together, `callsName` what may be under way together. */
export type HeldLimit = { name: string; callsName: string; rate: RateLimit; cost: number };

const allowedOf = ({ limit }: RateLimit): number => Math.max(1, Math.floor(limit * usedShare));

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Who a limit counts for. An app's limit is that of its client at the service; none reaches beyond the workspace. */
const ownerOf = (rate: RateLimit, connection: OpenConnection | null): string => {
  if (rate.scope === 'tenant') return 'workspace';
  if (rate.scope !== 'app') return connection?.id ?? '';
  const client = connection?.credentials['clientId'];
  return client === undefined ? 'app' : `app ${hashOf(client)}`;
};

/**
 * The limit of a request, or undefined: then nothing is counted and nobody asked.
 * @param scope what its `key` may read
 * @throws ExpressionError when the key cannot be filled in
 */
export const findLimit = (
  { tenantId, connector, request }: { tenantId: string; connector: Connector; request: Request | Action },
  connection: OpenConnection | null,
  scope: Scope,
): HeldLimit | undefined => {
  const action = 'key' in request ? request : undefined;
  const own = action?.rateLimit;
  const rate = own ?? connector.defaults?.rateLimit;
  if (rate === undefined) return undefined;
  const part =
    rate.key === undefined
      ? ''
      : fillTemplate(parseTemplate(rate.key), scope, { missing: 'drop', position: 'text' });
  const what = own === undefined ? '*' : (action?.key ?? '*');
  const owner = [tenantId, connector.app.key, ownerOf(rate, connection), what];
  const counted = hashOf(part ?? '');
  return {
    // A window of another length is another account.
    name: JSON.stringify([...owner, rate.windowMs, counted]),
    callsName: JSON.stringify([...owner, 'calls', counted]),
    rate,
    cost: own === undefined ? (action?.rateCost ?? 1) : 1,
  };
};

/** How long a request was held; or, when that would be too long, how far away its turn is: then none was taken. */
export type Held = { heldMs: number } | { busyMs: number };
/**
 * The same for a call, with its end to be told. `endsAt`: then (performance.now()) nobody counts it any more, so it must be over; `isFull`:
 * too many others are under way.
 */
export type HeldCall =
  | { heldMs: number; endsAt: number; leave: () => Promise<void> }
  | { busyMs: number; isFull: boolean };

/** How long a call may be held, of the time limit it has. */
const mostHoldMs = (timeoutMs: number): number =>
  Math.floor(Math.min(longestHoldMs, timeoutMs - Math.min(leastSendingMs, Math.max(0, timeoutMs / 2))));

const leaveNothing = async (): Promise<void> => undefined;
/** Of a request without a limit. */
export const unlimited: HeldCall = { heldMs: 0, endsAt: Infinity, leave: leaveNothing };

/**
 * Waits until a call may be made: until not too many others are under way, and then for its turn. In this order, because a turn that is
 * taken and used later would fall into another window.
 * @param timeoutMs the time limit of the call, in milliseconds
 */
export const holdCall = async (
  rates: Rates,
  limit: HeldLimit,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<HeldCall> => {
  const mostMs = mostHoldMs(timeoutMs);
  const { concurrency: most } = limit.rate;
  const endsAt = most === undefined ? Infinity : performance.now() + timeoutMs;
  const entered =
    most === undefined
      ? { waitedMs: 0, leave: leaveNothing }
      : await rates.enter(limit.callsName, { most, timeoutMs, mostMs, signal });
  if ('busyMs' in entered) return { ...entered, isFull: true };
  const { waitedMs, leave } = entered;
  try {
    const held = await holdRate(rates, limit, timeoutMs - waitedMs, signal, mostMs - waitedMs);
    if ('heldMs' in held) return { heldMs: waitedMs + held.heldMs, endsAt, leave };
    await leave();
    return { ...held, isFull: false };
  } catch (error) {
    await leave();
    throw error;
  }
};

/**
 * Takes a turn, and waits for it.
 * @param timeoutMs the time limit of the call, in milliseconds
 */
export const holdRate = async (
  rates: Rates,
  { name, rate, cost }: HeldLimit,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  longestMs = longestHoldMs,
): Promise<Held> => {
  const mostMs = Math.min(mostHoldMs(timeoutMs), Math.max(0, Math.floor(longestMs)));
  const allowed = allowedOf(rate);
  const windowMs = rate.windowMs + slackOf(rate.windowMs);
  const request = { allowed, windowMs, cost: Math.min(cost, allowed), mostMs };
  const { waitMs, isTaken } = await rates.take(name, request);
  if (!isTaken) return { busyMs: waitMs };
  // An abort ends the wait; sending then says that it was cancelled.
  if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  return { heldMs: waitMs };
};

/**
 * Takes what an answer says of the limit: few requests left, or a request to wait.
 * @param retryAfterMs the wait a refusal asked for
 * @param now milliseconds since 1970
 */
export const learnRate = async (
  rates: Rates,
  { name, rate }: HeldLimit,
  answer: ReadAnswer,
  retryAfterMs: number | undefined,
  now: number,
): Promise<void> => {
  const text = answer.headers[(rate.remainingHeader ?? '').toLowerCase()] ?? '';
  const isLow = /^\d{1,9}$/.test(text) && Number(text) <= rate.limit - allowedOf(rate);
  const resetMs = isLow && rate.reset !== undefined ? readRetryAfter([rate.reset], answer, now) : undefined;
  const waitMs = Math.max(resetMs ?? 0, retryAfterMs ?? 0);
  if (waitMs > 0) await rates.hold(name, rate.windowMs, waitMs);
};
