// The body of a call that comes in, as a value: in the format that the connector names, else by its content type.
import type { Json } from '@weftline/connectors/json';
import type { Receive } from '@weftline/connectors/types';
import { CodedError } from '../../platform/errors.ts';
import { parseJson } from '../read-body.ts';
import { readXml } from '../read-xml.ts';
import { readForm } from './read-form.ts';

type Format = NonNullable<Receive['bodyFormat']>;

const unreadable = (message: string, cause?: unknown) =>
  new CodedError({
    code: 'not_parseable',
    message,
    details: { problems: [{ path: '/body', code: 'not_parseable', message }] },
    cause,
  });

const isJsonText = (text: string): boolean => /^\s*[[{]/.test(text);

function formatOf(contentType: string, text: string): Exclude<Format, 'auto' | 'formJson'> {
  const type = contentType.split(';')[0]!.trim().toLowerCase();
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type === 'text/xml' || type === 'application/xml' || type.endsWith('+xml')) return 'xml';
  return type === '' && isJsonText(text) ? 'json' : 'text';
}

const readField = (value: string): Json => {
  if (!isJsonText(value)) return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
};

/**
 * Reads it. An empty body is null; bytes that are no UTF-8 are `{ base64 }` where nothing else was declared.
 * @throws CodedError `not_parseable` for a body that is not what the connector or its content type says
 */
export function readCallBody(
  { headers, rawBody }: { headers: { [name: string]: string }; rawBody: Buffer },
  declared: Receive['bodyFormat'],
): Json {
  if (rawBody.length === 0) return null;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(rawBody);
  } catch (cause) {
    if (declared === undefined || declared === 'auto') return { base64: rawBody.toString('base64') };
    throw unreadable('The body is not UTF-8.', cause);
  }
  const format =
    declared === undefined || declared === 'auto' ? formatOf(headers['content-type'] ?? '', text) : declared;
  if (format === 'form') return readForm(text);
  if (format === 'formJson') return readForm(text, readField);
  if (format === 'text') return text;
  try {
    return format === 'xml' ? readXml(text) : parseJson(text);
  } catch (cause) {
    const why = cause instanceof RangeError ? `: it is ${cause.message}` : '';
    throw unreadable(`The body cannot be read as ${format === 'xml' ? 'XML' : 'JSON'}${why}.`, cause);
  }
}
