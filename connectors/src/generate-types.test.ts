import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateTypes, typesFile } from './generate-types.ts';
import { readFormat } from './read-format.ts';

/** The formatter may break lines elsewhere; only the words count. */
const words = (text: string) => text.replace(/[\s;,|()]+/g, '').replaceAll('"', "'");

test('types.ts says what the schemas of the format say (else run: node connectors/src/generate-types.ts)', async () => {
  expect(words(readFileSync(typesFile, 'utf8'))).toBe(words(await generateTypes()));
});

test('every schema of the format has a title, a description and its own file name as $id', () => {
  for (const [name, schema] of readFormat()) {
    expect(schema['$id'], name).toBe(`${name}.schema.json`);
    expect(typeof schema['title'], name).toBe('string');
    expect(typeof schema['description'], name).toBe('string');
  }
});
