// The events of one call: which there are, which count, what makes each of them itself, and what its run starts with.
import {
  evaluateTemplate,
  evaluateValue,
  ExpressionError,
  parseTemplate,
  type Scope,
} from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { Fetch, Receive } from '@weftline/connectors/types';
import { CodedError } from '../../platform/errors.ts';
import { fetchesAtOnce, mostFetched } from '../fetch-item.ts';
import { holdsOf } from './fill-check.ts';
import { withRoots } from './incoming-call.ts';

/** More of them in one call are refused whole. */
export const mostEvents = 1_000;

export type EventRules = Pick<Receive, 'items' | 'filter' | 'eventId' | 'map'> & {
  /** For a trigger of the app's one address: which events are its own. */
  match?: string;
  fetch?: Fetch | undefined;
};

/** One event: its id, or null where nothing makes it itself, and what its run starts with. */
export type ReadEvent = { id: string | null; output: Json };

/** One member of `items`, with its scope; without `items` the call itself. */
export type EventItem = { scope: Scope; item: Json | undefined };

const drop = { missing: 'drop' } as const;

const under = (root: string, path: string): string =>
  path === '' || path.startsWith('[') ? `${root}${path}` : `${root}.${path}`;

/** @throws CodedError `too_large` for a list that expressions do not take */
function readPath(source: string, scope: Scope): Json | undefined {
  try {
    return evaluateTemplate(parseTemplate(`{{${source}}}`), scope, drop);
  } catch (cause) {
    if (!(cause instanceof ExpressionError)) throw cause;
    throw new CodedError({
      code: 'too_large',
      message: `The call brings more than can be read: at most ${mostEvents} events are taken at once.`,
      cause,
    });
  }
}

const asList = (value: Json | undefined): Json[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

const limit = <Item>(items: Item[], most: number): Item[] => {
  if (items.length <= most) return items;
  throw new CodedError({
    code: 'too_large',
    message: `The call brings ${items.length} events; at most ${most} are taken at once.`,
  });
};

/** The events of a call. @throws CodedError `too_large` */
export function listItems({ items }: Pick<EventRules, 'items'>, scope: Scope): EventItem[] {
  if (items === undefined) return [{ scope, item: undefined }];
  const source = /^(query|headers|body)\b/.test(items) ? items : under('body', items);
  return limit(asList(readPath(source, scope)), mostEvents).map((item, index) => ({
    scope: withRoots(scope, { item, index }),
    item,
  }));
}

/** A text as the id of an event; null when it does not resolve or is empty. */
export function readEventId(template: string | undefined, scope: Scope): string | null {
  if (template === undefined) return null;
  try {
    const value = evaluateTemplate(parseTemplate(template), scope, drop);
    if (value === undefined || value === null || value === '') return null;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  } catch (error) {
    if (error instanceof ExpressionError) return null;
    throw error;
  }
}

/** True for an event that counts. A condition that cannot be asked of it does not hold. */
export const isWanted = (
  { filter, match }: Pick<EventRules, 'filter' | 'match'>,
  { scope }: EventItem,
): boolean =>
  (filter === undefined || holdsOf(filter, scope)) && (match === undefined || holdsOf(match, scope));

function outputOf(map: EventRules['map'], scope: Scope, whole: Json | undefined): Json {
  if (map === undefined) return whole ?? null;
  try {
    return evaluateValue(map, scope, drop) ?? null;
  } catch (cause) {
    if (!(cause instanceof ExpressionError)) throw cause;
    throw new CodedError({
      code: 'not_parseable',
      message: 'The event does not have the form that the app describes.',
      cause,
    });
  }
}

/** Reads what an event only names. Null: it is gone, and the event with it. */
export type FetchEvent = (fetch: Fetch, scope: Scope) => Promise<Json | null>;

async function readOne(
  rules: EventRules,
  { scope, item }: EventItem,
  fetchEvent: FetchEvent,
): Promise<ReadEvent[]> {
  const { fetch, map, eventId } = rules;
  const ordinary = (from: Scope, whole: Json | undefined): ReadEvent => ({
    id: readEventId(eventId, from),
    output: outputOf(map, from, whole),
  });
  if (fetch === undefined) return [ordinary(scope, item ?? scope['body'])];
  const answer = await fetchEvent(fetch, scope);
  if (answer === null) return [];
  if (fetch.items === undefined) return [ordinary(withRoots(scope, { fetched: answer }), answer)];
  const source = /^(body|fetched)\b/.test(fetch.items)
    ? fetch.items.replace(/^body\b/, 'fetched')
    : under('fetched', fetch.items);
  const found = asList(readPath(source, withRoots(scope, { fetched: answer })));
  return limit(found, mostEvents).map((fetched) => ordinary(withRoots(scope, { fetched }), fetched));
}

/**
 * What runs start with, in the order of the call. `unshown` are roots that conditions and requests may read, and nothing that
 * leaves the call.
 * @throws CodedError `too_large`, `not_parseable`, and what `fetchEvent` throws: then nothing of the call is taken
 */
export async function readEvents(
  rules: EventRules,
  items: readonly EventItem[],
  fetchEvent: FetchEvent,
  unshown: { [root: string]: Json } = {},
): Promise<ReadEvent[]> {
  const asked = (scope: Scope) => withRoots(scope, unshown);
  const wanted = items.filter(({ scope, item }) => isWanted(rules, { scope: asked(scope), item }));
  const fetchFor: FetchEvent = (fetch, scope) => fetchEvent(fetch, asked(scope));
  if (rules.fetch !== undefined) limit(wanted, mostFetched);
  const read: ReadEvent[][] = [];
  for (let from = 0; from < wanted.length; from += fetchesAtOnce) {
    const part = wanted.slice(from, from + fetchesAtOnce);
    read.push(...(await Promise.all(part.map((item) => readOne(rules, item, fetchFor)))));
  }
  return limit(read.flat(), mostEvents);
}
