// One poll as a fixture tells it: what is asked, what runs begin with, and where the next poll goes on.
import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type Json } from '@weftline/connectors/json';
import type { TriggerFixture } from '@weftline/connectors/load-apps';
import type { Connector, Poll, Trigger } from '@weftline/connectors/types';
import { askPoll } from '../../executor/ask-poll.ts';
import { readTriggerInput } from '../../executor/read-trigger-input.ts';
import { readItems } from '../poll/read-items.ts';
import { askedCursor, chooseItems, decidePoll, firstCursor, tellItems } from '../poll/tell-items.ts';
import { clockOf, connectionOf, tellCalls } from './tell-calls.ts';

export type PlayedTrigger = { events: Json[]; faults: string[] };

/** @param fixture one with `poll` */
export const playPoll = async (
  connector: Connector,
  trigger: Trigger & { poll: Poll },
  fixture: TriggerFixture & { poll: NonNullable<TriggerFixture['poll']> },
): Promise<PlayedTrigger> => {
  const { poll } = trigger;
  const { calls, isFirst = false, cursor, seen: known = [], cursorAfter } = fixture.poll;
  const told = tellCalls(calls);
  const now = clockOf(fixture);
  const dependencies = { egress: told.egress, now: () => now };
  const typed = fixture.input ?? {};
  const { input } = readTriggerInput(connector, trigger, typed);
  const openConnection = connectionOf(connector, fixture);
  const first = { input, connection: fixture.config ?? {}, now: new Date(now).toISOString() };
  const kept = cursor ?? (isFirst ? firstCursor(poll, first) : undefined);
  const seen = new Set(known);
  const asked = await askPoll(
    {
      tenantId: 'example',
      connector,
      trigger,
      input: typed,
      openConnection,
      cursor: askedCursor(poll, kept),
      isFirst,
      enough: async (page) => tellItems(poll, page, { input }).every(({ key }) => seen.has(key)),
    },
    dependencies,
  );
  if (!asked.ok) return { events: [], faults: [...told.faults(), `It failed: ${asked.error.message}`] };
  const items = tellItems(poll, asked.items, asked.scope);
  const isKnown = (key: string) => seen.has(key);
  const { starting } = chooseItems(poll, items, { isFirst, scope: asked.scope, isKnown });
  const read = poll.fetch
    ? await readItems(poll.fetch, starting, asked.scope, {
        tenantId: 'example',
        connector,
        openConnection,
        input: isJsonObject(input) ? input : {},
        callId: 'fixture',
        dependencies,
      })
    : null;
  const decided = decidePoll(
    poll,
    items,
    starting,
    { ...asked, kept },
    read === null ? undefined : { fetched: read.fetched, unread: new Set() },
  );
  const faults = told.faults();
  if (read !== null && read.failed.length > 0)
    faults.push(`An item could not be read: ${read.error?.message ?? ''}`);
  if (cursorAfter !== undefined && !isDeepStrictEqual(decided.cursor, cursorAfter))
    faults.push(
      `The next poll goes on from ${JSON.stringify(decided.cursor)}, and the fixture expects ${JSON.stringify(cursorAfter)}.`,
    );
  return {
    events: decided.items.flatMap(({ output }) => (output === undefined ? [] : [output])),
    faults,
  };
};
