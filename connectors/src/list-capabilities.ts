/** What a runner must be able to do for a connector, read from the connector itself. Pure. */
import { isTemplate } from './expression/parse-template.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { listPaginations } from './rules/list-paginations.ts';
import { listRequests } from './rules/list-requests.ts';
import { namedAuth } from './schemas/other-auth.ts';
import type { Auth, Connector, Pagination, Request } from './types.ts';

export type Capability = NonNullable<Connector['requires']>[number];

/** Everything there is to require; the same list as in the format. */
export const capabilities: readonly Capability[] = [
  'auth.oauth2',
  'auth.session',
  'auth.jwt',
  'auth.oauth1',
  'auth.sigv4',
  'auth.hmac',
  'auth.other',
  'auth.sessionRefresh',
  'auth.sessionLogout',
  'body.form',
  'body.multipart',
  'body.binary',
  'body.fileName',
  'body.xml',
  'body.graphql',
  'body.jsonRpc',
  'response.xml',
  'response.xmlNamespaces',
  'response.csv',
  'response.ndjson',
  'response.sse',
  'response.binary',
  'pagination',
  'pagination.next',
  'pagination.path',
  'retryAfter.text',
  'rateLimit',
  'steps',
  'asyncJob',
  'options',
  'fields',
  'files',
  'input.encode',
  'input.dateFormat',
  'trigger.poll',
  'trigger.pollUpdated',
  'trigger.webhook',
  'ingress',
];

const ofAuth: { [type in Auth['type']]?: Capability } = {
  OAUTH2: 'auth.oauth2',
  SESSION: 'auth.session',
  JWT: 'auth.jwt',
  OAUTH1: 'auth.oauth1',
  AWS_SIGV4: 'auth.sigv4',
  HMAC: 'auth.hmac',
};

const ofBody: { [format: string]: Capability } = {
  form: 'body.form',
  multipart: 'body.multipart',
  multipartRelated: 'body.multipart',
  binary: 'body.binary',
  xml: 'body.xml',
  graphql: 'body.graphql',
  jsonRpc: 'body.jsonRpc',
};

const ofAnswer: { [format in NonNullable<Request['responseFormat']>]?: Capability } = {
  auto: 'response.xml',
  xml: 'response.xml',
  csv: 'response.csv',
  ndjson: 'response.ndjson',
  sse: 'response.sse',
  binary: 'response.binary',
  file: 'files',
};

const isPaged = (pagination: Pagination | undefined): boolean =>
  pagination !== undefined && pagination.type !== 'none';

/** True when any schema below has a member that is a file. */
const hasFile = (value: Json | undefined): boolean => says(value, (schema) => schema['x-file'] === true);

const namesPart = (value: Json | undefined): boolean =>
  says(value, (schema) => typeof schema['x-filename'] === 'string');

/** True when something below says so. */
function says(value: Json | undefined, isIt: (schema: JsonObject) => boolean): boolean {
  if (Array.isArray(value)) return value.some((member) => says(member, isIt));
  return isJsonObject(value) && (isIt(value) || Object.values(value).some((member) => says(member, isIt)));
}

function addRequest({ bodyFormat, responseFormat, rateLimit }: Asking, found: Set<Capability>): void {
  // A format that a value decides may be a form; the others need more than a value.
  const body =
    bodyFormat === undefined ? undefined : isTemplate(bodyFormat) ? 'body.form' : ofBody[bodyFormat];
  if (body !== undefined) found.add(body);
  const answer = responseFormat === undefined ? undefined : ofAnswer[responseFormat];
  if (answer !== undefined) found.add(answer);
  if (rateLimit !== undefined) found.add('rateLimit');
}

type Asking = Pick<Request, 'bodyFormat' | 'responseFormat'> & { rateLimit?: unknown };

/**
 * The capabilities a connector uses, in the order of the format's list.
 * @param connector one whose shape is right
 */
export function listCapabilities(connector: Connector): Capability[] {
  const found = new Set<Capability>();
  const { actions, triggers = [], optionSources = {}, fieldSources = {}, defaults } = connector;
  for (const auth of connector.auth) {
    const capability = ofAuth[auth.type];
    if (capability !== undefined) found.add(capability);
    if (auth.session?.refresh !== undefined) found.add('auth.sessionRefresh');
    if (auth.session?.logout !== undefined) found.add('auth.sessionLogout');
  }
  for (const { request } of listRequests(connector)) {
    addRequest(request as Asking, found);
    if (namedAuth(request) !== null) found.add('auth.other');
  }
  for (const { pagination } of listPaginations(connector)) {
    if (isTemplate(pagination?.next ?? '')) found.add('pagination.next');
    if (pagination?.send?.in === 'path') found.add('pagination.path');
  }
  const waits = [
    ...(defaults?.retry?.retryAfter ?? []),
    ...listRequests(connector).flatMap(({ request }) => request.retry?.retryAfter ?? []),
    defaults?.rateLimit?.reset,
    ...actions.map(({ rateLimit }) => rateLimit?.reset),
  ];
  if (waits.some((wait) => wait?.regex !== undefined || wait?.unit === 'duration'))
    found.add('retryAfter.text');
  if (defaults?.xmlNamespaces !== undefined) found.add('response.xmlNamespaces');
  if (defaults?.rateLimit !== undefined) found.add('rateLimit');
  for (const action of actions) {
    if (isPaged(action.pagination)) found.add('pagination');
    if ((action.steps ?? []).length > 0 || (action.after ?? []).length > 0) found.add('steps');
    if (action.asyncJob !== undefined) found.add('asyncJob');
  }
  if (Object.keys(optionSources).length > 0) found.add('options');
  if (Object.keys(fieldSources).length > 0) found.add('fields');
  if (namesPart([connector.$defs, actions] as unknown as Json)) found.add('body.fileName');
  if (hasFile([connector.$defs, actions, triggers] as unknown as Json)) found.add('files');
  const forms = [connector.$defs, actions, triggers] as unknown as Json;
  if (says(forms, (schema) => typeof schema['x-encode'] === 'string')) found.add('input.encode');
  if (says(forms, (schema) => typeof schema['x-dateFormat'] === 'string')) found.add('input.dateFormat');
  for (const trigger of triggers) {
    if (trigger.poll !== undefined) found.add('trigger.poll');
    if (trigger.poll?.updatedKey !== undefined) found.add('trigger.pollUpdated');
    if (trigger.webhook !== undefined) found.add('trigger.webhook');
  }
  if (connector.ingress !== undefined || triggers.some(({ ingress }) => ingress !== undefined))
    found.add('ingress');
  return capabilities.filter((capability) => found.has(capability));
}
