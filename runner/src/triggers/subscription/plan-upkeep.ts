// When a subscription is looked at next, and the words for one of which nobody knows whether it is there.
import type { Prisma } from '@weftline/prisma';
import type { CallError } from '../../executor/types.ts';
import type { Found } from './request-subscription.ts';

export type Columns = Prisma.AppTriggerUpdateManyMutationInput;

const longestWaitMs = 6 * 3_600_000;
const shortestWaitMs = 30_000;

/** That many ms from now. */
export const later = (ms: number) => new Date(Date.now() + ms);
/** How long to wait after so many failures in a row; never less than the service asks. */
export const waitMs = (failures: number, error: CallError): number =>
  Math.max(Math.min(longestWaitMs, shortestWaitMs * 2 ** Math.min(failures, 20)), error.retryAfterMs ?? 0);

/** How often a subscription that can be looked at is looked at. */
export const checkEveryMs = 3_600_000;
/** When a subscription that is in place is due again; null: it needs nothing. A changed named value is looked for as often. */
export function nextUpkeep({ trigger, readsVariables }: Found, expiresAt: Date | null): Date | null {
  const { check, renew } = trigger.webhook ?? {};
  const times = [
    ...(check || readsVariables ? [Date.now() + checkEveryMs] : []),
    // One that ends sooner than it may be renewed is renewed halfway.
    ...(renew && expiresAt
      ? [
          Math.max(
            expiresAt.getTime() - renew.beforeMs,
            Date.now() + Math.max(1_000, (expiresAt.getTime() - Date.now()) / 2),
          ),
        ].map((time) => Math.min(time, Math.max(expiresAt.getTime(), Date.now() + 1_000)))
      : []),
  ];
  return times.length === 0 ? null : new Date(Math.min(...times));
}

/** The columns of a subscription that is in place. */
export const inPlace = (found: Found, columns: Columns): Columns => ({
  ...columns,
  status: 'active',
  why: null,
  nextUpkeepAt: nextUpkeep(found, (columns.expiresAt as Date | null | undefined) ?? null),
});

/** The sentence for a registration of which nobody knows whether it is there. */
export const sayUnknown = (app: string, url: string): string =>
  `It is not known whether ${app} registered this workflow's address: the request left and no answer came. Look at ${app} for ${url}; if it is there, remove it, then turn the workflow off and on again.`;
