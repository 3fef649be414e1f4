// Bodies that are bytes: multipart forms, related parts, and plain binary. Files come as base64 among
// the input, or as references to what is read while it is sent.
import { createHash } from 'node:crypto';
import { ExpressionError } from '@weftline/connectors/expression';
import { decodeBase64, toUtf8 } from '@weftline/connectors/expression/base64';
import { listMultipart } from '@weftline/connectors/expression/encode-multipart';
import type { MultipartField } from '@weftline/connectors/expression/encode-multipart';
import { encodeQuery } from '@weftline/connectors/expression/encode-query';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { JsonSchema } from '@weftline/connectors/types';
import { readFileReference } from './files.ts';
import type { NamedFile } from './files.ts';
import { isJsonType, parameterStyleOf, writeAs } from './parameter-style.ts';
import type { ParameterStyle } from './parameter-style.ts';

/** Bytes, or a file that is read when the request is sent. */
export type BodyPiece = Uint8Array | NamedFile;
/** With `pieces`, `bytes` is empty: the body is what they are, one behind the other. */
export type WrittenBytes = { bytes: Uint8Array; pieces?: readonly BodyPiece[]; contentType: string };

type Field = MultipartField<NamedFile>;

const noBytes = new Uint8Array(0);

const joinPieces = (pieces: readonly BodyPiece[]): Pick<WrittenBytes, 'bytes' | 'pieces'> => {
  const bytes = pieces.filter((piece) => piece instanceof Uint8Array);
  return bytes.length === pieces.length ? { bytes: Buffer.concat(bytes) } : { bytes: noBytes, pieces };
};

const textOf = (file: JsonObject, name: string): string | undefined =>
  typeof file[name] === 'string' ? file[name] : undefined;

const isFile = (value: Json): value is JsonObject =>
  isJsonObject(value) && typeof value['base64'] === 'string';

/** The same for every attempt of a step, so that a request can be compared, and not to be guessed by who writes the content. */
export const boundaryFor = (key: string): string =>
  `weftline-${createHash('sha256').update(`boundary:${key}`).digest('hex').slice(0, 32)}`;

const fieldOf = (
  name: string,
  value: Json,
  declared: string | undefined,
  fileName: string | undefined,
): Field => {
  const reference = readFileReference(value);
  if (reference !== undefined)
    return {
      name,
      content: reference,
      fileName: reference.name ?? fileName ?? 'file',
      contentType: reference.contentType ?? declared ?? 'application/octet-stream',
    };
  if (isFile(value)) {
    const contentType = textOf(value, 'contentType') ?? declared;
    return {
      name,
      content: decodeBase64(textOf(value, 'base64') ?? ''),
      fileName: textOf(value, 'fileName') ?? fileName ?? 'file',
      ...(contentType === undefined ? {} : { contentType }),
    };
  }
  const file = fileName === undefined ? {} : { fileName };
  if (declared !== undefined)
    return { name, content: writeAs(asText(value, declared), declared), contentType: declared, ...file };
  return typeof value === 'object'
    ? { name, content: JSON.stringify(value), contentType: 'application/json', ...file }
    : { name, content: String(value), ...file };
};

/** Numbers and flags in a type that is not JSON are written as they look. */
const asText = (value: Json, contentType: string): Json =>
  isJsonType(contentType) || (typeof value === 'object' && value !== null) ? value : String(value);

/** One member as fields: as its style says where it names one, else a list repeats its name. */
const fieldsOf = (name: string, value: Json, style: ParameterStyle): Field[] => {
  const { arrayStyle, objectStyle, contentType, fileName } = style;
  const hasStyle = Array.isArray(value) ? arrayStyle !== undefined : objectStyle !== undefined;
  if (
    typeof value === 'object' &&
    hasStyle &&
    contentType === undefined &&
    fileName === undefined &&
    !isFile(value) &&
    readFileReference(value) === undefined
  )
    return encodeQuery({ [name]: value }, style)
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => pair.split('=').map(decodeURIComponent))
      .map(([field = name, content = '']) => ({ name: field, content }));
  return (Array.isArray(value) ? value : [value]).map((item) => fieldOf(name, item, contentType, fileName));
};

