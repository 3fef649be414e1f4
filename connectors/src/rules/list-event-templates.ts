/** The places of triggers, of the app's one address and of sources of choices that may hold templates. */
import { pointer } from '../problem.ts';
import { credentialsSchemaOf } from '../schemas/compose-schema.ts';
import type {
  Answer,
  Connector,
  Fetch,
  JsonSchema,
  OptionSource,
  Receive,
  SenderCheck,
  Trigger,
} from '../types.ts';
import { callRoots } from './list-requests.ts';
import { addWith, subscriptionScope, triggerInputOf, type Add } from './placed-template.ts';

type Declared = { [root: string]: JsonSchema };

const settings = ['input', 'connection'];
const secrets = ['credentials', 'webhook', 'stored'];

/** Adds all of them, in the order of the document. */
export function listEventTemplates(connector: Connector, add: Add): void {
  addSources(connector, add);
  const credentials = anyCredentials(connector);
  if (connector.ingress) {
    const { receive } = connector.ingress;
    const declared = { credentials, webhook: webhookOf(false), stored: storedOf(receive) };
    addReceive(receive, '/ingress/receive', ['connection'], declared, add);
    add(connector.ingress.routeBy?.event, '/ingress/routeBy/event', [...callRoots, 'item', 'index']);
  }
  (connector.triggers ?? []).forEach((trigger, index) => {
    const declared = { input: triggerInputOf(connector, trigger) };
    const path = pointer('/triggers', index);
    addPoll(trigger, `${path}/poll`, declared, add);
    if (trigger.webhook) {
      const { renew, receive } = trigger.webhook;
      const kept = subscriptionScope(trigger);
      add(renew?.expiresAt, `${path}/webhook/renew/expiresAt`, ['subscription'], kept);
      const given = {
        ...declared,
        ...kept,
        credentials,
        webhook: webhookOf(true),
        stored: storedOf(receive),
      };
      addReceive(receive, `${path}/webhook/receive`, [...settings, 'subscription'], given, add);
    }
    if (trigger.ingress) {
      const roots = [...callRoots, ...settings, 'item', 'index'];
      const here = `${path}/ingress`;
      add(trigger.ingress.match, `${here}/match`, roots, declared, true);
      addFetch(trigger.ingress.fetch, `${here}/fetch`, roots, declared, add);
      add(
        trigger.ingress.map,
        `${here}/map`,
        [...roots, ...(trigger.ingress.fetch ? ['fetched'] : [])],
        declared,
      );
    }
  });
}

function addSources({ optionSources = {}, fieldSources = {} }: Connector, add: Add): void {
  const asking = [...settings, 'search', 'now'];
  const reading = [...settings, 'item', 'index'];
  for (const [name, source] of Object.entries<OptionSource>(optionSources)) {
    const path = pointer('/optionSources', name);
    addWith(source.request, `${path}/request`, asking, {}, add);
    for (const part of ['value', 'label'] as const) add(source[part], `${path}/${part}`, reading);
  }
  for (const [name, { request, field }] of Object.entries(fieldSources)) {
    const path = pointer('/fieldSources', name);
    addWith(request, `${path}/request`, asking, {}, add);
    for (const part of ['key', 'title', 'help'] as const) add(field[part], `${path}/field/${part}`, reading);
    for (const part of ['value', 'label'] as const)
      add(field.options?.[part], `${path}/field/options/${part}`, [...reading, 'option']);
    add(field.skipWhen, `${path}/field/skipWhen`, reading, {}, true);
  }
}

