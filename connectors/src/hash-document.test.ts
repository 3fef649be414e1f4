import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize, hashDocument } from './hash-document.ts';
import { sha256, toHex } from './expression/digest.ts';

test('the digest is SHA-256 for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(toHex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'));
    }),
  );
});

test('the order of members does not change the hash, the order of a list does', () => {
  expect(hashDocument({ a: 1, b: { c: 2, d: 3 } })).toBe(hashDocument({ b: { d: 3, c: 2 }, a: 1 }));
  expect(hashDocument([1, 2])).not.toBe(hashDocument([2, 1]));
});

test('canonical text is JSON of the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(JSON.parse(canonicalize(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
