import { isJsonObject, type Json } from '../json.ts';
import { ExpressionError } from './expression-error.ts';

/*
 * One encoder for every place of a request a value can stand in. Each gives text that the receiver decodes to exactly
 * the value, and changes nothing else; a value for which that cannot be promised is refused with `bad_value`.
 */

/** Text of a plain value. @throws ExpressionError bad_value for null, lists and objects */
export function plainText(value: Json, place: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return String(value);
  throw new ExpressionError('bad_value', `${place} must be a text or a number.`);
}

/** Percent-encodes everything but letters, digits and - . _ ~. @throws ExpressionError bad_value for half characters */
export function encodeText(text: string): string {
  if (!text.isWellFormed())
    throw new ExpressionError('bad_value', 'The text has a broken character (half of a pair).');
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * A value as one segment of a URL path; `/` becomes %2F.
 * @throws ExpressionError bad_value for empty, `.`, `..`: those would change which resource is meant
 */
export function encodePathSegment(value: Json): string {
  const text = plainText(value, 'A part of the path');
  if (text === '') throw new ExpressionError('bad_value', 'A part of the path is empty.');
  if (text === '.' || text === '..')
    throw new ExpressionError('bad_value', `A part of the path may not be \`${text}\`.`);
  return encodeText(text);
}

/** A value as several path segments, keeping its slashes. @throws ExpressionError bad_value for `..`, `?`, `#`, `\`, empty segments */
export function encodePathKeepingSlashes(value: Json): string {
  const text = plainText(value, 'A part of the path');
  if (/[?#\\]/.test(text)) throw new ExpressionError('bad_value', 'A path value may not have ? # or \\.');
  return text.split('/').map(encodePathSegment).join('/');
}

/** A value as a host or a part of one: letters, digits, dashes and dots only. @throws ExpressionError bad_value */
export function encodeHost(value: Json): string {
  const text = plainText(value, 'A part of the host').toLowerCase();
  const isName =
    text.length <= 253 &&
    text.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (!isName)
    throw new ExpressionError(
      'bad_value',
      'A part of the host may have letters, digits, dashes and dots only.',
    );
  return text;
}

/** A plain value of a query or form field, percent-encoded; null is empty. @throws ExpressionError bad_value for lists and objects */
export function encodeQueryValue(value: Json): string {
  return value === null ? '' : encodeText(plainText(value, 'A query value'));
}

/**
 * A header's value. Line breaks would start another header, NUL ends one, and characters above 0xFF are cut to a byte
 * on the wire (U+560A would become a line feed).
 * @throws ExpressionError bad_value
 */
export function encodeHeaderValue(value: Json): string {
  const text = plainText(value, 'A header');
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if ((code < 0x20 && code !== 9) || code === 0x7f)
      throw new ExpressionError('bad_value', 'A header may not have line breaks or control characters.');
    if (code > 0xff)
      throw new ExpressionError(
        'bad_value',
        `A header may not have the character ${JSON.stringify(text.charAt(index))}: encode it first, for example with urlencode(…).`,
      );
  }
  return text;
}

const reservedHeaders = new Set(
  'connection content-length expect host http2-settings keep-alive proxy-connection te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
);

/**
 * A header's name, in small letters. Names are never templates, and those that steer the connection are ours.
 * @throws ExpressionError bad_value
 */
export function checkHeaderName(name: string): string {
  const lower = name.toLowerCase();
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/.test(name))
    throw new ExpressionError(
      'bad_value',
      'A header name may have letters, digits and dashes only, and no {{ … }}.',
    );
  if (reservedHeaders.has(lower))
    throw new ExpressionError('bad_value', `The header ${lower} is set by the runner.`);
  return lower;
}

/** A cookie's value: what RFC 6265 does not allow is percent-encoded. */
export function encodeCookieValue(value: Json): string {
  return encodeText(plainText(value, 'A cookie'));
}

/** A header of an e-mail; other characters than ASCII are left to the mailer. @throws ExpressionError bad_value for line breaks */
export function encodeMailHeader(value: Json): string {
  const text = plainText(value, 'A mail header');
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/u.test(text))
    throw new ExpressionError('bad_value', 'A mail header may not have line breaks or control characters.');
  return text;
}

/** Text between XML tags. @throws ExpressionError bad_value for characters that XML cannot hold */
export function escapeXmlText(value: Json): string {
  const text = value === null ? '' : plainText(value, 'An XML text');
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/u.test(text) || !text.isWellFormed()) {
    throw new ExpressionError('bad_value', 'XML cannot hold this control character.');
  }
  const entities: { [char: string]: string } = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
    '\r': '&#13;',
  };
  return text.replace(/[&<>"'\r]/g, (char) => entities[char]!);
}

/** An XML attribute between quotes: as text, and tabs and line breaks are kept from being made spaces. */
export function escapeXmlAttribute(value: Json): string {
  return escapeXmlText(value).replace(/[\t\n]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** A cell of a CSV file. A leading = + - @ gets an apostrophe, so that no spreadsheet takes it for a formula. */
export function encodeCsvCell(value: Json): string {
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  const guarded = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",;\r\n\t]/.test(guarded) || guarded !== guarded.trim()
    ? `"${guarded.replaceAll('"', '""')}"`
    : guarded;
}

/** Refuses every value: for places whose text is fixed by the connector, such as GraphQL documents and header names. */
export function refuseValue(): never {
  throw new ExpressionError(
    'bad_value',
    'No {{ … }} may stand in this place: hand the value over as a variable or an own field.',
  );
}

/** True for a list or object, which most positions cannot hold. */
export function isComposite(value: Json): boolean {
  return Array.isArray(value) || isJsonObject(value);
}
