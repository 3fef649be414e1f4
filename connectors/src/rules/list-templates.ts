/** Every place of a connector that may hold templates, and the scopes that can be read there. */
import type { Json } from '../json.ts';
import { pointer } from '../problem.ts';
import { credentialsSchemaOf, connectionSchemaOf, inputSchemaOf } from '../schemas/compose-schema.ts';
import type { Auth, Connector, JsonSchema, Jwt, LoginStep, RequestStep, Signing } from '../types.ts';
import { isTemplate } from '../expression/parse-template.ts';
import { listPaginations } from './list-paginations.ts';
import { listEventTemplates } from './list-event-templates.ts';
import { listRequests, sessionPhases, type PlacedRequest, type SessionPhase } from './list-requests.ts';
import {
  addWith,
  subscriptionScope,
  triggerInputOf,
  type Add,
  type PlacedTemplate,
} from './placed-template.ts';

const outgoing = ['input', 'connection', 'run', 'now'];
const answerRoots = ['status', 'headers', 'body', 'response', 'input', 'connection', 'run', 'now'];

/** All of them, in the order of the document. */
export function listTemplates(connector: Connector): PlacedTemplate[] {
  const connection = connectionSchemaOf(connector);
  const found: PlacedTemplate[] = [];
  const add = (
    value: Json | undefined,
    path: string,
    roots: string[],
    declared: { [root: string]: JsonSchema } = {},
    isCondition = false,
  ) => {
    if (value !== undefined)
      found.push({
        value,
        path,
        roots,
        declared: { connection, ...declared },
        ...(isCondition ? { isCondition } : {}),
      });
  };
  add(connector.baseUrl, '/baseUrl', ['connection']);
  for (const [name, url] of Object.entries(connector.servers ?? {}))
    add(url, pointer('/servers', name), ['connection']);
  addDefaults(connector, add);
  connector.auth.forEach((auth, index) => addAuth(connector, auth, pointer('/auth', index), add));
  for (const placed of listRequests(connector)) addRequest(connector, placed, add);
  connector.actions.forEach((action, index) => {
    const path = pointer('/actions', index);
    const input = inputSchemaOf(connector, action);
    add(action.rateLimit?.key, `${path}/rateLimit/key`, ['input', 'connection'], { input });
    add(action.idempotency?.value, `${path}/idempotency/value`, ['run', 'input', 'connection'], { input });
    add(action.idempotency?.askWhen, `${path}/idempotency/askWhen`, ['input'], { input }, true);
    add(action.verify?.input, `${path}/verify/input`, ['input', 'run', 'connection'], { input });
    add(
      action.verify?.foundWhen,
      `${path}/verify/foundWhen`,
      ['output', 'status', 'headers', 'body', 'input', 'run', 'connection'],
      { input },
      true,
    );
    add(action.inverse?.input, `${path}/inverse/input`, ['input', 'output', 'connection'], { input });
  });
  for (const { pagination, path } of listPaginations(connector))
    if (isTemplate(pagination?.next ?? ''))
      add(pagination?.next, `${path}/pagination/next`, ['status', 'headers', 'body', 'response', 'items']);
  listEventTemplates(connector, add);
  return found;
}

function addDefaults(connector: Connector, add: Add): void {
  const defaults = connector.defaults ?? {};
  add(defaults.headersTemplate, '/defaults/headersTemplate', ['connection', 'run', 'now']);
  add(defaults.queryTemplate, '/defaults/queryTemplate', ['connection', 'run', 'now']);
  add(defaults.rateLimit?.key, '/defaults/rateLimit/key', ['connection']);
  addAnswer(
    defaults,
    '/defaults',
    answerRoots.filter((root) => root !== 'input'),
    {},
    add,
  );
}

