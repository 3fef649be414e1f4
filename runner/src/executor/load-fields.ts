// The members of an input that only the service knows, such as the columns of a table.
import { checkSchema } from '@weftline/connectors/schemas/check-schema';
import type { JsonSchema } from '@weftline/connectors/types';
import { CodedError } from '../platform/errors.ts';
import { egressError } from '../platform/egress/egress-error.ts';
import { buildFields } from './build-fields.ts';
import { thrownError } from './read-error.ts';
import { readSource } from './read-source.ts';
import type { SourceCall } from './read-source.ts';
import type { CallError, ExecutorDependencies } from './types.ts';

export type LoadedFields = { ok: true; schema: JsonSchema } | { ok: false; error: CallError };

export const mostFields = 500;

/**
 * Loads the fields of a field source: at most 500, each key once.
 * @param name of the source in the connector
 * @returns the schema of an object with these members, or the failure; inputs that must be filled in first are a failure with
 *   problems of the code `required_first`
 */
export const loadFields = async (
  call: SourceCall,
  name: string,
  dependencies: ExecutorDependencies,
): Promise<LoadedFields> => {
  const sources = call.connector.fieldSources ?? {};
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (source === undefined)
    return {
      ok: false,
      error: thrownError(
        new CodedError({ code: 'not_found', message: `The app has no fields called "${name}".` }),
        'no',
      ),
    };
  const read = await readSource(call, { name: `fields ${name}`, source, most: mostFields }, dependencies);
  if (!read.ok) return read;
  try {
    const schema = buildFields(source, read.items, read.scope);
    const [problem] = checkSchema(schema, '');
    if (problem !== undefined)
      throw egressError(
        'response_invalid',
        'protocol',
        'answered',
        `The fields that the service describes cannot be used: ${problem.path} ${problem.message}`,
      );
    return { ok: true, schema };
  } catch (error) {
    return { ok: false, error: thrownError(error, 'answered') };
  }
};
