import type { Json } from '../../json.ts';
import { decodeBase64, encodeBase64, fromUtf8, toUtf8 } from '../base64.ts';
import type { Budget } from '../budget.ts';
import { hmacSha1, hmacSha256, md5, sha1, sha256, toHex } from '../digest.ts';
import { encodeText, escapeXmlText } from '../positions.ts';
import { ExpressionError } from '../expression-error.ts';
import { argument, type ExpressionFunction } from './define.ts';

const text = argument('text', 'text', 'The text.');
const encoding = argument('encoding', 'text', '"hex" (if left out) or "base64".', { optional: true });

/** UTF-8 bytes of an argument, paid for in work. */
function bytesOf(value: Json | undefined, budget: Budget, perCharacter: number): Uint8Array {
  budget.allowText((value as string).length * perCharacter);
  budget.spend((value as string).length >> 2);
  return toUtf8(value as string);
}

function written(bytes: Uint8Array, how: Json | undefined): string {
  if (how === undefined || how === 'hex') return toHex(bytes);
  if (how === 'base64') return encodeBase64(bytes);
  throw new ExpressionError('bad_value', 'The encoding is "hex" or "base64".');
}

const urlNamespace = '6ba7b811-9dad-11d1-80b4-00c04fd430c8';

/** RFC 9562, version 5. */
function nameUuid(namespace: string, name: Uint8Array): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(namespace))
    throw new ExpressionError('bad_value', 'uuid(): the namespace must be a UUID.');
  const space = namespace
    .replaceAll('-', '')
    .match(/../g)!
    .map((byte) => Number.parseInt(byte, 16));
  const bytes = sha1(Uint8Array.from([...space, ...name])).slice(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Functions that encode texts and make digests. */
export const encodingFunctions: ExpressionFunction[] = [
  {
    name: 'base64',
    group: 'encodings',
    description: 'The text (as UTF-8) in base64.',
    arguments: [text],
    returns: 'text',
    example: { expression: 'base64("hello")', result: 'aGVsbG8=' },
    run: ([value], budget) => encodeBase64(bytesOf(value, budget, 2)),
  },
  {
    name: 'base64url',
    group: 'encodings',
    description: 'The text in base64 for URLs, without padding.',
    arguments: [text],
    returns: 'text',
    example: { expression: 'base64url("a?b>")', result: 'YT9iPg' },
    run: ([value], budget) => encodeBase64(bytesOf(value, budget, 2), true),
  },
  {
    name: 'base64Decode',
    group: 'encodings',
    description: 'The text (UTF-8) that a base64 text stands for.',
    arguments: [text],
    returns: 'text',
    example: { expression: 'base64Decode("aGVsbG8=")', result: 'hello' },
    run: ([value], budget) => {
      budget.allowText((value as string).length);
      return fromUtf8(decodeBase64(value as string));
    },
  },
  {
    name: 'hex',
    group: 'encodings',
    description: 'The text (as UTF-8) in hexadecimal digits.',
    arguments: [text],
    returns: 'text',
    example: { expression: 'hex("hi")', result: '6869' },
    run: ([value], budget) => toHex(bytesOf(value, budget, 2)),
  },
  {
    name: 'urlencode',
    group: 'encodings',
    description:
      'The text percent-encoded for a URL. Fields of a request are encoded anyway; this is for URLs inside texts.',
    arguments: [text],
    returns: 'text',
    example: { expression: 'urlencode("a b&c")', result: 'a%20b%26c' },
    run: ([value], budget) => {
      budget.allowText((value as string).length * 3);
      return encodeText(value as string);
    },
  },
  {
    name: 'escapeXml',
    group: 'encodings',
    description: 'The text with & < > and quotes written for XML and HTML.',
    arguments: [text],
    returns: 'text',
    example: { expression: 'escapeXml("a < b")', result: 'a &lt; b' },
    run: ([value], budget) => {
      budget.allowText((value as string).length * 2);
      budget.spend((value as string).length >> 2);
      return escapeXmlText(value as string);
    },
  },
  {
    name: 'escapeQuotes',
    group: 'encodings',
    description:
      'The text made safe between single quotes of a query language: \\\' with "backslash", \'\' with "double".',
    returns: 'text',
    arguments: [
      text,
      argument('style', 'text', '"backslash" (if left out) or "double".', { optional: true }),
    ],
    example: { expression: 'escapeQuotes("O\'Neil", "double")', result: "O''Neil" },
    run: ([value, style], budget) => {
      budget.allowText((value as string).length * 2);
      if (style === 'double') return (value as string).replaceAll("'", "''");
      if (style === undefined || style === 'backslash')
        return (value as string).replace(/[\\'"]/g, String.raw`\$&`);
      throw new ExpressionError('bad_value', 'escapeQuotes(): the style is "backslash" or "double".');
    },
  },
  {
    name: 'sha256',
    group: 'encodings',
    description: 'The SHA-256 digest of the text.',
    arguments: [text, encoding],
    returns: 'text',
    example: {
      expression: 'sha256("abc")',
      result: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    },
    run: ([value, how], budget) => written(sha256(bytesOf(value, budget, 1)), how),
  },
  {
    name: 'hmacSha256',
    group: 'encodings',
    description: 'The HMAC-SHA-256 of the text under a key.',
    returns: 'text',
    arguments: [text, argument('key', 'text', 'The key.'), encoding],
    example: {
      expression: 'hmacSha256("what do ya want for nothing?", "Jefe")',
      result: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    },
    run: ([value, key, how], budget) =>
      written(hmacSha256(bytesOf(key, budget, 1), bytesOf(value, budget, 1)), how),
  },
  {
    name: 'sha1',
    group: 'encodings',
    description: 'The SHA-1 digest of the text, for services that ask for it; it protects nothing.',
    arguments: [text, encoding],
    returns: 'text',
    example: { expression: 'sha1("abc")', result: 'a9993e364706816aba3e25717850c26c9cd0d89d' },
    run: ([value, how], budget) => written(sha1(bytesOf(value, budget, 1)), how),
  },
  {
    name: 'hmacSha1',
    group: 'encodings',
    description: 'The HMAC-SHA-1 of the text under a key, for services that still sign with it.',
    returns: 'text',
    arguments: [text, argument('key', 'text', 'The key.'), encoding],
    example: {
      expression: 'hmacSha1("what do ya want for nothing?", "Jefe")',
      result: 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    },
    run: ([value, key, how], budget) =>
      written(hmacSha1(bytesOf(key, budget, 1), bytesOf(value, budget, 1)), how),
  },
  {
    name: 'uuid',
    group: 'encodings',
    description:
      'The UUID that belongs to a text (version 5): the same text always gives the same one, so a repeated call is known again.',
    returns: 'text',
    arguments: [
      argument('text', 'text', 'The text, such as run.idempotencyKey.'),
      argument('namespace', 'text', 'A UUID that sets these apart; the one of URLs if left out.', {
        optional: true,
      }),
    ],
    example: { expression: 'uuid("https://example.com")', result: '4fd35a71-71ef-5a55-a9d9-aa75c889a6d0' },
    run: ([value, namespace], budget) =>
      nameUuid((namespace as string | undefined) ?? urlNamespace, bytesOf(value, budget, 1)),
  },
  {
    name: 'md5',
    group: 'encodings',
    description: 'The MD5 digest of the text, for services that ask for it; it protects nothing.',
    arguments: [text, encoding],
    returns: 'text',
    example: { expression: 'md5("abc")', result: '900150983cd24fb0d6963f7d28e17f72' },
    run: ([value, how], budget) => written(md5(bytesOf(value, budget, 1)), how),
  },
];
