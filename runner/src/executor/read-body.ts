// From bytes to a value. Nothing is lost on the way: numbers that JavaScript cannot hold stay text.
import type { Json } from '@weftline/connectors/json';
import type { Request } from '@weftline/connectors/types';
import { egressError } from '../platform/egress/egress-error.ts';
import { readCsv } from './read-csv.ts';
import { readEvents } from './read-events.ts';
import { readXml, type XmlNamespaces } from './read-xml.ts';

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

type Format = NonNullable<Request['responseFormat']>;

/** Formats of successes alone: what a service says of a failure is seldom written in them. */
const onlyForSuccess = new Set<Format>(['ndjson', 'csv', 'sse', 'binary', 'file']);

const isXmlType = (type: string): boolean => /^[^;]*[/+]xml\b/i.test(type);

/** Which reading an answer gets; XML becomes an object only where the connector names a format. */
const pickFormat = (answer: Answer, declared: Format | undefined, type: string): Exclude<Format, 'file'> => {
  const isFailure = answer.status >= 400;
  const format = isFailure && declared !== undefined && onlyForSuccess.has(declared) ? undefined : declared;
  if (format === 'xml' && isFailure && !isXmlType(type)) return 'auto';
  if (format === 'auto' && isXmlType(type)) return 'xml';
  // A file was taken before its body came here.
  if (format !== undefined && format !== 'auto' && format !== 'file') return format;
  if (isJsonType(type)) return 'json';
  return isTextType(type) ? 'text' : 'binary';
};

const readers: Readonly<
  Record<
    Exclude<Format, 'auto' | 'binary' | 'file' | 'none'>,
    (text: string, namespaces?: XmlNamespaces) => Json
  >
> = {
  json: (text) => (text.trim() === '' ? null : parseJson(text)),
  text: (text) => text,
  xml: (text, namespaces) => (text.trim() === '' ? null : readXml(text, namespaces)),
  csv: (text) => readCsv(text),
  sse: (text) => readEvents(text, parseJson),
  ndjson: (text) => readLines(text),
};

/** Formats that have nothing to show for an empty answer but an empty list. */
const lists = new Set<Format>(['ndjson', 'csv', 'sse']);
const alwaysUtf8 = new Set<Format>(['ndjson', 'sse']);

/**
 * The body as a value: JSON by its content type (or when the connector says so), text as text, and what else the
 * connector names; other content as `{ contentType, bytes, base64 }`, nothing as null.
 * @param declared what the connector says; undefined: JSON and text by their types
 * @param namespaces what elements of XML are called, by `defaults.xmlNamespaces`
 * @throws CodedError `response_invalid` for what cannot be read in a success; in a failure it stays text
 */
export const readBody = (
  answer: Answer,
  declared: Format | undefined,
  host: string,
  namespaces?: XmlNamespaces,
): Json => {
  const type = answer.headers['content-type'] ?? '';
  const format = pickFormat(answer, declared, type);
  if (format === 'none') return null;
  if (format === 'binary' || format === 'auto')
    return answer.body.length === 0 && (declared !== 'binary' || answer.status >= 400)
      ? null
      : asBytes(answer, type);
  if (answer.body.length === 0) return lists.has(format) ? [] : null;
  const charset =
    alwaysUtf8.has(format) || (format === 'json' && isJsonType(type)) ? '' : charsetOf(answer, format, type);
  const text = decode(answer.body, charset);
  try {
    return readers[format](text, namespaces);
  } catch (cause) {
    if (answer.status >= 400) return text;
    const why =
      format !== 'json'
        ? (cause as Error).message
        : cause instanceof RangeError
          ? cause.message
          : 'it is not valid JSON';
    throw egressError(
      'response_invalid',
      'protocol',
      'answered',
      `The answer of "${host}" cannot be used: ${why}.`,
      cause,
    );
  }
};

/** A content type that names the charset; XML may name it in its first line instead. */
const charsetOf = ({ body }: Answer, format: Format, type: string): string => {
  if (format !== 'xml' || /charset=/i.test(type)) return type;
  const named = /^<\?xml[^>]{0,100}encoding=["']([\w.:-]{1,40})["']/.exec(
    body.toString('latin1', 0, 200),
  )?.[1];
  return named === undefined ? '' : `charset=${named}`;
};

const asBytes = ({ body }: Answer, contentType: string): Json => ({
  contentType,
  bytes: body.length,
  base64: body.toString('base64'),
});

/** One JSON value a line; empty lines are none. */
function readLines(text: string): Json {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      try {
        return parseJson(line);
      } catch (cause) {
        throw new SyntaxError(`its line ${index + 1} is not valid JSON`, { cause });
      }
    });
}
