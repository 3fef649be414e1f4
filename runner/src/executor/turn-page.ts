// From one page to the next: what the answer says, what is sent, and when there is nothing more. Pure.
import { evaluateTemplate, isTemplate, parseTemplate } from '@weftline/connectors/expression';
import { isJsonObject } from '@weftline/connectors/json';
import type { Json, JsonObject } from '@weftline/connectors/json';
import type { Pagination } from '@weftline/connectors/types';
import { egressError } from '../platform/egress/egress-error.ts';
import type { CodedError } from '../platform/errors.ts';
import { findLink } from './find-link.ts';
import type { ReadAnswer } from './read-response.ts';

/** What one page changes in the request of the action. */
export type PageChange = {
  query: JsonObject;
  /** Members of the body, by paths with dots. */
  body: { [path: string]: Json };
  headers: { [name: string]: string };
  /** Places `{name}` of the path. */
  path: { [name: string]: string | number };
  /** The whole address, as the service named it. */
  url?: string;
  keepQuery?: boolean;
  /** Another endpoint for further pages; nothing of the action's query and body goes there. */
  endpointTemplate?: string;
};

/** Where reading stands: how many pages and items there were, and what has been asked for before. */
export type PageState = { page: number; items: number; seen: Set<string>; url: string };

export const mostPages = 100;
const longestCursor = 8_192;

const isOn = (value: Json | undefined): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  value !== '' &&
  value !== 0 &&
  value !== 'false';

/** Reads a bare path of the format in an answer. Undefined: nothing is there. */
export const readAnswerPath = (path: string, answer: ReadAnswer): Json | undefined => {
  const source = /^(status|headers|body|response)\b/.test(path)
    ? path
    : `body${path === '' || path.startsWith('[') ? path : `.${path}`}`;
  const facts = { status: answer.status, headers: { ...answer.headers }, body: answer.body };
  return evaluateTemplate(parseTemplate(`{{${source}}}`), { ...facts, response: facts }, { missing: 'drop' });
};

/** Whole numbers of at most nine digits, also as text; anything else says nothing. */
const readCount = (path: string | undefined, answer: ReadAnswer): number | undefined => {
  const value = path === undefined ? undefined : readAnswerPath(path, answer);
  return (typeof value === 'number' || typeof value === 'string') && /^\d{1,9}$/.test(String(value))
    ? Number(value)
    : undefined;
};

const emptyChange = (): PageChange => ({ query: {}, body: {}, headers: {}, path: {} });

const put = (
  change: PageChange,
  place: { in?: 'query' | 'body' | 'header' | 'path'; name?: string } | undefined,
  value: string | number,
): void => {
  if (place?.in === undefined || place.name === undefined) return;
  if (place.in === 'query') change.query[place.name] = value;
  else if (place.in === 'body') change.body[place.name] = value;
  else if (place.in === 'path') change.path[place.name] = value;
  else change.headers[place.name] = String(value);
};

/** A page whose place is a number: which one, how many items, or which range of them. */
const numbered = (pagination: Pagination, page: number, items: number): PageChange => {
  const change = emptyChange();
  const { type, send, size } = pagination;
  if (type === 'page') put(change, send, (pagination.start ?? 1) + page);
  if (type === 'offset') put(change, send, (pagination.start ?? 0) + items);
  if (type === 'range') {
    change.headers['range-unit'] = 'items';
    change.headers['range'] = `${items}-${items + (size?.value ?? 1) - 1}`;
  } else if (size !== undefined) put(change, size, size.value);
  return change;
};

/** What the first page adds to the request. */
export const firstPage = (pagination: Pagination): PageChange => numbered(pagination, 0, 0);

const loop = (what: string): CodedError =>
  egressError(
    'pagination_loop',
    'protocol',
    'answered',
    `${what} came a second time while reading pages, so the list was not read on.`,
  );

const remember = (seen: Set<string>, key: string, what: string): void => {
  if (seen.has(key)) throw loop(what);
  seen.add(key);
};