function addPoll({ poll }: Trigger, path: string, declared: Declared, add: Add): void {
  if (!poll) return;
  const item = [...settings, 'item', 'index'];
  add(poll.dedupeKey, `${path}/dedupeKey`, item, declared);
  add(poll.updatedKey, `${path}/updatedKey`, item, declared);
  add(poll.filter, `${path}/filter`, [...item, 'cursor'], declared, true);
  addFetch(poll.fetch, `${path}/fetch`, [...item, 'cursor', 'now'], declared, add);
  add(poll.map, `${path}/map`, [...item, 'cursor', ...(poll.fetch ? ['fetched'] : [])], declared);
  const picked =
    poll.cursor?.pick === 'response' ? ['status', 'body', 'headers', 'cursor'] : [...item, 'cursor'];
  add(poll.cursor?.value, `${path}/cursor/value`, picked, declared);
  add(poll.cursor?.initial, `${path}/cursor/initial`, [...settings, 'now'], declared);
  addWith(poll.request, `${path}/request`, [...settings, 'cursor', 'now'], declared, add);
}

const objectOf = (names: readonly string[]): JsonSchema => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, {}])),
  additionalProperties: false,
});

/** An app's one address has no secret of its own: it is checked with the credentials of connections. */
const webhookOf = (hasSecret: boolean): JsonSchema => objectOf(hasSecret ? ['url', 'secret'] : ['url']);

const storedOf = ({ handshake = [] }: Receive): JsonSchema =>
  objectOf(handshake.flatMap(({ store }) => Object.keys(store ?? {})));

/** What any way to sign in holds: which of them a connection was made for is not known here. */
const anyCredentials = (connector: Connector): JsonSchema => ({
  anyOf: connector.auth.map((auth) => credentialsSchemaOf(connector, auth)),
  ...(connector.$defs ? { $defs: connector.$defs } : {}),
});

function addReceive(receive: Receive, path: string, own: string[], declared: Declared, add: Add): void {
  const checked = [...callRoots, ...own, ...secrets, 'now'];
  (receive.handshake ?? []).forEach((handshake, index) => {
    const here = pointer(path, 'handshake', index);
    add(handshake.when, `${here}/when`, checked, declared, true);
    addAnswer(handshake.respond, `${here}/respond`, checked, declared, add);
    add(handshake.store, `${here}/store`, checked, declared);
  });
  receive.verify.forEach((check, index) =>
    addCheck(check, pointer(path, 'verify', index), checked, declared, add),
  );
  // What leaves a call as a run, a receipt or a line of a list can read nothing that is secret.
  const event = [...callRoots, ...own.filter((root) => root !== 'subscription'), 'item', 'index'];
  const fetched = receive.fetch ? ['fetched'] : [];
  add(receive.eventId, `${path}/eventId`, [...event, ...fetched], declared);
  add(receive.filter, `${path}/filter`, [...callRoots, ...own, 'item', 'index'], declared, true);
  addFetch(receive.fetch, `${path}/fetch`, [...callRoots, ...own, 'item', 'index', 'now'], declared, add);
  add(receive.map, `${path}/map`, [...event, ...fetched], declared);
  addAnswer(receive.respond, `${path}/respond`, checked, declared, add);
}

function addCheck(check: SenderCheck, path: string, roots: string[], declared: Declared, add: Add): void {
  for (const name of [
    'secret',
    'content',
    'signature',
    'value',
    'username',
    'password',
    'publicKey',
    'keyUrl',
    'token',
    'key',
    'audience',
  ] as const)
    add(check[name], `${path}/${name}`, roots, declared);
  add(check.timestamp?.value, `${path}/timestamp/value`, roots, declared);
  add(check.claims, `${path}/claims`, [...roots, 'claims'], declared, true);
}

function addAnswer(
  answer: Answer | undefined,
  path: string,
  roots: string[],
  declared: Declared,
  add: Add,
): void {
  add(answer?.body, `${path}/body`, roots, declared);
  add(answer?.headersTemplate, `${path}/headersTemplate`, roots, declared);
}

function addFetch(
  fetch: Pick<Fetch, 'request'> | undefined,
  path: string,
  roots: string[],
  declared: Declared,
  add: Add,
): void {
  if (fetch) addWith(fetch.request, `${path}/request`, roots, declared, add);
}
