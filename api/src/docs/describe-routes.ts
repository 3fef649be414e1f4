// /openapi.json, made from the route definitions themselves: there is nothing to keep in step.
import { createHash } from 'node:crypto';
import { type ErrorCode, errorTable } from '@weftline/runner/platform/errors';
import { z } from 'zod';
import { type Route, isMutation } from '../define-route.ts';

type Json = { [member: string]: unknown };

const baseErrors: ErrorCode[] = ['unavailable', 'internal'];
const errorRef = { $ref: '#/components/schemas/Error' };

/** Error codes a route of this kind may answer. */
export function errorsOf(route: Route): ErrorCode[] {
  const tenant = route.fullPath.includes('{tenantId}');
  const writes = isMutation(route.method) && !route.raw;
  return [
    ...new Set<ErrorCode>([
      ...(writes ? (['not_parseable', 'too_large', 'invalid_input'] as const) : []),
      ...(route.query ? (['invalid_input'] as const) : []),
      ...(route.access === 'public' ? [] : (['not_signed_in'] as const)),
      ...(tenant ? (['not_allowed', 'not_found'] as const) : []),
      ...(writes && route.idempotent !== false ? (['idempotency_mismatch', 'conflict'] as const) : []),
      ...(route.ifMatch ? (['edit_needs_version', 'stale_edit'] as const) : []),
      ...(route.errors ?? []),
      ...(route.base === 'root' && !route.raw ? [] : baseErrors),
    ]),
  ];
}

/** Recursive parts of schemas, by name: a `$ref` must lead to a place of the whole document. */
const shared: { [name: string]: unknown } = {};

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const {
    $schema: _dialect,
    $defs,
    ...rest
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  if (!$defs) return rest;
  const names = Object.entries($defs as Json).map(([name, definition]) => {
    const hash = createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 8);
    return [name, `Part_${hash}`] as const;
  });
  const rename = (value: unknown): Json =>
    JSON.parse(
      names.reduce(
        (text, [name, to]) => text.replaceAll(`"#/$defs/${name}"`, `"#/components/schemas/${to}"`),
        JSON.stringify(value),
      ),
    );
  for (const [name, to] of names) shared[to] = rename(($defs as Json)[name]);
  return rename(rest);
}

function parametersOf(route: Route): Json[] {
  const inPath = route.params ? jsonSchema(route.params, 'input') : {};
  const pathSchemas = (inPath.properties ?? {}) as Json;
  const names = [...route.fullPath.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const parameters: Json[] = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: pathSchemas[name] ?? { type: 'string' },
  }));
  if (route.query) {
    const { properties = {}, required = [] } = jsonSchema(route.query, 'input') as {
      properties?: { [name: string]: Json };
      required?: string[];
    };
    for (const [name, { description, ...schema }] of Object.entries(properties))
      parameters.push({
        name,
        in: 'query',
        required: required.includes(name),
        ...(description ? { description } : {}),
        schema,
      });
  }
  if (route.ifMatch) parameters.push({ $ref: '#/components/parameters/IfMatch' });
  if (isMutation(route.method) && !route.raw && route.idempotent !== false)
    parameters.push({ $ref: '#/components/parameters/IdempotencyKey' });
  return parameters;
}

function responsesOf(route: Route): Json {
  const responses: Json = {};
  for (const [status, { description, schema, example, contentType = 'application/json' }] of Object.entries(
    route.responses,
  )) {
    const content = {
      ...(schema ? { schema: jsonSchema(schema, 'output') } : {}),
      ...(example === undefined ? {} : { example }),
    };
    const shown = schema || example !== undefined || contentType !== 'application/json';
    responses[status] = { description, ...(shown ? { content: { [contentType]: content } } : {}) };
  }
  const byStatus = Map.groupBy(errorsOf(route), (code) => errorTable[code].status);
  for (const [status, codes] of [...byStatus].sort(([left], [right]) => left - right)) {
    if (responses[String(status)]) continue;
    responses[String(status)] = {
      description: codes.map((code) => `\`${code}\`: ${errorTable[code].title}.`).join(' '),
      content: { 'application/json': { schema: errorRef } },
    };
  }
  return responses;
}

/** The noun a route belongs to: the first word of its path behind the tenant. */
export const tagOf = ({ fullPath }: Route): string =>
  fullPath
    .replace(/^\/api\/v1/, '')
    .replace(/^\/tenants\/\{tenantId\}/, '')
    .split('/')[1] || 'workspace';

function operationOf(route: Route): Json {
  const security = route.access === 'public' ? [] : [{ accessToken: [] }, { apiKey: [] }, { cookie: [] }];
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    tags: [tagOf(route)],
    security,
    parameters: parametersOf(route),
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: jsonSchema(route.body, 'input'),
                ...(route.example?.body === undefined ? {} : { example: route.example.body }),
              },
            },
          },
        }
      : {}),
    ...(route.rawBody
      ? {
          requestBody: {
            required: true,
            description: route.rawBody.description,
            content: { [route.rawBody.contentType]: { schema: { type: 'string', format: 'binary' } } },
          },
        }
      : {}),
    responses: responsesOf(route),
  };
}

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'requestId', 'details'],
      properties: {
        code: { type: 'string', enum: Object.keys(errorTable), description: 'A closed list.' },
        message: { type: 'string', description: 'One sentence for a person.' },
        requestId: { type: 'string' },
        details: { type: 'object', description: '`problems`: [{path, code, message}] for invalid_input.' },
      },
    },
  },
};

/** The OpenAPI 3.1 document of the routes. Input: our address, as in `https://weft.example`. */
export function describeRoutes(routes: readonly Route[], publicUrl: string): Json {
  const paths: { [path: string]: Json } = {};
  for (const route of routes) {
    if (route.documented === false) continue;
    const method = route.method === 'any' ? 'post' : route.method;
    (paths[route.fullPath] ??= {})[method] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weftline',
      version: '1',
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'Errors are `{"error":{code,message,requestId,details}}`. Lists are `{data,nextCursor,hasMore}` with `?limit&cursor`. Foreign and unknown ids answer the same 404.',
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      schemas: { Error: errorSchema, ...shared },
      parameters: {
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          description:
            'The same key and request again: the stored answer, for 30 days. Another request: 409.',
          schema: { type: 'string', maxLength: 255 },
        },
        IfMatch: {
          name: 'If-Match',
          in: 'header',
          required: true,
          description: 'The ETag that was read. 412 when somebody saved meanwhile, 428 when missing.',
          schema: { type: 'string' },
        },
      },
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Ten minutes.' },
        apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'wf_…' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'weftline_access' },
      },
    },
  };
}