/** Where the next page is, as the answer says or as the connector computes it from the answer. */
const readNext = ({ next = '', items = '' }: Pagination, answer: ReadAnswer): Json | undefined => {
  if (!isTemplate(next)) return readAnswerPath(next, answer);
  const facts = { status: answer.status, headers: { ...answer.headers }, body: answer.body };
  const found = readAnswerPath(items, answer);
  const list = Array.isArray(found) ? found : found === undefined || found === null ? [] : [found];
  return evaluateTemplate(
    parseTemplate(next),
    { ...facts, response: facts, items: list },
    { missing: 'drop' },
  );
};

const readCursor = (pagination: Pagination, answer: ReadAnswer): string | number | undefined => {
  const value = readNext(pagination, answer);
  if (!isOn(value)) return undefined;
  if ((typeof value === 'string' && value.length <= longestCursor) || typeof value === 'number') return value;
  throw egressError(
    'response_invalid',
    'protocol',
    'answered',
    `The next page at \`${pagination.next ?? ''}\` is named by something that is no text and no number, or too long.`,
  );
};

const nextAddress = (address: string, state: PageState, keepQuery: boolean): PageChange => {
  const url = address.length <= longestCursor ? URL.parse(address, state.url) : null;
  if (url === null)
    throw egressError(
      'response_invalid',
      'protocol',
      'answered',
      'The address of the next page cannot be read.',
    );
  url.hash = '';
  remember(state.seen, url.href, 'The address of a page');
  return { ...emptyChange(), url: url.href, ...(keepQuery ? { keepQuery } : {}) };
};

/** True when what the answer says of its own end, or its size, makes it the last page. */
const isLast = (pagination: Pagination, state: PageState, count: number, answer: ReadAnswer): boolean => {
  if (pagination.hasMore !== undefined) return !isOn(readAnswerPath(pagination.hasMore, answer));
  const pages = readCount(pagination.totalPages, answer);
  if (pages !== undefined) return state.page >= pages;
  const total = pagination.type === 'range' ? readRangeTotal(answer) : readCount(pagination.total, answer);
  if (total !== undefined) return state.items + (pagination.start ?? 0) >= total || count === 0;
  return count < (pagination.size?.value ?? 1);
};

const readRangeTotal = (answer: ReadAnswer): number | undefined => {
  const total = /\/(\d{1,9})$/.exec(answer.headers['content-range'] ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
};

/**
 * What to ask for after a page.
 * @param state with the page just read counted in it; what is asked for next is remembered there
 * @param count items on that page
 * @returns undefined when it was the last
 * @throws CodedError `pagination_loop` when the service names a page again, `response_invalid` for a name that is none
 */
export const nextPage = (
  pagination: Pagination,
  state: PageState,
  count: number,
  answer: ReadAnswer,
): PageChange | undefined => {
  switch (pagination.type) {
    case 'page':
    case 'offset':
    case 'range':
      return isLast(pagination, state, count, answer)
        ? undefined
        : numbered(pagination, state.page, state.items);
    case 'cursor': {
      if (pagination.hasMore !== undefined && isLast(pagination, state, count, answer)) return undefined;
      const cursor = readCursor(pagination, answer);
      if (cursor === undefined) return undefined;
      remember(state.seen, String(cursor), 'A cursor');
      const change = emptyChange();
      put(change, pagination.send, cursor);
      const endpointTemplate = pagination.send?.endpointTemplate;
      return endpointTemplate === undefined ? change : { ...change, endpointTemplate };
    }
    case 'nextUrl': {
      if (pagination.hasMore !== undefined && isLast(pagination, state, count, answer)) return undefined;
      const next = readCursor(pagination, answer);
      return next === undefined ? undefined : nextAddress(String(next), state, pagination.keepQuery === true);
    }
    case 'link': {
      const header = answer.headers[(pagination.header ?? 'link').toLowerCase()] ?? '';
      const address = findLink(header, pagination.rel ?? 'next', pagination.param);
      return address === undefined ? undefined : nextAddress(address, state, false);
    }
    case 'continue': {
      const next = readAnswerPath(pagination.merge ?? '', answer);
      if (!isJsonObject(next) || Object.keys(next).length === 0) return undefined;
      remember(state.seen, JSON.stringify(next), 'The same continuation');
      return { ...emptyChange(), query: next };
    }
    default:
      return undefined;
  }
};
