/** A cURL line as a connector with one action. The line's credentials are not in it. */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { fileSchema } from '../import-openapi/file-schema.ts';
import { humanize, keyFrom } from '../import-openapi/name-actions.ts';
import { scrubSecrets } from '../import-openapi/scrub-secrets.ts';
import type { Action, Auth, Connector } from '../types.ts';
import { validateConnector } from '../validate-connector.ts';
import { inferSchema } from './infer-schema.ts';
import { parseCurl, type CurlCall } from './parse-curl.ts';
import { readAuth } from './read-auth.ts';

export type ImportedCurl = { definition: Connector; warnings: string[] };

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const effects: { [method: string]: Action['effect'] } = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};
/** Set by the transport, by the body, or of no use to a service. */
const ownHeaders =
  /^(host|content-length|content-type|connection|accept-encoding|expect|te|trailer|transfer-encoding|upgrade|keep-alive|proxy-.*|sec-.*|origin|referer|user-agent|idempotency-key)$/i;

/**
 * @param options `app`: key of the app; made from the host when absent
 * @returns a connector that can be published, or a sentence about why the line has none
 */
export function importCurl(
  command: string,
  options: { app?: string | undefined } = {},
): ImportedCurl | { problem: string } {
  const call = parseCurl(command.slice(0, 100_000));
  if ('problem' in call) return call;
  const url = URL.parse(/^[a-z]+:\/\//i.test(call.url) ? call.url : `http://${call.url}`);
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname.includes('$'))
    return {
      problem: `${JSON.stringify(call.url.slice(0, 200))} is no address of the web; write it out whole.`,
    };
  if (!methods.includes(call.method))
    return { problem: `The method ${call.method} is not sent by this platform.` };
  const warnings = call.ignored.map((name) => `The option ${name} is left out.`);
  if (url.username !== '') call.user = 'in-the-address';
  const { auth, headers, query } = readAuth(call, [...url.searchParams]);
  if (call.cookie !== null)
    warnings.push('The cookies of the line are left out; add a way to sign in that sets them.');
  if (auth)
    warnings.push(
      'The credentials of the line are not kept: make a connection with new ones, since these have been shown.',
    );
  const { template, members } = readPath(url.pathname);
  const words = template
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll('/', ' ')
    .trim();
  const name = humanize(`${call.method} ${words || url.hostname}`);
  const fixed = headers.filter(([header]) => !ownHeaders.test(header));
  const effect = effects[call.method] ?? 'read';
  const action: Action = {
    key: keyFrom(`${call.method} ${words || 'root'}`, 'call'),
    name: name.slice(0, 100),
    effect,
    ...(effect === 'read' ? {} : { idempotency: idempotencyOf(call) }),
    method: call.method as Action['method'],
    endpointTemplate: template,
    ...(fixed.length > 0
      ? { headersTemplate: Object.fromEntries(fixed.map(([header, value]) => [header, asTemplate(value)])) }
      : {}),
    ...(Object.keys(members).length > 0 ? { pathSchema: objectOf(members, Object.keys(members)) } : {}),
    ...(query.length > 0 ? { querySchema: objectOf(readQuery(query), []) } : {}),
    ...readBody(call),
    outputSchema: {},
  };
  const definition: Connector = scrubSecrets({
    manifestVersion: 1,
    app: { key: options.app ?? keyFrom(url.hostname.replace(/^(api|www)\./, ''), 'app'), name: url.hostname },
    version: '1.0.0',
    baseUrl: url.origin,
    auth: auth ? [withTest(auth, action)] : [{ key: 'none', label: 'No sign-in', type: 'NONE' }],
    actions: [action],
  });
  const [problem] = validateConnector(definition, 'publish');
  return problem ? { problem: `${problem.path}: ${problem.message}` } : { definition, warnings };
}

function idempotencyOf({ method, headers }: CurlCall): NonNullable<Action['idempotency']> {
  const header = headers.find(([name]) => /idempotency-key/i.test(name));
  if (header) return { mode: 'header', name: header[0] };
  return { mode: method === 'PUT' || method === 'DELETE' ? 'natural' : 'none' };
}

function withTest(auth: Auth, action: Action): Auth {
  const isSafe = action.method === 'GET' && action.pathSchema === undefined;
  return {
    ...auth,
    test: isSafe
      ? { action: action.key }
      : {
          method: 'GET',
          endpointTemplate: '/',
          successWhen: '{{status != 401 && status != 403 && status < 500}}',
        },
  };
}

/** Segments that are numbers or ids become members of the path. */
function readPath(path: string): { template: string; members: { [name: string]: JsonObject } } {
  const members: { [name: string]: JsonObject } = {};
  const segments = path.split('/').map((segment, at, all) => {
    const text = decode(segment);
    if (!/^(\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{24})$/i.test(text))
      return segment.replaceAll(/[{}]/g, encodeURIComponent);
    const before = (all[at - 1] ?? '').replace(/s$/, '').replaceAll(/\W+/g, '_') || 'item';
    let name = `${before}_id`;
    for (let count = 2; Object.hasOwn(members, name); count += 1) name = `${before}_id_${count}`;
    members[name] = { type: 'string', minLength: 1, examples: [text] };
    return `{${name}}`;
  });
  return { template: segments.join('/') || '/', members };
}

function readQuery(query: [string, string][]): { [name: string]: JsonObject } {
  const byName = Map.groupBy(query, ([name]) => name);
  return Object.fromEntries(
    [...byName].map(([name, values]) => {
      const [first] = values;
      const one = inferSchema(first![1], name);
      return [name, values.length > 1 ? { type: 'array', items: one } : one];
    }),
  );
}

function readBody(call: CurlCall): Pick<Action, 'bodyFormat' | 'bodySchema' | 'bodyContentType'> {
  if (call.method === 'GET' || call.method === 'HEAD') return {};
  const type = call.headers
    .find(([name]) => name.toLowerCase() === 'content-type')?.[1]
    ?.split(';')[0]!
    .trim()
    .toLowerCase();
  if (call.fields.length > 0) {
    const fields = call.fields.map((field): [string, JsonObject] => [
      field.name,
      field.isFile ? fileSchema(field.contentType === undefined) : inferSchema(field.value, field.name),
    ]);
    return { bodyFormat: 'multipart', bodySchema: objectOf(Object.fromEntries(fields), []) };
  }
  const given = type === undefined || !/^[\w.+-]+\/[\w.+-]+$/.test(type) ? {} : { bodyContentType: type };
  if (call.isUpload) return { bodyFormat: 'binary', bodySchema: fileSchema(type === undefined), ...given };
  if (call.data === null) return {};
  const json = parseJson(call.data);
  if (
    json !== undefined &&
    (call.isJson || type === undefined || /[/+]json$/.test(type)) &&
    (isJsonObject(json) || Array.isArray(json))
  )
    return {
      bodySchema: inferSchema(json),
      ...(type === undefined || type === 'application/json' ? {} : given),
    };
  if (type === undefined || type === 'application/x-www-form-urlencoded') {
    const pairs = [...new URLSearchParams(call.data)];
    if (pairs.every(([name]) => name !== '') && pairs.length > 0)
      return { bodyFormat: 'form', bodySchema: objectOf(readQuery(pairs), []) };
  }
  return { bodyFormat: 'text', bodySchema: { type: 'string', 'x-multiline': true }, ...given };
}

function objectOf(properties: { [name: string]: JsonObject }, required: string[]): JsonObject {
  return {
    type: 'object',
    properties,
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function asTemplate(value: string): string {
  return value.includes('{{') ? `{{${JSON.stringify(value)}}}` : value;
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
