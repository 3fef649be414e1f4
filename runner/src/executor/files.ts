// Files as the executor sees them: a reference among values, content in pieces, and no idea where they are kept.
import { isJsonObject } from '@weftline/connectors/json';
import type { Json } from '@weftline/connectors/json';

/** What stands for a file among inputs and outputs. */
export type FileReference = { fileId: string; name: string; contentType: string; size: number };

export type FileWriter = {
  /** Waits until the bytes are kept. @throws CodedError `too_large` past the limits of a file or the workspace */
  write: (bytes: Uint8Array) => Promise<void>;
  finish: () => Promise<FileReference>;
  /** Leaves nothing behind. */
  abandon: () => Promise<void>;
};

/** The files of one workspace, during one call. */
export type Files = {
  /** Most bytes of one file. */
  largest: number;
  /** Null: there is no such file in this workspace, or no more. */
  find: (fileId: string) => Promise<FileReference | null>;
  /** The content from its beginning, at most a mebibyte at a time. @throws CodedError `not_found` */
  read: (fileId: string) => AsyncIterable<Uint8Array>;
  create: (file: { name: string; contentType: string }) => Promise<FileWriter>;
  remove: (fileId: string) => Promise<void>;
};

/** A file by reference, with what the workflow says of it; its size is asked of the store. */
export type NamedFile = {
  fileId: string;
  name?: string;
  contentType?: string;
  /** Written so instead of as it is. */
  encoding?: 'base64';
};

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The reference in a value; undefined when it is none. */
export const readFileReference = (value: Json): NamedFile | undefined => {
  if (!isJsonObject(value) || typeof value['fileId'] !== 'string') return undefined;
  const name = textOf(value['name']);
  const contentType = textOf(value['contentType']);
  return {
    fileId: value['fileId'],
    ...(name === undefined ? {} : { name }),
    ...(contentType === undefined ? {} : { contentType }),
  };
};
