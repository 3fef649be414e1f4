// A JSON body. Where it says `{ "base64Of": <file> }`, the content of the file stands as base64 text, read while it is sent.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json } from '@weftline/connectors/json';
import { readFileReference } from './files.ts';
import type { NamedFile } from './files.ts';
import { boundaryFor } from './write-parts.ts';
import type { BodyPiece } from './write-parts.ts';

export type WrittenJson = {
  text: string;
  bytes?: Uint8Array;
  pieces?: readonly BodyPiece[];
  contentType: string;
};

const fileIn = (value: Json): NamedFile | undefined => {
  if (!isJsonObject(value) || Object.keys(value).length !== 1) return undefined;
  const inner = value['base64Of'];
  return inner === undefined ? undefined : readFileReference(inner);
};

const isFileHole = (template: Json | undefined): boolean =>
  isJsonObject(template) &&
  Object.keys(template).length === 1 &&
  typeof template['base64Of'] === 'string' &&
  template['base64Of'].includes('{{');

const isEmptyObject = (value: Json | undefined): boolean =>
  isJsonObject(value) && Object.keys(value).length === 0;

/**
 * A body without the places of files that are absent: an optional file takes its member with it, like any input.
 * @param template what the body was filled from
 */
export const leaveOutFiles = (template: Json | undefined, filled: Json): Json => {
  const isAbsent = (inner: Json | undefined, value: Json): boolean =>
    isFileHole(inner) && isEmptyObject(value);
  if (Array.isArray(template) && Array.isArray(filled) && template.length === filled.length)
    return filled.flatMap((item, index) =>
      isAbsent(template[index], item) ? [] : [leaveOutFiles(template[index], item)],
    );
  if (!isJsonObject(template) || !isJsonObject(filled)) return filled;
  return Object.fromEntries(
    Object.entries(filled)
      .filter(([name, member]) => !isAbsent(template[name], member))
      .map(([name, member]) => [name, leaveOutFiles(template[name], member)]),
  );
};

/**
 * @param key the same for every attempt of a step; the marks that files leave in the text are made of it, so that no value
 *   can look like one
 */
export const writeJsonBody = (value: Json, key: string): WrittenJson => {
  const contentType = 'application/json';
  const files: NamedFile[] = [];
  const mark = boundaryFor(key);
  const replace = (current: Json): Json => {
    const file = fileIn(current);
    if (file !== undefined) return `${mark}:${files.push(file) - 1}:`;
    if (Array.isArray(current)) return current.map(replace);
    if (!isJsonObject(current)) return current;
    return Object.fromEntries(Object.entries(current).map(([name, member]) => [name, replace(member)]));
  };
  const replaced = replace(value);
  const text = JSON.stringify(replaced);
  if (files.length === 0) return { text, contentType };
  const pieces = text
    .split(new RegExp(`${mark}:([0-9]+):`))
    .map((part, index): BodyPiece =>
      index % 2 === 0 ? Buffer.from(part) : { ...(files[Number(part)] as NamedFile), encoding: 'base64' },
    );
  return { text: '', bytes: new Uint8Array(0), pieces, contentType };
};
