// Server-sent events: a list of `{ event, id, data }`.
import { createParser } from 'eventsource-parser';
import type { Json } from '@weftline/connectors/json';

export const mostEvents = 10_000;

type ParseJson = (text: string) => Json;

/** Data is JSON for most services, and a word such as `[DONE]` in between. */
const readData = (data: string, parseJson: ParseJson): Json => {
  try {
    return parseJson(data);
  } catch {
    return data;
  }
};

export type EventReader = { events: Json[]; feed: (text: string) => void; end: () => void };

/**
 * Reads events as their text comes; `event` is "message" and `id` null where the stream names none.
 * @param parseJson reads one data text, within the limits of answers
 * @param enough events past this number are left out; without it 10,000 are too many
 * @throws RangeError above 10,000 events
 */
export const createEventReader = (parseJson: ParseJson, enough = Infinity): EventReader => {
  const events: Json[] = [];
  const parser = createParser({
    onEvent({ event, id, data }) {
      if (events.length >= enough) return;
      if (events.length >= mostEvents) throw new RangeError(`it has more than ${mostEvents} events`);
      events.push({ event: event ?? 'message', id: id ?? null, data: readData(data, parseJson) });
    },
  });
  return {
    events,
    feed: (text) => parser.feed(text),
    // A service may end the stream without the empty line that ends its last event.
    end: () => parser.feed('\n\n'),
  };
};

/** All events of a whole text. @throws RangeError above 10,000 events */
export const readEvents = (text: string, parseJson: ParseJson): Json[] => {
  const reader = createEventReader(parseJson);
  reader.feed(text);
  reader.end();
  return reader.events;
};