function addAuth(connector: Connector, auth: Auth, path: string, add: Add): void {
  const credentials = credentialsSchemaOf(connector, auth);
  (auth.apply ?? []).forEach((placement, index) => {
    const here = pointer(path, 'apply', index);
    add(placement.name, `${here}/name`, ['credentials', 'connection'], { credentials });
    const token = auth.type === 'JWT' || auth.type === 'SESSION' ? ['auth'] : [];
    add(placement.value, `${here}/value`, ['credentials', 'connection', 'run', 'now', ...token], {
      credentials,
      ...(auth.session ? { auth: loginScopes(connector, auth)['auth']! } : {}),
    });
    add(placement.when, `${here}/when`, ['credentials', 'connection'], { credentials }, true);
  });
  addSession(connector, auth, `${path}/session`, add);
  addJwt(auth.jwt, `${path}/jwt`, credentials, add);
  addSigning(auth.signing, `${path}/signing`, credentials, add);
  const oauth = auth.oauth2;
  if (oauth) {
    const here = `${path}/oauth2`;
    const own = ['connection', 'credentials'];
    for (const name of [
      'authorizationUrl',
      'deviceAuthorizationUrl',
      'tokenUrl',
      'refreshUrl',
      'revokeUrl',
    ] as const)
      add(oauth[name], `${here}/${name}`, ['connection']);
    add(oauth.authorizationParams, `${here}/authorizationParams`, own, { credentials });
    add(oauth.tokenParams, `${here}/tokenParams`, [...own, 'callback'], { credentials });
    for (const name of ['refreshParams', 'tokenHeaders'] as const)
      add(oauth[name], `${here}/${name}`, own, { credentials });
    const answer = ['status', 'headers', 'body'];
    add(oauth.tokenResponse?.errorWhen, `${here}/tokenResponse/errorWhen`, answer, {}, true);
    add(oauth.refreshOn?.when, `${here}/refreshOn/when`, answer, {}, true);
    addJwt(oauth.jwt, `${here}/jwt`, credentials, add);
  }
  for (const [index, { request }] of (auth.capture ?? []).entries())
    if (request) addWith(request, pointer(path, 'capture', index, 'request'), ['connection', 'now'], {}, add);
  if (auth.test) addWith(auth.test, `${path}/test`, ['connection', 'now'], {}, add);
  add(auth.labelTemplate, `${path}/labelTemplate`, ['test', 'connection']);
}

function addJwt(jwt: Jwt | undefined, path: string, credentials: JsonSchema, add: Add): void {
  if (!jwt) return;
  add(jwt.key, `${path}/key`, ['credentials', 'connection'], { credentials });
  add(jwt.header, `${path}/header`, ['credentials', 'connection', 'now'], { credentials });
  add(jwt.claims, `${path}/claims`, ['credentials', 'connection', 'now'], { credentials });
}

/** What a login may read: credentials, what its steps capture, and for the phases after it what the session has. */
function loginScopes(
  connector: Connector,
  auth: Auth,
  phase: SessionPhase = 'login',
): { [root: string]: JsonSchema } {
  const login = auth.session?.login ?? [];
  const made = auth.session?.[phase] ?? [];
  const namesOf = (captured: LoginStep['capture']) =>
    Object.keys(captured ?? {}).map((name) => [name, {}] as const);
  const objectOf = (members: (readonly [string, Json])[]): JsonSchema => ({
    type: 'object',
    properties: Object.fromEntries(members),
    additionalProperties: false,
  });
  return {
    credentials: credentialsSchemaOf(connector, auth),
    steps: objectOf(made.map(({ id, capture }) => [id, objectOf(namesOf(capture))] as const)),
    auth: objectOf(login.flatMap(({ capture }) => namesOf(capture))),
  };
}

function addSession(connector: Connector, auth: Auth, path: string, add: Add): void {
  const { session } = auth;
  if (!session) return;
  const declared = loginScopes(connector, auth);
  const answer = ['status', 'headers', 'body'];
  for (const name of ['expiresIn', 'expiresAt'] as const)
    add(session[name], `${path}/${name}`, [...answer, 'steps'], declared);
  add(session.refreshOn?.when, `${path}/refreshOn/when`, answer, {}, true);
  for (const phase of sessionPhases) {
    const known = loginScopes(connector, auth, phase);
    const roots = ['credentials', 'connection', 'steps', 'now', ...(phase === 'login' ? [] : ['auth'])];
    (session[phase] ?? []).forEach(({ apply }, index) => {
      (apply ?? []).forEach((placement, at) => {
        const here = pointer(path, phase, index, 'apply', at);
        add(placement.name, `${here}/name`, roots, known);
        add(placement.value, `${here}/value`, roots, known);
        add(placement.when, `${here}/when`, roots, known, true);
      });
    });
  }
}

