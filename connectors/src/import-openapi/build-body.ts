/** The body of an action: which of the described content types is sent, and its schema. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { Action } from '../types.ts';
import type { Schemas } from './convert-schema.ts';
import { buildForm } from './build-form.ts';
import { fileSchema } from './file-schema.ts';
import { ImportError } from './import-error.ts';
import type { Operation } from './list-operations.ts';
import { kindsOf, withoutPlace, type ReadParameters } from './read-parameters.ts';
import { follow, listOf, membersOf, shorten, textOf, type Source } from './source.ts';
import { readXmlRoot } from './xml-words.ts';

export type BodyParts = Pick<Action, 'bodySchema' | 'bodyFormat' | 'bodyContentType'>;
type Media = { contentType: string; schema: Json | undefined; encoding: JsonObject };
type Described = { media: Media[]; required: boolean; description: string | undefined };

const bodiless = new Set(['GET', 'HEAD', 'TRACE']);
/** JSON before forms before files before elements before what is only bytes or text. */
const order = [
  /^application\/json\b/i,
  /^(?!.*json-patch)[^;]*[/+]json\b/i,
  /^[^;]*[/+]json\b/i,
  /^application\/x-www-form-urlencoded\b/i,
  /^multipart\/form-data\b/i,
  /^(application|text)\/([\w.-]+\+)?xml\b/i,
  /^(text\/(?!xml)|application\/(graphql|sdp|.*yaml))/i,
  /^[^;]*[/+]xml\b/i,
  /^multipart\//i,
];

/** @throws ImportError `not_possible` for a body that HTTP has no place for */
export function buildBody(
  source: Source,
  schemas: Schemas,
  operation: Operation,
  given: ReadParameters,
): BodyParts {
  const described =
    source.version === 2 ? describeOld(source, operation, given) : describe(source, operation);
  if (!described) return {};
  const { method, label } = operation;
  if (bodiless.has(method)) {
    if (described.required)
      throw new ImportError('not_possible', `It needs a body, and a ${method} request has none.`);
    source.warn(`${label}: a ${method} request has no body; the described one is left out.`);
    return {};
  }
  const ranked = described.media.toSorted((a, b) => rank(source, a) - rank(source, b));
  const [media] = ranked;
  if (!media) return {};
  const others = ranked.slice(1).map(({ contentType }) => contentType);
  if (others.length > 0 && others.length < 6)
    source.warn(`${label}: the body is sent as ${media.contentType}, not as ${others.join(', ')}.`);
  const parts = writeMedia(source, schemas, media);
  const description: JsonObject =
    described.description === undefined ? {} : { description: shorten(described.description, 500) };
  return {
    ...parts,
    bodySchema: { ...description, ...parts.bodySchema, 'x-required': described.required },
  };
}

function rank(source: Source, { contentType, schema }: Media): number {
  const at = order.findIndex((pattern) => pattern.test(contentType));
  const isForm = /^(application\/x-www-form|multipart\/form)/i.test(contentType);
  // Fields are the members of an object; what is described as something else cannot be a form.
  if (at === -1 || (isForm && !kindsOf(source, schema).object)) return order.length;
  return at;
}

function describe(source: Source, { operation }: Operation): Described | null {
  const body = follow(source, operation['requestBody']);
  if (!body) return null;
  const media = membersOf(body['content']).map(([contentType, value]) => {
    const { schema, encoding } = follow(source, value) ?? {};
    return { contentType: contentType.trim(), schema, encoding: isJsonObject(encoding) ? encoding : {} };
  });
  if (media.length === 0) return null;
  return { media, required: body['required'] === true, description: textOf(body['description']) };
}

