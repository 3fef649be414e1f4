/** The fields of a form, with how each of them is written: `encoding` says it, or the type of the field does. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { fileSchema } from './file-schema.ts';
import type { Schemas } from './convert-schema.ts';
import { kindsOf, oldStyle } from './read-parameters.ts';
import { follow, listOf, membersOf, textOf, type Source } from './source.ts';
import { withoutNullChoice } from './without-null.ts';
import { styleKeywords } from './write-parameters.ts';

type Media = { schema: Json | undefined; encoding: JsonObject };

/** How fields are written must stand at the fields, so what the body's schema names is written out. */
export function buildForm(
  source: Source,
  schemas: Schemas,
  { schema, encoding }: Media,
  format: 'form' | 'multipart',
): JsonObject {
  const flat = flatten(source, schema, 0);
  if (!flat) {
    const whole = schemas.convert(schema, 'input');
    const kinds = kindsOf(source, schema);
    return kinds.object ? whole : anyFields(format);
  }
  const { properties, required, ...rest } = flat;
  const out = schemas.convert({ ...rest, type: 'object' }, 'input');
  const fields: JsonObject = {};
  const hidden = new Set<string>();
  for (const [name, member] of membersOf(properties)) {
    if (isJsonObject(member) && member['readOnly'] === true) hidden.add(name);
    else if (name !== '__proto__')
      fields[name] = writeField(source, schemas, member, follow(source, encoding[name]), format);
  }
  const needed = listOf(required)
    .filter((name) => typeof name === 'string')
    .filter((name) => !hidden.has(name));
  for (const name of needed)
    if (isJsonObject(fields[name])) fields[name] = filled(source, fields[name], membersOf(properties), name);
  return {
    ...out,
    properties: fields,
    ...(needed.length > 0 ? { required: [...new Set(needed)] } : {}),
  };
}

/** A form is fields, whatever the document says of it. */
function anyFields(format: 'form' | 'multipart'): JsonObject {
  const plain: JsonObject = { type: ['string', 'number', 'boolean'] };
  return {
    type: 'object',
    additionalProperties: format === 'form' ? plain : { anyOf: [plain, fileSchema(true)] },
  };
}

/** What must be sent is not null, and no list or object that leaves nothing behind. */
function filled(source: Source, field: JsonObject, members: [string, Json][], name: string): JsonObject {
  const { type } = field;
  const plain = Array.isArray(type) ? type.filter((one) => one !== 'null') : type;
  const out: JsonObject = Array.isArray(plain)
    ? { ...field, type: plain.length === 1 ? plain[0]! : plain }
    : { ...field };
  if (out['x-contentType'] !== undefined && out['type'] !== 'array') return out;
  const kinds = kindsOf(source, members.find(([member]) => member === name)?.[1]);
  if (kinds.array) out['minItems'] = Math.max(1, Number(out['minItems'] ?? 1));
  if (kinds.object && out['x-objectStyle'] !== undefined && out['x-objectStyle'] !== 'json')
    out['minProperties'] = Math.max(1, Number(out['minProperties'] ?? 1));
  return out;
}

/** The members of an object schema, those of its references and of `allOf` among them; null for anything else. */
function flatten(source: Source, schema: Json | undefined, depth: number): JsonObject | null {
  const at = depth > 8 ? null : follow(source, schema);
  if (!at || at['anyOf'] !== undefined || at['oneOf'] !== undefined) return null;
  const { allOf, ...own } = at;
  const parts = listOf(allOf).map((part) => flatten(source, part, depth + 1));
  if (parts.includes(null)) return null;
  const whole = [...parts, own].filter((part) => part !== null);
  const properties = Object.assign({}, ...whole.map((part) => part['properties'] ?? {})) as JsonObject;
  if (Object.keys(properties).length === 0) return null;
  return {
    ...Object.assign({}, ...whole),
    properties,
    required: whole.flatMap((part) => listOf(part['required'])),
  } as JsonObject;
}

/** True for what is sent as a file: bytes, or a list of them. */
function isFile(source: Source, schema: Json | undefined): boolean {
  const at = follow(source, schema);
  if (!at) return false;
  const { type, format, contentEncoding, contentMediaType } = at;
  if (type === 'file' || (format === 'binary' && type !== 'object')) return true;
  // From 3.1 on, a text of another type that is not encoded is bytes.
  return (
    typeof contentMediaType === 'string' &&
    contentEncoding === undefined &&
    !/^(text\/|[^;]*[/+]json)/.test(contentMediaType) &&
    [type].flat().every((one) => one === undefined || one === 'string')
  );
}

function writeField(
  source: Source,
  schemas: Schemas,
  stated: Json,
  encoding: JsonObject | null,
  format: 'form' | 'multipart',
): JsonObject {
  const schema = withoutNullChoice(source, stated);
  const given = follow(source, schema);
  const items = given?.['items'];
  const declared = textOf(encoding?.['contentType'])?.split(',')[0]!.trim();
  const contentType =
    declared !== undefined && /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(declared) ? declared : undefined;
  if (format === 'multipart' && (isFile(source, schema) || isFile(source, items))) {
    const file = {
      ...fileSchema(contentType === undefined),
      ...(contentType ? { 'x-contentType': contentType } : {}),
    };
    if (isFile(source, schema)) return withText(given, file);
    const { minItems, maxItems } = given ?? {};
    const limits: JsonObject = {
      ...(typeof minItems === 'number' ? { minItems } : {}),
      ...(typeof maxItems === 'number' ? { maxItems } : {}),
    };
    const type: JsonObject = contentType ? { 'x-contentType': contentType } : {};
    return withText(given, {
      type: 'array',
      items: fileSchema(contentType === undefined),
      ...limits,
      ...type,
    });
  }
  const isStyled = encoding?.['style'] !== undefined || encoding?.['explode'] !== undefined;
  const converted = schemas.convert(schema, isStyled ? 'fields' : 'input');
  if (encoding?.['collection'] !== undefined) {
    const old = oldStyle(encoding['collection'] as JsonObject, 'query');
    return {
      ...converted,
      ...styleKeywords(source, { in: 'query', schema, ...old, allowReserved: false, required: false }),
    };
  }
  const { style, explode, allowReserved } = encoding ?? {};
  if (style !== undefined || explode !== undefined) {
    const name = typeof style === 'string' ? style : 'form';
    const isExploded = typeof explode === 'boolean' ? explode : name === 'form';
    const keywords = styleKeywords(source, {
      in: 'query',
      schema,
      style: name,
      explode: isExploded,
      allowReserved: allowReserved === true && format === 'form',
      required: false,
    });
    return { ...converted, ...keywords };
  }
  const kinds = kindsOf(source, schema);
  const isJson = contentType !== undefined && /[/+]json$/.test(contentType);
  // A list whose items are written as JSON is a part for each of them; in a plain form it is one text.
  if (contentType !== undefined && (format === 'multipart' || (isJson && (kinds.array || kinds.object))))
    return { ...converted, 'x-contentType': contentType };
  return converted;
}

/** The words of the document beside our own schema of a file. */
function withText(given: JsonObject | null, file: JsonObject): JsonObject {
  const description = textOf(given?.['description']);
  return description === undefined
    ? file
    : { ...file, description: description.slice(0, 500).toWellFormed() };
}
