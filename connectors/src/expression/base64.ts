import { ExpressionError } from './expression-error.ts';

/** Base64 of bytes with padding; `url` gives the URL alphabet without padding. */
export function encodeBase64(bytes: Uint8Array, url = false): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192)
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  const text = btoa(binary);
  return url ? text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') : text;
}

/** Bytes of base64 in either alphabet, with or without padding. @throws ExpressionError bad_value */
export function decodeBase64(text: string): Uint8Array {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/').replace(/\s+/g, '');
  try {
    return Uint8Array.from(atob(plain), (char) => char.charCodeAt(0));
  } catch {
    throw new ExpressionError('bad_value', 'This text is not base64.');
  }
}

/** UTF-8 bytes. @throws ExpressionError bad_value for half characters, which have no bytes */
export function toUtf8(text: string): Uint8Array {
  if (!text.isWellFormed())
    throw new ExpressionError('bad_value', 'The text has a broken character (half of a pair).');
  return new TextEncoder().encode(text);
}

/** Text of UTF-8 bytes. @throws ExpressionError bad_value */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ExpressionError('bad_value', 'These bytes are not UTF-8 text.');
  }
}
