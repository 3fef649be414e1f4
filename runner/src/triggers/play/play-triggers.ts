// The fixtures of a connector's triggers, played by what polls and receives calls for workflows. Nothing leaves the process.
import { basename, dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { loadTriggerFixtures } from '@weftline/connectors/load-apps';
import type { TriggerFixture } from '@weftline/connectors/load-apps';
import { withDefs } from '@weftline/connectors/schemas/compose-schema';
import type { Connector } from '@weftline/connectors/types';
import { validateValue } from '@weftline/connectors/validate-value';
import type { Played } from '../../executor/play/play-fixture.ts';
import { playCall } from './play-call.ts';
import { playPoll, type PlayedTrigger } from './play-poll.ts';
import { playSubscription } from './play-subscription.ts';

const play = async (connector: Connector, fixture: TriggerFixture): Promise<PlayedTrigger> => {
  const trigger = (connector.triggers ?? []).find(({ key }) => key === fixture.trigger);
  if (!trigger) return { events: [], faults: [`There is no trigger "${fixture.trigger}".`] };
  const { poll, call, subscribe } = fixture;
  if (poll) {
    if (!trigger.poll) return { events: [], faults: ['The trigger asks for nothing.'] };
    return playPoll(connector, { ...trigger, poll: trigger.poll }, { ...fixture, poll });
  }
  if (call) return playCall(connector, trigger, { ...fixture, call });
  if (subscribe)
    return { events: [], faults: await playSubscription(connector, trigger, { ...fixture, subscribe }) };
  return { events: [], faults: ['The fixture has none of "poll", "call" and "subscribe".'] };
};

/** One fixture of a trigger. @returns what differs from what it tells */
export const playTrigger = async (connector: Connector, fixture: TriggerFixture): Promise<Played> => {
  const { trigger: action, title } = fixture;
  try {
    const { events, faults } = await play(connector, fixture);
    if (!isDeepStrictEqual(events, fixture.events ?? []))
      faults.push(`Runs begin with ${JSON.stringify(events).slice(0, 300)}.`);
    const schema = connector.triggers?.find(({ key }) => key === action)?.outputSchema ?? {};
    for (const event of events)
      for (const { path, message } of validateValue(withDefs(connector, schema), event))
        faults.push(
          `What a run begins with does not fit outputSchema at ${path === '' ? 'the top' : path}: ${message}`,
        );
    return { action, title, ok: faults.length === 0, faults };
  } catch (error) {
    return { action, title, ok: false, faults: [error instanceof Error ? error.message : String(error)] };
  }
};

/**
 * @param connector a sound draft
 * @param folder where it was read from; null: it has no fixtures
 * @returns in the order of the files
 */
export const playTriggers = async (connector: Connector, folder: string | null): Promise<Played[]> => {
  if (folder === null) return [];
  const place = resolve(folder);
  const played: Played[] = [];
  for (const fixture of loadTriggerFixtures(basename(place), dirname(place)))
    played.push(await playTrigger(connector, fixture));
  return played;
};
