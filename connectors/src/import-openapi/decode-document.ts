/** From the bytes of a document to its text: UTF-8 and UTF-16 are told apart, and packed ones are unpacked. */
import { ImportError } from './import-error.ts';
import { openApiBytes } from './parse-openapi.ts';

/**
 * @param unpack for bytes packed by gzip; may throw, for what is broken or too large
 * @throws ImportError `not_parseable` for what is packed and cannot be unpacked, `too_large`
 */
export function decodeDocument(bytes: Uint8Array, unpack?: (packed: Uint8Array) => Uint8Array): string {
  let plain = bytes;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && unpack) {
    try {
      plain = unpack(bytes);
    } catch (cause) {
      throw new ImportError(
        'not_parseable',
        `The packed document cannot be unpacked: ${(cause as Error).message.slice(0, 200)}`,
      );
    }
  }
  if (plain.length > openApiBytes * 2)
    throw new ImportError('too_large', `A document may have ${openApiBytes} characters.`);
  return new TextDecoder(encodingOf(plain)).decode(plain);
}

/** By its mark; without one by where the zeros of the first characters stand. */
function encodingOf([a, b, c, d]: Uint8Array): string {
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return 'utf-16le';
  if (a === 0 && b !== 0 && c === 0 && d !== 0) return 'utf-16be';
  return 'utf-8';
}
