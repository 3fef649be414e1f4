import { toUtf8 } from './base64.ts';
import { ExpressionError } from './expression-error.ts';

/**
 * One part of a multipart/form-data body: its content as text or bytes (or a reference to what is read later), and what a
 * file says about itself.
 */
export type MultipartField<Reference extends object = never> = {
  name: string;
  content: string | Uint8Array | Reference;
  fileName?: string;
  contentType?: string;
};

/**
 * Builds a multipart/form-data body. Contents are copied as they are; names are escaped as browsers do.
 * @param boundary chosen by the caller, random; a content that holds it is refused, so no value can start a part
 * @throws ExpressionError bad_value
 */
export function encodeMultipart(fields: readonly MultipartField[], boundary: string): Uint8Array {
  return joinBytes(listMultipart(fields, boundary));
}

/**
 * The same as pieces in their order, where references stand for contents that are read later. Nobody who writes such a
 * content can know the boundary, so it is not looked for there.
 * @throws ExpressionError bad_value
 */
export function listMultipart<Reference extends object = never>(
  fields: readonly MultipartField<Reference>[],
  boundary: string,
): (Uint8Array | Reference)[] {
  if (!/^[A-Za-z0-9'()+_,\-.:=?]{16,70}$/.test(boundary))
    throw new ExpressionError('bad_value', 'The boundary must be 16 to 70 letters and digits.');
  const pieces: (Uint8Array | Reference)[] = [];
  for (const field of fields) {
    const content = typeof field.content === 'string' ? toUtf8(field.content) : field.content;
    if (content instanceof Uint8Array && holdsBytes(content, toUtf8(boundary)))
      throw new ExpressionError('bad_value', `The field ${field.name} holds the boundary.`);
    pieces.push(toUtf8(`--${boundary}\r\n${partHead(field)}\r\n\r\n`), content, toUtf8('\r\n'));
  }
  pieces.push(toUtf8(`--${boundary}--\r\n`));
  return pieces;
}

function partHead(field: Omit<MultipartField, 'content'>): string {
  const file = field.fileName === undefined ? '' : `; filename="${escapeName(field.fileName)}"`;
  const type = field.contentType ?? (field.fileName === undefined ? undefined : 'application/octet-stream');
  if (type !== undefined && !/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w-]+=[\w.-]+)*$/.test(type)) {
    throw new ExpressionError('bad_value', `The content type of ${field.name} cannot be used.`);
  }
  return `Content-Disposition: form-data; name="${escapeName(field.name)}"${file}${type === undefined ? '' : `\r\nContent-Type: ${type}`}`;
}

function escapeName(name: string): string {
  return name.replace(/[\r\n"]/g, (char) => ({ '\r': '%0D', '\n': '%0A', '"': '%22' })[char]!);
}

function holdsBytes(content: Uint8Array, wanted: Uint8Array): boolean {
  for (let at = content.indexOf(wanted[0]!); at !== -1; at = content.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, index) => content[at + index] === byte)) return true;
  }
  return false;
}

function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
