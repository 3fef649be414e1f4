// A poll for the person who sets a trigger up: asked once, nothing kept and no run started.
import type { Json } from '@weftline/connectors/json';
import type { Connector, Poll, Trigger } from '@weftline/connectors/types';
import { askPoll, type PollAnswer } from '../../executor/ask-poll.ts';
import { thrownError } from '../../executor/read-error.ts';
import { readTriggerInput } from '../../executor/read-trigger-input.ts';
import type { CallError, ExecutorDependencies, OpenConnection } from '../../executor/types.ts';
import type { SeenRequest, SeenResponse } from '../../executor/types.ts';
import { isJsonObject } from '@weftline/connectors/json';
import { readItems } from './read-items.ts';
import { askedCursor, firstCursor, mapItem, passes, tellItems } from './tell-items.ts';

export type PollTrial = { request: SeenRequest | null; response: SeenResponse | null } &
  /** `passed`: of those found, which the trigger's condition lets through. */
  (
    | { ok: true; samples: Json[]; found: number; passed: number; isOlder: boolean }
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
  const { input: sent } = readTriggerInput(call.connector, call.trigger, call.input);
  const ask = (cursor: Json | undefined): Promise<PollAnswer> =>
    askPoll({ ...call, cursor, isFirst: true }, dependencies);
  const read = async (answer: Extract<PollAnswer, { ok: true }>, isOlder: boolean): Promise<PollTrial> => {
    const { request, response, scope, secretInputs } = answer;
    try {
      const items = tellItems(poll, answer.items, scope);
      const wanted = items.filter((item) => passes(poll, item, scope));
      const samples = wanted.slice(-mostSamples).toReversed();
      const full = poll.fetch
        ? await readItems(
            poll.fetch,
            samples,
            { ...scope, now: new Date(dependencies.now()).toISOString() },
            {
              tenantId: call.tenantId,
              connector: call.connector,
              openConnection: call.openConnection,
              input: isJsonObject(sent) ? sent : {},
              secretInputs,
              callId: 'trial',
              dependencies,
            },
          )
        : null;
      if (full?.error) return { ok: false, error: full.error, request, response };
      const there = samples.filter(({ key }) => full?.fetched.get(key) !== null);
      return {
        ok: true,
        samples: there.map((item) => mapItem(poll, item, scope, full?.fetched.get(item.key) ?? undefined)),
        found: items.length,
        passed: wanted.length,
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
    const cursor = askedCursor(poll, firstCursor(poll, { input: sent, connection, now }));
    const first = await ask(cursor);
    if (!first.ok) return first;
    if (first.items.length > 0 || cursor === undefined) return await read(first, false);
    const older = await ask(undefined);
    return await (older.ok && older.items.length > 0 ? read(older, true) : read(first, false));
  } catch (error) {
    return { ok: false, error: thrownError(error, 'no'), request: null, response: null };
  }
}
