/**
 * Writes `validate-shape.generated.ts`: ajv's validator of the format, compiled ahead of time, because ajv compiles
 * with `new Function`, which a strict content security policy forbids in the browser.
 * Run: `node connectors/src/generate-validator.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import type { Json } from './json.ts';
import { readFormat, type FormatSchema } from './read-format.ts';

export const validatorFile = join(import.meta.dirname, 'validate-shape.generated.ts');

const header = `// Generated from connectors/format by generate-validator.ts. Change the schemas, then run it again.
/* oxlint-disable */
// @ts-nocheck
import { countCharacters } from './count-characters.ts';
`;

const type = '((document: unknown) => boolean) & { errors?: unknown[] | null }';

/** The text of the generated module; it exports `validateShape`, an ajv validator with `errors`, and `patternSentences`. */
export function generateValidator(format: Map<string, FormatSchema> = readFormat()): string {
  // No inlining and no message texts: both would make the module many times larger; describe-shape-error.ts has the sentences.
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    ownProperties: true,
    inlineRefs: false,
    messages: false,
    code: { source: true, esm: true, optimize: 2 },
  });
  ajv.addVocabulary(['tsType', 'x-says']);
  for (const schema of format.values()) ajv.addSchema(withoutTexts(schema) as FormatSchema);
  const code = standalone.default(ajv, { validateShape: 'connector.schema.json' });
  return `${header}${withoutRequire(code)}\n${sentences(format)}\n`;
}

/** What to say when a pattern of the format does not match: `x-says` beside it. */
function sentences(format: Map<string, FormatSchema>): string {
  const found: { [pattern: string]: string } = {};
  const visit = (value: Json): void => {
    if (value === null || typeof value !== 'object') return;
    if (!Array.isArray(value) && typeof value['pattern'] === 'string' && typeof value['x-says'] === 'string')
      found[value['pattern']] = value['x-says'];
    Object.values(value).forEach(visit);
  };
  for (const schema of format.values()) visit(schema);
  return `export const patternSentences: { readonly [pattern: string]: string } = ${JSON.stringify(found)};`;
}

/** Descriptions would be carried along as constants that nothing reads. */
function withoutTexts(value: Json, isMembers = false): Json {
  if (Array.isArray(value)) return value.map((entry) => withoutTexts(entry));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isMembers || !['description', 'title', 'tsType', 'x-says'].includes(key))
      .map(([key, entry]) => [key, withoutTexts(entry, key === 'properties' && !isMembers)]),
  );
}

/** ajv's own helpers arrive by `require`, which no module knows; the one that is used is ours to give. */
function withoutRequire(code: string): string {
  const text = code
    .replaceAll(/require\("ajv\/dist\/runtime\/ucs2length"\)\.default/g, 'countCharacters')
    .replace(/^"use strict";/, '')
    .replace('export const validateShape', `export const validateShape: ${type}`);
  if (text.includes('require('))
    throw new Error('The validator needs a helper of ajv that generate-validator.ts does not replace.');
  return text;
}

export const schemasFile = join(import.meta.dirname, 'format-schemas.generated.ts');

/** The text of the module that brings the schemas themselves into the browser, for completion and help while writing. */
export function generateSchemas(format: Map<string, FormatSchema> = readFormat()): string {
  const schemas = Object.fromEntries(
    [...format].map(([name, { $schema: _schema, $id: _id, ...schema }]) => [name, schema]),
  );
  return `// Generated from connectors/format by generate-validator.ts. Change the schemas, then run it again.
/* oxlint-disable */
import type { Json } from './json.ts';

export const formatSchemas: { readonly [name: string]: { [keyword: string]: Json } } = ${JSON.stringify(schemas)};
`;
}

if (import.meta.main) {
  writeFileSync(validatorFile, generateValidator());
  writeFileSync(schemasFile, generateSchemas());
}
