/** Reads the text of an OpenAPI document, JSON or YAML, bounded before anything walks it. */
import { parseDocument } from 'yaml';
import type { Json, JsonObject } from '../json.ts';
import { cleanDocument } from './clean-document.ts';
import { ImportError } from './import-error.ts';
import { nameForeignText } from './name-foreign.ts';

/** The largest document we know has 13 MiB. */
export const openApiBytes = 48 * 1024 * 1024;

/**
 * @param text JSON, or YAML without tags that make objects
 * @returns the document, without what JSON cannot hold; not yet looked at as OpenAPI
 * @throws ImportError `not_parseable`, `too_large`, `not_openapi` when it is no object
 */
export function parseOpenApi(text: string): JsonObject {
  if (text.length > openApiBytes)
    throw new ImportError('too_large', `A document may have ${openApiBytes} characters.`);
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const foreign = nameForeignText(plain);
  if (foreign !== undefined) throw new ImportError('not_openapi', foreign);
  const value = cleanDocument(/^\s*[{[]/.test(plain) ? parseJson(plain) : parseYaml(plain));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ImportError(
      'not_openapi',
      'This is no OpenAPI document: it is no object with "openapi" or "swagger" at its root.',
    );
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // A flow mapping of YAML begins like JSON.
    try {
      return parseYaml(text);
    } catch {
      throw new ImportError('not_parseable', `This is neither JSON nor YAML: ${messageOf(error)}`);
    }
  }
}

function parseYaml(text: string): unknown {
  try {
    const document = parseDocument(text, {
      merge: true,
      uniqueKeys: false,
      logLevel: 'silent',
      strict: false,
    });
    const [fault] = document.errors;
    if (fault) throw fault;
    if (document.warnings.some(({ code }) => code === 'TAG_RESOLVE_FAILED'))
      throw new Error('it has tags, which make objects of the reader’s language');
    return document.toJS({ maxAliasCount: 1000 }) as Json;
  } catch (error) {
    throw new ImportError('not_parseable', `This is neither JSON nor YAML: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 200);
}