/**
 * Members as parts of a form; a list repeats its name, `{ base64, fileName, contentType }` and a reference are files, other
 * objects are JSON. The `x-` keywords of a member's schema say it otherwise.
 */
export const writeMultipart = (value: Json, key: string, schema?: JsonSchema): WrittenBytes => {
  if (!isJsonObject(value))
    throw new ExpressionError('bad_value', 'A multipart body must be an object of fields.');
  const fields = Object.entries(value)
    .filter(([, member]) => member !== null)
    .flatMap(([name, member]) => fieldsOf(name, member, parameterStyleOf(schema, name)));
  const boundary = boundaryFor(key);
  return {
    ...joinPieces(listMultipart<NamedFile>(fields, boundary)),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
};

const plainType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w-]+=[\w.-]+)*$/;

/** A list of parts `{ contentType?, json | text | base64 | file }`, one behind the other (RFC 2387). */
export const writeRelated = (value: Json, key: string): WrittenBytes => {
  if (!Array.isArray(value) || value.length === 0)
    throw new ExpressionError('bad_value', 'A multipartRelated body must be a list of parts.');
  const boundary = boundaryFor(key);
  const pieces = value.flatMap((part): BodyPiece[] => {
    if (!isJsonObject(part)) throw new ExpressionError('bad_value', 'A part must be an object.');
    const base64 = textOf(part, 'base64');
    const text = textOf(part, 'text');
    const { json } = part;
    const file = part['file'] === undefined ? undefined : readFileReference(part['file']);
    if ([base64, text, json, file].filter((content) => content !== undefined).length !== 1)
      throw new ExpressionError('bad_value', 'A part has one of "json", "text", "base64" and "file".');
    const preset =
      json !== undefined
        ? 'application/json'
        : text !== undefined
          ? 'text/plain; charset=utf-8'
          : (file?.contentType ?? 'application/octet-stream');
    const contentType = textOf(part, 'contentType') ?? preset;
    if (!plainType.test(contentType))
      throw new ExpressionError('bad_value', 'The content type of a part cannot be used.');
    const head = Buffer.from(`--${boundary}\r\nContent-Type: ${contentType}\r\n\r\n`);
    if (file !== undefined) return [head, file, Buffer.from('\r\n')];
    const content =
      base64 === undefined
        ? Buffer.from(toUtf8(text ?? JSON.stringify(json)))
        : Buffer.from(decodeBase64(base64));
    if (content.includes(boundary)) throw new ExpressionError('bad_value', 'A part holds the boundary.');
    return [head, content, Buffer.from('\r\n')];
  });
  return {
    ...joinPieces([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    contentType: `multipart/related; boundary=${boundary}`,
  };
};

/** Bytes from base64, from `{ base64, contentType }`, or the file of a reference. */
export const writeBinary = (value: Json): WrittenBytes => {
  const reference = readFileReference(value);
  const file: JsonObject = isFile(value) ? value : { base64: value };
  if (reference === undefined && typeof file['base64'] !== 'string')
    throw new ExpressionError(
      'bad_value',
      'A binary body must be a file, base64 text, or an object with "base64".',
    );
  const contentType = reference?.contentType ?? textOf(file, 'contentType') ?? 'application/octet-stream';
  if (!plainType.test(contentType))
    throw new ExpressionError('bad_value', 'The content type of the file cannot be used.');
  if (reference !== undefined) return { bytes: noBytes, pieces: [reference], contentType };
  return { bytes: decodeBase64(String(file['base64'])), contentType };
};

/** A body as it may be shown: the content of files is told by its size. */
export const withoutFiles = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(withoutFiles);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === 'base64' && typeof member === 'string'
        ? `(${Math.floor((member.length * 3) / 4)} bytes)`
        : withoutFiles(member),
    ]),
  );
};
