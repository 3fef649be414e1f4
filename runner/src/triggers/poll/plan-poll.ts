// When a trigger is asked for again: after its interval, sooner for what was left, later after failing. Pure.
import type { Poll } from '@weftline/connectors/types';
import type { CallError } from '../../executor/types.ts';
import type { AppTriggerRow } from '../app-trigger-services.ts';
import type { ReadResult } from './read-items.ts';

/** Looking again at an account that does not work. */
const lookAgainSeconds = 60;
const longestWaitSeconds = 3_600;
/** Seconds between polls; one that stands in for a subscription that is not there asks as often as any other. */
const everyOf = ({ everySeconds, type, registered }: AppTriggerRow): number =>
  type === 'WEBHOOK' && !registered ? Math.min(everySeconds ?? 300, 300) : (everySeconds ?? 300);

/** Seconds until it is asked again after failing: what the service says, else twice as long each time. */
function waitSeconds(error: CallError, everySeconds: number, failures: number): number {
  const isPassing = ['RATE_LIMIT', 'TEMPORARY', 'NETWORK', 'TIMEOUT'].includes(error.type);
  const own = Math.min(
    longestWaitSeconds,
    Math.max(everySeconds, (isPassing ? 30 : 60) * 2 ** Math.min(failures, 10)),
  );
  return Math.max(own, Math.ceil((error.retryAfterMs ?? 0) / 1000));
}

/** Seconds until the next poll after a failure. */
export const secondsAfter = ({ everySeconds, pollFailures }: AppTriggerRow, error: CallError): number =>
  error.type === 'AUTH' ? lookAgainSeconds : waitSeconds(error, everySeconds ?? 300, pollFailures);

/** Seconds until the next poll. Items that this one did not come to are asked for as soon as the app allows. */
export const secondsUntilNext = (row: AppTriggerRow, poll: Poll, { left, error }: ReadResult): number =>
  error !== null
    ? secondsAfter(row, error)
    : left.length > 0
      ? Math.min(everyOf(row), Math.ceil(poll.minIntervalMs / 1000))
      : everyOf(row);
