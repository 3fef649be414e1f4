// AES-256-GCM with a random nonce and a tag of 16 bytes, bound to where the text stands.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CodedError } from '../errors.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** Joins parts so that no two different lists give the same bytes: each part after its length in four bytes. */
export const joinParts = (parts: readonly string[]): Buffer =>
  Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part, 'utf8');
      const length = Buffer.allocUnsafe(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );

/** Nonce, ciphertext and tag in one buffer. */
export const sealBytes = (key: KeyObject, place: Buffer, plain: Uint8Array): Buffer => {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(place);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

/**
 * Opens what `sealBytes` made with the same key and place.
 * @throws CodedError `internal` when anything differs: key, place, or a single bit
 */
export const openBytes = (key: KeyObject, place: Buffer, sealed: Uint8Array): Buffer => {
  const failed = (cause?: unknown) =>
    new CodedError({
      code: 'internal',
      message: 'A stored secret cannot be opened: it was altered or belongs elsewhere.',
      cause,
    });
  if (sealed.length < nonceBytes + tagBytes) throw failed();
  try {
    const end = sealed.length - tagBytes;
    // Without authTagLength Node accepts a tag that was cut short.
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
      .setAAD(place)
      .setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, end)), decipher.final()]);
  } catch (cause) {
    throw failed(cause);
  }
};
