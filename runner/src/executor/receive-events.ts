// A stream of events that need not end: read until there are as many as the app wants, then closed.
import { createEventReader } from './read-events.ts';
import { parseJson } from './read-body.ts';
import type { Json } from '@weftline/connectors/json';
import type { Receive } from '../platform/egress/body-stream.ts';

/**
 * @param most events; reading ends when they are there
 * @param mostBytes of the stream; more is a failure
 */
export const receiveEvents = (
  most: number,
  mostBytes: number,
): { receive: Receive; stored: () => Json[] | undefined } => {
  let events: Json[] | undefined;
  return {
    stored: () => events,
    receive: {
      mostBytes: ({ status }) => (status >= 200 && status < 300 ? mostBytes : undefined),
      async take(_answer, pieces) {
        const reader = createEventReader(parseJson, most);
        const decoder = new TextDecoder();
        for await (const piece of pieces) {
          reader.feed(decoder.decode(piece, { stream: true }));
          if (reader.events.length >= most) break;
        }
        reader.end();
        events = reader.events.slice(0, most);
      },
    },
  };
};
