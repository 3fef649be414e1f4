/** Null cannot be written into an address or a form, so it is no choice there: `anyOf` of a text and null is a text. */
import type { Json } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { follow, listOf, type Source } from './source.ts';

/** @returns the schema as it stands, where null is no choice of its own */
export function withoutNullChoice(source: Source, schema: Json): Json {
  const at = follow(source, schema);
  if (!at) return schema;
  for (const keyword of ['anyOf', 'oneOf']) {
    const choices = listOf(at[keyword]);
    const rest = choices.filter((choice) => !isNull(follow(source, choice) ?? choice));
    if (rest.length === choices.length || rest.length === 0) continue;
    const { [keyword]: _, ...own } = at;
    const [only] = rest;
    if (rest.length > 1 || !isJsonObject(only)) return { ...own, [keyword]: rest };
    // What stands beside the choice, such as its title, speaks of the whole.
    const inside = Object.hasOwn(only, '$ref') && Object.keys(own).length > 0 ? { allOf: [only] } : only;
    return Object.keys(own).every((key) => words.has(key))
      ? { ...inside, ...own }
      : { ...own, allOf: [only] };
  }
  return schema;
}

const words = new Set(['title', 'description', 'default', 'example', 'examples', 'deprecated']);

function isNull(choice: Json): boolean {
  return isJsonObject(choice) && (choice['type'] === 'null' || choice['const'] === null);
}
