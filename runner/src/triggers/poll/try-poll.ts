// A poll for the person who sets a trigger up: asked once, nothing kept and no run started.
import type { Json } from '@weftline/connectors/json';
import type { Connector, Poll, Trigger } from '@weftline/connectors/types';
import { askPoll, type PollAnswer } from '../../executor/ask-poll.ts';
import { thrownError } from '../../executor/read-error.ts';
import type { CallError, ExecutorDependencies, OpenConnection } from '../../executor/types.ts';
import type { SeenRequest, SeenResponse } from '../../executor/types.ts';
import { askedCursor, firstCursor, mapItem, tellItems } from './tell-items.ts';

export type PollTrial = { request: SeenRequest | null; response: SeenResponse | null } & (
  | { ok: true; samples: Json[]; found: number; isOlder: boolean }
  | { ok: false; error: CallError }
);

export type TrialCall = {
  tenantId: string;
  connector: Connector;
  trigger: Trigger & { poll: Poll };
  input: Json;
  openConnection: (() => Promise<OpenConnection>) | null;
  signal?: AbortSignal;
};

/** Most samples of one trial. */
export const mostSamples = 10;

/**
 * Asks as the first poll does and, when there is nothing since then, once more without a place to go on from.
 * @returns what runs would start with, the newest first; `isOlder`: from before the first poll's place
 */
export async function tryPoll(call: TrialCall, dependencies: ExecutorDependencies): Promise<PollTrial> {
  const { poll } = call.trigger;
  const ask = (cursor: Json | undefined): Promise<PollAnswer> =>
    askPoll({ ...call, cursor, isFirst: true }, dependencies);
  const read = (answer: Extract<PollAnswer, { ok: true }>, isOlder: boolean): PollTrial => {
    const { request, response, scope } = answer;
    try {
      const items = tellItems(poll, answer.items, scope);
      const samples = items.slice(-mostSamples).toReversed();
      return {
        ok: true,
        samples: samples.map((item) => mapItem(poll, item, scope)),
        found: items.length,
        isOlder,
        request,
        response,
      };
    } catch (error) {
      return { ok: false, error: thrownError(error, 'answered'), request, response };
    }
  };
  try {
    const now = new Date(dependencies.now()).toISOString();
    const connection =
      poll.cursor?.initial === undefined ? {} : ((await call.openConnection?.())?.config ?? {});
    const cursor = askedCursor(poll, firstCursor(poll, { input: call.input, connection, now }));
    const first = await ask(cursor);
    if (!first.ok) return first;
    if (first.items.length > 0 || cursor === undefined) return read(first, false);
    const older = await ask(undefined);
    return older.ok && older.items.length > 0 ? read(older, true) : read(first, false);
  } catch (error) {
    return { ok: false, error: thrownError(error, 'no'), request: null, response: null };
  }
}
