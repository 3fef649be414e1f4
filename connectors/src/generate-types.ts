/** Writes `types.ts` from the schemas of the format: `node connectors/src/generate-types.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from 'json-schema-to-typescript';
import type { Json } from './json.ts';
import { readFormat, splitReference, type FormatSchema } from './read-format.ts';

export const typesFile = join(import.meta.dirname, 'types.ts');

const banner = `// Generated from connectors/format by generate-types.ts. Change the schemas, then run it again.
import type { Json } from './json.ts'`;

/** The text of `types.ts`: one exported type for each schema, named by its title. */
export async function generateTypes(format: Map<string, FormatSchema> = readFormat()): Promise<string> {
  const $defs: { [title: string]: Json } = {};
  for (const [name, schema] of format) $defs[titleOf(format, name)] = localize(schema, format) as Json;
  const root = $defs['Connector'] as FormatSchema;
  const bundle = {
    ...root,
    $defs: Object.fromEntries(Object.entries($defs).filter(([title]) => title !== 'Connector')),
  };
  const text = await compile(bundle as Parameters<typeof compile>[0], 'Connector', {
    bannerComment: banner,
    additionalProperties: false,
    unreachableDefinitions: true,
    ignoreMinAndMaxItems: true,
    style: { semi: false, singleQuote: true, printWidth: 130 },
  });
  return withoutNoise(text);
}

function titleOf(format: Map<string, FormatSchema>, name: string): string {
  const title = format.get(name)?.['title'];
  if (typeof title !== 'string') throw new Error(`connectors/format has no schema "${name}" with a title.`);
  return title;
}

/** Turns references between files into references inside one bundle; a reference to a part is replaced by that part. */
function localize(value: Json, format: Map<string, FormatSchema>): Json {
  if (Array.isArray(value)) return value.map((entry) => localize(entry, format));
  if (value === null || typeof value !== 'object') return value;
  const reference = value['$ref'];
  if (typeof reference === 'string') {
    const { name, pointer } = splitReference(reference);
    // Naming the type keeps one type a schema: the generator would make a numbered copy for every description.
    if (pointer === '') return { ...pick(value, ['description']), tsType: titleOf(format, name) };
    const part = pointer
      .slice(1)
      .split('/')
      .reduce<Json | undefined>(
        (at, key) => (at !== null && typeof at === 'object' && !Array.isArray(at) ? at[key] : undefined),
        format.get(name),
      );
    if (part === undefined) throw new Error(`connectors/format: ${reference} points nowhere.`);
    return localize(part, format);
  }
  // A type written out by hand (tsType) is the whole answer; its parts would only confuse the generator.
  if (typeof value['tsType'] === 'string') return pick(value, ['title', 'description', 'tsType']);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '$id' && key !== '$schema')
      .map(([key, entry]) => [key, localize(entry, format)]),
  );
}

function pick(value: FormatSchema, keys: string[]): FormatSchema {
  return Object.fromEntries(
    keys.filter((key) => value[key] !== undefined).map((key) => [key, value[key] as Json]),
  );
}

/** The generator's remarks on reachability and list lengths help nobody who reads the types. */
function withoutNoise(text: string): string {
  return text
    .replace(/ *\/\*\*\n \* This interface was referenced by [^\n]*\n \* via the [^\n]*\n \*\/\n/g, '')
    .replace(/(?: *\*\n)? *\* (?:This interface was referenced by|via the `definition`)[^\n]*\n/g, '')
    .replace(/ *\*\n(?: *\* @(?:min|max)Items \d+\n)+/g, '');
}

if (import.meta.main) writeFileSync(typesFile, await generateTypes());
