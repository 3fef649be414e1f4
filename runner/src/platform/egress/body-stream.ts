// Bodies that are too large to be held: what is sent is read as the socket takes it, what comes is handed on as it comes.
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { egressError } from './egress-error.ts';

export type RawHeaders = Record<string, string | string[] | undefined>;

/** A body of known length that can be read from its beginning again, for a redirect or a repeat. */
export type BodyStream = { length: number; open: () => AsyncIterable<Uint8Array> };

export type Body = string | Uint8Array | BodyStream | null;

/** Takes the body of an answer in pieces instead of a buffer. */
export type Receive = {
  /** Most bytes of it, unpacked; undefined: this answer is read whole, as others are. */
  mostBytes: (answer: { status: number; headers: RawHeaders }) => number | undefined;
  /** Its end is the end of the call. What it throws is the call's error. */
  take: (
    answer: { status: number; headers: Record<string, string>; url: string },
    pieces: AsyncIterable<Uint8Array>,
  ) => Promise<void>;
};

export const isBodyStream = (body: Body): body is BodyStream =>
  body !== null && typeof body === 'object' && 'open' in body;

const unpackers = { gzip: createGunzip, 'x-gzip': createGunzip, br: createBrotliDecompress } as const;

const isUnpacker = (name: string): name is keyof typeof unpackers => Object.hasOwn(unpackers, name);

/**
 * The pieces of a body as its type says, at most `mostBytes` of them. Stops the socket when it ends early.
 * @param coding value of `content-encoding`
 * @throws CodedError `too_large`, `response_invalid`
 */
export async function* readPieces(
  body: Readable,
  coding: string,
  host: string,
  mostBytes: number,
): AsyncGenerator<Uint8Array> {
  const name = coding.trim().toLowerCase();
  const isPlain = name === '' || name === 'identity';
  let unpacked: Readable = body;
  let fault: Error | undefined;
  try {
    if (!isPlain) {
      if (!isUnpacker(name))
        throw egressError(
          'response_invalid',
          'encoding',
          'answered',
          `"${host}" answered in a coding we did not ask for.`,
        );
      const unpacker = unpackers[name]();
      body.on('error', (error) => {
        fault = error;
        unpacker.destroy(error);
      });
      unpacked = body.pipe(unpacker);
    }
    let bytes = 0;
    for await (const piece of unpacked as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > mostBytes)
        throw egressError(
          'too_large',
          'size',
          'answered',
          `The answer of "${host}" is larger than ${mostBytes} bytes.`,
        );
      yield piece;
    }
  } catch (error) {
    if (
      fault === undefined &&
      unpacked !== body &&
      (error as { code?: string }).code?.startsWith('Z_') === true
    )
      throw egressError(
        'response_invalid',
        'encoding',
        'answered',
        `The compressed answer of "${host}" is damaged.`,
        error,
      );
    throw error;
  } finally {
    unpacked.destroy();
    body.destroy();
  }
}
