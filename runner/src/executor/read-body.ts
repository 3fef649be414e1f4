// From bytes to a value. Nothing is lost on the way: numbers that JavaScript cannot hold stay text.
import type { Json } from '@weftline/connectors/json';
import type { Request } from '@weftline/connectors/types';
import { egressError } from '../platform/egress/egress-error.ts';

export const deepestBody = 64;

/** Counts nesting before parsing, so that a hostile body costs one pass over its text. */
const isTooDeep = (text: string): boolean => {
  let depth = 0;
  let isInText = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isInText) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) isInText = false;
    } else if (code === 0x22) isInText = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > deepestBody) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
};

type Source = { source?: string };

const keepExact = (_name: string, value: unknown, context?: Source): unknown => {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact ? value : context.source;
};

/** Digits that may not fit a double, or exponents that may overflow it. Rare, so the slow reading is rare too. */
const mayLose = /\d{16}|[eE]\+?\d{3}/;

/** @throws SyntaxError; RangeError when it is nested more than 64 deep */
export const parseJson = (text: string): Json => {
  if (isTooDeep(text)) throw new RangeError(`nested more than ${deepestBody} deep`);
  return (mayLose.test(text) ? JSON.parse(text, keepExact as never) : JSON.parse(text)) as Json;
};

const readCharset = (contentType: string): string =>
  /charset="?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';

const decode = (body: Buffer, contentType: string): string => {
  const charset = readCharset(contentType).toLowerCase();
  if (charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii')
    return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
      ? body.toString('utf8', 3)
      : body.toString('utf8');
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return body.toString('utf8');
  }
};

const isJsonType = (type: string): boolean => /^[^;]*[/+]json\b/i.test(type);
const isTextType = (type: string): boolean =>
  type === '' ||
  /^\s*(text\/|application\/(.*\+)?(xml|javascript|x-www-form-urlencoded|yaml|graphql|csv|ndjson|x-ndjson))/i.test(
    type,
  );

export type Answer = { status: number; headers: Record<string, string>; body: Buffer };

/**
 * The body as a value: JSON by its content type (or when the connector says so), text as text, lines of JSON as a list, other content as
 * `{ contentType, bytes, base64 }`, nothing as null.
 * @throws CodedError `response_invalid` for broken JSON in a success; in an error answer broken JSON stays text
 */
export const readBody = (
  answer: Answer,
  declared: NonNullable<Request['responseFormat']>,
  host: string,
): Json => {
  // What a service says of a failure is seldom in the format of its successes.
  const format = answer.status >= 400 && (declared === 'ndjson' || declared === 'binary') ? 'auto' : declared;
  const type = answer.headers['content-type'] ?? '';
  if (format === 'ndjson') return readLines(answer, host);
  if (format === 'binary') return asBytes(answer, type);
  if (format === 'none' || answer.body.length === 0) return null;
  if (format === 'json' || (format === 'auto' && isJsonType(type))) {
    const text = decode(answer.body, isJsonType(type) ? '' : type);
    if (text.trim() === '') return null;
    try {
      return parseJson(text);
    } catch (cause) {
      if (answer.status >= 400) return text;
      const why = cause instanceof RangeError ? cause.message : 'it is not valid JSON';
      throw egressError(
        'response_invalid',
        'protocol',
        'answered',
        `The answer of "${host}" cannot be used: ${why}.`,
        cause,
      );
    }
  }
  if (format === 'text' || isTextType(type)) return decode(answer.body, type);
  return asBytes(answer, type);
};

const asBytes = ({ body }: Answer, contentType: string): Json => ({
  contentType,
  bytes: body.length,
  base64: body.toString('base64'),
});

/** One JSON value a line; empty lines are none. */
const readLines = ({ body }: Answer, host: string): Json =>
  decode(body, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      try {
        return parseJson(line);
      } catch (cause) {
        throw egressError(
          'response_invalid',
          'protocol',
          'answered',
          `The answer of "${host}" cannot be used: its line ${index + 1} is not valid JSON.`,
          cause,
        );
      }
    });
