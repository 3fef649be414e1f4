/** Random values for schemas, by a library that knows nothing of ours. */
import { generateSync } from 'json-schema-faker';

/** A value for a schema; undefined when the library gives up. */
export function fakeValue(schema: unknown, options: { [name: string]: unknown }): unknown {
  try {
    return generateSync(schema as Parameters<typeof generateSync>[0], options);
  } catch {
    return undefined;
  }
}
