/** What the format says of a key, for people who hover over it. */
import { plainKeywords } from '../schemas/keywords.ts';
import { findSchemas, isInSchema, type FormatNode, type Place } from './find-schemas.ts';

export type Description = { title: string; type: string; text: string; required: boolean };

/** @returns null where the format knows nothing of the place, such as a name that the author made up */
export function describePlace(place: Place): Description | null {
  const key = place.at(-1);
  if (typeof key !== 'string') return null;
  if (isInSchema(place.slice(0, -1))) {
    const known = Object.hasOwn(plainKeywords, key) ? plainKeywords[key] : undefined;
    return known ? { title: key, type: 'JSON Schema', text: `Must be ${known[1]}.`, required: false } : null;
  }
  const [node] = findSchemas(place);
  if (!node) return null;
  const parents = findSchemas(place.slice(0, -1));
  return {
    title: key,
    type: typeOf(node),
    text: typeof node['description'] === 'string' ? node['description'] : '',
    required: parents.some(({ required }) => Array.isArray(required) && required.includes(key)),
  };
}

/** A word for what stands there. */
export function typeOf(node: FormatNode): string {
  if (node['title'] === 'Template') return 'text with {{ … }}';
  if (Array.isArray(node['enum'])) return 'one of a list';
  const type = node['type'];
  if (type === 'array') return 'list';
  if (type === 'object' || node['properties'] !== undefined) return 'object';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'boolean') return 'true or false';
  return type === 'string' ? 'text' : 'value';
}
