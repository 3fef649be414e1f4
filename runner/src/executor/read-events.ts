// A stream of server-sent events, read to its end: a list of `{ event, id, data }`.
import { createParser } from 'eventsource-parser';
import type { Json } from '@weftline/connectors/json';

export const mostEvents = 10_000;

/** Data is JSON for most services, and a word such as `[DONE]` in between. */
const readData = (data: string, parseJson: (text: string) => Json): Json => {
  try {
    return parseJson(data);
  } catch {
    return data;
  }
};

/**
 * Events in their order; `event` is "message" and `id` null where the stream names none.
 * @param parseJson reads one data text, within the limits of answers
 * @throws RangeError above 10,000 events
 */
export const readEvents = (text: string, parseJson: (text: string) => Json): Json[] => {
  const events: Json[] = [];
  const parser = createParser({
    onEvent({ event, id, data }) {
      if (events.length >= mostEvents) throw new RangeError(`it has more than ${mostEvents} events`);
      events.push({ event: event ?? 'message', id: id ?? null, data: readData(data, parseJson) });
    },
  });
  parser.feed(text);
  // A service may end the stream without the empty line that ends its last event.
  parser.feed('\n\n');
  return events;
};
