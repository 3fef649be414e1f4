// A way out that leads nowhere: it answers as an example says and remembers what it was asked. No socket is opened.
import { Readable } from 'node:stream';
import type { Json } from '@weftline/connectors/json';
import { isJsonObject } from '@weftline/connectors/json';
import { isBodyStream } from '../../platform/egress/body-stream.ts';
import type { Egress, EgressRequest } from '../../platform/egress/create-egress.ts';
import { egressError } from '../../platform/egress/egress-error.ts';

/** `{ status, headers, body }`; a body that is no text goes as JSON. */
export type PlayedAnswer = Json;
export type SentRequest = {
  method: string;
  url: string;
  headers: { [name: string]: string };
  /** As text; null when none was sent. */
  body: string | null;
};

export type PlayedEgress = { egress: Egress; sent: SentRequest[] };

/**
 * @param answers one a request, in order
 * @param repeats the last answer is given again and again; else a further request is refused
 */
export const createPlayedEgress = (answers: readonly PlayedAnswer[], repeats: boolean): PlayedEgress => {
  const sent: SentRequest[] = [];
  const request = async (asked: EgressRequest) => {
    const answer = answers[repeats ? Math.min(sent.length, answers.length - 1) : sent.length];
    const { method, url, headers = {}, body } = asked;
    sent.push({
      method,
      url,
      headers,
      body: await readSent(body),
    });
    if (answer === undefined)
      throw egressError(
        'remote_unreachable',
        'refused',
        'no',
        `The example tells of ${answers.length} requests, and ${method} ${url} is one more.`,
      );
    const given = isJsonObject(answer) ? answer : {};
    const text = textOf(given['body']);
    const status = typeof given['status'] === 'number' ? given['status'] : 200;
    const answered = {
      ...(typeof given['body'] === 'string' || text === '' ? {} : { 'content-type': 'application/json' }),
      ...headersOf(given['headers']),
    };
    const whole = Buffer.from(text);
    const inPieces = asked.receive?.mostBytes({ status, headers: answered }) !== undefined;
    if (inPieces) await asked.receive?.take({ status, headers: answered, url }, Readable.from([whole]));
    return { status, headers: answered, body: inPieces ? Buffer.alloc(0) : whole, url, redirects: 0 };
  };
  return { egress: { request, check: () => undefined, close: async () => undefined }, sent };
};

/** A body in pieces is read as it would be sent. */
const readSent = async (body: EgressRequest['body']): Promise<string | null> => {
  if (body === undefined || body === null) return null;
  if (!isBodyStream(body)) return Buffer.from(body).toString('utf8');
  const pieces: Uint8Array[] = [];
  for await (const piece of body.open()) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
};

const textOf = (body: Json | undefined): string =>
  body === undefined || body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);

const headersOf = (headers: Json | undefined): { [name: string]: string } =>
  isJsonObject(headers)
    ? Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
    : {};
