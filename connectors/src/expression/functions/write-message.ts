/** An e-mail as services take it whole (RFC 5322 and MIME): ASCII, every header and every content encoded where it stands. */
import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import { decodeBase64, encodeBase64, toUtf8 } from '../base64.ts';
import type { Budget } from '../budget.ts';
import { sha256, toHex } from '../digest.ts';
import { ExpressionError } from '../expression-error.ts';

/** Members of a message that become a header, in this order. */
const headers: { [member: string]: { name: string; isAddress: boolean } } = {
  from: { name: 'From', isAddress: true },
  to: { name: 'To', isAddress: true },
  cc: { name: 'Cc', isAddress: true },
  bcc: { name: 'Bcc', isAddress: true },
  replyTo: { name: 'Reply-To', isAddress: true },
  subject: { name: 'Subject', isAddress: false },
  inReplyTo: { name: 'In-Reply-To', isAddress: false },
  references: { name: 'References', isAddress: false },
};

const refuse = (why: string): never => {
  throw new ExpressionError('bad_value', `mime(): ${why}`);
};

const longestHeader = 20_000;

/** Characters of one encoded word: with its frame it stays below the 75 that a header allows. */
const wordBytes = 45;

/** Text in a header: as it is where it is plain, else in encoded words (RFC 2047), never in the middle of a character. */
function encodeWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text;
  const words: string[] = [];
  let word = '';
  const push = () => words.push(`=?UTF-8?B?${encodeBase64(toUtf8(word))}?=`);
  for (const character of text) {
    if (toUtf8(word + character).length > wordBytes) {
      push();
      word = '';
    }
    word += character;
  }
  push();
  return words.join('\r\n ');
}

function checkLine(text: string, name: string): string {
  if (/[\r\n\0]/.test(text)) refuse(`${name} must not have line breaks.`);
  if (text.length > 2000) refuse(`${name} is longer than 2000 characters.`);
  return text.trim();
}

/** `Ada <ada@example.com>`: the name is encoded, the address stays as it is. */
function encodeAddress(given: string, name: string): string {
  const text = checkLine(given, name);
  const [, shown = '', address] = /^(.*?)\s*<([^<>\s]+@[^<>\s]+)>$/.exec(text) ?? ['', '', text];
  if (!/^[\x21-\x7e]+$/.test(address ?? '') || /[<>",;]/.test(address ?? ''))
    refuse(`"${text.slice(0, 60)}" in ${name} is no e-mail address.`);
  const plain = shown.replaceAll(/^"|"$/g, '');
  if (plain === '') return address as string;
  const written = /^[\w .'-]*$/.test(plain) ? plain : encodeWords(plain);
  const isQuoted = written === plain && /[.']/.test(plain);
  return `${isQuoted ? `"${plain}"` : written} <${address}>`;
}

const textsOf = (value: Json, name: string): string[] =>
  (Array.isArray(value) ? value : [value])
    .filter((item) => item !== '' && item !== null)
    .map((item) => (typeof item === 'string' ? item : refuse(`${name} must be a text or a list of texts.`)));

function headerOf(message: JsonObject, member: string): string[] {
  const { name, isAddress } = headers[member]!;
  const value = Object.hasOwn(message, member) ? message[member] : undefined;
  const texts = value === undefined ? [] : textsOf(value, member);
  if (texts.length === 0) return [];
  // Splitting looks behind every comma.
  if (texts.reduce((sum, text) => sum + text.length, 0) > longestHeader)
    refuse(`${member} is longer than ${longestHeader} characters.`);
  return isAddress
    ? [
        `${name}: ${texts
          .flatMap((text) => text.split(/,(?![^<]*>)(?=[^"]*(?:"[^"]*"[^"]*)*$)/))
          .map((text) => encodeAddress(text, member))
          .join(',\r\n ')}`,
      ]
    : [`${name}: ${encodeWords(checkLine(texts.join(' '), member))}`];
}

const inLines = (base64: string): string => base64.replaceAll(/.{76}(?=.)/g, '$&\r\n');

const partOf = (type: string, base64: string, more = ''): string =>
  `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n${more}\r\n${inLines(base64)}`;

const plainType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/;

function attachmentOf(value: Json): string {
  if (!isJsonObject(value) || typeof value['base64'] !== 'string')
    return refuse('an attachment is { fileName, contentType, base64 }.');
  const { fileName = 'file', contentType = 'application/octet-stream' } = value;
  if (typeof fileName !== 'string' || typeof contentType !== 'string' || !plainType.test(contentType))
    return refuse('an attachment has a fileName and a contentType such as "image/png".');
  const ascii = checkLine(fileName, 'fileName').replaceAll(/[^\x20-\x7e]|["\\]/g, '_');
  const whole = encodeURIComponent(fileName.toWellFormed()).replaceAll("'", '%27');
  const disposition = `Content-Disposition: attachment; filename="${ascii}"; filename*=UTF-8''${whole}\r\n`;
  return partOf(contentType, encodeBase64(decodeBase64(value['base64'])), disposition);
}

function join(subtype: string, parts: string[]): string {
  if (parts.length === 1) return parts[0]!;
  const boundary = `=_${toHex(sha256(toUtf8(parts.join('')))).slice(0, 32)}`;
  return `Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n${parts
    .map((part) => `--${boundary}\r\n${part}\r\n`)
    .join('')}--${boundary}--`;
}

/**
 * @param message `{ from, to, cc, bcc, replyTo, subject, inReplyTo, references, text, html, attachments }`
 * @throws ExpressionError bad_value for line breaks in headers, what is no address, and a message without content
 */
export function writeMessage(message: JsonObject, budget: Budget): string {
  budget.allowText(JSON.stringify(message).length * 2);
  const texts = (['text', 'html'] as const).flatMap((name) => {
    const value = Object.hasOwn(message, name) ? message[name] : undefined;
    if (value === undefined || value === null || value === '') return [];
    if (typeof value !== 'string') return refuse(`${name} must be a text.`);
    const lines = value.replaceAll(/\r\n|\r|\n/g, '\r\n');
    return [partOf(`text/${name === 'text' ? 'plain' : 'html'}; charset=UTF-8`, encodeBase64(toUtf8(lines)))];
  });
  const { attachments = [] } = message;
  const files = Array.isArray(attachments) ? attachments.map(attachmentOf) : [attachmentOf(attachments)];
  if (texts.length + files.length === 0) refuse('the message needs a "text" or an "html".');
  const content = texts.length === 0 ? files : [join('alternative', texts), ...files];
  const lines = Object.keys(headers).flatMap((member) => headerOf(message, member));
  return `${[...lines, 'MIME-Version: 1.0'].join('\r\n')}\r\n${join('mixed', content)}`;
}