/** 2.0 has one parameter for a whole body, or a parameter for each field of a form. */
function describeOld(source: Source, { operation }: Operation, given: ReadParameters): Described | null {
  const own = listOf(operation['consumes']);
  const types = (own.length > 0 ? own : listOf(source.document['consumes'])).flatMap(
    (type) => textOf(type) ?? [],
  );
  if (given.fields.length > 0) {
    const hasFile = given.fields.some(({ type }) => type === 'file');
    const isMultipart = hasFile || (types.length > 0 && types.every((type) => type.startsWith('multipart/')));
    const properties = given.fields.map((field) => [String(field['name']), withoutPlace(field)] as const);
    const required = given.fields.filter((field) => field['required'] === true).map(({ name }) => name!);
    const encoding = given.fields.map((field) => [String(field['name']), { collection: field }] as const);
    return {
      media: [
        {
          contentType: isMultipart ? 'multipart/form-data' : 'application/x-www-form-urlencoded',
          schema: { type: 'object', properties: Object.fromEntries(properties), required },
          encoding: Object.fromEntries(encoding),
        },
      ],
      required: required.length > 0,
      description: undefined,
    };
  }
  if (!given.body) return null;
  const { schema } = given.body;
  return {
    media: (types.length > 0 ? types : ['application/json']).map((contentType) => ({
      contentType,
      schema,
      encoding: {},
    })),
    required: given.body['required'] === true,
    description: textOf(given.body['description']),
  };
}

function writeMedia(
  source: Source,
  schemas: Schemas,
  media: Media,
): Required<Pick<BodyParts, 'bodySchema'>> & BodyParts {
  const { contentType, schema } = media;
  const concrete = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w-]+=[\w.-]+)*$/.test(contentType)
    ? contentType
    : undefined;
  const kinds = kindsOf(source, schema);
  const isAny = contentType === '*/*' || /^application\/\*$/i.test(contentType);
  const isValue = isAny && schema !== undefined && kinds.array !== kinds.object;
  if (/^application\/json$/i.test(contentType) || isValue)
    return { bodySchema: schemas.convert(schema, 'input') };
  if (/^[^;]*[/+]json\b/i.test(contentType))
    return {
      bodySchema: schemas.convert(schema, 'input'),
      ...(concrete === undefined ? {} : { bodyContentType: concrete }),
    };
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType))
    return { bodyFormat: 'form', bodySchema: buildForm(source, schemas, media, 'form') };
  if (/^multipart\/form-data\b/i.test(contentType))
    return { bodyFormat: 'multipart', bodySchema: buildForm(source, schemas, media, 'multipart') };
  if (/^multipart\//i.test(contentType)) {
    const isOther = concrete !== undefined && !/^multipart\/related/i.test(concrete);
    return {
      bodyFormat: 'multipartRelated',
      bodySchema: partsSchema,
      ...(isOther ? { bodyContentType: contentType.split(';')[0]!.trim() } : {}),
    };
  }
  const type = concrete === undefined ? {} : { bodyContentType: concrete };
  const xml = isXmlType(contentType) ? writeXml(source, schemas, schema) : null;
  if (xml) return { bodyFormat: 'xml', bodySchema: xml, ...type };
  const isText = /^(text\/|[^;]*[/+](xml|yaml|csv|graphql|sdp|x-ndjson|jsonl)\b)/i.test(contentType);
  if (isText) return { bodyFormat: 'text', bodySchema: textSchema(schemas, schema), ...type };
  return { bodyFormat: 'binary', bodySchema: fileSchema(concrete === undefined), ...type };
}

/** Elements, where the document says how the root is called. */
function writeXml(source: Source, schemas: Schemas, schema: Json | undefined): JsonObject | null {
  const root = readXmlRoot(source, schema);
  if (!root) return null;
  const converted = schemas.convert(schema, 'xml');
  if (root.kind === 'named') return { ...converted, 'x-xml': root.words };
  return { ...converted, required: [root.name], additionalProperties: false, 'x-xml': {} };
}

const isXmlType = (contentType: string): boolean =>
  /^(application|text)\/([\w.-]+\+)?xml\b/i.test(contentType);

/** XML without a root and other texts are written by hand; what the schema says of a plain text holds. */
function textSchema(schemas: Schemas, schema: Json | undefined): JsonObject {
  const converted = schemas.convert(schema, 'input');
  if (converted['type'] === 'string') return converted;
  const description = textOf(converted['description']);
  return { type: 'string', ...(description === undefined ? {} : { description }), 'x-multiline': true };
}

const partsSchema: JsonObject = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    properties: {
      contentType: { type: 'string', pattern: '^[a-z]+/[a-z0-9.+-]+$' },
      json: {},
      text: { type: 'string' },
      base64: { type: 'string', format: 'byte' },
    },
    additionalProperties: false,
    oneOf: [{ required: ['json'] }, { required: ['text'] }, { required: ['base64'] }],
  },
};
