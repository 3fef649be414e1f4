// What was sent against what an example expects: only what the example names is compared.
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@weftline/connectors/json';
import { isJsonObject } from '@weftline/connectors/json';
import type { SentRequest } from './played-egress.ts';

/** Differences as sentences; none when the request is as expected. */
export const compareRequest = (expected: Json | undefined, sent: SentRequest | undefined): string[] => {
  if (!isJsonObject(expected)) return [];
  if (!sent) return ['No request was made.'];
  const found: string[] = [];
  for (const name of ['method', 'url'] as const)
    if (expected[name] !== undefined && expected[name] !== sent[name])
      found.push(`The ${name} is ${sent[name]}, and the example expects ${String(expected[name])}.`);
  for (const [name, value] of Object.entries(isJsonObject(expected['headers']) ? expected['headers'] : {})) {
    const seen = sent.headers[name.toLowerCase()] ?? null;
    if (seen !== value)
      found.push(`The header ${name} is ${show(seen)}, and the example expects ${show(value)}.`);
  }
  if (Object.hasOwn(expected, 'body')) {
    const body = readBody(sent.body, expected['body']!);
    if (!isDeepStrictEqual(body, expected['body']))
      found.push(`The body is ${show(body)}, and the example expects ${show(expected['body']!)}.`);
  }
  return found;
};

/** A text is compared as text, everything else as the JSON that was sent. */
const readBody = (text: string | null, expected: Json): Json => {
  if (text === null || text === '') return typeof expected === 'string' ? '' : null;
  if (typeof expected === 'string') return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
};

const show = (value: Json): string => {
  const text = JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 297)}…` : text;
};