function addSigning(signing: Signing | undefined, path: string, credentials: JsonSchema, add: Add): void {
  if (!signing) return;
  for (const name of ['service', 'region', 'requestTokenUrl', 'authorizationUrl', 'accessTokenUrl'] as const)
    add(signing[name], `${path}/${name}`, ['connection']);
  add(signing.key, `${path}/key`, ['credentials', 'connection'], { credentials });
  const reads = ['request', 'auth', 'credentials', 'connection', 'now'];
  for (const name of ['content', 'headersTemplate'] as const)
    add(signing[name], `${path}/${name}`, reads, { credentials });
}

function addRequest(connector: Connector, placed: PlacedRequest, add: Add): void {
  const { request, path, action, owner, auth, trigger } = placed;
  const acting = action ?? owner;
  const input = acting ? inputSchemaOf(connector, acting) : triggerInputOf(connector, trigger);
  const hasSteps = owner !== undefined || (action?.steps ?? []).length > 0;
  const steps = describeSteps(placed.earlier ?? action?.steps ?? [], placed);
  const inScope: { [root: string]: JsonSchema } = {
    input,
    ...(hasSteps ? { steps } : {}),
    ...(placed.roots?.includes('subscription') ? subscriptionScope(trigger) : {}),
  };
  const declared = placed.login && auth ? loginScopes(connector, auth, placed.login) : inScope;
  const more = hasSteps ? ['steps'] : [];
  const testing = ['connection', 'run', 'now', ...(placed.login ? ['credentials', 'steps'] : [])];
  if (placed.login && placed.login !== 'login') testing.push('auth');
  const roots = placed.roots ?? (auth ? testing : [...outgoing, ...(trigger ? ['cursor'] : more)]);
  // What a request about a subscription could read can be compared with its answer: is it our address that is registered?
  const also = (placed.roots ?? []).filter((root) => !answerRoots.includes(root));
  const answered = [...answerRoots, ...more, ...also];
  if (owner && 'when' in request)
    add((request as RequestStep).when, `${path}/when`, ['input', 'steps'], declared, true);
  for (const name of [
    'method',
    'endpointTemplate',
    'headersTemplate',
    'queryTemplate',
    'bodyTemplate',
    'bodyFormat',
  ] as const) {
    add(request[name], `${path}/${name}`, roots, declared);
  }
  addAnswer(request, path, auth ? answered.filter((root) => root !== 'input') : answered, declared, add);
  const isPaged = action?.pagination !== undefined && action.pagination.type !== 'none';
  add(request.response?.map, `${path}/response/map`, isPaged ? [...answered, 'items'] : answered, declared);
  add(request.response?.itemMap, `${path}/response/itemMap`, [...answered, 'item', 'index'], declared);
  add(request.successWhen, `${path}/successWhen`, answered, declared, true);
}

/** What is known of `steps` at a place: the captures of the steps before it, and after the action's own request its answer. */
function describeSteps(
  steps: readonly RequestStep[],
  { isAfter, isAfterJob }: Pick<PlacedRequest, 'isAfter' | 'isAfterJob'>,
): JsonSchema {
  const properties: { [id: string]: JsonSchema } = {};
  for (const { id, capture = {} } of steps)
    properties[id] = {
      type: 'object',
      properties: Object.fromEntries(Object.keys(capture).map((name) => [name, {}])),
    };
  const answer = { type: 'object', properties: { status: {}, headers: {}, body: {} } };
  if (isAfter) properties['main'] = answer;
  if (isAfterJob) properties['job'] = answer;
  return { type: 'object', properties };
}

/** What a request and the defaults have in common: how an answer is read. */
function addAnswer(
  from: NonNullable<Connector['defaults']>,
  path: string,
  roots: string[],
  declared: { [root: string]: JsonSchema },
  add: Add,
): void {
  (from.errors ?? []).forEach((rule, index) => {
    const here = pointer(path, 'errors', index);
    add(rule.when, `${here}/when`, roots, declared, true);
    add(rule.code, `${here}/code`, roots, declared);
    add(rule.message, `${here}/message`, roots, declared);
  });
  add(from.errorMessage, `${path}/errorMessage`, roots, declared);
  add(from.retry?.retryOn?.when, `${path}/retry/retryOn/when`, roots, declared, true);
}
