/** Reads the schema files of `connectors/format/`; for generators and tests, not for the browser. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from './json.ts';

export type FormatSchema = { [keyword: string]: Json };

export const formatDirectory = join(import.meta.dirname, '../format');

const suffix = '.schema.json';

/** All schemas of the format by name (`action`, `app`, …), sorted, so that what is generated does not depend on the disk. */
export function readFormat(directory = formatDirectory): Map<string, FormatSchema> {
  const names = readdirSync(directory)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .toSorted();
  return new Map(
    names.map((name) => [
      name,
      JSON.parse(readFileSync(join(directory, name + suffix), 'utf8')) as FormatSchema,
    ]),
  );
}

/** The name of the file a reference points into, and the pointer behind `#` (empty for the whole schema). */
export function splitReference(reference: string): { name: string; pointer: string } {
  const [file = '', pointer = ''] = reference.split('#');
  return { name: file.endsWith(suffix) ? file.slice(0, -suffix.length) : file, pointer };
}
