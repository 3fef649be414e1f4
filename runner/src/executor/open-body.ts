// Files of a request: found in the workspace, counted, and read piece by piece while the request is sent.
import { createHash } from 'node:crypto';
import { ExpressionError } from '@weftline/connectors/expression';
import type { BodyStream } from '../platform/egress/body-stream.ts';
import type { BuiltRequest } from './build-request.ts';
import type { Files } from './files.ts';
import type { BodyPiece } from './write-parts.ts';

const findSize = async (piece: BodyPiece, files: Files): Promise<number> => {
  if (piece instanceof Uint8Array) return piece.length;
  const found = await files.find(piece.fileId);
  if (found === null)
    throw new ExpressionError(
      'bad_value',
      `The file "${(piece.name ?? piece.fileId).slice(0, 100)}" is not in this workspace, or is kept no longer.`,
    );
  return piece.encoding === 'base64' ? Math.ceil(found.size / 3) * 4 : found.size;
};

async function* readAll(pieces: readonly BodyPiece[], files: Files): AsyncGenerator<Uint8Array> {
  for (const piece of pieces)
    if (piece instanceof Uint8Array) yield piece;
    else if (piece.encoding === 'base64') yield* encode(files.read(piece.fileId));
    else yield* files.read(piece.fileId);
}

/** Base64 of pieces: three bytes are four characters, so what is left of one piece goes before the next. */
async function* encode(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left: Uint8Array = new Uint8Array(0);
  for await (const piece of pieces) {
    const whole = Buffer.concat([left, piece]);
    const end = whole.length - (whole.length % 3);
    left = whole.subarray(end);
    if (end > 0) yield Buffer.from(whole.toString('base64', 0, end), 'latin1');
  }
  if (left.length > 0) yield Buffer.from(Buffer.from(left).toString('base64'), 'latin1');
}

const hashOf = async ({ open }: BodyStream): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of open()) hash.update(piece);
  return hash.digest('hex');
};

/**
 * The request with a body that can be sent; unchanged when it has no file by reference.
 * @param isSigned a signature covers the body, so its hash is made first: the files are read twice then
 * @throws ExpressionError `bad_value` when a file is not there
 */
export const openBody = async (
  built: BuiltRequest,
  files: Files | undefined,
  isSigned: boolean,
): Promise<BuiltRequest> => {
  const pieces = built.body?.pieces;
  if (built.body === null || pieces === undefined) return built;
  if (files === undefined) throw new ExpressionError('bad_value', 'Files cannot be sent here.');
  let length = 0;
  for (const piece of pieces) length += await findSize(piece, files);
  const stream: BodyStream = { length, open: () => readAll(pieces, files) };
  const sha256 = isSigned ? { sha256: await hashOf(stream) } : {};
  return { ...built, body: { ...built.body, stream, ...sha256 } };
};
