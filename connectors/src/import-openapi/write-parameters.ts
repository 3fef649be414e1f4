/** Parameters as the members of `pathSchema`, `querySchema`, `headersSchema` and `cookiesSchema`. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { Schemas } from './convert-schema.ts';
import { kindsOf, type Parameter } from './read-parameters.ts';
import { follow, lookUp, shorten, type Source } from './source.ts';
import { withoutNullChoice } from './without-null.ts';

/** The schema of one member, with how it is written. */
export function writeParameter(source: Source, schemas: Schemas, stated: Parameter): JsonObject {
  const { description, contentType, example } = stated;
  const isPlain = contentType === undefined;
  const parameter = isPlain ? { ...stated, schema: withoutNullChoice(source, stated.schema) } : stated;
  const schema = withoutNull(
    schemas.convert(parameter.schema, contentType === undefined ? 'fields' : 'input'),
  );
  if (schema['description'] === undefined && description !== undefined)
    schema['description'] = shorten(description, 500);
  if (schema['examples'] === undefined && ['string', 'number', 'boolean'].includes(typeof example))
    schema['examples'] = [example!];
  if (contentType !== undefined) return { ...schema, 'x-contentType': contentType };
  return { ...schema, ...notEmpty(source, parameter, schema), ...styleKeywords(source, parameter) };
}

/** What must be sent has something in it: an empty list or object leaves nothing in an address. */
function notEmpty(source: Source, { required, schema: given }: Parameter, schema: JsonObject): JsonObject {
  if (!required) return {};
  const { array, object } = kindsOf(source, given);
  const least = (name: string) => ({ [name]: Math.max(1, Number(schema[name] ?? 1)) });
  return { ...(array ? least('minItems') : {}), ...(object ? least('minProperties') : {}) };
}

/** Null cannot be written into an address, so it is no value of a parameter. */
function withoutNull(schema: JsonObject): JsonObject {
  const { type } = schema;
  if (!Array.isArray(type)) return schema;
  const rest = type.filter((entry) => entry !== 'null');
  return rest.length === 0 ? schema : { ...schema, type: rest.length === 1 ? rest[0]! : rest };
}

/** How a list or an object stands in a query, a form or a cookie. Nothing where our presets are the same. */
export function styleKeywords(
  source: Source,
  given: Pick<Parameter, 'in' | 'schema' | 'style' | 'explode' | 'allowReserved' | 'required'>,
): JsonObject {
  const { array, object } = kindsOf(source, given.schema);
  const { style, explode } = given;
  const out: JsonObject = {};
  if (given.in === 'path') {
    if (style !== 'simple') out['x-pathStyle'] = style;
    if (explode && (object || (array && style !== 'simple'))) out['x-explode'] = true;
    return out;
  }
  if (given.in === 'header' || given.in === 'cookie') {
    if (explode && (object || (array && given.in === 'cookie'))) out['x-explode'] = true;
    return out;
  }
  if (given.allowReserved) out['x-allowReserved'] = true;
  if (array) Object.assign(out, arrayKeyword(source, given.schema, style, explode));
  if (object) out['x-objectStyle'] = objectStyle(style, explode);
  // Lists inside such an object are told apart by numbers.
  if (object && style === 'deepObject') out['x-arrayStyle'] = 'indexed';
  return out;
}

const separated: { [style: string]: string } = {
  form: 'csv',
  spaceDelimited: 'space',
  pipeDelimited: 'pipe',
  tabDelimited: 'tab',
};

function arrayKeyword(source: Source, schema: Json, style: string, explode: boolean): JsonObject {
  if (style === 'deepObject')
    return { 'x-arrayStyle': holdsObjects(source, schema) ? 'indexed' : 'brackets' };
  return explode ? {} : { 'x-arrayStyle': lookUp(separated, style) ?? 'csv' };
}

function objectStyle(style: string, explode: boolean): string {
  if (style === 'deepObject') return 'brackets';
  if (explode) return 'flat';
  const separator = lookUp(separated, style) ?? 'csv';
  return separator === 'tab' ? 'csv' : separator;
}

/** Items that are objects need a number each, or nobody could tell which member belongs to which. */
function holdsObjects(source: Source, schema: Json): boolean {
  const items = follow(source, schema)?.['items'];
  return isJsonObject(items) && kindsOf(source, items).object;
}

/** One object schema with these members and no others. */
export function membersSchema(
  members: { name: string; schema: JsonObject; required: boolean }[],
): JsonObject {
  const required = members.flatMap((member) => (member.required ? [member.name] : []));
  return {
    type: 'object',
    properties: Object.fromEntries(members.map(({ name, schema }) => [name, schema])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}
