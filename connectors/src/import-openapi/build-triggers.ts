/** Drafts of triggers from what the service calls: one address for all of them, and nobody who calls is known yet. */
import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { noMatch } from '../rules/publish/check-senders.ts';
import { findSecret } from '../rules/publish/check-secrets.ts';
import { withDefs } from '../schemas/compose-schema.ts';
import { countReachable } from '../schemas/reachable-definitions.ts';
import type { Auth, Connector, Ingress, JsonSchema, Trigger } from '../types.ts';
import { validateValue } from '../validate-value.ts';
import type { Schemas } from './convert-schema.ts';
import type { Webhook } from './list-webhooks.ts';
import { makeSample } from './make-sample.ts';
import { humanize } from './name-actions.ts';
import { follow, membersOf, shorten, textOf, type Source } from './source.ts';
import { findEventId, listSignatures, tellApart } from './tell-apart.ts';

export type BuiltTriggers = { triggers: Trigger[]; ingress: Ingress; examples: Map<string, Json> };

const mostTriggers = 500;

/** Samples are `null` until `addTriggerSamples` knows all definitions. */
export function buildTriggers(source: Source, schemas: Schemas, given: readonly Webhook[]): BuiltTriggers {
  const webhooks = given.slice(0, mostTriggers);
  if (given.length > mostTriggers)
    source.warn(`Only the first ${mostTriggers} of ${given.length} webhooks became triggers.`);
  const media = webhooks.map(({ operation }) => readMedia(source, operation));
  const bodies = media.map((one) => one?.schema);
  const matches = tellApart(source, webhooks, bodies);
  const eventId = findEventId(source, webhooks, bodies);
  const examples = new Map<string, Json>();
  const triggers = webhooks.map((webhook, index): Trigger => {
    const { key, name, operation, label } = webhook;
    const match = matches[index]!;
    const example = media[index]?.example;
    if (example !== undefined) examples.set(key, example);
    const summary = textOf(operation['summary']);
    const described = textOf(operation['description']) ?? textOf(webhook.pathItem['description']);
    const open =
      match === noMatch
        ? `To be filled in: ingress.match, which says that an event is ${JSON.stringify(name)}. `
        : '';
    if (open !== '')
      source.warn(
        `${label}: the document does not say how its events are told apart; fill in ingress.match.`,
      );
    const description = `${open}${described ?? ''}`.trim();
    return {
      key,
      name: shorten(summary ?? humanize(name), 100, true) || key,
      ...(description === '' ? {} : { description: shorten(description, 1000) }),
      type: 'INGRESS',
      outputSchema: schemas.convert(media[index]?.schema, 'output'),
      sample: null,
      ingress: { match },
    };
  });
  const signatures = listSignatures(source, webhooks);
  source.warn(
    `${triggers.length === 1 ? 'One trigger is a draft' : `${triggers.length} triggers are drafts`}: say in ingress.receive.verify how their sender is known${
      signatures.length > 0 ? ` (the document has the headers ${signatures.join(', ')})` : ''
    }; until then the connector cannot be published.`,
  );
  return {
    triggers,
    ingress: { receive: { verify: [], ...(eventId === undefined ? {} : { eventId }) } },
    examples,
  };
}

function readMedia(
  source: Source,
  operation: JsonObject,
): { schema: Json | undefined; example: Json | undefined } | null {
  const contents = membersOf(follow(source, operation['requestBody'])?.['content']).flatMap(
    ([type, value]) => {
      const media = follow(source, value);
      return media ? [{ type, media }] : [];
    },
  );
  const best =
    contents.find(({ type }) => /[/+]json\b/i.test(type)) ??
    contents.find(({ type }) => /^application\/x-www-form-urlencoded/i.test(type));
  if (!best) return null;
  const { media } = best;
  const [first] = membersOf(media['examples']);
  const shown = first ? follow(source, first[1])?.['value'] : undefined;
  const schema = follow(source, media['schema']);
  return { schema: media['schema'], example: media['example'] ?? shown ?? schema?.['example'] };
}

const mostParts = 20_000;
const mostCharacters = 20_000;

/** A sample for each trigger: the document's where it fits, else one that is made; where neither fits, anything may come. */
export function addTriggerSamples(
  source: Source,
  connector: Pick<Connector, '$defs'>,
  { triggers, examples }: BuiltTriggers,
): Trigger[] {
  const definitions = (connector.$defs ?? {}) as { [name: string]: Json };
  let parts = 0;
  return triggers.map((trigger) => {
    const schema = withDefs(connector, trigger.outputSchema);
    parts += countReachable(schema);
    const example = examples.get(trigger.key);
    const made = [
      () => example,
      () => makeSample(trigger.outputSchema, definitions),
      () => makeSample(trigger.outputSchema, definitions, true),
    ];
    if (parts <= mostParts)
      for (const make of made) {
        const value = make();
        if (value !== undefined && isGood(schema, value)) return { ...trigger, sample: value };
      }
    source.warn(`${trigger.key}: no sample could be made for what its events bring, so anything may come.`);
    const isShort = isJsonObject(example) && isGood({}, example);
    return { ...trigger, outputSchema: {}, sample: isShort ? example : {} };
  });
}

function isGood(schema: JsonSchema, value: Json): boolean {
  const text = JSON.stringify(value);
  return (
    text.length <= mostCharacters && findSecret(text) === null && validateValue(schema, value).length === 0
  );
}

/** The place for what senders sign with, so that `verify` can read it. */
export function addSigningSecret(auth: Auth[]): Auth[] {
  return auth.map((way) => {
    if (way.type === 'NONE') return way;
    const given = way.credentialsSchema ?? { type: 'object' };
    const properties = isJsonObject(given['properties']) ? given['properties'] : {};
    const signingSecret = {
      type: 'string',
      'x-secret': true,
      'x-label': 'Signing secret',
      'x-help': 'What the service signs its calls with; needed for triggers alone.',
    };
    return { ...way, credentialsSchema: { ...given, properties: { ...properties, signingSecret } } };
  });
}

/** As if the author had filled in what drafts leave open, to see what else is wrong. */
export function asFinished(connector: Connector): Connector {
  const { ingress, triggers } = connector;
  if (!ingress || !triggers) return connector;
  return {
    ...connector,
    ingress: { ...ingress, receive: { ...ingress.receive, secretInUrl: true } },
    triggers: triggers.map((trigger) =>
      trigger.ingress?.match === noMatch ? { ...trigger, ingress: { match: "{{method != ''}}" } } : trigger,
    ),
  };
}
