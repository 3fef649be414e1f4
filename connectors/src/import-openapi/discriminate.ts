/** `discriminator.mapping` names the value that each choice has; our schemas say it with `const`. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { findTarget, listOf, membersOf, type Source } from './source.ts';

/** Adds to each choice that is a reference the value its mapping gives it, where its own schema says nothing of it. */
export function addMapping(source: Source, schema: JsonObject, out: JsonObject): void {
  const { discriminator } = schema;
  const name = isJsonObject(discriminator) ? discriminator['propertyName'] : undefined;
  if (!isJsonObject(discriminator) || typeof name !== 'string') return;
  const mapping = membersOf(discriminator['mapping']);
  if (mapping.length === 0) return;
  for (const keyword of ['oneOf', 'anyOf']) {
    const given = listOf(schema[keyword]);
    const parts = out[keyword];
    if (!Array.isArray(parts) || parts.length !== given.length) continue;
    out[keyword] = parts.map((part, index) => {
      const reference = isJsonObject(given[index]) ? given[index]['$ref'] : undefined;
      if (typeof reference !== 'string' || !isJsonObject(part) || part['properties'] !== undefined)
        return part;
      const values = mapping
        .filter(([, target]) => target === reference || reference.endsWith(`/${String(target)}`))
        .map(([value]) => value);
      if (values.length === 0 || !isFree(source, reference, name)) return part;
      const said: Json = values.length === 1 ? { const: values[0]! } : { enum: values };
      return { ...part, properties: { [name]: said }, required: [name] };
    });
  }
}

/** True when the schema declares the member as a plain text. */
function isFree(source: Source, reference: string, name: string): boolean {
  const target = findTarget(source, reference)?.value;
  const properties = isJsonObject(target) ? target['properties'] : undefined;
  const member = isJsonObject(properties) ? properties[name] : undefined;
  return (
    isJsonObject(member) &&
    member['type'] === 'string' &&
    !member['enum'] &&
    !member['const'] &&
    !member['pattern']
  );
}
