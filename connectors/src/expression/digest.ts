/** SHA-256 and SHA-1 (FIPS 180-4), MD5 (RFC 1321) and HMAC (RFC 2104): synchronous and the same in Node and browsers. */

const rotateRight = (word: number, by: number): number => (word >>> by) | (word << (32 - by));
const rotateLeft = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

// FIPS 180-4 takes the first 32 bits of the fractions of roots of the first primes; computing them avoids a table to mistype.
const primes = Array.from({ length: 310 }, (_, index) => index + 2).filter((candidate) => {
  for (let divisor = 2; divisor * divisor <= candidate; divisor += 1)
    if (candidate % divisor === 0) return false;
  return true;
});
const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32) | 0;
const roundKeys = Int32Array.from(primes.slice(0, 64), (prime) => fraction(Math.cbrt(prime)));
const startState = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const sines = Int32Array.from(
  { length: 64 },
  (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32) | 0,
);
const turns = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];

/** The 32 bytes of SHA-256. */
export function sha256(data: Uint8Array): Uint8Array {
  const view = padded(data, false);
  const state = Int32Array.from(startState);
  const words = new Int32Array(64);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(block + i * 4);
    for (let i = 16; i < 64; i += 1) {
      const early = words[i - 15]!;
      const late = words[i - 2]!;
      const small0 = rotateRight(early, 7) ^ rotateRight(early, 18) ^ (early >>> 3);
      const small1 = rotateRight(late, 17) ^ rotateRight(late, 19) ^ (late >>> 10);
      words[i] = words[i - 16]! + small0 + words[i - 7]! + small1;
    }
    compress(state, words);
  }
  return toBytes(state, false);
}

function compress(state: Int32Array, words: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < 64; i += 1) {
    const big1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
    const first = (h + big1 + ((e & f) ^ (~e & g)) + roundKeys[i]! + words[i]!) | 0;
    const big0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = state[index]! + word;
}

/** The 20 bytes of SHA-1; for services and names that ask for it, never for security. */
export function sha1(data: Uint8Array): Uint8Array {
  const view = padded(data, false);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const words = new Int32Array(80);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(block + i * 4);
    for (let i = 16; i < 80; i += 1)
      words[i] = rotateLeft(words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!, 1);
    let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
    for (let i = 0; i < 80; i += 1) {
      const round = Math.floor(i / 20);
      const mixed = [(b & c) | (~b & d), b ^ c ^ d, (b & c) | (b & d) | (c & d), b ^ c ^ d][round]!;
      const constant = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][round]!;
      const sum = (rotateLeft(a, 5) + mixed + e + constant + words[i]!) | 0;
      [e, d, c, b, a] = [d, c, rotateLeft(b, 30), a, sum];
    }
    for (const [index, word] of [a, b, c, d, e].entries()) state[index] = state[index]! + word;
  }
  return toBytes(state, false);
}

/** The 16 bytes of MD5; only for services that ask for it, never for security. */
export function md5(data: Uint8Array): Uint8Array {
  const view = padded(data, true);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let block = 0; block < view.byteLength; block += 64) {
    let [a, b, c, d] = state as unknown as [number, number, number, number];
    for (let i = 0; i < 64; i += 1) {
      const round = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][round]!;
      const word = [i, 5 * i + 1, 3 * i + 5, 7 * i][round]! % 16;
      const sum = (a + mixed + sines[i]! + view.getInt32(block + word * 4, true)) | 0;
      [a, d, c, b] = [d, c, b, (b + rotateLeft(sum, turns[round]![i % 4]!)) | 0];
    }
    for (const [index, word] of [a, b, c, d].entries()) state[index] = state[index]! + word;
  }
  return toBytes(state, true);
}

type Digest = (data: Uint8Array) => Uint8Array;

/** HMAC with a digest whose blocks have 64 bytes. */
function hmac(digest: Digest, key: Uint8Array, data: Uint8Array): Uint8Array {
  const short = key.length > 64 ? digest(key) : key;
  const pad = (mask: number, tail: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(64 + tail.length).fill(mask, 0, 64);
    for (const [index, byte] of short.entries()) bytes[index] = byte ^ mask;
    bytes.set(tail, 64);
    return bytes;
  };
  return digest(pad(0x5c, digest(pad(0x36, data))));
}

/** The 32 bytes of HMAC with SHA-256. */
export const hmacSha256 = (key: Uint8Array, data: Uint8Array): Uint8Array => hmac(sha256, key, data);

/** The 20 bytes of HMAC with SHA-1. */
export const hmacSha1 = (key: Uint8Array, data: Uint8Array): Uint8Array => hmac(sha1, key, data);

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes as small hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexDigits[byte];
  return text;
}

function padded(data: Uint8Array, littleEndian: boolean): DataView {
  const bytes = new Uint8Array(((data.length + 8) >> 6) * 64 + 64);
  bytes.set(data);
  bytes[data.length] = 0x80;
  const view = new DataView(bytes.buffer);
  const [high, low] = [Math.floor(data.length / 2 ** 29), (data.length << 3) >>> 0];
  view.setUint32(bytes.length - 8, littleEndian ? low : high, littleEndian);
  view.setUint32(bytes.length - 4, littleEndian ? high : low, littleEndian);
  return view;
}

function toBytes(state: Int32Array, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(state.length * 4));
  for (const [index, word] of state.entries()) view.setInt32(index * 4, word, littleEndian);
  return new Uint8Array(view.buffer);
}
