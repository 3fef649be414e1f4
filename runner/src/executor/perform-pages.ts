// A list in pages, read to its end as one call: each page is a whole request of its own, judged like the first.
import { evaluateValue } from '@weftline/connectors/expression';
import type { Json } from '@weftline/connectors/json';
import type { Action } from '@weftline/connectors/types';
import { egressError } from '../platform/egress/egress-error.ts';
import { isXml, mapItems } from './build-output.ts';
import { requestScope } from './build-request.ts';
import { performRequest } from './perform-request.ts';
import type { Performance, Performed } from './perform-request.ts';
import { thrownError } from './read-error.ts';
import { firstPage, mostPages, nextPage, readAnswerPath } from './turn-page.ts';
import type { PageChange, PageState } from './turn-page.ts';
import type { ReadAnswer } from './read-response.ts';
import type { ExecutorDependencies } from './types.ts';

export const defaultMaxItems = 1_000;
/** Of all pages together, in bytes as they came. */
export const mostPageBytes = 10 * 1024 * 1024;

/** Asked after each page with its items as they may be shown: true when what is on further pages is known already. */
export type Enough = (page: Json[]) => Promise<boolean>;

type Succeeded = Extract<Performed, { ok: true }>;

const readItems = (action: Action, answer: ReadAnswer): Json[] => {
  const path = action.pagination?.items ?? '';
  const found = readAnswerPath(path, answer);
  // Many services leave an empty list out.
  if (found === undefined || found === null) return [];
  if (Array.isArray(found)) return found;
  if (isXml(action)) return found === '' ? [] : [found];
  throw egressError(
    'response_invalid',
    'protocol',
    'answered',
    `The answer has no list at \`${path}\`: the app's pagination does not fit this service.`,
  );
};

const tooMuch = (message: string) => egressError('too_large', 'size', 'answered', message);

const finish = (
  given: Performance,
  action: Action,
  last: Succeeded,
  items: Json[],
  now: number,
): Performed => {
  const map = action.response?.map;
  const config = last.connection?.config ?? {};
  const { status, headers, body } = last.answer;
  const facts = { status, headers: { ...headers }, body };
  const scope = { ...requestScope({ ...given, config, now }), ...facts, response: facts, items };
  const whole = map === undefined ? items : (evaluateValue(map, scope, { missing: 'drop' }) ?? null);
  const output = mapItems(action, whole, scope);
  const warnings = (given.checkOutput?.(output) ?? []).map((warning) => ({
    ...warning,
    message: last.redact.text(warning.message),
  }));
  return { ...last, output: last.redact.value(output), warnings };
};

/**
 * Reads all pages of an action within its time limit.
 * @returns the items of all pages, or the first failure; request and answer shown are those of the last page
 */
export const performPages = async (
  given: Performance & { request: Action; enough?: Enough },
  dependencies: ExecutorDependencies,
): Promise<Performed> => {
  const { checkOutput: _, enough, ...rest } = given;
  const { response: __, ...request } = given.request;
  const pagination = given.request.pagination ?? { type: 'none' as const };
  const most = given.request.maxItems ?? defaultMaxItems;
  const endsAt = performance.now() + given.timeoutMs;
  const state: PageState = { page: 0, items: 0, seen: new Set(), url: '' };
  const items: Json[] = [];
  let bytes = 0;

  let change: PageChange = firstPage(pagination);
  for (;;) {
    const performed = await performRequest(
      { ...rest, request, page: change, timeoutMs: Math.max(1, Math.round(endsAt - performance.now())) },
      dependencies,
    );
    if (!performed.ok) return performed;
    try {
      const found = readItems(given.request, performed.answer);
      bytes += performed.bytes;
      items.push(...found.slice(0, most - items.length));
      state.page += 1;
      state.items += found.length;
      state.url = performed.url;
      if (state.page === 1) state.seen.add(performed.url);
      const isRead =
        items.length >= most || (await enough?.(performed.redact.value(found) as Json[])) === true;
      const next = isRead ? undefined : nextPage(pagination, state, found.length, performed.answer);
      if (next === undefined) return finish(given, given.request, performed, items, dependencies.now());
      if (state.page >= mostPages)
        throw tooMuch(
          `The list did not end after ${mostPages} pages (${items.length} items): ask for larger pages, or for less.`,
        );
      if (bytes > mostPageBytes)
        throw tooMuch('The pages of the list have more than 10 MiB together: ask for less.');
      if (performance.now() >= endsAt)
        throw egressError(
          'step_timeout',
          'timeout',
          'answered',
          'The time was over before the last page was read.',
        );
      change = next;
    } catch (error) {
      const { redact, response, request: shown } = performed;
      const failure = thrownError(error, 'answered');
      return {
        ok: false,
        error: { ...failure, message: redact.text(failure.message) },
        request: shown,
        response,
        redact,
      };
    }
  }
};
