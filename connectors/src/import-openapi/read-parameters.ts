/** The parameters of an operation, with those of its path, whichever version of OpenAPI describes them. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { Operation } from './list-operations.ts';
import { follow, listOf, lookUp, membersOf, textOf, type Source } from './source.ts';

export type Place = 'path' | 'query' | 'header' | 'cookie';

export type Parameter = {
  name: string;
  in: Place;
  required: boolean;
  /** As it stands in the document. */
  schema: Json;
  description: string | undefined;
  /** One of OpenAPI 3; the collection formats of 2.0 that it has no word for are `tabDelimited`. */
  style: string;
  explode: boolean;
  allowReserved: boolean;
  /** The value is written in this type. */
  contentType: string | undefined;
  example: Json | undefined;
};

export type ReadParameters = {
  parameters: Parameter[];
  /** Parameters of 2.0 that make the body. */
  body: JsonObject | undefined;
  fields: JsonObject[];
};

const places = new Set(['path', 'query', 'header', 'cookie']);

export function readParameters(source: Source, { operation, pathItem, label }: Operation): ReadParameters {
  const found = new Map<string, Parameter>();
  let body: JsonObject | undefined;
  const fields = new Map<string, JsonObject>();
  const ofPath = listOf(pathItem['parameters']).length;
  const own = new Set<string>();
  for (const [index, value] of [
    ...listOf(pathItem['parameters']),
    ...listOf(operation['parameters']),
  ].entries()) {
    const parameter = follow(source, value);
    const place = textOf(parameter?.['in'])?.toLowerCase();
    if (!parameter || place === undefined) continue;
    if (place === 'body') {
      body = parameter;
      continue;
    }
    const { name } = parameter;
    if (typeof name !== 'string' || name === '' || name === '__proto__') {
      source.warn(`${label}: a parameter without a name is left out.`);
      continue;
    }
    if (place === 'formdata') fields.set(name, parameter);
    else if (places.has(place)) {
      const read = readOne(source, parameter, name, place as Place);
      const key = `${place} ${place === 'header' ? name.toLowerCase() : name}`;
      // An operation says it anew; the same header twice in one list, in other letters, is the first of them.
      if (own.has(key)) continue;
      if (index >= ofPath) own.add(key);
      found.set(key, read);
    } else source.warn(`${label}: the parameter ${name} stands in "${place}", which is no place.`);
  }
  return { parameters: [...found.values()], body, fields: [...fields.values()] };
}

function readOne(source: Source, parameter: JsonObject, name: string, place: Place): Parameter {
  const [content] = membersOf(parameter['content']);
  const contentType = content === undefined ? undefined : content[0];
  const media = content === undefined ? null : follow(source, content[1]);
  const isOld = source.version === 2;
  const [firstExample] = membersOf(parameter['examples']);
  const given = firstExample === undefined ? null : follow(source, firstExample[1]);
  const style = isOld ? oldStyle(parameter, place) : styleOf(parameter, place);
  return {
    name,
    in: place,
    required: place === 'path' || parameter['required'] === true,
    // Where a document says nothing of the value, some write the type at the parameter, as 2.0 did.
    schema: isOld
      ? withoutPlace(parameter)
      : (media?.['schema'] ?? parameter['schema'] ?? withoutPlace(parameter)),
    description: textOf(parameter['description']),
    style: style.style,
    explode: style.explode,
    allowReserved: parameter['allowReserved'] === true,
    contentType,
    example: parameter['example'] ?? given?.['value'] ?? media?.['example'],
  };
}

const styles: { [place in Place]: string[] } = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
};

function styleOf({ style, explode }: JsonObject, place: Place): { style: string; explode: boolean } {
  const [preset] = styles[place];
  const chosen = typeof style === 'string' && styles[place].includes(style) ? style : preset!;
  return { style: chosen, explode: typeof explode === 'boolean' ? explode : chosen === 'form' };
}

const collections: { [format: string]: { style: string; explode: boolean } } = {
  csv: { style: 'form', explode: false },
  ssv: { style: 'spaceDelimited', explode: false },
  pipes: { style: 'pipeDelimited', explode: false },
  tsv: { style: 'tabDelimited', explode: false },
  multi: { style: 'form', explode: true },
};

/** How 2.0 says it: `collectionFormat`, of lists alone. */
export function oldStyle(
  { collectionFormat }: JsonObject,
  place: Place,
): { style: string; explode: boolean } {
  if (place === 'path' || place === 'header') return { style: 'simple', explode: false };
  return (
    lookUp(collections, typeof collectionFormat === 'string' ? collectionFormat : 'csv') ??
    collections['csv']!
  );
}

/** A parameter of 2.0 is its own schema. */
export function withoutPlace(parameter: JsonObject): JsonObject {
  const {
    name: _,
    in: __,
    required: ___,
    collectionFormat: ____,
    allowEmptyValue: _____,
    ...schema
  } = parameter;
  return schema;
}

/** What a schema may be, through references and choices: used to say how it is written. */
export function kindsOf(source: Source, schema: Json | undefined): { array: boolean; object: boolean } {
  const found = { array: false, object: false };
  const look = (value: Json | undefined, depth: number): void => {
    const at = depth > 8 ? null : follow(source, value);
    if (!at || !isJsonObject(at)) return;
    const types = [at['type']].flat();
    if (types.includes('array') || at['items'] !== undefined) found.array = true;
    if (types.includes('object') || at['properties'] !== undefined) found.object = true;
    const choices = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => listOf(at[keyword]));
    for (const choice of choices) look(choice, depth + 1);
    if (at['type'] === undefined && at['properties'] === undefined && at['items'] === undefined)
      if (choices.length === 0 && at['enum'] === undefined) found.array = found.object = true;
  };
  look(schema, 0);
  return found;
}
