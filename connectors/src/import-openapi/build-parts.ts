/** Path, query, headers and cookies of an action from the parameters of its operation. */
import { isJsonObject, type JsonObject } from '../json.ts';
import type { Action } from '../types.ts';
import type { Schemas } from './convert-schema.ts';
import type { Operation } from './list-operations.ts';
import type { Parameter } from './read-parameters.ts';
import { readPath } from './read-path.ts';
import type { Source } from './source.ts';
import { membersSchema, writeParameter } from './write-parameters.ts';

export type Parts = Pick<
  Action,
  | 'endpointTemplate'
  | 'pathSchema'
  | 'querySchema'
  | 'queryTemplate'
  | 'headersSchema'
  | 'headersTemplate'
  | 'cookiesSchema'
  | 'idempotency'
>;

/** Set by the transport or by how the body is written; OpenAPI says that such parameters are to be overlooked. */
const ownHeaders =
  /^(host|content-length|content-type|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|http2-settings|proxy-.*)$/i;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

export function buildParts(
  source: Source,
  schemas: Schemas,
  { path, label }: Operation,
  parameters: readonly Parameter[],
): Parts {
  const inPlace = (place: Parameter['in']) => parameters.filter((parameter) => parameter.in === place);
  const declared = inPlace('path').map(({ name }) => name);
  const endpoint = readPath(path, declared);
  const write = (parameter: Parameter) => ({
    name: parameter.name,
    required: parameter.required,
    schema: writeParameter(source, schemas, parameter),
  });
  const members = endpoint.placeholders.map(({ key, names }) => {
    const parameter = inPlace('path').find(({ name }) => names.includes(name));
    if (!parameter) source.warn(`${label}: {${key}} is not declared; it is taken for a text.`);
    const schema = parameter ? writeParameter(source, schemas, parameter) : { type: 'string' };
    return { name: key, required: true, schema: notEmpty(schema) };
  });
  const used = endpoint.placeholders.flatMap(({ names }) => names);
  for (const name of declared)
    if (!used.includes(name)) source.warn(`${label}: ${name} is not in the path and is left out.`);

  const query = inPlace('query').map(write);
  for (const name of endpoint.queried)
    if (!query.some((member) => member.name === name))
      query.push({ name, required: true, schema: { type: 'string' } });
  const open = query.filter(({ name }) => !Object.hasOwn(endpoint.fixed, name));
  const cookies = inPlace('cookie').map(write);
  return {
    endpointTemplate: endpoint.endpointTemplate,
    ...(members.length > 0 ? { pathSchema: membersSchema(members) } : {}),
    ...(open.length > 0 ? { querySchema: membersSchema(open) } : {}),
    ...(Object.keys(endpoint.fixed).length > 0 ? { queryTemplate: plainTemplates(endpoint.fixed) } : {}),
    ...buildHeaders(source, label, inPlace('header'), write),
    ...(cookies.length > 0 ? { cookiesSchema: membersSchema(cookies) } : {}),
  };
}

/** An empty text would name another resource. */
function notEmpty(schema: JsonObject): JsonObject {
  if (schema['type'] === 'string' && schema['enum'] === undefined)
    return { ...schema, minLength: Math.max(1, Number(schema['minLength'] ?? 1)) };
  if (schema['type'] === 'array' && isJsonObject(schema['items']))
    return { ...schema, items: notEmpty(schema['items']) };
  return schema;
}

/** Fixed texts are no templates: braces that would make them one are written as values. */
function plainTemplates(fixed: { [name: string]: string }): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(fixed).map(([name, value]) => [
      name,
      value.includes('{{') ? `{{${JSON.stringify(value)}}}` : value,
    ]),
  );
}

function buildHeaders(
  source: Source,
  label: string,
  parameters: Parameter[],
  write: (parameter: Parameter) => { name: string; required: boolean; schema: JsonObject },
): Partial<Parts> {
  const out: Partial<Parts> = {};
  const members = parameters.flatMap((parameter) => {
    const { name } = parameter;
    const lower = name.toLowerCase();
    if (lower === 'accept') {
      const accept = presetOf(write(parameter).schema);
      if (accept !== undefined) out.headersTemplate = { accept };
      return [];
    }
    if (/idempoten/.test(lower) && headerName.test(name)) {
      // Some services take nothing but a UUID; the same key gives the same one.
      const isUuid = write(parameter).schema['format'] === 'uuid';
      out.idempotency = {
        mode: 'header',
        name,
        ...(isUuid ? { value: '{{uuid(run.idempotencyKey)}}' } : {}),
      };
      return [];
    }
    if (lower === 'authorization' || lower === 'cookie' || ownHeaders.test(name)) {
      if (lower === 'authorization' || lower === 'cookie')
        source.warn(`${label}: the header ${name} belongs to the connection and is left out.`);
      return [];
    }
    if (!headerName.test(name)) {
      source.warn(`${label}: ${JSON.stringify(name)} is no name of a header and is left out.`);
      return [];
    }
    return [write(parameter)];
  });
  if (members.length > 0) out.headersSchema = membersSchema(members);
  return out;
}

/** The one value that a schema asks for, or the first of those it allows. */
function presetOf(schema: JsonObject): string | undefined {
  const [first] = Array.isArray(schema['enum']) ? schema['enum'] : [];
  const value = schema['const'] ?? schema['default'] ?? first;
  return typeof value === 'string' && /^[!-~ ]+$/.test(value) && !value.includes('{{') ? value : undefined;
}
