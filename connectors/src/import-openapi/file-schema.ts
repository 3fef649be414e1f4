/** What a file is in the input of an action. */
import type { JsonObject } from '../json.ts';

/** @param hasType true: the person says which content type it has */
export function fileSchema(hasType: boolean): JsonObject {
  return {
    type: 'object',
    required: ['base64'],
    properties: {
      base64: { type: 'string', format: 'byte', description: 'The content, in base64.' },
      fileName: { type: 'string' },
      ...(hasType ? { contentType: { type: 'string', pattern: '^[a-z]+/[a-z0-9.+-]+$' } } : {}),
    },
    additionalProperties: false,
    'x-file': true,
  };
}
