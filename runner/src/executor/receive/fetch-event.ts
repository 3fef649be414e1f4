// What an event of a call only names. A service that waits for our answer is told to send the call again when it cannot be read.
import type { Scope } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { RequestReference } from '@weftline/connectors/types';
import { CodedError } from '../../platform/errors.ts';
import { isGone, requestForItem, type ItemFetching } from '../fetch-item.ts';

/**
 * The function that `readEvents` asks. Null: the service says that the thing is gone.
 * @throws CodedError `unavailable` for every other failure: the service is asked to send the call again
 */
export const eventFetcher =
  (given: ItemFetching) =>
  async ({ request }: { request: RequestReference }, scope: Scope): Promise<Json | null> => {
    const performed = await requestForItem(given, request, scope);
    if (performed.ok) return performed.output;
    const { error } = performed;
    if (isGone(error)) return null;
    throw new CodedError({
      code: 'unavailable',
      message: 'What this call tells of could not be read from the service. Send it again later.',
      retryAfterMs: Math.max(error.retryAfterMs ?? 0, 30_000),
      details: { why: error.message },
    });
  };
