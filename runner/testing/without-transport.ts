// What an action gives, without what the server of a test adds by itself.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json } from '@weftline/connectors/json';

const added = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding', 'content-length']);

/** The output without the headers that any HTTP server adds; outputs that show no headers stay as they are. */
export const withoutTransport = (output: Json): Json => {
  const headers = isJsonObject(output) ? output['headers'] : undefined;
  if (!isJsonObject(output) || !isJsonObject(headers)) return output;
  return {
    ...output,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !added.has(name))),
  };
};
